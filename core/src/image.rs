//! What a core will do depends on this and on nothing else.
//!
//! For those who explore every state of a core: states that differ in a count which only ever
//! grows, in generations, in lanes that have changed places, or in which slot is whose, have the
//! same image if the slots are named accordingly.

use core::hash::Hasher;

use crate::event::Outcome;
use crate::list::NIL;
use crate::operation::Operation;
use crate::registration::{Present, Registration};
use crate::slot::{Body, Slot};
use crate::state::State;
use crate::tag::Tag;

/// Writes the image, with each slot under the name that `names` has for its index. Whoever is in
/// use must have a name of their own, below the number of names.
pub(crate) fn write(slots: &[Slot], state: &State, names: &[u8], into: &mut impl Hasher) {
    let name = |index: u32| names.get(index as usize).copied().unwrap_or(u8::MAX);
    let present =
        Present { stamps: state.stamps, rotation: state.rotation.number(), look: state.look() };
    let place = state.rotation.list();
    let marker = state.rotation.marker();
    for index in core::iter::successors(place.head(), |&index| place.after(slots, index)) {
        if index == marker {
            into.write_u8(NAMELESS);
        }
        into.write_u8(name(index));
    }
    into.write_u8(NAMELESS);
    let wants = &state.wants;
    for index in core::iter::successors(wants.head(), |&index| wants.after(slots, index)) {
        into.write_u8(name(index));
    }
    // More than everybody need not be checked at once.
    let everybody = u16::try_from(slots.len()).unwrap_or(u16::MAX);
    into.write_u64(
        u64::from(state.left)
            | u64::from(state.window.min(everybody)) << 16
            | u64::from(state.chain.map_or(NAMELESS, name)) << 32
            | u64::from(state.looking) << 40
            | u64::from(state.held_back) << 41,
    );
    for label in 0..=u8::MAX {
        let Some(index) = names.iter().position(|&other| other == label) else { break };
        let Some(slot) = slots.get(index) else { continue };
        match &slot.body {
            Body::Free => into.write_u8(0),
            Body::Registration(registration) => write_registration(registration, present, into),
            Body::Operation(operation) => write_operation(operation, present, name, into),
            Body::Waiting(waiting) => {
                write_outcome(Some(waiting.outcome), into);
                into.write_u8(name(waiting.after));
            }
        }
    }
}

/// What a request's number is called if the slots have these names; itself, if it is not that of
/// anything alive.
pub(crate) fn name_tag(slots: &[Slot], user_data: u64, names: &[u8]) -> u64 {
    let Some(tag) = Tag::decode(user_data) else { return user_data };
    let key = tag.key();
    let (Some(slot), Some(name)) = (slots.get(key.index()), names.get(key.index())) else {
        return user_data;
    };
    if slot.generation != key.generation() {
        return user_data;
    }
    let turned = slot.registration().is_some_and(Registration::lanes_turned);
    let (kind, lane) = match tag {
        Tag::Arm(_, lane) => (0, turned != (lane == crate::lane::Lane::B)),
        Tag::Disarm(_, lane) => (1, turned != (lane == crate::lane::Lane::B)),
        Tag::Operation(_) => (2, false),
        Tag::Cancel(_) => (3, false),
    };
    u64::from(*name) << 3 | kind << 1 | u64::from(lane)
}

/// No slot's name.
const NAMELESS: u8 = u8::MAX;

fn write_registration(registration: &Registration, present: Present, into: &mut impl Hasher) {
    into.write_u64(registration.image(present));
    into.write_i32(registration.untold());
}

fn write_operation(
    operation: &Operation,
    present: Present,
    name: impl Fn(u32) -> u8,
    into: &mut impl Hasher,
) {
    for word in [
        operation.stage as u8,
        operation.cancel as u8,
        operation.tries,
        operation.link as u8,
        (operation.ran == present.rotation).into(),
    ] {
        into.write_u8(word);
    }
    for index in [operation.before, operation.after, operation.waiting, operation.last_waiting] {
        into.write_u8(if index == NIL { NAMELESS } else { name(index) });
    }
    write_outcome(operation.outcome, into);
}

fn write_outcome(outcome: Option<Outcome>, into: &mut impl Hasher) {
    let Some(Outcome { result, flags, more }) = outcome else { return into.write_u8(0) };
    into.write_u8(if more { 2 } else { 1 });
    into.write_i32(result);
    into.write_u32(flags);
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::freshness::Freshness;
    use crate::interest::Interest;
    use crate::key::Key;
    use crate::lane::Lane;
    use crate::machine::Machine;
    use crate::operation::{Link, Request};
    use crate::slot::Waiting;
    use crate::watch::Watch;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    #[derive(Default)]
    struct Bytes(Vec<u8>);

    impl Hasher for Bytes {
        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }

    fn machine<'a>(slots: &'a mut [Slot], state: &'a mut State) -> Machine<'a> {
        Machine { slots, state }
    }

    /// A chain of two (the later one is stored first), two registrations and a free slot.
    fn core() -> ([Slot; 5], State) {
        let mut slots = [Slot::NEW; 5];
        let mut state = State::new(Freshness::batch(3));
        let mut machine = machine(&mut slots, &mut state);
        (0..5).for_each(|index| machine.adopt(index));
        let first = Request { link: Link::Soft, prepare: false };
        machine.submit(&[first, Request::default()]).expect("free slots");
        for _ in 0..2 {
            machine.register(Watch::Oneshot, Interest::READ).expect("a free slot");
        }
        (slots, state)
    }

    fn image((slots, state): &([Slot; 5], State), names: [u8; 5]) -> Vec<u8> {
        let mut bytes = Bytes::default();
        write(slots, state, &names, &mut bytes);
        bytes.0
    }

    fn operation(slots: &mut [Slot], index: usize) -> &mut Operation {
        slots[index].operation_mut().expect("an operation")
    }

    /// Each of these makes another future, so each makes another image.
    #[test]
    fn what_makes_a_difference_is_told() {
        const LAST: Outcome = Outcome { result: 1, flags: 0, more: false };
        let changes: [fn(&mut [Slot], &mut State); 20] = [
            |_, _| {},
            |_, state| state.left = 1,
            |_, state| state.left = 2,
            |_, state| state.window = 1,
            |_, state| state.window = 2,
            |_, state| state.chain = Some(0),
            |_, state| state.chain = Some(1),
            |_, state| state.begin_look(),
            |_, state| state.held_back = true,
            |slots, _| operation(slots, 1).after = NIL,
            |slots, _| operation(slots, 1).after = 2,
            |slots, _| operation(slots, 0).before = NIL,
            |slots, _| operation(slots, 0).tries = 1,
            |slots, _| operation(slots, 0).ran = 0,
            |slots, _| operation(slots, 0).outcome = Some(LAST),
            |slots, _| operation(slots, 0).outcome = Some(Outcome { more: true, ..LAST }),
            |slots, _| operation(slots, 0).outcome = Some(Outcome { result: 2, ..LAST }),
            |slots, _| operation(slots, 0).waiting = 4,
            |slots, _| slots[4].body = Body::Waiting(Waiting { outcome: LAST, after: NIL }),
            |slots, state| machine(slots, state).vacate(3),
        ];
        let images = changes.map(|change| {
            let mut core = core();
            change(&mut core.0, &mut core.1);
            image(&core, [0, 1, 2, 3, 4])
        });
        assert_eq!(images.iter().collect::<BTreeSet<_>>().len(), images.len());
    }

    #[test]
    fn more_than_everybody_need_not_be_checked() {
        let (mut wide, mut wider) = (core(), core());
        (wide.1.window, wider.1.window) = (5, 64);
        assert_eq!(image(&wide, [0, 1, 2, 3, 4]), image(&wider, [0, 1, 2, 3, 4]));
    }

    #[test]
    fn a_request_is_called_by_its_slot_its_kind_and_its_lane() {
        let (mut slots, mut state) = core();
        let mut machine = machine(&mut slots, &mut state);
        assert!((0..9).any(|_| machine.next_submission(1).is_none()), "there is an end");
        let names = [3, 1, 4, 0, 2];
        let requests = |key: Key| {
            let (one, other) = (Lane::A, Lane::B);
            let polls = [Tag::Arm(key, one), Tag::Arm(key, other)];
            let ends = [Tag::Disarm(key, one), Tag::Disarm(key, other)];
            [&polls[..], &ends, &[Tag::Operation(key), Tag::Cancel(key)]].concat()
        };
        let keys = (0..5).map(|index| slots[index as usize].key(index));
        let all: Vec<Tag> = keys.flat_map(requests).collect();
        let name = |tag: &Tag| name_tag(&slots, tag.encode(), &names);
        assert_eq!(all.iter().map(name).collect::<BTreeSet<_>>().len(), all.len());
        for (index, named) in (0..).zip(names) {
            let key = slots[index as usize].key(index);
            // The live poll's lane, which comes first.
            assert_eq!(name(&Tag::Arm(key, Lane::A)), u64::from(named) << 3);
            assert_eq!(name(&Tag::Disarm(key, Lane::B)), u64::from(named) << 3 | 3);
        }
        let stale = Tag::Operation(Key::new(1, 7)).encode();
        for nobody in [0, u64::MAX, stale, Tag::Operation(Key::new(5, 0)).encode()] {
            assert_eq!(name_tag(&slots, nobody, &names), nobody);
        }
    }
}
