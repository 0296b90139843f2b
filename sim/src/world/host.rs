//! A host: what a program has of the world.

use core::cell::RefCell;
use core::fmt;
use core::time::Duration;
use std::io;
use std::rc::Rc;

use levelring::kernel::Errno;

use super::network::Network;
use super::sockets::Sockets;
use super::stream::{SimListener, SimStream};
use super::timer::SimTimer;
use super::trace::What;
use crate::{Calls, SimFile, SimKernel};

/// No host has that name (EHOSTUNREACH).
const UNREACHABLE: Errno = Errno(113);

/// A host of a [`World`](super::World), as its programs see it: a kernel and descriptors of its
/// own, and a network by which it reaches the others. A clone is the same host.
#[derive(Clone)]
pub struct Host {
    pub(super) network: Rc<RefCell<Network>>,
    pub(super) at: usize,
    kernel: SimKernel,
}

impl Host {
    pub(super) fn new(network: &Rc<RefCell<Network>>, at: usize) -> Self {
        let kernel = network.borrow().sites[at].kernel.clone();
        Self { network: Rc::clone(network), at, kernel }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Rc<str> {
        Rc::clone(&self.network.borrow().sites[self.at].name)
    }

    /// Its kernel: for pipes, eventfds and whatever else stays on the host.
    #[must_use]
    pub const fn kernel(&self) -> &SimKernel {
        &self.kernel
    }

    /// Writes a line into the world's trace.
    pub fn note(&self, text: impl Into<String>) {
        self.log(What::Note(text.into()));
    }

    pub(super) fn log(&self, what: What) {
        self.network.borrow_mut().note(self.at, what);
    }

    /// The file of a number that this host was given.
    pub(super) fn own(&self, fd: i32) -> SimFile {
        SimFile::new(self.kernel.clone(), fd)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({})", self.name())
    }
}

impl Sockets for Host {
    type Kernel = SimKernel;
    type Listener = SimListener;
    type Stream = SimStream;
    type Timer = SimTimer;

    fn listen(&self, port: u16) -> io::Result<SimListener> {
        let (fd, port) = self.kernel.listen(port)?;
        self.log(What::Listens(port));
        Ok(SimListener::new(self.clone(), self.own(fd), port))
    }

    fn connect(&self, host: &str, port: u16) -> io::Result<SimStream> {
        let (fd, wire) = self.kernel.by_others(|system| system.dial())?;
        let file = self.own(fd);
        let link = self.network.borrow_mut().dial(self.at, host, port, wire);
        if let Some(link) = link {
            return Ok(SimStream::new(self.clone(), file, link));
        }
        self.kernel.by_others(|system| system.let_go(wire));
        Err(UNREACHABLE.into())
    }

    fn timer(&self) -> io::Result<SimTimer> {
        Ok(SimTimer::new(self.clone(), self.own(self.kernel.timer()?)))
    }

    fn now(&self) -> Duration {
        let network = self.network.borrow();
        network.now + network.sites[self.at].ahead
    }
}
