//! Whose turn it is.

use super::Machine;
use crate::event::{Event, Outcome};
use crate::key::Key;
use crate::list::NIL;
use crate::plan::{Look, Plan};
use crate::readiness::Readiness;
use crate::slot::Body;

impl Machine<'_> {
    /// The event of the first in the rotation, if nothing more need be known for it.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        let index = self.state.now().head()?;
        let event = match &self.slots[index as usize].body {
            Body::Registration(_) => self.registration_event(index),
            Body::Operation(_) => self.operation_event(index),
            Body::Free | Body::Waiting(_) => None,
        }?;
        self.state.spend();
        self.leave_rotation(index);
        self.settle(index);
        Some(event)
    }

    fn registration_event(&mut self, index: u32) -> Option<Event> {
        let (stamp, rotation) = (self.state.stamp, self.state.rotation);
        let slot = &mut self.slots[index as usize];
        let key = slot.key(index);
        let registration = slot.registration_mut()?;
        if let Some(error) = registration.take_refused() {
            return Some(Event::Refused { key, error });
        }
        let readiness = registration.verdict(stamp)?;
        registration.dispatched(rotation);
        Some(Event::Ready { key, readiness })
    }

    fn operation_event(&mut self, index: u32) -> Option<Event> {
        let key = self.slots[index as usize].key(index);
        let outcome = self.operation(index)?.outcome?;
        let following = self.next_waiting(index);
        let rotation = self.state.rotation;
        let operation = self.operation(index)?;
        operation.outcome = following;
        operation.ran = rotation;
        Some(Event::Done { key, outcome })
    }

    /// Takes the next of the results that wait in slots of their own.
    fn next_waiting(&mut self, index: u32) -> Option<Outcome> {
        let place = self.slots[index as usize].operation()?.waiting;
        let Body::Waiting(waiting) = self.slots.get(place as usize)?.body else { return None };
        let operation = self.operation(index)?;
        operation.waiting = waiting.after;
        if waiting.after == NIL {
            operation.last_waiting = NIL;
        }
        self.vacate(place);
        Some(waiting.outcome)
    }

    /// What must be found out before there can be an event.
    pub(crate) fn plan(&mut self) -> Plan {
        self.state.begin_check();
        if self.state.now().is_empty() && self.state.looked {
            // Nobody new: a new rotation begins.
            self.state.begin_rotation();
        }
        if !self.state.now().is_empty() {
            Plan { judge: self.state.widen().into(), look: Look::No }
        } else if !self.state.next().is_empty() {
            Plan { judge: self.state.widen().into(), look: Look::Glance }
        } else {
            // Nobody at all: whoever comes next is the first of a rotation.
            self.state.begin_rotation();
            Plan { judge: 0, look: Look::Wait }
        }
    }

    pub(crate) fn looked(&mut self) {
        self.state.looked = true;
    }

    pub(crate) fn judge(&mut self, key: Key, readiness: Readiness) {
        let stamp = self.state.stamp;
        if let Some((index, registration)) = self.registration(key) {
            registration.judge(readiness, stamp);
            self.settle(index);
        }
    }
}
