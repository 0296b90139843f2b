//! Who is to be checked next.

use crate::interest::Interest;
use crate::key::Key;
use crate::list::NIL;
use crate::slot::Slot;
use crate::state::State;

/// The candidates that need a check, in the order of their turns: those who wait for one in this
/// rotation, or everybody if nobody does.
///
/// Those who had their turn are among the former only if the check is likely to disprove them,
/// which it does once and for all. That somebody is ready would be too old at the next turn.
#[derive(Debug)]
pub struct Candidates<'a> {
    slots: &'a [Slot],
    state: &'a State,
    cursor: u32,
    /// The first of those who had their turn, if others did not.
    marker: u32,
    /// Whether those are waiting who come next.
    waiting: bool,
}

impl<'a> Candidates<'a> {
    #[inline]
    pub(crate) fn of(slots: &'a [Slot], state: &'a State) -> Self {
        let (cursor, marker) = (state.rotation.list().first(), state.rotation.marker());
        let marker = if cursor == marker { NIL } else { marker };
        Self { slots, state, cursor, marker, waiting: true }
    }
}

impl Iterator for Candidates<'_> {
    type Item = (Key, Interest);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.cursor != NIL {
            let index = self.cursor;
            self.waiting &= index != self.marker;
            self.cursor = self.state.rotation.list().after(self.slots, index).unwrap_or(NIL);
            let slot = &self.slots[index as usize];
            let Some(registration) = slot.registration() else { continue };
            if registration.needs_check(self.state.stamps, self.waiting) {
                return Some((slot.key(index), registration.interest()));
            }
        }
        None
    }
}
