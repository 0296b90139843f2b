//! What the loop asks of a kernel, and Linux answering it.
//!
//! ```text
//!            Kernel                     makes the others; the clock; who a number is
//!   ┌──────────┼──────────┐
//!  Poll      Epoll       Ring           one trait per mechanism, one file each
//!   └──────────┼──────────┘
//!            Linux                      the real one (poll.rs, epoll.rs, uring.rs)
//! ```
//!
//! The traits speak in plain values: fd *numbers*, `u32` masks, `u64` data. That is not laziness.
//! A `BorrowedFd` promises that its file stays open, and the fds this loop exists for may be
//! closed by other code at any moment; a number promises nothing, and a stale one is answered by
//! the kernel (`EBADF`, `POLLNVAL`), never by undefined behaviour. It is also what lets a
//! simulated kernel stand in for Linux: it has numbers, but no files.
//!
//! Nothing here decides anything: which file descriptors to watch, and what a mask means, is
//! known one layer up. Errors are values of [`Errno`]; being interrupted, running into a deadline
//! and "reap first, then retry" are not errors of a ring but outcomes ([`Ended`]).

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "the tests take the time"))]

mod counts;
mod direct;
mod epoll;
mod errno;
mod feature;
mod ledger;
mod linux;
mod mapped;
pub mod mask;
mod poll;
mod ring;
mod setup;
mod sqe;
#[cfg(test)]
mod testing;
mod uring;
mod wait;

use core::time::Duration;
use std::os::fd::{OwnedFd, RawFd};

use ledger::Ledger;

pub use counts::Counts;
pub use epoll::{Epoll, EpollEvent, LinuxEpoll};
pub use errno::Errno;
pub use feature::{Feature, FeatureMask, FeatureState, Opcodes, RingFeatures};
pub use linux::{Linux, LinuxEventFd};
pub use poll::{Poll, PollEntry};
pub use ring::{Cqe, Ended, Entered, Ring};
pub use setup::{RingError, RingSetup};
pub use sqe::Sqe;
pub use uring::LinuxRing;
pub use wait::Wait;

/// A kernel: the maker of epoll sets, rings and eventfds, and the keeper of time.
pub trait Kernel: Poll + core::fmt::Debug {
    /// The epoll sets of this kernel.
    type Epoll: Epoll + core::fmt::Debug;
    /// The rings of this kernel.
    type Ring: Ring + core::fmt::Debug;
    /// The eventfds of this kernel, closed when dropped.
    type EventFd: EventFd + core::fmt::Debug;

    /// Makes an empty epoll set.
    ///
    /// # Errors
    ///
    /// What `epoll_create1` answers: out of descriptors, or of memory.
    fn epoll(&self) -> Result<Self::Epoll, Errno>;

    /// Makes a ring that has been tried out, or says why there is none.
    ///
    /// # Errors
    ///
    /// [`RingError`] tells "absent or forbidden", where another driver is the answer, from "out
    /// of resources", where it is not.
    fn ring(&self, setup: &RingSetup) -> Result<Self::Ring, RingError>;

    /// Makes an eventfd that counts from zero and never blocks.
    ///
    /// # Errors
    ///
    /// What `eventfd2` answers: out of descriptors, or of memory.
    fn eventfd(&self) -> Result<Self::EventFd, Errno>;

    /// Takes what an eventfd has counted, and says whether that was anything.
    ///
    /// It is asked of the kernel, not of the eventfd, so that the loop's own calls are counted
    /// and an [`EventFd`] can be signalled from other threads, where there is no counter.
    ///
    /// # Errors
    ///
    /// What `read` answers, except "nothing there", which is `Ok(false)`.
    fn clear(&self, eventfd: &Self::EventFd) -> Result<bool, Errno>;

    /// Which file a number names at this moment.
    ///
    /// # Errors
    ///
    /// [`Errno::BADF`] when it names none.
    fn identity(&self, fd: RawFd) -> Result<FileIdentity, Errno>;

    /// Closes a descriptor of this kernel that an operation has opened, and nobody was told of.
    fn forgo(&self, descriptor: OwnedFd) {
        drop(descriptor);
    }

    /// The monotonic clock.
    fn now(&self) -> Duration;

    /// Whether this process is a `fork()`ed child of the one that made this kernel. Costs one
    /// load from memory. A child must not touch its parent's rings: it drops them and makes anew.
    fn forked(&self) -> bool;

    /// The system calls made so far by this kernel and all it has made.
    fn counts(&self) -> Counts;
}

/// A counter in the kernel that wakes whoever polls it.
pub trait EventFd {
    /// The number by which it is polled, or registered with a ring.
    fn raw_fd(&self) -> RawFd;

    /// Adds one to the count. Never blocks: a count at its limit is as readable as any other.
    ///
    /// # Errors
    ///
    /// What `write` answers.
    fn signal(&self) -> Result<(), Errno>;
}

/// Which file a descriptor names: the answer of `fstat`, cut down to the two fields that identify.
///
/// Two descriptors of one socket, pipe or file are equal and two different ones are not. *Equal
/// does not mean same* for what has no inode of its own: all eventfds, timerfds, epoll sets and
/// signalfds of a system share one. So "different" is proof that a number was re-used, while
/// "equal" is only the lack of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileIdentity {
    /// The device the inode lives on.
    pub device: u64,
    /// The inode.
    pub inode: u64,
}
