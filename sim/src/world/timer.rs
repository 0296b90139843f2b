//! Timers of the world.

use core::time::Duration;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use levelring::kernel::Errno;

use super::host::Host;
use super::sockets::Timer;
use super::trace::What;
use crate::{Calls, SimFile};

/// A timer on the world's clock (a timerfd): a source for the loop of its host.
#[derive(Debug)]
pub struct SimTimer {
    host: Host,
    file: SimFile,
}

impl SimTimer {
    pub(super) const fn new(host: Host, file: SimFile) -> Self {
        Self { host, file }
    }
}

impl Timer for SimTimer {
    fn set(&self, after: Option<Duration>) -> io::Result<()> {
        self.host.kernel().set_timer(self.file.number(), after)?;
        self.host.log(What::Expects(after));
        Ok(())
    }

    fn has_rung(&self) -> io::Result<bool> {
        match self.host.kernel().read(self.file.number(), &mut [0; 8]) {
            Ok(_) => {
                self.host.log(What::Rings);
                Ok(true)
            }
            Err(Errno::AGAIN) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl AsFd for SimTimer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
