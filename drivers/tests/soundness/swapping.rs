//! A handler has the loop by `&mut`, and puts another in its place.

use core::cell::{Cell, RefCell};
use core::mem;
use std::io::Write;
use std::rc::Rc;

use levelring::{Error, EventLoop, Operation};

use crate::support::{BRIEF, SURE, finish, reading, settle, uring};

/// The key of what runs is one of the loop that was there: in the other it is that of a READ,
/// whose handler and buffer must not make room.
#[test]
fn a_loop_swapped_by_its_handler_keeps_the_buffers_in_flight() {
    let Some(builder) = uring() else { return };
    let (file, read, mut writer) = reading();
    let got = Rc::new(Cell::new(None));
    let old = Rc::new(RefCell::new(None));
    let (taker, keeper) = (Rc::clone(&got), Rc::clone(&old));
    let mut events: EventLoop<'static> = builder.build().expect("loop");
    let mut read = Some(read);
    let swap = move |events: &mut EventLoop<'static>, _| {
        let (read, taker) = (read.take().expect("called once"), Rc::clone(&taker));
        let mut other = builder.build().expect("another loop");
        other
            .submit(read, move |_, told| taker.set(Some((told.result, told.kept))))
            .expect("submit");
        settle(&mut other);
        mem::swap(events, &mut other);
        *keeper.borrow_mut() = Some(other);
    };
    events.submit(Operation::nop(), swap).expect("submit");
    assert!(events.turn(Some(SURE)).expect("turn"));
    assert_eq!(Rc::strong_count(&file), 2, "the kernel has the buffer, and so has the loop");
    writer.write_all(b"alive").expect("write");
    finish(&mut events);
    let (result, kept) = got.take().expect("it was told");
    assert_eq!(result, Ok(5));
    assert_eq!(&kept.expect("at the end").1[..5], b"alive");
    // Its handler never came back to it.
    let mut old = old.take().expect("swapped");
    assert_eq!(old.turn(Some(BRIEF)), Err(Error::Nested));
}

/// The loop whose handler runs is dropped by it, and waits for what is in flight, as ever.
#[test]
fn a_loop_replaced_by_its_handler_ends_what_is_in_flight() {
    let Some(builder) = uring() else { return };
    let (file, read, mut writer) = reading();
    let mut events = builder.build().expect("loop");
    events.submit(read, |_, _| panic!("it ends untold")).expect("submit");
    settle(&mut events);
    assert_eq!(Rc::strong_count(&file), 2);
    let replace = |events: &mut EventLoop<'_>, _| *events = builder.build().expect("another loop");
    events.submit(Operation::nop(), replace).expect("submit");
    assert!(events.turn(Some(SURE)).expect("turn"));
    assert_eq!(Rc::strong_count(&file), 1, "the kernel has let go of it");
    writer.write_all(b"nobody's").expect("write");
    assert!(events.is_empty());
    assert_eq!(events.turn(Some(BRIEF)), Ok(false));
}
