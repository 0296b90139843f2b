//! What a driver is.

use core::fmt;
use core::time::Duration;

use levelring_core::{Event, Key, Watch};

use crate::epoll::EpollDriver;
use crate::error::Error;
use crate::journey;
use crate::kernel::{Errno, Kernel, Wait};
use crate::operation::Requests;
use crate::poll::PollDriver;
use crate::registry::Registry;
use crate::tenure::Tenure;
use crate::uring::UringDriver;
use crate::way::DriverKind;

/// A connection between the core and one mechanism of the kernel.
///
/// It decides nothing: it carries the core's submissions to the kernel and the kernel's answers to
/// the core, as the core's [contract](levelring_core) demands.
pub(crate) trait Driver: fmt::Debug {
    /// Which kernel it speaks to.
    type Kernel: Kernel;

    /// Which one it is.
    fn kind(&self) -> DriverKind;

    /// How it watches a descriptor of this tenure.
    fn watch(&self, tenure: Tenure) -> Watch;

    /// Takes in a foreign descriptor that was just registered, so that the kernel knows from now on
    /// which file it names; where it cannot, the file is told by [`identity`](Self::identity).
    ///
    /// # Errors
    /// What the kernel says of the descriptor.
    fn adopt(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno>;

    /// Tells the kernel what the core wants told, and looks for answers: waiting for one as long as
    /// `wait` says, unless the core has candidates. Being interrupted is as good as an answer. If
    /// the only answer was the next event, here it is.
    ///
    /// # Errors
    /// What no driver can mend: the kernel is out of memory, or was closed beneath it.
    fn look(&mut self, registry: &mut Registry, wait: Wait) -> Result<Option<Event>, Errno>;

    /// Checks the level of the first `count` candidates; with `glance`, also tells the kernel what
    /// the core wants told and looks for answers, without waiting. If that settles what the next
    /// event is, here it may be.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    fn judge(
        &mut self,
        registry: &mut Registry,
        count: usize,
        glance: bool,
    ) -> Result<Option<Event>, Errno>;

    /// Tells the kernel at once what the core wants told of a removed registration, so that the
    /// kernel holds nothing of its descriptor when this returns.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    fn release(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno>;

    /// Where operations wait to be submitted, if the driver has any.
    fn requests(&mut self) -> Option<&mut Requests>;

    /// Ends all operations and waits until the kernel has let go of their memory; `false` if it
    /// would not.
    fn abandon(&mut self, registry: &mut Registry) -> bool;

    /// Its kernel. In a forked child the ring and the set are the parent's: then none of the
    /// methods above may be called but [`abandon`](Self::abandon).
    fn kernel(&self) -> &Self::Kernel;
}

/// Whichever driver was chosen. Not a boxed one, so that the way from a system call to the handler
/// is one function, with no return to be mispredicted.
#[derive(Debug)]
pub(crate) enum AnyDriver<K: Kernel> {
    Uring(UringDriver<K>),
    Epoll(EpollDriver<K>),
    Poll(PollDriver<K>),
}

macro_rules! whichever {
    ($self:ident, $driver:ident => $call:expr) => {
        match $self {
            Self::Uring($driver) => $call,
            Self::Epoll($driver) => $call,
            Self::Poll($driver) => $call,
        }
    };
}

impl<K: Kernel> AnyDriver<K> {
    pub(crate) fn kind(&self) -> DriverKind {
        whichever!(self, driver => driver.kind())
    }

    pub(crate) fn watch(&self, tenure: Tenure) -> Watch {
        whichever!(self, driver => driver.watch(tenure))
    }

    pub(crate) fn adopt(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno> {
        whichever!(self, driver => driver.adopt(registry, key))
    }

    /// The next event, waiting for it as long as `timeout` says. One way for each driver, so that
    /// the driver is looked up once.
    #[inline(always)]
    pub(crate) fn next_event(
        &mut self,
        registry: &mut Registry,
        timeout: Option<Duration>,
    ) -> Result<Option<Event>, Error> {
        whichever!(self, driver => journey::next_event(driver, registry, timeout))
    }

    pub(crate) fn release(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno> {
        whichever!(self, driver => driver.release(registry, key))
    }

    pub(crate) fn requests(&mut self) -> Option<&mut Requests> {
        whichever!(self, driver => driver.requests())
    }

    pub(crate) fn abandon(&mut self, registry: &mut Registry) -> bool {
        whichever!(self, driver => driver.abandon(registry))
    }

    pub(crate) fn kernel(&self) -> &K {
        whichever!(self, driver => driver.kernel())
    }
}
