//! What the kernel is to be told, computed when the driver asks.

use super::Machine;
use crate::list::NIL;
use crate::operation::{Cancel, Demand, Stage};
use crate::planted::planted;
use crate::registration::Step;
use crate::slot::Body;
use crate::submission::Submission;
use crate::tag::Tag;

impl Machine<'_> {
    pub(crate) fn next_submission(&mut self, room: usize) -> Option<Submission> {
        if let Some(member) = self.state.chain {
            return self.hand_out(member);
        }
        let index = self.state.wants.head()?;
        match &self.slots[index as usize].body {
            Body::Registration(registration) => {
                let step = registration.step()?;
                (entries(step) <= room || planted!(RoomNotChecked))
                    .then(|| self.take_step(index, step))?
            }
            Body::Operation(operation) => match operation.demand()? {
                Demand::Submit => self.begin_chain(index, room),
                Demand::Cancel => (room > 0).then(|| self.take_cancel(index))?,
            },
            Body::Free | Body::Waiting(_) => None,
        }
    }

    fn take_step(&mut self, index: u32, step: Step) -> Option<Submission> {
        let look = self.state.look();
        let slot = &mut self.slots[index as usize];
        let key = slot.key(index);
        let registration = slot.registration_mut()?;
        registration.take(step, look);
        let (interest, watch) = (registration.interest(), registration.way());
        self.settle(index);
        Some(match step {
            Step::Arm(lane) => Submission::Arm { key, tag: Tag::Arm(key, lane), interest, watch },
            Step::Rearm { from, to } => Submission::Rearm {
                key,
                target: Tag::Arm(key, from),
                by: Tag::Disarm(key, from),
                tag: Tag::Arm(key, if planted!(ArmAndTagDisagree) { from } else { to }),
                interest,
                watch,
            },
            Step::Disarm { lane, parked } => Submission::Disarm {
                key,
                target: Tag::Arm(key, lane),
                by: Tag::Disarm(key, lane),
                parked,
            },
        })
    }

    fn take_cancel(&mut self, index: u32) -> Option<Submission> {
        let key = self.slots[index as usize].key(index);
        self.operation(index)?.cancel = Cancel::Issued;
        self.settle(index);
        Some(Submission::Cancel { key, target: Tag::Operation(key), by: Tag::Cancel(key) })
    }

    /// Hands out the first member of the chain at `head`, if there is room for all of them and
    /// nobody wants a last look.
    fn begin_chain(&mut self, head: u32, room: usize) -> Option<Submission> {
        if self.members(head).count() > room && !planted!(ChainCut) {
            return None;
        }
        let unprepared = self.members(head).find(|&member| {
            self.slots[member as usize].operation().is_some_and(|operation| operation.tries > 0)
        });
        if let Some(member) = unprepared {
            self.operation(member)?.tries = 0;
            return Some(Submission::Prepare { key: self.slots[member as usize].key(member) });
        }
        let mut member = head;
        while let Some(operation) = self.operation(member) {
            operation.stage = Stage::Committed;
            member = operation.after;
        }
        self.hand_out(head)
    }

    /// The members of a queued chain, from `head` on.
    fn members(&self, head: u32) -> impl Iterator<Item = u32> {
        core::iter::successors(Some(head), |&member| {
            let after = self.slots[member as usize].operation()?.after;
            (after != NIL).then_some(after)
        })
    }

    fn hand_out(&mut self, member: u32) -> Option<Submission> {
        let key = self.slots[member as usize].key(member);
        let operation = self.operation(member)?;
        let (after, link) = (operation.after, operation.link);
        operation.stage = Stage::Issued;
        self.state.chain = (after != NIL).then_some(after);
        self.settle(member);
        Some(Submission::Operation { key, tag: Tag::Operation(key), link })
    }
}

/// How many ring entries a step takes.
fn entries(step: Step) -> usize {
    match step {
        Step::Arm(_) | Step::Disarm { .. } => 1,
        Step::Rearm { .. } => 2,
    }
}
