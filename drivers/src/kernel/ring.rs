//! io_uring: two queues shared with the kernel, and one call to make it look at them.

use std::os::fd::RawFd;

use io_uring::squeue;

use super::{Errno, RingFeatures, Wait, mask};

/// A pair of queues.
///
/// Submissions are queued by [`push`](Self::push), which asks nothing of the kernel;
/// [`enter`](Self::enter) hands over all that is queued, lets the kernel do what it deferred, and
/// waits; [`pop`](Self::pop) takes completions, again without the kernel. A ring belongs to the
/// thread that made it.
///
/// Two habits of io_uring to keep in mind. After `enter`, what happened is in the completion
/// queue and on the clock: a wait that was cut short is reported only if nothing was submitted in
/// the same call. And an empty completion queue never means that nothing is ready, since a ring
/// that defers its work brings up a limited number of completions per `enter`.
pub trait Ring {
    /// What this ring can do.
    fn features(&self) -> &RingFeatures;

    /// The number of the ring itself, to watch it by `poll`, in a set or on a ring.
    fn raw_fd(&self) -> RawFd;

    /// How many more submissions can be queued.
    fn room(&self) -> usize;

    /// How many submissions are queued and not yet taken by the kernel.
    fn queued(&self) -> usize;

    /// Queues a submission; `false`, and nothing done, if there is no room.
    ///
    /// # Safety
    ///
    /// All memory that `entry` points to is valid, and left alone, for as long as its operation
    /// uses it: to the next `enter` that takes it for what is only read at submission, to its
    /// final completion otherwise. *Dropping the ring does not end that*: the kernel cancels
    /// what is under way in its own time, so it has to be cancelled and reaped before.
    unsafe fn push(&mut self, entry: &squeue::Entry) -> bool;

    /// One `io_uring_enter`: submits all that is queued, runs what was deferred and, unless a
    /// completion is there already, waits for the first one as long as `wait` says.
    ///
    /// What the kernel did not take stays queued, in order.
    ///
    /// # Errors
    ///
    /// What the ways of [`Ended`] do not cover: the ring is used by a thread that may not, or
    /// the kernel had to drop completions ([`Errno::BADR`]).
    fn enter(&mut self, wait: Wait) -> Result<Entered, Errno>;

    /// Takes the oldest completion, one that arrived just now included.
    fn pop(&mut self) -> Option<Cqe>;

    /// Whether [`pop`](Self::pop) would find one.
    fn has_completions(&self) -> bool;

    /// Whether the kernel holds back completions that an [`enter`](Self::enter) would bring up:
    /// deferred ones, or such as found the queue full. Costs one load from memory. A ring that
    /// defers but cannot tell (without `TASKRUN_FLAG`) always answers yes.
    fn has_deferred_work(&self) -> bool;

    /// Has the kernel signal an eventfd for each completion, also for one that is deferred. Not to
    /// be slept on: while another eventfd wakes a ring that defers, this one is signalled
    /// milliseconds later, and after the first time never (Linux 6.18). The loop does without.
    ///
    /// # Errors
    ///
    /// [`Errno::BUSY`] if there is one registered already, [`Errno::BADF`], ...
    fn register_eventfd(&mut self, fd: RawFd) -> Result<(), Errno>;
}

/// A completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cqe {
    /// What was submitted with the request.
    pub user_data: u64,
    /// What came out: an error if negative, see [`outcome`](Self::outcome).
    pub result: i32,
    /// Bits of [`mask`](super::mask), `CQE_*`, and a buffer's number.
    pub flags: u32,
}

impl Cqe {
    /// The result as what it means.
    ///
    /// # Errors
    ///
    /// The error that the operation ended with.
    pub fn outcome(&self) -> Result<u32, Errno> {
        u32::try_from(self.result).map_err(|_| Errno(self.result.saturating_neg()))
    }

    /// Whether the request lives on: this is not its final completion.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.flags & mask::CQE_MORE != 0
    }
}

/// What an [`enter`](Ring::enter) did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    /// How many submissions the kernel took.
    pub submitted: u32,
    /// How it came to an end.
    pub ended: Ended,
}

/// How an [`enter`](Ring::enter) came to an end. None of these is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// In the ordinary way. If something was submitted, this may hide one of the next two.
    Normally,
    /// The time was up.
    TimedOut,
    /// A signal came. Look again.
    Interrupted,
    /// The kernel takes nothing more before completions are reaped, or memory is found. Reap,
    /// then try again; what was queued still is.
    Refused,
}

impl Entered {
    pub(super) fn from_answer(answer: Result<u32, Errno>) -> Result<Self, Errno> {
        let ended = match answer {
            Ok(submitted) => return Ok(Self { submitted, ended: Ended::Normally }),
            Err(Errno::TIME) => Ended::TimedOut,
            Err(Errno::INTR) => Ended::Interrupted,
            Err(Errno::BUSY | Errno::AGAIN) => Ended::Refused,
            Err(errno) => return Err(errno),
        };
        Ok(Self { submitted: 0, ended })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart_as_values() {
        let cases = [
            (Ok(3), Ok(Entered { submitted: 3, ended: Ended::Normally })),
            (Err(Errno::TIME), Ok(Entered { submitted: 0, ended: Ended::TimedOut })),
            (Err(Errno::INTR), Ok(Entered { submitted: 0, ended: Ended::Interrupted })),
            (Err(Errno::BUSY), Ok(Entered { submitted: 0, ended: Ended::Refused })),
            (Err(Errno::AGAIN), Ok(Entered { submitted: 0, ended: Ended::Refused })),
            (Err(Errno::BADR), Err(Errno::BADR)),
            (Err(Errno::EXIST), Err(Errno::EXIST)),
        ];
        for (answer, expected) in cases {
            assert_eq!(Entered::from_answer(answer), expected, "{answer:?}");
        }
    }

    #[test]
    fn no_result_of_a_completion_is_too_odd() {
        let outcome = |result| Cqe { user_data: 0, result, flags: 0 }.outcome();
        assert_eq!(outcome(0), Ok(0));
        assert_eq!(outcome(i32::MAX), Ok(0x7fff_ffff));
        assert_eq!(outcome(-libc::ECANCELED), Err(Errno::CANCELED));
        assert_eq!(outcome(i32::MIN), Err(Errno(i32::MAX)));
    }
}
