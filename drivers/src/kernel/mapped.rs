//! The ring's memory and the three handles to it, kept together.

use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use std::os::fd::{AsRawFd, RawFd};

use io_uring::cqueue::CompletionStatus;
use io_uring::{CompletionQueue, IoUring, SubmissionQueue, Submitter};

use super::Ledger;

/// An `IoUring`, split once and for all.
///
/// The crate means its handles to be made anew for each use, and each making and dropping
/// exchanges the queues' ends with the kernel. Kept for good, they exchange them when told to
/// (`sync`), pushing costs no more than writing the entry, and a registered ring fd, which the
/// `Submitter` alone remembers, can be used at all. Hence a structure that borrows from itself:
///
/// ```text
///  Mapped ── whole ──► IoUring (leaked box) ◄── borrowed "for ever" by submitter, sq, cq, status
/// ```
///
/// - Nothing uses `whole` between `new` and `drop`, so the handles' borrows are never violated.
/// - `drop` ends the handles before it takes the box back, so "for ever" is long enough.
/// - In a forked child the queues are not mapped (`MADV_DONTFORK`), and at their addresses may
///   be anything by now: there `drop` closes the descriptor and touches nothing else.
pub(super) struct Mapped {
    pub(super) submitter: Submitter<'static>,
    pub(super) sq: ManuallyDrop<SubmissionQueue<'static>>,
    pub(super) cq: ManuallyDrop<CompletionQueue<'static>>,
    pub(super) status: CompletionStatus,
    whole: NonNull<IoUring>,
    pub(super) fd: RawFd,
    ledger: Ledger,
}

impl Mapped {
    pub(super) fn new(ring: IoUring, ledger: Ledger) -> Self {
        let fd = ring.as_raw_fd();
        let whole = NonNull::from(Box::leak(Box::new(ring)));
        // SAFETY: the box is leaked, so it is valid and stays in its place until `drop` takes it
        // back, and this is the only reference to it that is ever made.
        let (submitter, sq, cq) = unsafe { (*whole.as_ptr()).split() };
        // SAFETY: kept beside `cq`, and like it never used after the box is gone.
        let status = unsafe { cq.status() };
        let (sq, cq) = (ManuallyDrop::new(sq), ManuallyDrop::new(cq));
        Self { submitter, sq, cq, status, whole, fd, ledger }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        if self.ledger.forked() {
            // SAFETY: the descriptor was inherited with the number, and its other owner, the
            // `IoUring` in the leaked box, stays leaked.
            unsafe { rustix::io::close(self.fd) };
            return;
        }
        // The registration holds the ring as a descriptor does: without this the ring, and every
        // file it polls, would live on until this thread ends. It fails if there was none.
        let _ = self.submitter.unregister_ring_fd();
        // SAFETY: dropped here only, and not used after. The box was leaked in `new`, is taken
        // back only here, and nothing that borrows from it is used from here on.
        unsafe {
            ManuallyDrop::drop(&mut self.sq);
            ManuallyDrop::drop(&mut self.cq);
            drop(Box::from_raw(self.whole.as_ptr()));
        }
    }
}
