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

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::completion::Completion;
    use crate::freshness::Freshness;
    use crate::interest::Interest;
    use crate::list::{Links, Wants};
    use crate::machine::Machine;
    use crate::operation::{Link, Request};
    use crate::readiness::Readiness;
    use crate::submission::Submission;
    use crate::watch::Watch;
    use std::panic::catch_unwind;
    use std::string::String;

    type Breaks = fn(&mut [Slot], &mut State);

    /// Two registrations, of which the first may be ready, a chain of two (the later
    /// one is stored first), and a free slot.
    fn sound() -> ([Slot; 5], State) {
        let mut slots = [Slot::NEW; 5];
        let mut state = State::new(Freshness::batch(2));
        let mut machine = Machine { slots: &mut slots, state: &mut state };
        (0..5).for_each(|index| machine.adopt(index));
        for _ in 0..2 {
            machine.register(Watch::Level, Interest::READ).expect("a free slot");
        }
        let arm = machine.next_submission(1);
        let Some(Submission::Arm { tag, .. }) = arm else { panic!("{arm:?}") };
        machine.complete(Completion::report(tag.encode(), Readiness::READ));
        let first = Request { link: Link::Soft, prepare: false };
        machine.submit(&[first, Request::default()]).expect("free slots");
        (slots, state)
    }

    fn links(slot: &mut Slot) -> &mut Links {
        <Slot as Linked<Wants>>::links_mut(slot)
    }

    fn operation(slot: &mut Slot) -> &mut Operation {
        slot.operation_mut().expect("an operation")
    }

    /// What is said of slots and state in which this is broken.
    fn said(breaks: Breaks) -> String {
        let (mut slots, mut state) = sound();
        breaks(&mut slots, &mut state);
        let panic = catch_unwind(|| check(&slots, &state)).expect_err("it is broken");
        panic.downcast_ref::<String>().cloned().unwrap_or_else(|| {
            String::from(*panic.downcast_ref::<&str>().expect("a panic says what it is about"))
        })
    }

    #[test]
    fn each_invariant_is_checked() {
        let (slots, state) = sound();
        check(&slots, &state);
        let broken: [(&str, Breaks); 15] = [
            ("in a list of others", |slots, _| slots[4].home = Home::Idle),
            ("shorter than it says", |slots, _| links(&mut slots[1]).after = NIL),
            ("longer than it says", |slots, _| {
                slots[2].wanting = true;
                links(&mut slots[3]).after = 2;
            }),
            ("free list", |slots, _| slots[1].home = Home::Free),
            ("rotation", |slots, _| slots[1].home = Home::Rotation),
            ("count of candidates", |_, state| state.hinted += 1),
            ("list of wants", |slots, _| slots[2].wanting = true),
            ("slot 0: its turn", |slots, state| state.rotation.serve_first(slots)),
            ("batch count", |_, state| state.left = 0),
            ("batch count", |_, state| state.left = state.span + 1),
            ("slot 4: free", |slots, _| slots[4].body = slots[0].body),
            ("slot 0: wants a submission", |slots, _| slots[0].body = slots[1].body),
            ("its chain is broken", |slots, _| operation(&mut slots[2]).before = 0),
            ("its waiting results", |slots, _| operation(&mut slots[3]).last_waiting = 1),
            ("a waiting result is lost", |slots, _| operation(&mut slots[3]).waiting = 0),
        ];
        for (expected, breaks) in broken {
            let said = said(breaks);
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}
