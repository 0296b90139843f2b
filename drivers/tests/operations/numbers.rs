//! The ring's own descriptors, among those of others that come and go.

use core::cell::Cell;
use std::io::Write;
use std::os::fd::{AsRawFd, RawFd};
use std::rc::Rc;

use levelring::{Completed, EventLoop, Fired, Interest, Operation};

use crate::support::{BRIEF, SURE, on_every_ring, pipe};

fn never(_: &mut EventLoop<'_>, _: Fired<'_, RawFd>) {
    panic!("it is closed")
}

/// A descriptor is closed behind the loop's back, and the loop then needs one for itself: that may
/// get the number. Whatever becomes of the dead registration, the ring's results still come.
#[test]
fn a_number_that_died_is_not_taken_for_the_rings() {
    on_every_ring(|builder| {
        for toggled in [false, true] {
            let told = Cell::new(0);
            let mut events = builder.build().expect("loop");
            let ((theirs, _far), (reader, mut writer)) = (pipe(), pipe());
            let dead = events.add_foreign(theirs.as_raw_fd(), Interest::READ, never).expect("add");
            assert_eq!(events.turn(Some(BRIEF)), Ok(false));
            drop(theirs);
            let read = |reader: &Rc<_>| Operation::read(Rc::clone(reader), vec![0; 8]);
            let reader = Rc::new(reader);
            let take = |_: &mut EventLoop<'_>, done: Completed<_>| {
                told.set(told.get() + 1);
                assert_eq!(done.result, Ok(1));
            };
            events.submit(read(&reader), take).expect("submit");
            assert_eq!(events.turn(Some(BRIEF)), Ok(false));
            if toggled {
                events.set_interest(dead, Interest::WRITE).expect("it is there");
                assert_eq!(events.turn(Some(BRIEF)), Ok(false));
            }
            events.discard(dead).expect("it is there");
            for count in 1..4 {
                writer.write_all(b"x").expect("write");
                assert_eq!(events.turn(Some(SURE)), Ok(true), "toggled: {toggled}");
                assert_eq!(told.get(), count);
                events.submit(read(&reader), take).expect("submit");
                assert_eq!(events.turn(Some(BRIEF)), Ok(false));
            }
        }
    });
}
