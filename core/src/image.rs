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
    into.write_u8(1 + u8::from(more));
    into.write_i32(result);
    into.write_u32(flags);
}
