//! What the kernel says.

use super::Machine;
use crate::completion::{Completion, Disposition};
use crate::errno::ENOENT;
use crate::event::Outcome;
use crate::key::Key;
use crate::lane::Lane;
use crate::list::NIL;
use crate::operation::{Cancel, Stage};
use crate::planted::planted;
use crate::registration::Answer;
use crate::slot::{Body, Waiting};
use crate::tag::Tag;

impl Machine<'_> {
    pub(crate) fn complete(&mut self, completion: Completion) -> Disposition {
        let disposition = match Tag::decode(completion.user_data) {
            None => return Disposition::Foreign,
            Some(Tag::Arm(key, lane)) => self.poll_answered(key, lane, completion),
            Some(Tag::Disarm(key, lane)) => self.poll_ended(key, lane, completion.result),
            Some(Tag::Operation(key)) => self.operation_answered(key, completion),
            Some(Tag::Cancel(key)) => self.operation_cancelled(key, completion.result),
        };
        disposition.unwrap_or(Disposition::Stale)
    }

    /// Everybody of whom an answer may have been missed may be ready.
    #[cold]
    pub(crate) fn suspect_all(&mut self) {
        for index in (0..).take(self.slots.len()) {
            if let Some(registration) = self.slots[index as usize].registration_mut() {
                registration.suspect();
                self.settle(index);
            }
        }
    }

    fn poll_answered(&mut self, key: Key, lane: Lane, said: Completion) -> Option<Disposition> {
        let index = self.find(key)?;
        let answer = Answer {
            result: said.result,
            more: said.more,
            level: said.level,
            stamps: self.state.stamps,
            rotation: self.state.rotation.number(),
            look: self.state.look(),
        };
        let hint = self.slots[index as usize].registration_mut()?.answered(lane, answer)?;
        if !planted!(NoSettle) {
            self.settle(index);
        }
        Some(if hint { Disposition::Hint } else { Disposition::Quiet })
    }

    fn poll_ended(&mut self, key: Key, lane: Lane, result: i32) -> Option<Disposition> {
        let index = self.find(key)?;
        let known = self.slots[index as usize].registration_mut()?.ended(lane, result);
        self.settle(index);
        known.then_some(Disposition::Control)
    }

    fn operation_answered(&mut self, key: Key, said: Completion) -> Option<Disposition> {
        let index = self.find(key)?;
        let operation = self.operation(index)?;
        if operation.stage != Stage::Issued {
            return None;
        }
        let outcome = Outcome { result: said.result, flags: said.flags, more: said.more };
        if operation.outcome.is_none() {
            operation.outcome = Some(outcome);
        } else if !self.keep_waiting(index, outcome) {
            return Some(Disposition::Busy);
        }
        let last = !said.more || planted!(FirstResultEnds);
        if let Some(operation) = self.operation(index).filter(|_| last) {
            operation.stage = Stage::Ended;
            self.advance(index);
        }
        self.settle(index);
        Some(Disposition::Result)
    }

    /// The chain goes on behind an operation that has ended.
    fn advance(&mut self, index: u32) {
        let after = self.operation(index).map(|ended| core::mem::replace(&mut ended.after, NIL));
        let Some(after) = after else { return };
        // Unless it has ended before, out of order, and its slot is another's.
        if let Some(next) = self.operation(after)
            && next.before == index
            && next.stage != Stage::Queued
        {
            next.is_next();
            self.settle(after);
        }
    }

    /// Keeps a result in a slot of its own, behind the earlier ones.
    fn keep_waiting(&mut self, index: u32, outcome: Outcome) -> bool {
        let Some(place) = self.occupy(Body::Waiting(Waiting { outcome, after: NIL })) else {
            return false;
        };
        let Some(operation) = self.operation(index) else { return false };
        let last = core::mem::replace(&mut operation.last_waiting, place);
        if last == NIL || planted!(WaitingResultLost) {
            operation.waiting = place;
        } else if let Body::Waiting(waiting) = &mut self.slots[last as usize].body {
            waiting.after = place;
        }
        true
    }

    fn operation_cancelled(&mut self, key: Key, result: i32) -> Option<Disposition> {
        let index = self.find(key)?;
        let operation = self.operation(index)?;
        if operation.cancel != Cancel::Issued && !planted!(CancelAnsweredTwice) {
            return None;
        }
        operation.cancelled(result == ENOENT && !planted!(CancelledInVain));
        self.settle(index);
        Some(Disposition::Control)
    }
}
