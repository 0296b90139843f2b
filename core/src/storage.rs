//! Where the slots are: the embedder's memory, of the embedder's size.

use crate::slot::Slot;

/// Memory for the core's slots.
///
/// Implemented for arrays and lent slices (all of it used from the start), for
/// [`heapless::Vec`] (a fixed capacity, entered as it is needed), and, with the feature `alloc`,
/// for [`Growing`]. What the core does with the slots is compiled once, for `[Slot]`.
pub trait Storage {
    /// All slots.
    fn slots(&self) -> &[Slot];
    /// All slots, to be written.
    fn slots_mut(&mut self) -> &mut [Slot];
    /// Adds one new slot at the end; `false` if there can be no more.
    fn grow(&mut self) -> bool;
}

impl<const N: usize> Storage for [Slot; N] {
    fn slots(&self) -> &[Slot] {
        self
    }

    fn slots_mut(&mut self) -> &mut [Slot] {
        self
    }

    fn grow(&mut self) -> bool {
        false
    }
}

impl Storage for &mut [Slot] {
    fn slots(&self) -> &[Slot] {
        self
    }

    fn slots_mut(&mut self) -> &mut [Slot] {
        self
    }

    fn grow(&mut self) -> bool {
        false
    }
}

impl<const N: usize> Storage for heapless::Vec<Slot, N> {
    fn slots(&self) -> &[Slot] {
        self
    }

    fn slots_mut(&mut self) -> &mut [Slot] {
        self
    }

    fn grow(&mut self) -> bool {
        self.push(Slot::NEW).is_ok()
    }
}

#[cfg(feature = "alloc")]
pub use growing::Growing;

#[cfg(feature = "alloc")]
mod growing {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::{Slot, Storage};

    /// Slots on the heap: none at first, up to a limit.
    #[derive(Debug)]
    pub struct Growing {
        slots: Vec<Slot>,
        limit: usize,
    }

    impl Growing {
        /// Storage for at most `limit` registrations and operations.
        #[must_use]
        pub const fn up_to(limit: usize) -> Self {
            Self { slots: Vec::new(), limit }
        }
    }

    impl Storage for Growing {
        fn slots(&self) -> &[Slot] {
            &self.slots
        }

        fn slots_mut(&mut self) -> &mut [Slot] {
            &mut self.slots
        }

        fn grow(&mut self) -> bool {
            let room = self.slots.len() < self.limit && self.slots.try_reserve(1).is_ok();
            if room {
                self.slots.push(Slot::NEW);
            }
            room
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many slots there are in the end.
    fn grown(mut storage: impl Storage) -> usize {
        let before = storage.slots().len();
        let added = (0..100).take_while(|_| storage.grow()).count();
        assert_eq!(storage.slots().len(), before + added);
        assert_eq!(storage.slots_mut().len(), storage.slots().len());
        storage.slots().len()
    }

    #[test]
    fn each_kind_has_as_many_slots_as_it_says() {
        assert_eq!(grown([Slot::NEW; 3]), 3);
        assert_eq!(grown(&mut [Slot::NEW; 3][..]), 3);
        assert_eq!(grown(heapless::Vec::<Slot, 3>::new()), 3);
    }

    #[test]
    fn a_core_on_heapless_storage_is_full_at_its_bound_and_has_room_again() {
        use crate::{Core, Freshness, Full, Interest, Watch};
        let mut core = Core::new(heapless::Vec::<Slot, 2>::new(), Freshness::Strict);
        let mut one = || core.register(Watch::Level, Interest::READ);
        let [first, second, third] = [one(), one(), one()];
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(third, Err(Full));
        core.check_invariants();
        core.remove(first.expect("there was room")).expect("it is there");
        assert!(core.register(Watch::Level, Interest::READ).is_ok());
        core.check_invariants();
    }

    #[cfg(feature = "alloc")]
    #[test]
    fn the_growing_one_has_none_at_first_and_ends_at_its_limit() {
        assert_eq!(Growing::up_to(3).slots().len(), 0);
        assert_eq!([0, 1, 3].map(|limit| grown(Growing::up_to(limit))), [0, 1, 3]);
    }
}
