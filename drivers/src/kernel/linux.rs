//! Linux.

use core::mem::MaybeUninit;
use core::time::Duration;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno as SystemErrno;
use rustix::time::{ClockId, clock_gettime};

use super::{
    Counts, Errno, EventFd, FileIdentity, Kernel, Ledger, LinuxEpoll, LinuxRing, RingError,
    RingSetup, setup,
};

/// The kernel this process runs on. A clone shares the counters.
#[derive(Clone, Debug)]
pub struct Linux {
    pub(super) ledger: Ledger,
}

impl Linux {
    /// Linux, with all counters at zero, as seen from this process.
    #[must_use]
    pub fn new() -> Self {
        Self { ledger: Ledger::new() }
    }
}

impl Default for Linux {
    fn default() -> Self {
        Self::new()
    }
}

impl Kernel for Linux {
    type Epoll = LinuxEpoll;
    type Ring = LinuxRing;
    type EventFd = LinuxEventFd;

    fn epoll(&self) -> Result<LinuxEpoll, Errno> {
        LinuxEpoll::new(self.ledger.clone())
    }

    fn ring(&self, setup: &RingSetup) -> Result<LinuxRing, RingError> {
        setup::make(setup, self.ledger.clone())
    }

    fn eventfd(&self) -> Result<LinuxEventFd, Errno> {
        self.ledger.other();
        Ok(LinuxEventFd(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    fn clear(&self, eventfd: &LinuxEventFd) -> Result<bool, Errno> {
        self.ledger.other();
        let mut count = [0; size_of::<u64>()];
        match rustix::io::read(&eventfd.0, &mut count) {
            Ok(_) => Ok(true),
            Err(SystemErrno::AGAIN) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    fn identity(&self, fd: RawFd) -> Result<FileIdentity, Errno> {
        self.ledger.other();
        let mut status = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the kernel writes one `struct stat`, for which there is room. `fd` is only a
        // number.
        Errno::check(unsafe { libc::fstat(fd, status.as_mut_ptr()) })?;
        // SAFETY: written, since the call succeeded.
        let status = unsafe { status.assume_init() };
        Ok(FileIdentity { device: status.st_dev, inode: status.st_ino })
    }

    fn now(&self) -> Duration {
        let time = clock_gettime(ClockId::Monotonic);
        // This clock is not negative, and its nanoseconds are below a thousand million.
        Duration::new(
            u64::try_from(time.tv_sec).unwrap_or(0),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        )
    }

    #[inline]
    fn forked(&self) -> bool {
        self.ledger.forked()
    }

    fn counts(&self) -> Counts {
        self.ledger.counts()
    }
}

/// An eventfd of Linux. May be signalled from any thread.
#[derive(Debug)]
pub struct LinuxEventFd(OwnedFd);

impl EventFd for LinuxEventFd {
    fn raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    fn signal(&self) -> Result<(), Errno> {
        match rustix::io::write(&self.0, &1_u64.to_ne_bytes()) {
            // Full, which is as readable as can be.
            Ok(_) | Err(SystemErrno::AGAIN) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Pipe, in_child};
    use super::super::{Poll, PollEntry, Wait, mask};
    use super::*;

    #[test]
    fn a_number_is_known_by_its_file() {
        let (linux, pipe, other) = (Linux::new(), Pipe::new(), Pipe::new());
        let one = linux.identity(pipe.read_fd());
        assert!(one.is_ok());
        assert_eq!(one, linux.identity(pipe.write_fd()), "two ends of one pipe");
        assert_ne!(one, linux.identity(other.read_fd()));
        assert_eq!(linux.identity(-1), Err(Errno::BADF));
        assert_eq!(linux.identity(1_000_000_000), Err(Errno::BADF));
    }

    #[test]
    fn an_eventfd_is_signalled_from_another_thread_and_cleared_here() -> Result<(), Errno> {
        let linux = Linux::new();
        let eventfd = linux.eventfd()?;
        assert!(!linux.clear(&eventfd)?);
        std::thread::scope(|scope| {
            scope.spawn(|| eventfd.signal().expect("signal"));
            let mut entries = [PollEntry::new(eventfd.raw_fd(), mask::to_poll(mask::IN))];
            assert_eq!(linux.poll(&mut entries, Wait::Forever), Ok(1));
        });
        eventfd.signal()?;
        assert!(linux.clear(&eventfd)?);
        assert!(!linux.clear(&eventfd)?);
        Ok(())
    }

    #[test]
    fn the_clock_goes_forward_and_is_not_a_system_call() {
        let linux = Linux::new();
        let (first, second) = (linux.now(), linux.now());
        assert!(first <= second && !first.is_zero());
        assert_eq!(linux.counts().total(), 0);
    }

    #[test]
    fn only_a_child_is_forked() {
        let linux = Linux::new();
        assert!(!linux.forked());
        assert!(in_child(|| linux.forked() && !Linux::new().forked()));
        assert!(!linux.forked());
    }
}
