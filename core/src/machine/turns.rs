//! Whose turn it is.

use super::Machine;
use crate::event::{Event, Outcome};
use crate::key::Key;
use crate::list::NIL;
use crate::plan::{Look, Plan};
use crate::planted::planted;
use crate::readiness::Readiness;
use crate::registration::Recalled;
use crate::slot::Body;
use crate::tag::Tag;
use crate::turn::Turn;

impl Machine<'_> {
    /// The event of the first in the rotation, if nothing more need be known for it.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        match self.state.first_waiting().map(|index| self.recall(index)) {
            Some((key, Recalled::Ready(readiness))) => Some(Event::Ready { key, readiness }),
            Some((_, Recalled::Unknown(_))) | None => None,
            Some((_, Recalled::Otherwise)) => self.other_event(),
        }
    }

    /// `next_event` and, if there is none, `plan`: in one, for whoever is busy, and for a loop in
    /// which nobody is. What `plan` would say is said here without it.
    #[inline(always)]
    pub(crate) fn next_turn(&mut self) -> Turn {
        if self.state.rotation.list().is_empty() {
            self.state.begin_check();
            self.state.begin_look();
            return Turn::Plan(Plan { judge: 0, look: Look::Wait });
        }
        let Some(index) = self.state.first_waiting() else { return Turn::Plan(self.plan()) };
        match self.recall(index) {
            (key, Recalled::Ready(readiness)) => Turn::Event(Event::Ready { key, readiness }),
            (key, Recalled::Unknown(interest)) => {
                self.state.begin_check();
                match self.state.widen() {
                    1 => Turn::Check { key, interest },
                    several => Turn::Plan(Plan { judge: several.into(), look: Look::No }),
                }
            }
            (_, Recalled::Otherwise) => self.other_turn(),
        }
    }

    /// The same, out of the way.
    #[inline(never)]
    fn other_turn(&mut self) -> Turn {
        self.other_event().map_or_else(|| Turn::Plan(self.plan()), Turn::Event)
    }

    /// What is known of the first in the rotation. Of the busy, who are most of those who have
    /// turns, nothing but the place changes.
    #[inline(always)]
    fn recall(&mut self, index: u32) -> (Key, Recalled) {
        let (stamps, rotation) = (self.state.stamps, self.state.rotation.number());
        let slot = &mut self.slots[index as usize];
        let key = slot.key(index);
        let registration = slot.registration_mut();
        let recalled = registration.map_or(Recalled::Otherwise, |it| it.recall(stamps, rotation));
        if matches!(recalled, Recalled::Ready(_)) {
            self.state.spend();
            self.state.rotation.serve_first(self.slots);
        }
        (key, recalled)
    }

    /// The event of whose turn it is, where more may change than a place.
    #[inline(never)]
    fn other_event(&mut self) -> Option<Event> {
        let index = self.first_hinted()?;
        match &self.slots[index as usize].body {
            Body::Registration(_) => self.registration_event(index),
            Body::Operation(_) => self.operation_event(index),
            Body::Free | Body::Waiting(_) => None,
        }
    }

    /// Has had its turn.
    fn served(&mut self, index: u32) {
        self.state.spend();
        self.leave_rotation(index);
        self.settle(index);
    }

    /// Hands out the event of a look's only answer if nobody else is in the rotation, without
    /// entering a list only to leave it. A loop that is not busy does nothing else. `None` if it is
    /// not as simple as that; then nothing is changed.
    #[inline(always)]
    pub(crate) fn deliver(&mut self, user_data: u64, seen: Readiness) -> Option<Event> {
        let nobody_else = self.state.rotation.list().is_empty() || planted!(DeliveredOverOthers);
        if !(nobody_else && self.state.looking) {
            return None;
        }
        let Some(Tag::Arm(key, lane)) = Tag::decode(user_data) else { return None };
        let index = self.find(key)?;
        let rotation = self.state.rotation.number();
        let registration = self.slots[index as usize].registration_mut()?;
        let readiness = registration.pass(lane, seen, rotation)?;
        self.state.begin_rotation();
        self.state.spend();
        Some(Event::Ready { key, readiness })
    }

    /// Takes in the verdict on one candidate, as `judge`; and hands out its event, if it is its
    /// turn and it is ready and busy, so that nothing but its place changes.
    #[inline(always)]
    pub(crate) fn decide(&mut self, key: Key, readiness: Readiness) -> Option<Event> {
        let event = self.decide_first(key, readiness);
        if event.is_none() {
            self.judge(key, readiness);
        }
        event
    }

    #[inline(always)]
    fn decide_first(&mut self, key: Key, readiness: Readiness) -> Option<Event> {
        let first = self.state.first_waiting()?;
        let rotation = self.state.rotation.number();
        let index = self.find(key).filter(|&index| index == first || planted!(DecidedOutOfTurn))?;
        let registration = self.slots[index as usize].registration_mut()?;
        let readiness = registration.serve(readiness, rotation)?;
        self.state.spend();
        self.state.rotation.serve_first(self.slots);
        Some(Event::Ready { key, readiness })
    }

    /// Whose turn it is; whoever only kept a place before them has lost it.
    fn first_hinted(&mut self) -> Option<u32> {
        loop {
            let index = self.state.first_waiting()?;
            let Some(registration) = self.slots[index as usize].registration_mut() else {
                return Some(index);
            };
            if registration.is_hinted() {
                return Some(index);
            }
            registration.lose_place();
            self.settle(index);
        }
    }

    fn registration_event(&mut self, index: u32) -> Option<Event> {
        let (stamps, rotation) = (self.state.stamps, self.state.rotation.number());
        let alone = self.state.rotation.list().len() == 1;
        let slot = &mut self.slots[index as usize];
        let key = slot.key(index);
        let registration = slot.registration_mut()?;
        if let Some(error) = registration.take_refused() {
            self.served(index);
            return Some(Event::Refused { key, error });
        }
        let readiness = registration.verdict(stamps)?;
        registration.dispatched(rotation, alone);
        if registration.is_hinted() {
            // Busy: it goes to the end, and nothing else has changed.
            self.state.spend();
            self.state.rotation.serve_first(self.slots);
        } else {
            self.served(index);
        }
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
        self.served(index);
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
    #[inline(never)]
    pub(crate) fn plan(&mut self) -> Plan {
        self.state.begin_check();
        let look = match (self.state.first_waiting(), self.state.hinted) {
            (Some(_), _) => Look::No,
            (None, 0) => Look::Wait,
            (None, _) if planted!(BusyNeverLooks) => {
                self.state.begin_rotation();
                Look::No
            }
            (None, _) => Look::Glance,
        };
        if look != Look::No {
            self.state.begin_look();
        }
        let judge = if self.state.hinted == 0 { 0 } else { self.state.widen().into() };
        Plan { judge, look }
    }

    /// The kernel was looked at: newcomers are in, and everybody may have another turn.
    pub(crate) fn looked(&mut self) {
        if self.state.looking {
            self.state.begin_rotation();
        }
    }

    #[inline(never)]
    pub(crate) fn judge(&mut self, key: Key, readiness: Readiness) {
        let (stamps, rotation) = (self.state.stamps, self.state.rotation.number());
        if let Some((index, registration)) = self.registration(key) {
            registration.judge(readiness, stamps, rotation);
            // Who is ready stays where they are.
            if !registration.is_hinted() {
                self.settle(index);
            }
        }
    }
}
