//! One operation: any request with a completion, alone or as the member of a chain.

use crate::event::Outcome;
use crate::list::NIL;
use crate::planted::planted;

/// How an operation is linked to the one after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Link {
    /// Not at all: it is alone, or the last of its chain.
    #[default]
    None,
    /// The next starts when this one has succeeded, and is cancelled if it fails
    /// (IOSQE_IO_LINK).
    Soft,
    /// The next starts when this one has ended, however (IOSQE_IO_HARDLINK).
    Hard,
}

/// One member of a chain to be submitted. What it does, only the embedder knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Request {
    /// How it is linked to the next; the last one's link is ignored.
    pub link: Link,
    /// Whether [`Submission::Prepare`](crate::Submission::Prepare) is wanted at the last moment.
    pub prepare: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Waits to be handed out.
    Queued,
    /// Its chain is being handed out, up to a member before it: no answer can be its own.
    Committed,
    /// Handed out; the kernel owes its last answer.
    Issued,
    /// Answered for the last time, or cancelled before it was handed out.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancel {
    No,
    Wanted,
    /// Handed out; the kernel owes an answer.
    Issued,
    /// The kernel did not know it yet, because it waits in its chain behind one that has not ended:
    /// wanted again when that has.
    Premature,
}

/// How often the kernel is told to cancel what it does not know and has not ended: it may be about
/// to start, or its answer be under way.
const MAX_VAIN: u8 = 16;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) stage: Stage,
    pub(crate) cancel: Cancel,
    /// While queued, 1 if a last look at it is wanted. Later, how often it was cancelled in vain.
    pub(crate) tries: u8,
    pub(crate) link: Link,
    /// The members of its chain on either side, while queued. Later, the one before until that has
    /// ended, and the one after until this has.
    pub(crate) before: u32,
    pub(crate) after: u32,
    /// The next result to tell; later ones wait in slots of their own.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) waiting: u32,
    pub(crate) last_waiting: u32,
    /// The rotation of its last event.
    pub(crate) ran: u32,
}

/// What the kernel should be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Submit the chain that starts here.
    Submit,
    /// Cancel it.
    Cancel,
}

impl Operation {
    pub(crate) const fn new(request: Request, before: u32, after: u32, rotation: u32) -> Self {
        Self {
            stage: Stage::Queued,
            cancel: Cancel::No,
            tries: request.prepare as u8,
            link: if after == NIL { Link::None } else { request.link },
            before,
            after,
            outcome: None,
            waiting: NIL,
            last_waiting: NIL,
            ran: rotation.wrapping_sub(1),
        }
    }

    /// What the kernel should be told next, if anything.
    pub(crate) fn demand(&self) -> Option<Demand> {
        match (self.stage, self.cancel) {
            (Stage::Queued, _) if self.before == NIL => Some(Demand::Submit),
            (Stage::Issued, Cancel::Wanted) => Some(Demand::Cancel),
            (Stage::Queued | Stage::Committed | Stage::Issued | Stage::Ended, _) => None,
        }
    }

    /// The kernel has answered to its cancelling; `unknown` if it knew nothing of it.
    pub(crate) fn cancelled(&mut self, unknown: bool) {
        if !unknown && planted!(CancelEnds) {
            self.stage = Stage::Ended;
        }
        let again = unknown && self.stage == Stage::Issued && self.tries < MAX_VAIN;
        self.cancel = match (again, self.before != NIL) {
            (false, _) => Cancel::No,
            (true, true) => Cancel::Premature,
            (true, false) => {
                self.tries += 1;
                Cancel::Wanted
            }
        };
    }

    /// The one before it in its chain has ended.
    pub(crate) fn is_next(&mut self) {
        self.before = NIL;
        if self.cancel == Cancel::Premature && !planted!(PrematureForGood) {
            self.cancel = Cancel::Wanted;
        }
    }

    /// Whether it has a result to tell.
    pub(crate) const fn is_hinted(&self) -> bool {
        self.outcome.is_some()
    }

    /// Whether nothing more can come of it.
    pub(crate) fn is_over(&self) -> bool {
        let cancelling = self.cancel == Cancel::Issued && !planted!(CancelUnawaited);
        self.stage == Stage::Ended && !cancelling && self.outcome.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often one that the kernel does not know is cancelled again.
    fn cancelled_again(before: u32) -> usize {
        let mut operation = Operation::new(Request::default(), before, NIL, 0);
        operation.stage = Stage::Issued;
        let again = (0..100).take_while(|_| {
            operation.cancelled(true);
            operation.cancel == Cancel::Wanted
        });
        again.count()
    }

    #[test]
    fn cancelling_in_vain_comes_to_an_end() {
        assert_eq!(cancelled_again(NIL), usize::from(MAX_VAIN));
        assert_eq!(cancelled_again(7), 0, "it is to wait for the one before it");
    }
}
