//! The machine: slots and state together. Everything the core does is a method of it, in the
//! files of this folder; this one keeps lists, predicates and slots in step.

mod application;
mod completions;
mod submissions;
mod turns;

use crate::key::{Key, next_generation};
use crate::list::NIL;
use crate::operation::Operation;
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
        let alive = slot.generation == key.generation() && !matches!(slot.body, Body::Free);
        alive.then(|| u32::try_from(key.index()).ok())?
    }

    /// The index and registration of `key`, unless it was removed.
    pub(crate) fn registration(&mut self, key: Key) -> Option<(u32, &mut Registration)> {
        let index = self.find(key)?;
        let registration = self.slots[index as usize].registration_mut()?;
        (!registration.is_removed()).then_some((index, registration))
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
        slot.generation = next_generation(slot.generation);
        slot.body = Body::Free;
        slot.home = Home::Free;
        self.state.free.push_back(self.slots, index);
    }

    /// Brings the lists in step with what the slot's predicates say now, and frees it when
    /// nothing more can come of it. The one place where slots enter and leave lists.
    pub(crate) fn settle(&mut self, index: u32) {
        self.settle_wants(index);
        self.settle_place(index);
        if is_over(&self.slots[index as usize]) {
            self.vacate(index);
        }
    }

    fn settle_wants(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        let wanting = wants_submission(slot);
        if wanting == slot.wanting {
            return;
        }
        slot.wanting = wanting;
        if wanting {
            self.state.wants.push_back(self.slots, index);
        } else {
            self.state.wants.remove(self.slots, index);
        }
    }

    fn settle_place(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        let hinted = is_hinted(slot);
        if hinted != slot.hinted {
            slot.hinted = hinted;
            self.state.hinted = if hinted { self.state.hinted + 1 } else { self.state.hinted - 1 };
        }
        let Some(ran) = in_rotation_since(slot) else {
            return self.leave_rotation(index);
        };
        if slot.home != Home::Idle {
            return;
        }
        slot.home = Home::Rotation;
        if ran == self.state.rotation.number() {
            self.state.rotation.enter_served(self.slots, index);
        } else {
            self.state.rotation.enter_waiting(self.slots, index);
        }
    }

    pub(crate) fn leave_rotation(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        if slot.home == Home::Rotation {
            slot.home = Home::Idle;
            self.state.rotation.leave(self.slots, index);
        }
    }
}

/// Whether the kernel should be told something of this slot.
pub(crate) fn wants_submission(slot: &Slot) -> bool {
    match &slot.body {
        Body::Registration(registration) => registration.step().is_some(),
        Body::Operation(operation) => operation.demand().is_some(),
        Body::Free | Body::Waiting(_) => false,
    }
}

/// Whether this slot may have an event: it is a candidate.
pub(crate) fn is_hinted(slot: &Slot) -> bool {
    match &slot.body {
        Body::Registration(registration) => registration.is_hinted(),
        Body::Operation(operation) => operation.is_hinted(),
        Body::Free | Body::Waiting(_) => false,
    }
}

/// If this slot has a place in the rotation, the rotation of its last event.
pub(crate) fn in_rotation_since(slot: &Slot) -> Option<u32> {
    match &slot.body {
        Body::Registration(registration) => {
            registration.is_in_rotation().then_some(registration.ran())
        }
        Body::Operation(operation) => operation.is_hinted().then_some(operation.ran),
        Body::Free | Body::Waiting(_) => None,
    }
}

/// Whether nothing more can come of this slot.
pub(crate) fn is_over(slot: &Slot) -> bool {
    match &slot.body {
        Body::Registration(registration) => registration.is_removed() && !registration.is_pinned(),
        Body::Operation(operation) => operation.is_over() && operation.waiting == NIL,
        Body::Free | Body::Waiting(_) => false,
    }
}
