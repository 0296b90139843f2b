//! The invariants, each recomputed from scratch.

use crate::list::{Linked, List, NIL};
use crate::machine::standing;
use crate::operation::{Operation, Stage};
use crate::slot::{Body, Home, Slot};
use crate::state::State;

/// Panics at the first invariant that does not hold.
pub(crate) fn check(slots: &[Slot], state: &State) {
    walk(slots, &state.free, |slot| slot.home == Home::Free);
    walk(slots, state.rotation.list(), |slot| slot.home == Home::Rotation);
    walk(slots, &state.wants, |slot| slot.wanting);

    let count = |test: fn(&Slot) -> bool| slots.iter().filter(|slot| test(slot)).count();
    assert_eq!(count(|slot| slot.home == Home::Free), state.free.len() as usize, "free list");
    let rotating = state.rotation.list().len() as usize;
    assert_eq!(count(|slot| slot.home == Home::Rotation), rotating, "rotation");
    assert_eq!(count(|slot| slot.hinted), state.hinted as usize, "count of candidates");
    assert_eq!(count(|slot| slot.wanting), state.wants.len() as usize, "list of wants");
    check_order(slots, state);
    assert!(state.left > 0 && state.left <= state.span, "batch count");

    for (index, slot) in slots.iter().enumerate() {
        check_slot(index, slot);
        if let Body::Operation(operation) = &slot.body {
            check_operation(index, operation, slots);
        }
    }
}

/// A list is a cache of a predicate: both are recomputed here.
fn check_slot(index: usize, slot: &Slot) {
    let free = matches!(slot.body, Body::Free);
    assert_eq!(free, slot.home == Home::Free, "slot {index}: free");
    let standing = standing(slot);
    assert_eq!(standing.wanting, slot.wanting, "slot {index}: wants a submission");
    assert_eq!(standing.hinted, slot.hinted, "slot {index}: may be ready");
    let in_rotation = slot.home == Home::Rotation;
    assert_eq!(standing.has_place, in_rotation, "slot {index}: has a place");
    assert!(in_rotation || !slot.hinted, "slot {index}: a candidate without a place");
    assert!(!standing.over, "slot {index}: over, and not freed");
}

/// Those before the marker have not had their turn in this rotation; those behind it have.
fn check_order(slots: &[Slot], state: &State) {
    let list = state.rotation.list();
    let mut served = false;
    for index in core::iter::successors(list.head(), |&index| list.after(slots, index)) {
        served |= index == state.rotation.marker();
        let ran = standing(&slots[index as usize]).ran;
        assert_eq!(ran == state.rotation.number(), served, "slot {index}: its turn");
    }
}

fn check_operation(index: usize, operation: &Operation, slots: &[Slot]) {
    if operation.stage == Stage::Queued && operation.after != NIL {
        let after = slots[operation.after as usize].operation();
        let linked = after.is_some_and(|after| after.before as usize == index);
        assert!(linked, "slot {index}: its chain is broken");
    }
    let mut waiting = operation.waiting;
    let mut last = NIL;
    while waiting != NIL {
        let Body::Waiting(result) = &slots[waiting as usize].body else {
            panic!("slot {index}: a waiting result is lost");
        };
        last = waiting;
        waiting = result.after;
    }
    assert_eq!(last, operation.last_waiting, "slot {index}: its waiting results");
}

/// Walks a list both ways at once, and counts.
fn walk<Thread>(slots: &[Slot], list: &List<Thread>, belongs: impl Fn(&Slot) -> bool)
where
    Slot: Linked<Thread>,
{
    let members = core::iter::successors(list.head(), |&index| list.after(slots, index));
    let mut count = 0;
    for index in members {
        assert!(belongs(&slots[index as usize]), "slot {index} is in a list of others");
        count += 1;
        assert!(count <= list.len(), "a list is longer than it says");
    }
    assert_eq!(count, list.len(), "a list is shorter than it says");
}
