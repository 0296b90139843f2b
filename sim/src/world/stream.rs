//! Streams and listeners of the world.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;

use levelring::kernel::Errno;

use super::host::Host;
use super::sockets::{Listener, Stream};
use super::trace::{Glimpse, What};
use crate::{Calls, Half, SimFile};

/// A connection to another host: a source for the loop of its own. Closed when dropped.
#[derive(Debug)]
pub struct SimStream {
    host: Host,
    file: SimFile,
    link: Rc<str>,
}

impl SimStream {
    pub(super) const fn new(host: Host, file: SimFile, link: Rc<str>) -> Self {
        Self { host, file, link }
    }

    /// How the trace calls it: who connected to whom, and the how-manyeth of the world it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.link
    }

    fn fail(&self, what: &'static str, errno: Errno) -> io::Error {
        // That there is nothing is not worth a line.
        if errno != Errno::AGAIN {
            self.host.log(What::Fails(Rc::clone(&self.link), what, errno.0));
        }
        errno.into()
    }
}

impl Stream for SimStream {
    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut room = buffer.len();
        {
            let network = self.host.network.borrow();
            if room > 1 && network.dice.strike(network.options.short_reads) {
                room = network.dice.part(room.min(256));
            }
        }
        let answer = self.host.kernel().read(self.file.number(), &mut buffer[..room]);
        let count = answer.map_err(|errno| self.fail("reads", errno))?;
        let link = Rc::clone(&self.link);
        self.host.log(match count {
            0 => What::ReadsEnd(link),
            _ => What::Reads(link, Glimpse::of(&buffer[..count])),
        });
        Ok(count)
    }

    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut most = bytes.len();
        {
            let network = self.host.network.borrow();
            if most > 1 && network.dice.strike(network.options.short_writes) {
                most = network.dice.part(most.min(256));
            }
        }
        let answer = self.host.kernel().write(self.file.number(), &bytes[..most]);
        let count = answer.map_err(|errno| self.fail("writes to", errno))?;
        let seen = Glimpse::of(&bytes[..count]);
        self.host.log(What::Writes(Rc::clone(&self.link), seen, bytes.len()));
        Ok(count)
    }

    fn shut_down(&self, how: Shutdown) -> io::Result<()> {
        let half = match how {
            Shutdown::Read => Half::Read,
            Shutdown::Write => Half::Write,
            Shutdown::Both => Half::Both,
        };
        let answer = self.host.kernel().shutdown(self.file.number(), half);
        answer.map_err(|errno| self.fail("shuts down", errno))?;
        if half != Half::Read {
            self.host.log(What::ShutsDown(Rc::clone(&self.link)));
        }
        Ok(())
    }
}

impl Read for &SimStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.receive(buffer)
    }
}

impl Write for &SimStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for SimStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.receive(buffer)
    }
}

impl Write for SimStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for SimStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for SimStream {
    fn drop(&mut self) {
        // While a world is being unwound, nobody will read its trace of that.
        if let Ok(mut network) = self.host.network.try_borrow_mut() {
            network.note(self.host.at, What::Closes(Rc::clone(&self.link)));
        }
    }
}

/// A port at which other hosts ask for connections. Closed when dropped.
#[derive(Debug)]
pub struct SimListener {
    host: Host,
    file: SimFile,
    port: u16,
}

impl SimListener {
    pub(super) const fn new(host: Host, file: SimFile, port: u16) -> Self {
        Self { host, file, port }
    }
}

impl Listener for SimListener {
    type Stream = SimStream;

    fn accept_stream(&self) -> io::Result<SimStream> {
        let kernel = self.host.kernel();
        let file = self.host.own(kernel.accept(self.file.number())?);
        let wire = kernel.by_others(|system| system.wire_of(file.number()));
        let link = wire.and_then(|wire| self.host.network.borrow().named(self.host.at, wire));
        // One that was reset before it was accepted has no wire any more.
        let link = link.unwrap_or_else(|| "a lost connection".into());
        self.host.log(What::Accepts(Rc::clone(&link)));
        Ok(SimStream::new(self.host.clone(), file, link))
    }

    fn port(&self) -> io::Result<u16> {
        Ok(self.port)
    }
}

impl AsFd for SimListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
