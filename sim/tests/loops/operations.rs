//! Operations: what they read and write is the program's memory, and they end with the loop.

use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;

use levelring::kernel::{Errno, Kernel};
use levelring::{Link, Linked, Operation, Way};
use levelring_sim::{Calls, Faults, Odds, Random, SimFile, SimKernel};

use crate::support::{Loop, events, on_uring, turn};

type Results = Rc<RefCell<Vec<Result<u32, Errno>>>>;

fn on_all_ways(test: impl Fn(&SimKernel, Loop)) {
    for way in Way::ALL {
        let kernel = SimKernel::new();
        test(&kernel, events(&kernel, on_uring(way)));
        kernel.with_system(|system| system.check());
    }
}

fn ends(kernel: &SimKernel, ends: [i32; 2]) -> [Rc<SimFile>; 2] {
    ends.map(|fd| Rc::new(SimFile::new(kernel.clone(), fd)))
}

#[test]
fn a_read_waits_for_a_write_and_has_its_bytes() {
    on_all_ways(|kernel, mut events| {
        let [reader, writer] = ends(kernel, kernel.pipe().expect("a pipe"));
        let text = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&text);
        let read = Operation::read(reader, vec![0; 16]);
        let submitted = events.submit(read, move |_, done| {
            let (_, mut buffer) = done.kept.expect("the last result");
            buffer.truncate(done.result.expect("read") as usize);
            *seen.borrow_mut() = buffer;
        });
        submitted.expect("submitted");
        assert!(!turn(&mut events));
        let write = Operation::write(writer, b"through the ring".to_vec());
        events.submit(write, |_, done| assert_eq!(done.result, Ok(16))).expect("submitted");
        while !events.is_empty() {
            events.turn(Some(Duration::from_secs(1))).expect("turn");
        }
        assert_eq!(*text.borrow(), b"through the ring");
    });
}

#[test]
fn a_timeout_takes_its_time_and_a_cancelled_one_does_not() {
    on_all_ways(|kernel, mut events| {
        let results = Results::default();
        let seen = Rc::clone(&results);
        let timeout = Operation::timeout(Duration::from_secs(5));
        events.submit(timeout, move |_, done| seen.borrow_mut().push(done.result)).expect("one");
        let seen = Rc::clone(&results);
        let timeout = Operation::timeout(Duration::from_secs(3));
        let key = events.submit(timeout, move |_, done| seen.borrow_mut().push(done.result));
        let key = key.expect("another");
        assert!(!turn(&mut events));
        events.cancel(key).expect("cancelled");
        events.run().expect("run");
        assert_eq!(*results.borrow(), [Err(Errno::CANCELED), Err(Errno::TIME)]);
        assert_eq!(kernel.now(), Duration::from_secs(5));
    });
}

#[test]
fn a_chain_is_done_in_order() {
    on_all_ways(|kernel, mut events| {
        let [one, two] = ends(kernel, kernel.socket_pair().expect("sockets"));
        let results = Results::default();
        let note = || {
            let seen = Rc::clone(&results);
            move |result| seen.borrow_mut().push(result)
        };
        let (first, second) = (note(), note());
        let pair = Linked::new()
            .then(Operation::send(one, b"ping".to_vec()), Link::Soft, move |_, done| {
                first(done.result);
            })
            .then(Operation::receive(two, vec![0; 8]), Link::None, move |_, done| {
                assert_eq!(&done.kept.expect("the last").1[..4], b"ping");
                second(done.result);
            });
        events.submit_linked(pair).expect("submitted");
        events.run().expect("run");
        assert_eq!(*results.borrow(), [Ok(4), Ok(4)]);
    });
}

#[test]
fn the_end_of_a_loop_ends_its_operations_whatever_goes_wrong() {
    for seed in 0..30 {
        for way in Way::ALL {
            let faults = Faults {
                short_submit: Odds(2),
                busy: Odds(2),
                interrupted: Odds(2),
                cq_entries: Some(2),
                ..Faults::default()
            };
            let kernel = SimKernel::with(Random::new(seed), faults);
            let mut events = events(&kernel, on_uring(way));
            for _ in 0..10 {
                let [reader, writer] = ends(&kernel, kernel.pipe().expect("a pipe"));
                core::mem::forget(writer);
                let read = Operation::read(reader, vec![0; 16]);
                events.submit(read, |_, _| ()).expect("submitted");
            }
            turn(&mut events);
            drop(events);
            kernel.with_system(|system| {
                system.check();
                assert_eq!(system.blunders().abandoned, 0, "seed {seed}");
            });
        }
    }
}
