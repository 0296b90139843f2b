//! The ring of Linux.

use core::fmt;
use std::os::fd::RawFd;

use io_uring::types::{SubmitArgs, Timespec};
use io_uring::{EnterFlags, IoUring, squeue};

use super::mapped::Mapped;
use super::{Cqe, Entered, Errno, Feature, Ledger, Ring, RingFeatures, Wait};

/// A ring of Linux, made by [`Kernel::ring`](super::Kernel::ring).
///
/// It cannot be sent to another thread: the kernel would refuse that thread. In a forked child it
/// may only be dropped.
pub struct LinuxRing {
    mapped: Mapped,
    features: RingFeatures,
    /// The flags of every enter.
    flags: EnterFlags,
    /// Whether deferred work can build up unseen.
    defers_unseen: bool,
    ledger: Ledger,
}

impl LinuxRing {
    /// Takes over a ring that was set up with `features`. Registers its fd with the kernel,
    /// unless that is forbidden; where that fails there is nothing lost but some speed.
    pub(super) fn new(ring: IoUring, mut features: RingFeatures, ledger: Ledger) -> Self {
        let mut mapped = Mapped::new(ring, ledger.clone());
        if !features.forbidden.contains(Feature::RegisteredRingFd) {
            ledger.other();
            let registered = mapped.submitter.register_ring_fd().is_ok();
            features.present = features.present.with_if(Feature::RegisteredRingFd, registered);
        }
        let mut flags = EnterFlags::GETEVENTS;
        flags.set(EnterFlags::NO_IOWAIT, features.has(Feature::NoIowait));
        let defers = features.has(Feature::DeferTaskrun) || features.has(Feature::CoopTaskrun);
        let defers_unseen = defers && !features.has(Feature::TaskrunFlag);
        Self { mapped, features, flags, defers_unseen, ledger }
    }

    #[inline]
    fn call(&self, minimum: u32, time: Option<&Timespec>) -> Result<u32, Errno> {
        self.ledger.enter();
        let queued = u32::try_from(self.mapped.sq.len()).unwrap_or(u32::MAX);
        let submitter = &self.mapped.submitter;
        let answer = if let Some(time) = time {
            let flags = (self.flags | EnterFlags::EXT_ARG).bits();
            let arguments = SubmitArgs::new().timespec(time);
            // SAFETY: EXT_ARG goes with an argument of its type, and what that points to
            // outlives the call. `push` has vouched for the entries.
            unsafe { submitter.enter(queued, minimum, flags, Some(&arguments)) }
        } else {
            // SAFETY: no argument, and no flag that asks for one. `push` has vouched for the
            // entries.
            unsafe { submitter.enter::<()>(queued, minimum, self.flags.bits(), None) }
        };
        // Cannot be more than was queued.
        answer.map(|count| u32::try_from(count).unwrap_or(queued)).map_err(Errno::from)
    }
}

impl Ring for LinuxRing {
    fn raw_fd(&self) -> RawFd {
        self.mapped.fd
    }

    fn features(&self) -> &RingFeatures {
        &self.features
    }

    #[inline]
    fn room(&self) -> usize {
        self.mapped.sq.capacity() - self.mapped.sq.len()
    }

    #[inline]
    fn queued(&self) -> usize {
        self.mapped.sq.len()
    }

    #[inline]
    unsafe fn push(&mut self, entry: &squeue::Entry) -> bool {
        // SAFETY: passed on to our caller.
        unsafe { self.mapped.sq.push(entry) }.is_ok()
    }

    #[inline]
    fn enter(&mut self, wait: Wait) -> Result<Entered, Errno> {
        // Before: the kernel has to see what is queued, and what was reaped, which is its room.
        self.mapped.sq.sync();
        self.mapped.cq.sync();
        let answer = match wait.normalized() {
            // An expired timespec would do, at the price of arming a timer.
            Wait::Now => self.call(0, None),
            Wait::Until(time) => self.call(1, Some(&Timespec::from(time))),
            Wait::Forever => self.call(1, None),
        };
        // After: we have to see what the kernel took. It says so in the answer as well, but not
        // if there was an error.
        self.mapped.sq.sync();
        Entered::from_answer(answer)
    }

    #[inline]
    fn pop(&mut self) -> Option<Cqe> {
        let queue = &mut self.mapped.cq;
        if queue.is_empty() {
            queue.sync();
        }
        let entry = queue.next()?;
        if queue.is_empty() {
            // Tells the kernel that all that was seen has been taken, or it would think at the
            // next `enter` that there is nothing to wait for. `has_completions` looks as well.
            queue.sync();
        }
        Some(Cqe { user_data: entry.user_data(), result: entry.result(), flags: entry.flags() })
    }

    #[inline]
    fn has_completions(&self) -> bool {
        !self.mapped.cq.is_empty() || !self.mapped.status.is_empty()
    }

    #[inline]
    fn has_deferred_work(&self) -> bool {
        self.defers_unseen || self.mapped.sq.taskrun() || self.mapped.sq.cq_overflow()
    }

    fn register_eventfd(&mut self, fd: RawFd) -> Result<(), Errno> {
        self.ledger.other();
        self.mapped.submitter.register_eventfd(fd).map_err(Errno::from)
    }
}

impl fmt::Debug for LinuxRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinuxRing")
            .field("queued", &self.queued())
            .field("has_completions", &self.has_completions())
            .field("has_deferred_work", &self.has_deferred_work())
            .field("features", &self.features)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
