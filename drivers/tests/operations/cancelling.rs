//! Cancelling: before, while, and after.

use core::cell::Cell;
use core::time::Duration;
use std::io::Write;
use std::rc::Rc;

use levelring::kernel::Errno;
use levelring::{Completed, EventLoop, Link, Linked, Operation, Stale};

use crate::support::{Log, SURE, finish, on_every_ring, pipe, settle, waiting};

const CANCELLED: Result<u32, Errno> = Err(Errno::CANCELED);

#[test]
fn what_is_cancelled_before_it_was_submitted_never_happens() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (reader, writer) = pipe();
        let writer = Rc::new(writer);
        let mut events = builder.build().expect("loop");
        let write = Operation::write(Rc::clone(&writer), b"never".to_vec());
        let key = events.submit(write, log.taker("write")).expect("submit");
        assert_eq!(events.cancel(key), Ok(()));
        assert_eq!(events.cancel(key), Ok(()), "until it was told, twice is as good as once");
        assert!(events.turn(Some(SURE)).expect("turn"));
        assert_eq!(log.take(), [("write", CANCELLED, false)]);
        assert_eq!(waiting(&reader), 0);
        assert_eq!((events.cancel(key), Rc::strong_count(&writer)), (Err(Stale), 1));
    });
}

#[test]
fn a_member_that_is_cancelled_before_takes_along_what_a_failing_one_would() {
    on_every_ring(|builder| {
        for (link, expected) in
            [(Link::Soft, [Ok(0), CANCELLED, CANCELLED]), (Link::Hard, [Ok(0), CANCELLED, Ok(0)])]
        {
            let log = Log::new();
            let mut events = builder.build().expect("loop");
            let chain = Linked::new()
                .then(Operation::nop(), Link::Soft, log.taker(0))
                .then(Operation::nop(), link, log.taker(1))
                .then(Operation::nop(), Link::None, log.taker(2));
            let keys = events.submit_linked(chain).expect("submit");
            events.cancel(keys[1]).expect("it is there");
            finish(&mut events);
            let mut told = log.take();
            told.sort();
            let results: Vec<_> = told.into_iter().map(|(_, result, _)| result).collect();
            assert_eq!(results, expected, "{link:?}");
        }
    });
}

#[test]
fn what_is_under_way_is_cancelled_and_the_rest_of_its_chain() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (reader, writer) = pipe();
        let (target, output) = pipe();
        let mut events = builder.build().expect("loop");
        let read = Operation::read(Rc::new(reader), vec![0; 8]);
        let write = Operation::write(Rc::new(output), vec![1; 8]);
        let chain = Linked::new().then(read, Link::Soft, log.taker(0)).then(
            write,
            Link::None,
            log.taker(1),
        );
        let keys = events.submit_linked(chain).expect("submit");
        let hour = Operation::timeout(Duration::from_secs(3600));
        let hour = events.submit(hour, log.taker(2)).expect("submit");
        settle(&mut events);
        assert_eq!(log.len(), 0, "all are under way");
        events.cancel(keys[0]).expect("under way");
        events.cancel(hour).expect("under way");
        finish(&mut events);
        let mut told = log.take();
        told.sort();
        assert_eq!(told, [(0, CANCELLED, false), (1, CANCELLED, false), (2, CANCELLED, false)]);
        assert_eq!(waiting(&target), 0);
        drop(writer);
    });
}

/// Between its completion and the telling of it, cancelling comes too late, and does no harm.
#[test]
fn what_has_completed_is_told_as_it_was() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.build().expect("loop");
        let second = Rc::new(Cell::new(None));
        let known = Rc::clone(&second);
        let mut tell = log.taker("first");
        events
            .submit(Operation::nop(), move |events: &mut EventLoop<'_>, done: Completed<()>| {
                tell(events, done);
                // Both were submitted together, so this one has completed too.
                events.cancel(known.get().expect("known")).expect("not told yet");
            })
            .expect("submit");
        let key = events.submit(Operation::nop(), log.taker("second")).expect("submit");
        second.set(Some(key));
        finish(&mut events);
        assert_eq!(log.take(), [("first", Ok(0), false), ("second", Ok(0), false)]);
        assert_eq!(events.cancel(key), Err(Stale));
        // The slot may be another's now: the old key must not be taken for it.
        let (reader, mut writer) = pipe();
        let read = Operation::read(Rc::new(reader), vec![0; 1]);
        events.submit(read, log.taker("third")).expect("submit");
        assert_eq!(events.cancel(key), Err(Stale));
        settle(&mut events);
        writer.write_all(b"x").expect("write");
        finish(&mut events);
        assert_eq!(log.take(), [("third", Ok(1), false)]);
    });
}

/// The request that cancels and the end of what it cancels may meet in any order: 200 times.
#[test]
fn cancelling_races_with_completing_and_one_result_comes_of_it() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.capacity(8).build().expect("loop");
        for round in 0..200 {
            let (reader, mut writer) = pipe();
            let read = Operation::read(Rc::new(reader), vec![0; 1]);
            let key = events.submit(read, log.taker(round)).expect("submit");
            assert!(!events.turn(Some(Duration::ZERO)).expect("turn"));
            writer.write_all(b"x").expect("write");
            events.cancel(key).expect("not told yet");
            finish(&mut events);
            let told = log.take();
            let [(name, result, false)] = told[..] else { panic!("one result: {told:?}") };
            assert!(name == round && (result == Ok(1) || result == CANCELLED), "{result:?}");
        }
    });
}

#[test]
fn a_registration_is_no_operation() {
    on_every_ring(|builder| {
        let (reader, _writer) = pipe();
        let mut events = builder.build().expect("loop");
        let handle = events.add(reader, levelring::Interest::READ, |_, _| {}).expect("add");
        assert_eq!(events.cancel(handle.key()), Err(Stale));
        let key = events.submit(Operation::nop(), |_, _| {}).expect("submit");
        assert_eq!(events.discard(key), Err(levelring::RemoveError::Stale));
        assert_eq!(events.len(), 2, "both are as they were");
    });
}
