//! Numbered places, the lowest free one taken first.

use core::ops::{Index, IndexMut};

use crate::clone_in_place::clone_in_place;

/// Values by small numbers. The numbering depends on nothing but what is there, so that equal
/// contents are equal states however they came about.
#[derive(Debug, Hash, PartialEq, Eq)]
pub(super) struct Slab<T> {
    places: Vec<Option<T>>,
    /// No place below is free.
    free: usize,
}

clone_in_place!(Slab<T> { places, free });

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), free: 0 }
    }

    pub(super) fn insert(&mut self, value: T) -> u16 {
        while self.places.get(self.free).is_some_and(Option::is_some) {
            self.free += 1;
        }
        let at = self.free;
        if at == self.places.len() {
            self.places.push(Some(value));
        } else {
            self.places[at] = Some(value);
        }
        self.free += 1;
        while self.places.get(self.free).is_some_and(Option::is_some) {
            self.free += 1;
        }
        u16::try_from(at).expect("a model of fewer than 65536 things of a kind")
    }

    pub(super) fn remove(&mut self, at: u16) -> Option<T> {
        let at = usize::from(at);
        let taken = self.places.get_mut(at)?.take();
        self.free = self.free.min(at);
        while self.places.last().is_some_and(Option::is_none) {
            self.places.pop();
        }
        taken
    }

    pub(super) fn get(&self, at: u16) -> Option<&T> {
        self.places.get(usize::from(at))?.as_ref()
    }

    pub(super) fn get_mut(&mut self, at: u16) -> Option<&mut T> {
        self.places.get_mut(usize::from(at))?.as_mut()
    }

    /// One more than the highest number in use.
    pub(super) fn end(&self) -> u16 {
        u16::try_from(self.places.len()).expect("checked when inserted")
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, &T)> {
        (0..).zip(&self.places).filter_map(|(at, place)| Some((at, place.as_ref()?)))
    }

    pub(super) fn len(&self) -> usize {
        self.places.iter().flatten().count()
    }
}

impl<T> Index<u16> for Slab<T> {
    type Output = T;

    fn index(&self, at: u16) -> &T {
        self.get(at).expect("the model names what is there")
    }
}

impl<T> IndexMut<u16> for Slab<T> {
    fn index_mut(&mut self, at: u16) -> &mut T {
        self.get_mut(at).expect("the model names what is there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_contents_are_equal_whatever_their_history() {
        let (mut one, mut two) = (Slab::new(), Slab::new());
        assert_eq!([one.insert('a'), one.insert('b'), one.insert('c')], [0, 1, 2]);
        one.remove(2);
        one.remove(0);
        assert_eq!((one.insert('x'), one.len(), one.end()), (0, 2, 2));
        assert_eq!([two.insert('x'), two.insert('b')], [0, 1]);
        assert_eq!(one, two);
    }
}
