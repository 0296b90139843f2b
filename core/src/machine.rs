//! The machine: slots and state together. Everything the core does is a method of it, in the
//! files of this folder; this one keeps lists, predicates and slots in step.

mod application;
mod completions;
mod submissions;
mod turns;

use crate::key::{Key, next_generation};
use crate::list::NIL;
use crate::operation::Operation;
use crate::planted::planted;
use crate::registration::Registration;
use crate::slot::{Body, Home, Slot};
use crate::state::State;

/// A view of a core that does not depend on the kind of its storage.
pub(crate) struct Machine<'a> {
    pub(crate) slots: &'a mut [Slot],
    pub(crate) state: &'a mut State,
}

impl Machine<'_> {
    /// Takes in a slot that was just added to the storage.
    pub(crate) fn adopt(&mut self, index: u32) {
        self.slots[index as usize].home = Home::Free;
        self.state.free.push_back(self.slots, index);
    }

    /// Where `key` is stored, if what it names is alive.
    pub(crate) fn find(&self, key: Key) -> Option<u32> {
        let slot = self.slots.get(key.index())?;
        let same = slot.generation == key.generation() || planted!(BareIndex);
        let alive = same && !matches!(slot.body, Body::Free);
        alive.then(|| u32::try_from(key.index()).ok())?
    }

    /// The index and registration of `key`, unless it was removed.
    pub(crate) fn registration(&mut self, key: Key) -> Option<(u32, &mut Registration)> {
        let index = self.find(key)?;
        let registration = self.slots[index as usize].registration_mut()?;
        let removed = registration.is_removed() && !planted!(RemovedStillNamed);
        (!removed).then_some((index, registration))
    }

    pub(crate) fn operation(&mut self, index: u32) -> Option<&mut Operation> {
        self.slots.get_mut(index as usize)?.operation_mut()
    }

    /// Puts `body` into a free slot.
    pub(crate) fn occupy(&mut self, body: Body) -> Option<u32> {
        let index = self.state.free.pop_front(self.slots)?;
        let slot = &mut self.slots[index as usize];
        slot.home = Home::Idle;
        slot.body = body;
        Some(index)
    }

    pub(crate) fn vacate(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        if !planted!(GenerationNotBumped) {
            slot.generation = next_generation(slot.generation);
        }
        slot.body = Body::Free;
        slot.home = Home::Free;
        self.state.free.push_back(self.slots, index);
    }

    /// Brings the lists in step with what the slot's predicates say now, and frees it when
    /// nothing more can come of it. The one place where slots enter and leave lists.
    pub(crate) fn settle(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        let standing = standing(slot);
        if standing.wanting != slot.wanting {
            self.settle_wants(index, standing.wanting);
        }
        let slot = &mut self.slots[index as usize];
        if standing.hinted != slot.hinted {
            slot.hinted = standing.hinted;
            let step = if standing.hinted { 1 } else { u32::MAX };
            self.state.hinted = self.state.hinted.wrapping_add(step);
        }
        match (standing.has_place, slot.home) {
            (true, Home::Idle) => self.enter_rotation(index, standing.ran),
            (false, Home::Rotation) => self.leave_rotation(index),
            (true, Home::Rotation | Home::Free) | (false, Home::Idle | Home::Free) => {}
        }
        if standing.over {
            self.vacate(index);
        }
    }

    #[cold]
    fn settle_wants(&mut self, index: u32, wanting: bool) {
        self.slots[index as usize].wanting = wanting;
        if wanting {
            self.state.wants.push_back(self.slots, index);
        } else {
            self.state.wants.remove(self.slots, index);
        }
    }

    /// Newcomers come before those who had their turn. One that comes between two looks, when
    /// everybody had theirs, is held back until the next: some may have left the list after their
    /// turn, and the look may bring them back.
    fn enter_rotation(&mut self, index: u32, ran: u32) {
        self.slots[index as usize].home = Home::Rotation;
        let State { rotation, looking, held_back, .. } = self.state;
        if ran == rotation.number() {
            return rotation.enter_served(self.slots, index);
        }
        let between_looks = !*looking && !planted!(NewcomerNotHeldBack);
        *held_back |= between_looks && rotation.first_waiting().is_none();
        rotation.enter_waiting(self.slots, index);
    }

    pub(crate) fn leave_rotation(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        if slot.home == Home::Rotation {
            slot.home = Home::Idle;
            self.state.rotation.leave(self.slots, index);
        }
    }
}

/// Where a slot belongs: all predicates that lists are caches of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// The kernel should be told something of it.
    pub(crate) wanting: bool,
    /// It may have an event: it is a candidate.
    pub(crate) hinted: bool,
    /// It has a place in the rotation.
    pub(crate) has_place: bool,
    /// The rotation of its last event.
    pub(crate) ran: u32,
    /// Nothing more can come of it.
    pub(crate) over: bool,
}

pub(crate) fn standing(slot: &Slot) -> Standing {
    match &slot.body {
        Body::Registration(registration) => Standing {
            wanting: registration.step().is_some(),
            hinted: registration.is_hinted(),
            has_place: registration.is_in_rotation(),
            ran: registration.ran(),
            over: registration.is_removed()
                && (!registration.is_pinned() || planted!(SlotFreedTooEarly)),
        },
        Body::Operation(operation) => Standing {
            wanting: operation.demand().is_some(),
            hinted: operation.is_hinted(),
            has_place: operation.is_hinted(),
            ran: operation.ran,
            over: operation.is_over() && operation.waiting == NIL,
        },
        Body::Free | Body::Waiting(_) => {
            Standing { wanting: false, hinted: false, has_place: false, ran: 0, over: false }
        }
    }
}
