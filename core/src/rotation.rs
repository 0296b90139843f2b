//! The rotation: who has not had their turn yet, and behind them who has.
//!
//! ```text
//!   head                        marker                       tail
//!    │ waiting for their turn     │ had their turn             │
//!    ▼                            ▼                            ▼
//!    D ── E ── F ──────────────── A ── B ── C
//!              ▲                            ▲
//!              newcomers                    whoever has just run
//! ```
//!
//! When nobody waits, the kernel is looked at; newcomers come first, and then everybody has
//! another turn, in the old order. So between two turns of one, every other has one.

use crate::list::{Linked, List, NIL, Place};
use crate::planted::planted;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    list: List<Place>,
    /// The first of those who had their turn.
    marker: u32,
    /// Which rotation this is, wrapping.
    number: u32,
}

impl Rotation {
    pub(crate) const fn new() -> Self {
        Self { list: List::new(), marker: NIL, number: 0 }
    }

    pub(crate) const fn number(&self) -> u32 {
        self.number
    }

    pub(crate) const fn list(&self) -> &List<Place> {
        &self.list
    }

    /// The first of those who had their turn.
    pub(crate) const fn marker(&self) -> u32 {
        self.marker
    }

    /// Whose turn it is.
    #[inline]
    pub(crate) fn first_waiting(&self) -> Option<u32> {
        self.list.head().filter(|&head| head != self.marker)
    }

    /// Enters behind those who wait, before those who had their turn.
    pub(crate) fn enter_waiting<T: Linked<Place>>(&mut self, slots: &mut [T], index: u32) {
        if planted!(LifoReadyList) && !self.list.is_empty() {
            self.list.insert_before(slots, index, self.list.first());
        } else if self.marker == NIL {
            self.list.push_back(slots, index);
        } else {
            self.list.insert_before(slots, index, self.marker);
        }
    }

    /// Enters at the end, as one who had a turn.
    pub(crate) fn enter_served<T: Linked<Place>>(&mut self, slots: &mut [T], index: u32) {
        self.list.push_back(slots, index);
        if self.marker == NIL {
            self.marker = index;
        }
    }

    /// Whoever is first, and waiting, has had a turn and goes to the end.
    #[inline]
    pub(crate) fn serve_first<T: Linked<Place>>(&mut self, slots: &mut [T]) {
        if self.marker == NIL && !planted!(ServedAsWaiting) {
            self.marker = self.list.first();
        }
        self.list.rotate(slots);
    }

    pub(crate) fn leave<T: Linked<Place>>(&mut self, slots: &mut [T], index: u32) {
        if self.marker == index && !planted!(MarkerLeftBehind) {
            self.marker = self.list.after(slots, index).unwrap_or(NIL);
        }
        self.list.remove(slots, index);
    }

    /// Everybody may have another turn.
    pub(crate) const fn begin(&mut self) {
        self.marker = NIL;
        self.number = self.number.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::list::Links;
    use std::vec::Vec;

    #[derive(Clone, Copy)]
    struct Chair(Links);

    impl Linked<Place> for Chair {
        fn links(&self) -> &Links {
            &self.0
        }
        fn links_mut(&mut self) -> &mut Links {
            &mut self.0
        }
    }

    fn order(rotation: &Rotation, chairs: &[Chair]) -> Vec<u32> {
        let list = rotation.list();
        let all = core::iter::successors(list.head(), |&index| list.after(chairs, index));
        all.take(chairs.len() + 1).collect()
    }

    #[test]
    fn newcomers_come_before_a_second_turn_and_in_their_order() {
        let mut chairs = [Chair(Links::NONE); 6];
        let mut rotation = Rotation::new();
        (0..2).for_each(|index| rotation.enter_served(&mut chairs, index));
        assert_eq!(rotation.first_waiting(), None);
        (2..4).for_each(|index| rotation.enter_waiting(&mut chairs, index));
        assert_eq!(order(&rotation, &chairs), [2, 3, 0, 1]);
        assert_eq!(rotation.first_waiting(), Some(2));
        rotation.leave(&mut chairs, 2);
        rotation.enter_served(&mut chairs, 2);
        rotation.leave(&mut chairs, 3);
        assert_eq!(rotation.first_waiting(), None);
        rotation.begin();
        assert_eq!(order(&rotation, &chairs), [0, 1, 2]);
        assert_eq!(rotation.first_waiting(), Some(0));
    }

    #[test]
    fn the_marker_moves_on_when_its_bearer_leaves() {
        let mut chairs = [Chair(Links::NONE); 3];
        let mut rotation = Rotation::new();
        (0..2).for_each(|index| rotation.enter_served(&mut chairs, index));
        rotation.leave(&mut chairs, 0);
        assert_eq!(rotation.marker(), 1);
        rotation.leave(&mut chairs, 1);
        assert_eq!(rotation.marker(), NIL);
        rotation.enter_waiting(&mut chairs, 2);
        assert_eq!(rotation.first_waiting(), Some(2));
    }

    #[test]
    fn whoever_is_served_goes_behind_those_who_were_before() {
        let mut chairs = [Chair(Links::NONE); 3];
        let mut rotation = Rotation::new();
        (0..3).for_each(|index| rotation.enter_waiting(&mut chairs, index));
        for served in 1..=3 {
            rotation.serve_first(&mut chairs);
            assert_eq!(rotation.first_waiting(), (served < 3).then_some(served));
            assert_eq!(rotation.marker(), 0, "it was the first to be served");
        }
        assert_eq!(order(&rotation, &chairs), [0, 1, 2]);
    }
}
