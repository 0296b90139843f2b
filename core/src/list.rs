//! Doubly linked lists through the slots: no memory of their own, every change in constant time.

use core::marker::PhantomData;

/// No slot.
pub(crate) const NIL: u32 = u32::MAX;

/// A slot's neighbours in one list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    pub(crate) before: u32,
    pub(crate) after: u32,
}

impl Links {
    pub(crate) const NONE: Self = Self { before: NIL, after: NIL };
}

/// The links of where a slot is: free, or in the rotation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place;

/// The links of those that want a submission.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wants;

/// What lists can run through, by which pair of links.
pub(crate) trait Linked<Thread> {
    fn links(&self) -> &Links;
    fn links_mut(&mut self) -> &mut Links;
}

/// A list through the links of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<Thread> {
    head: u32,
    tail: u32,
    len: u32,
    thread: PhantomData<Thread>,
}

impl<Thread> List<Thread> {
    pub(crate) const fn new() -> Self {
        Self { head: NIL, tail: NIL, len: 0, thread: PhantomData }
    }

    pub(crate) const fn head(&self) -> Option<u32> {
        if self.head == NIL { None } else { Some(self.head) }
    }

    /// The index of the first, or [`NIL`].
    pub(crate) const fn first(&self) -> u32 {
        self.head
    }

    pub(crate) const fn len(&self) -> u32 {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.head == NIL
    }

    /// The slot after `index`, which must be in this list.
    pub(crate) fn after<T: Linked<Thread>>(&self, slots: &[T], index: u32) -> Option<u32> {
        match links::<Thread, T>(slots, index).after {
            NIL => None,
            next => Some(next),
        }
    }

    pub(crate) fn push_back<T: Linked<Thread>>(&mut self, slots: &mut [T], index: u32) {
        let before = self.tail;
        *links_mut::<Thread, T>(slots, index) = Links { before, after: NIL };
        if before == NIL {
            self.head = index;
        } else {
            links_mut::<Thread, T>(slots, before).after = index;
        }
        self.tail = index;
        self.len += 1;
    }

    /// Puts `index` before `successor`, which must be in this list.
    pub(crate) fn insert_before<T: Linked<Thread>>(
        &mut self,
        slots: &mut [T],
        index: u32,
        successor: u32,
    ) {
        let before = links::<Thread, T>(slots, successor).before;
        *links_mut::<Thread, T>(slots, index) = Links { before, after: successor };
        links_mut::<Thread, T>(slots, successor).before = index;
        if before == NIL {
            self.head = index;
        } else {
            links_mut::<Thread, T>(slots, before).after = index;
        }
        self.len += 1;
    }

    /// Takes out `index`, which must be in this list.
    pub(crate) fn remove<T: Linked<Thread>>(&mut self, slots: &mut [T], index: u32) {
        let Links { before, after } = *links::<Thread, T>(slots, index);
        if before == NIL {
            self.head = after;
        } else {
            links_mut::<Thread, T>(slots, before).after = after;
        }
        if after == NIL {
            self.tail = before;
        } else {
            links_mut::<Thread, T>(slots, after).before = before;
        }
        *links_mut::<Thread, T>(slots, index) = Links::NONE;
        self.len -= 1;
    }

    /// The first goes to the end.
    #[inline]
    pub(crate) fn rotate<T: Linked<Thread>>(&mut self, slots: &mut [T]) {
        let (first, last) = (self.head, self.tail);
        if first == last {
            return;
        }
        let links = links_mut::<Thread, T>(slots, first);
        let second = core::mem::replace(&mut links.after, NIL);
        links.before = last;
        links_mut::<Thread, T>(slots, second).before = NIL;
        links_mut::<Thread, T>(slots, last).after = first;
        (self.head, self.tail) = (second, first);
    }

    pub(crate) fn pop_front<T: Linked<Thread>>(&mut self, slots: &mut [T]) -> Option<u32> {
        let index = self.head()?;
        self.remove(slots, index);
        Some(index)
    }
}

#[inline]
fn links<Thread, T: Linked<Thread>>(slots: &[T], index: u32) -> &Links {
    slots[index as usize].links()
}

#[inline]
fn links_mut<Thread, T: Linked<Thread>>(slots: &mut [T], index: u32) -> &mut Links {
    slots[index as usize].links_mut()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::slot::Slot;
    use std::vec::Vec;

    fn indices<Thread>(list: &List<Thread>, slots: &[Slot]) -> Vec<u32>
    where
        Slot: Linked<Thread>,
    {
        let all = core::iter::successors(list.head(), |&index| list.after(slots, index));
        all.take(slots.len() + 1).collect()
    }

    #[test]
    fn keeps_order_and_takes_out_from_anywhere() {
        let mut slots = [Slot::NEW; 5];
        for victim in 0..5 {
            let mut list = List::<Place>::new();
            (0..5).for_each(|index| list.push_back(&mut slots, index));
            list.remove(&mut slots, victim);
            let left: Vec<u32> = (0..5).filter(|&index| index != victim).collect();
            assert_eq!(indices(&list, &slots), left);
            assert_eq!(list.len(), 4);
            list.push_back(&mut slots, victim);
            assert_eq!(indices(&list, &slots).last(), Some(&victim));
        }
    }

    #[test]
    fn rotating_moves_the_first_to_the_end() {
        let mut slots = [Slot::NEW; 3];
        for count in 0..=3 {
            let mut list = List::<Place>::new();
            (0..count).for_each(|index| list.push_back(&mut slots, index));
            list.rotate(&mut slots);
            let expected: Vec<u32> = (1..count).chain((0..1).take(count as usize)).collect();
            assert_eq!(indices(&list, &slots), expected);
            if count > 0 {
                list.remove(&mut slots, 0);
            }
            assert_eq!(indices(&list, &slots), (1..count).collect::<Vec<u32>>());
        }
    }

    #[test]
    fn the_two_threads_do_not_meet() {
        let mut slots = [Slot::NEW; 3];
        let (mut place, mut wants) = (List::<Place>::new(), List::<Wants>::new());
        (0..3).for_each(|index| place.push_back(&mut slots, index));
        (0..3).rev().for_each(|index| wants.push_back(&mut slots, index));
        assert_eq!(wants.pop_front(&mut slots), Some(2));
        assert_eq!(indices(&place, &slots), [0, 1, 2]);
        assert_eq!(indices(&wants, &slots), [1, 0]);
    }
}
