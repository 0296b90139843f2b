//! Who is to be checked next.

use crate::interest::Interest;
use crate::key::Key;
use crate::list::{List, Place};
use crate::slot::Slot;
use crate::state::State;

/// The candidates that need a check, in the order of their turns.
#[derive(Debug)]
pub struct Candidates<'a> {
    slots: &'a [Slot],
    state: &'a State,
    list: &'a List<Place>,
    cursor: Option<u32>,
}

impl<'a> Candidates<'a> {
    pub(crate) fn of(slots: &'a [Slot], state: &'a State) -> Self {
        let list = state.rotation.list();
        Self { slots, state, list, cursor: list.head() }
    }
}

impl Iterator for Candidates<'_> {
    type Item = (Key, Interest);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let index = self.cursor?;
            self.cursor = self.list.after(self.slots, index);
            let slot = &self.slots[index as usize];
            let Some(registration) = slot.registration() else { continue };
            let unknown = registration.verdict(self.state.stamps).is_none();
            if unknown && registration.is_live() && registration.is_hinted() {
                return Some((slot.key(index), registration.interest()));
            }
        }
    }
}
