//! An eventfd that wakes an operation, and the loop that sleeps.

use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use levelring::{Completed, Interest, Operation};
use rustix::event::{EventfdFlags, eventfd};

use crate::support::{SURE, on_every_ring, pipe};

/// Long enough for the loop to be asleep.
const ASLEEP: Duration = Duration::from_millis(3);

/// While an eventfd wakes others, a ring does not signal its own: later, or, after the first time,
/// never (Linux 6.18).
#[test]
#[expect(clippy::disallowed_methods, reason = "a wake-up that is lost shows in time only")]
fn an_eventfd_wakes_a_loop_that_sleeps_on_its_set_time_after_time() {
    on_every_ring(|builder| {
        let (idle, _writer) = pipe();
        let rung = Cell::new(0);
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).expect("an eventfd"));
        let ours = Rc::new(bell.try_clone().expect("a descriptor"));
        let mut events = builder.build().expect("loop");
        events.add(idle, Interest::READ, |_: &mut _, _| ()).expect("added");
        for round in 1..=3 {
            let read = Operation::read(Rc::clone(&ours), vec![0; 8]);
            let taken = |_: &mut _, Completed { result, .. }: Completed<_>| {
                assert_eq!(result, Ok(8));
                rung.set(rung.get() + 1);
            };
            events.submit(read, taken).expect("submitted");
            let ringer = thread::spawn({
                let bell = Arc::clone(&bell);
                move || {
                    thread::sleep(ASLEEP);
                    rustix::io::write(&*bell, &1_u64.to_ne_bytes()).expect("rung");
                }
            });
            let begin = Instant::now();
            assert!(events.turn(Some(SURE)).expect("a turn"), "round {round}: nobody was told");
            assert!(begin.elapsed() < SURE, "round {round}: not before the time was up");
            assert_eq!(rung.get(), round);
            ringer.join().expect("it rang");
        }
    });
}
