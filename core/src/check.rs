//! The invariants, each recomputed from scratch.

use crate::list::{List, NIL};
use crate::machine::{candidate_since, is_over, wants_submission};
use crate::operation::{Operation, Stage};
use crate::slot::{Body, Home, Queue, Slot};
use crate::state::State;

/// Panics at the first invariant that does not hold.
pub(crate) fn check(slots: &[Slot], state: &State) {
    walk(slots, &state.free, |slot| slot.home == Home::Free);
    for queue in [Queue::Even, Queue::Odd] {
        walk(slots, state.queue(queue), |slot| slot.home == Home::Queue(queue));
    }
    walk(slots, &state.wants, |slot| slot.wanting);

    let count = |test: fn(&Slot) -> bool| slots.iter().filter(|slot| test(slot)).count();
    let queued = state.now().len() + state.next().len();
    assert_eq!(count(|slot| slot.home == Home::Free), state.free.len() as usize, "free list");
    assert_eq!(count(|slot| matches!(slot.home, Home::Queue(_))), queued as usize, "rotation");
    assert_eq!(count(|slot| slot.wanting), state.wants.len() as usize, "list of wants");
    assert!(state.left > 0 && state.left <= state.freshness.span(), "batch count");

    for (index, slot) in slots.iter().enumerate() {
        check_slot(index, slot, state);
        if let Body::Operation(operation) = &slot.body {
            check_operation(index, operation, slots);
        }
    }
}

/// A list is a cache of a predicate: both are recomputed here.
fn check_slot(index: usize, slot: &Slot, state: &State) {
    let free = matches!(slot.body, Body::Free);
    assert_eq!(free, slot.home == Home::Free, "slot {index}: free");
    assert_eq!(wants_submission(slot), slot.wanting, "slot {index}: wants a submission");
    let in_rotation = matches!(slot.home, Home::Queue(_));
    assert_eq!(candidate_since(slot).is_some(), in_rotation, "slot {index}: is a candidate");
    assert!(!is_over(slot), "slot {index}: over, and not freed");
    let had_its_turn = candidate_since(slot) == Some(state.rotation);
    if had_its_turn {
        assert_eq!(slot.home, Home::Queue(state.back()), "slot {index}: a second turn");
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
fn walk(slots: &[Slot], list: &List, belongs: impl Fn(&Slot) -> bool) {
    let members = core::iter::successors(list.head(), |&index| list.after(slots, index));
    let mut count = 0;
    for index in members {
        assert!(belongs(&slots[index as usize]), "slot {index} is in a list of others");
        count += 1;
        assert!(count <= list.len(), "a list is longer than it says");
    }
    assert_eq!(count, list.len(), "a list is shorter than it says");
}
