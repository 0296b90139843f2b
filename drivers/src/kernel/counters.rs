//! How often the kernel was asked.

use core::cell::Cell;
use core::ops::Sub;

/// Counts the system calls of one kernel and everything it made. Shared, hence the cells.
#[derive(Debug, Default)]
pub struct Counters {
    polls: Cell<u64>,
    epoll_waits: Cell<u64>,
    epoll_ctls: Cell<u64>,
    enters: Cell<u64>,
    others: Cell<u64>,
}

/// What [`Counters`] showed at one moment. Subtract two to see what happened in between.
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
    /// Everything else: set-up, registering with the ring, `fstat`, reading an eventfd.
    /// The clock is not among them, it is read without a system call.
    pub others: u64,
}

impl Counters {
    pub(super) fn poll(&self) {
        bump(&self.polls);
    }

    pub(super) fn epoll_wait(&self) {
        bump(&self.epoll_waits);
    }

    pub(super) fn epoll_ctl(&self) {
        bump(&self.epoll_ctls);
    }

    pub(super) fn enter(&self) {
        bump(&self.enters);
    }

    pub(super) fn other(&self) {
        bump(&self.others);
    }

    /// What has been counted up to now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            polls: self.polls.get(),
            epoll_waits: self.epoll_waits.get(),
            epoll_ctls: self.epoll_ctls.get(),
            enters: self.enters.get(),
            others: self.others.get(),
        }
    }
}

#[inline]
fn bump(counter: &Cell<u64>) {
    counter.set(counter.get().wrapping_add(1));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_of_two_moments_is_what_happened_between() {
        let counters = Counters::default();
        counters.poll();
        let before = counters.counts();
        counters.poll();
        counters.enter();
        let between = counters.counts() - before;
        assert_eq!(between, Counts { polls: 1, enters: 1, ..Counts::default() });
        assert_eq!(between.total(), 2);
    }
}
