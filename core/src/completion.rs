//! What the kernel says, and what it turned out to be.

use crate::readiness::Readiness;

/// One answer of the kernel, as the driver hands it in.
///
/// Any value is accepted: what is doubled, late, forged or out of range is called
/// [`Disposition::Stale`] or [`Disposition::Foreign`], and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The `user_data` of the request.
    pub user_data: u64,
    /// Below zero, minus an error number. For a poll, else the bits of
    /// [`Readiness`](crate::Readiness); for an operation, its result.
    pub result: i32,
    /// Whether further answers to the same request will come (IORING_CQE_F_MORE).
    pub more: bool,
    /// For a poll: whether this is a level check, with nothing done since that may have used up
    /// what it saw: no handler run, and no operation brought up that is under way beside it.
    /// epoll_wait's answers are, and those of a oneshot POLL_ADD that completed when it was
    /// submitted: the core knows whether that was in the present look. Those of a poll that was
    /// woken are not: the mask is the waker's.
    pub level: bool,
    /// Handed on to the application with an operation's result: the kernel's flags.
    pub flags: u32,
}

impl Completion {
    /// The last answer to a request.
    #[must_use]
    pub const fn last(user_data: u64, result: i32) -> Self {
        Self { user_data, result, more: false, level: false, flags: 0 }
    }

    /// The report of a level-triggered set: a level check of a poll that lives on.
    #[must_use]
    pub const fn report(user_data: u64, seen: Readiness) -> Self {
        Self { user_data, result: seen.bits() as i32, more: true, level: true, flags: 0 }
    }
}

/// What a completion was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// A hint: its registration is a candidate now.
    Hint,
    /// The answer to a poll that brought nothing wanted, or ended one.
    Quiet,
    /// The answer to a request that ended or cancelled another.
    Control,
    /// The result of an operation: an event will tell it.
    Result,
    /// No room to keep this result: nothing was changed; hand it in again after the next event.
    Busy,
    /// Of a request that the core has been answered already, or never made.
    Stale,
    /// Not one of the core's: somebody else's on the same ring.
    Foreign,
}
