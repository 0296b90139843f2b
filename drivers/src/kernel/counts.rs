//! How often the kernel was asked.

use core::ops::Sub;

/// System calls made up to one moment. Subtract two to see what happened in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `poll` and `ppoll`.
    pub polls: u64,
    /// `epoll_wait` and `epoll_pwait2`.
    pub epoll_waits: u64,
    /// `epoll_ctl`.
    pub epoll_ctls: u64,
    /// `io_uring_enter`.
    pub enters: u64,
    /// Everything else: set-up, registering with the ring, `fstat`, reading a descriptor.
    /// The clock is not among them, it is read without a system call.
    pub others: u64,
}

impl Counts {
    /// All system calls together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.polls + self.epoll_waits + self.epoll_ctls + self.enters + self.others
    }
}

impl Sub for Counts {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            polls: self.polls.wrapping_sub(earlier.polls),
            epoll_waits: self.epoll_waits.wrapping_sub(earlier.epoll_waits),
            epoll_ctls: self.epoll_ctls.wrapping_sub(earlier.epoll_ctls),
            enters: self.enters.wrapping_sub(earlier.enters),
            others: self.others.wrapping_sub(earlier.others),
        }
    }
}
