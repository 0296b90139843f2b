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
        let index = self.first_hinted()?;
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

    /// Whose turn it is; whoever only kept a place before them has lost it.
    fn first_hinted(&mut self) -> Option<u32> {
        loop {
            let index = self.state.rotation.first_waiting()?;
            match self.slots[index as usize].registration_mut() {
                Some(registration) if !registration.is_hinted() => registration.lose_place(),
                _ => return Some(index),
            }
            self.settle(index);
        }
    }

    fn registration_event(&mut self, index: u32) -> Option<Event> {
        let (stamp, rotation) = (self.state.stamp, self.state.rotation.number());
        let alone = self.state.rotation.list().len() == 1;
        let slot = &mut self.slots[index as usize];
        let key = slot.key(index);
        let registration = slot.registration_mut()?;
        if let Some(error) = registration.take_refused() {
            return Some(Event::Refused { key, error });
        }
        let readiness = registration.verdict(stamp)?;
        registration.dispatched(rotation, alone);
        Some(Event::Ready { key, readiness })
    }

    fn operation_event(&mut self, index: u32) -> Option<Event> {
        let key = self.slots[index as usize].key(index);
        let outcome = self.operation(index)?.outcome?;
        let following = self.next_waiting(index);
        let rotation = self.state.rotation.number();
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
        let look = match (self.state.rotation.first_waiting(), self.state.hinted) {
            (Some(_), _) => Look::No,
            (None, 0) => Look::Wait,
            (None, _) => Look::Glance,
        };
        self.state.looking = look != Look::No;
        let judge = if self.state.hinted == 0 { 0 } else { self.state.widen().into() };
        Plan { judge, look }
    }

    /// The kernel was looked at: newcomers are in, and everybody may have another turn.
    pub(crate) fn looked(&mut self) {
        if core::mem::take(&mut self.state.looking) {
            self.state.rotation.begin();
        }
    }

    pub(crate) fn judge(&mut self, key: Key, readiness: Readiness) {
        let (stamp, rotation) = (self.state.stamp, self.state.rotation.number());
        if let Some((index, registration)) = self.registration(key) {
            registration.judge(readiness, stamp, rotation);
            self.settle(index);
        }
    }
}
