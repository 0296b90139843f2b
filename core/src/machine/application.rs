//! What the application asks for.

use super::Machine;
use crate::errno::ECANCELED;
use crate::error::{Stale, SubmitError};
use crate::event::Outcome;
use crate::interest::Interest;
use crate::key::Key;
use crate::list::NIL;
use crate::operation::{Cancel, Link, Operation, Request, Stage};
use crate::planted::planted;
use crate::progress::Progress;
use crate::registration::Registration;
use crate::slot::Body;
use crate::watch::Watch;

impl Machine<'_> {
    /// The caller has seen to it that a slot is free.
    pub(crate) fn register(&mut self, watch: Watch, interest: Interest) -> Option<Key> {
        let body =
            Body::Registration(Registration::new(watch, interest, self.state.rotation.number()));
        let index = self.occupy(body)?;
        self.settle(index);
        Some(self.slots[index as usize].key(index))
    }

    pub(crate) fn set_interest(&mut self, key: Key, interest: Interest) -> Result<(), Stale> {
        let (index, registration) = self.registration(key).ok_or(Stale)?;
        registration.set_interest(interest);
        self.settle(index);
        Ok(())
    }

    pub(crate) fn remove(&mut self, key: Key) -> Result<(), Stale> {
        let (index, registration) = self.registration(key).ok_or(Stale)?;
        registration.remove();
        self.settle(index);
        Ok(())
    }

    pub(crate) fn vanish(&mut self, key: Key) -> Result<(), Stale> {
        let (index, registration) = self.registration(key).ok_or(Stale)?;
        registration.vanish();
        self.settle(index);
        Ok(())
    }

    pub(crate) fn progress(&mut self, key: Key, progress: Progress) -> Result<(), Stale> {
        let stamps = self.state.stamps;
        let (index, registration) = self.registration(key).ok_or(Stale)?;
        registration.progress(progress, stamps);
        self.settle(index);
        Ok(())
    }

    /// The caller has seen to it that as many slots are free as there are requests.
    pub(crate) fn submit(&mut self, chain: &[Request]) -> Result<Key, SubmitError> {
        let mut after = NIL;
        for request in chain.iter().rev() {
            let operation = Operation::new(*request, NIL, after, self.state.rotation.number());
            let index = self.occupy(Body::Operation(operation)).ok_or(SubmitError::Full)?;
            if let Some(successor) = self.operation(after) {
                successor.before = index;
            }
            after = index;
        }
        let head = self.slots.get(after as usize).ok_or(SubmitError::Empty)?;
        let key = head.key(after);
        self.settle(after);
        Ok(key)
    }

    /// The operation after `key` in its chain, while that has not been handed out.
    pub(crate) fn linked_after(&self, key: Key) -> Option<Key> {
        let operation = self.slots[self.find(key)? as usize].operation()?;
        let queued = operation.stage == Stage::Queued;
        let after = operation.after;
        queued.then(|| self.slots.get(after as usize).map(|slot| slot.key(after)))?
    }

    pub(crate) fn cancel(&mut self, key: Key) -> Result<(), Stale> {
        let index = self.find(key).ok_or(Stale)?;
        let operation = self.operation(index).ok_or(Stale)?;
        match operation.stage {
            Stage::Queued => self.cancel_queued(index),
            Stage::Issued if planted!(IssuedNotCancelled) => {}
            Stage::Committed | Stage::Issued if operation.cancel == Cancel::No => {
                operation.cancel = Cancel::Wanted;
                self.settle(index);
            }
            // Its last result was told; only the answer to its cancelling is still to come.
            Stage::Ended if operation.outcome.is_none() => return Err(Stale),
            Stage::Committed | Stage::Issued | Stage::Ended => {}
        }
        Ok(())
    }

    /// Cancels what the kernel has not seen, as the kernel would: behind a soft link the rest of
    /// the chain goes too, else it stays.
    fn cancel_queued(&mut self, index: u32) {
        let Some(&mut Operation { before, after, link, .. }) = self.operation(index) else {
            return;
        };
        let cuts = link == Link::Soft && !planted!(SoftLinkGoesOn);
        let rest = if cuts { NIL } else { after };
        if let Some(predecessor) = self.operation(before) {
            predecessor.after = rest;
            if rest == NIL && !planted!(LinkToAStranger) {
                predecessor.link = Link::None;
            }
        }
        if let Some(successor) = self.operation(rest) {
            successor.before = before;
            self.settle(rest);
        }
        let rotation = self.state.rotation.number();
        let mut member = index;
        while member != rest {
            let Some(operation) = self.operation(member) else { break };
            let following = operation.after;
            operation.stage = Stage::Ended;
            // Its turn is in the next rotation, or an endless row of such would be one.
            operation.ran = rotation;
            operation.outcome = Some(Outcome { result: ECANCELED, flags: 0, more: false });
            (operation.before, operation.after) = (NIL, NIL);
            self.settle(member);
            member = following;
        }
    }
}
