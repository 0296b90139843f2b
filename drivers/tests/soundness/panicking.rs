//! Handlers, hooks and what they own panic, at the worst moment.

use core::cell::RefCell;
use core::panic::AssertUnwindSafe;
use std::io::Write;
use std::panic::catch_unwind;
use std::rc::Rc;

use levelring::io_uring::opcode;
use levelring::{Chain, Decision, Event, EventLoop, Link, Linked, Operation};

use crate::support::{BRIEF, PanicsWhenDropped, SURE, finish, reading, settle, unwinds, uring};

/// A hook that lets its operation go, and owns something.
fn owning<T: 'static>(owned: T) -> impl FnMut() -> Decision + 'static {
    move || {
        let _ = &owned;
        Decision::Submit
    }
}

/// Starts a READ that is the second of two, in a loop that something has gone wrong in: whatever
/// unwinds meanwhile, its buffer lives for as long as the kernel has it.
fn the_next_read_is_sound(events: &mut EventLoop<'_>) {
    let (file, read, mut writer) = reading();
    let got = Rc::new(RefCell::new(Vec::new()));
    let taker = Rc::clone(&got);
    let pair = Linked::new().then(Operation::nop(), Link::Hard, |_, _| {}).then(
        read,
        Link::None,
        move |_, told| taker.borrow_mut().push(told.result),
    );
    assert!(!unwinds(|| events.submit_linked(pair)), "nothing is left that could unwind");
    settle(events);
    assert_eq!(Rc::strong_count(&file), 2, "under way, or leaked: not freed");
    writer.write_all(b"four").expect("write");
    finish(events);
    assert_eq!(got.take(), [Ok(4)]);
}

#[test]
fn a_handler_that_panics_at_its_last_result_leaves_no_seat() {
    let Some(builder) = uring() else { return };
    let mut events = builder.build().expect("loop");
    events.submit(Operation::nop(), |_, _| panic!("on purpose")).expect("submit");
    assert!(unwinds(|| events.turn(Some(SURE))));
    assert!(events.is_empty());
    assert_eq!(events.run(), Ok(()), "it ends");
}

/// The seat of the panicking one had the index that the READ comes to.
#[test]
fn a_read_in_the_place_of_a_handler_that_panicked() {
    let Some(builder) = uring() else { return };
    let mut events = builder.build().expect("loop");
    let owned = PanicsWhenDropped;
    let pair = Linked::new().then(Operation::nop(), Link::None, |_, _| {}).then(
        Operation::nop(),
        Link::None,
        move |_, _| {
            let _owned = &owned;
            panic!("on purpose")
        },
    );
    events.submit_linked(pair).expect("submit");
    assert!(events.turn(Some(SURE)).expect("turn"));
    assert!(unwinds(|| events.turn(Some(SURE))));
    the_next_read_is_sound(&mut events);
}

/// What an operation owned is dropped when its handler has returned: that, too, may panic.
#[test]
fn a_read_in_the_place_of_a_handler_whose_drop_panicked() {
    let Some(builder) = uring() else { return };
    let mut events = builder.build().expect("loop");
    let owned = PanicsWhenDropped;
    let keep = move |_: &mut EventLoop<'_>, _| {
        let _owned = &owned;
    };
    events.submit(Operation::nop(), keep).expect("submit");
    assert!(unwinds(|| events.turn(Some(SURE))));
    assert!(events.is_empty(), "run() would not end");
    the_next_read_is_sound(&mut events);
}

#[test]
fn the_hook_of_an_operation_cancelled_before_it_was_submitted_is_dropped() {
    let Some(builder) = uring() else { return };
    let owned = Rc::new(());
    let mut events = builder.build().expect("loop");
    let nop = Operation::nop().at_the_last_moment(owning(Rc::clone(&owned)));
    let key = events.submit(nop, |_, _| {}).expect("submit");
    events.cancel(key).expect("it is there");
    finish(&mut events);
    assert_eq!(Rc::strong_count(&owned), 1);
}

/// It is dropped when its operation is already the ring's, and everybody is told all the same.
#[test]
fn a_hook_whose_drop_panics_when_its_operation_is_submitted() {
    let Some(builder) = uring() else { return };
    let told = RefCell::new(Vec::new());
    let mut events = builder.build().expect("loop");
    let hooked = Operation::nop().at_the_last_moment(owning(PanicsWhenDropped));
    let pair = Linked::new()
        .then(Operation::nop(), Link::Soft, |_, done| told.borrow_mut().push((1, done.result)))
        .then(hooked, Link::None, |_, done| told.borrow_mut().push((2, done.result)));
    events.submit_linked(pair).expect("submit");
    assert!(unwinds(|| events.turn(Some(BRIEF))));
    finish(&mut events);
    drop(events);
    assert_eq!(told.take(), [(1, Ok(0)), (2, Ok(0))]);
}

/// It is dropped with the only result that there will be, which is told all the same.
#[test]
fn a_hook_whose_drop_panics_when_its_operation_is_cancelled() {
    let Some(builder) = uring() else { return };
    let told = Rc::new(RefCell::new(Vec::new()));
    let taker = Rc::clone(&told);
    let mut events = builder.build().expect("loop");
    let nop = Operation::nop().at_the_last_moment(owning(PanicsWhenDropped));
    let take = move |_: &mut EventLoop<'_>, _| taker.borrow_mut().push("told");
    let key = events.submit(nop, take).expect("submit");
    events.cancel(key).expect("it is there");
    assert!(unwinds(|| events.turn(Some(BRIEF))));
    assert!(events.is_empty(), "run() would not end");
    assert_eq!(told.take(), ["told"]);
    the_next_read_is_sound(&mut events);
}

/// The same without handlers: the event is told first, and the hook dropped at the next call.
#[test]
fn a_hook_whose_drop_panics_loses_no_event_of_a_bare_reactor() {
    let Some(builder) = uring() else { return };
    let mut reactor = builder.build_reactor().expect("reactor");
    let mut keys = Vec::new();
    for mut hook in [owning(Some(PanicsWhenDropped)), owning(None)] {
        let mut chain = Chain::default();
        let entry = opcode::Nop::new().build();
        // SAFETY: it points to no memory.
        unsafe { chain.push(entry, Some(Box::new(move |_| hook())), Link::None) };
        keys.extend(reactor.submit(chain).expect("submit"));
    }
    keys.iter().for_each(|key| reactor.cancel(*key).expect("it is there"));
    let mut told = Vec::new();
    let mut panics = 0;
    while told.len() < 2 || panics == 0 {
        match catch_unwind(AssertUnwindSafe(|| reactor.next_event(Some(BRIEF)))) {
            Ok(event) => match event.expect("next event") {
                Some(Event::Done { key, .. }) => told.push(key),
                event => panic!("{told:?} and then {event:?}"),
            },
            Err(_) => panics += 1,
        }
    }
    assert_eq!((told, panics), (keys, 1));
    assert_eq!(reactor.next_event(Some(BRIEF)), Ok(None));
}
