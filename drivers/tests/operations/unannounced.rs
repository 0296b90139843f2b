//! A ring that defers its work and does not announce it (no TASKRUN_FLAG): it has to be entered to
//! know of any.

use std::io::Write;
use std::rc::Rc;

use levelring::kernel::Feature;
use levelring::{Builder, Completed, DriverKind, Error, EventLoop, Interest, Operation, Way};

use crate::skipping::skipped;
use crate::support::{BRIEF, Log, SURE, pipe, settle};

fn on_every_way(check: impl Fn(EventLoop<'_>)) {
    let builder = Builder::default().driver(DriverKind::Uring).forbid(Feature::TaskrunFlag.into());
    for way in Way::ALL {
        match builder.way(way).build() {
            Err(error @ Error::Unavailable { .. }) => return skipped(error),
            events => {
                let events = events.expect("loop");
                let features = events.report().features.expect("a ring");
                assert!(!features.has(Feature::TaskrunFlag));
                if features.has(Feature::DeferTaskrun) {
                    check(events);
                }
            }
        }
    }
}

/// More than the kernel brings up at once, all there before the loop looks.
#[test]
fn all_are_told_and_the_loop_sleeps_before_and_after() {
    on_every_way(|mut events| {
        let log = Rc::new(Log::new());
        let (readers, mut writers): (Vec<_>, Vec<_>) = (0..100).map(|_| pipe()).unzip();
        for (name, reader) in readers.into_iter().enumerate() {
            let log = Rc::clone(&log);
            let read = Operation::read(Rc::new(reader), vec![0; 8]);
            let note = move |_: &mut _, done: Completed<_>| {
                log.note((name, done.result, done.more));
            };
            events.submit(read, note).expect("submit");
        }
        let (idle, _peer) = pipe();
        let handle = events.add(idle, Interest::READ, |_, _| {}).expect("add");
        settle(&mut events);
        sleeps(&mut events);
        for writer in &mut writers {
            writer.write_all(b"x").expect("write");
        }
        let before = events.counts();
        while log.len() < 100 {
            assert!(events.turn(Some(SURE)).expect("turn"), "{} are missing", 100 - log.len());
        }
        let enters = (events.counts() - before).enters;
        assert!(enters <= 20, "{enters} enters for 100 results");
        let mut told = log.take();
        told.sort();
        let expected: Vec<_> = (0..100).map(|name| (name, Ok(1), false)).collect();
        assert_eq!(told, expected);
        sleeps(&mut events);
        events.remove(&handle).expect("it is there");
        assert!(events.is_empty());
    });
}

/// The kernel is asked once per rotation, however busy the others are.
#[test]
fn a_result_is_told_in_its_turn_beside_busy_descriptors() {
    on_every_way(|mut events| {
        let (busy, mut filler) = pipe();
        filler.write_all(b"x").expect("write");
        let busy = Rc::new(busy);
        for _ in 0..3 {
            events.add(Rc::clone(&busy), Interest::READ, |_, _| {}).expect("add");
        }
        for _ in 0..10 {
            let log = Rc::new(Log::new());
            let taker = Rc::clone(&log);
            let (reader, mut writer) = pipe();
            let read = Operation::read(Rc::new(reader), vec![0; 8]);
            let note = move |_: &mut _, done: Completed<_>| {
                taker.note(((), done.result, done.more));
            };
            events.submit(read, note).expect("submit");
            for _ in 0..20 {
                assert!(events.turn(Some(SURE)).expect("turn"));
            }
            assert_eq!(log.len(), 0);
            writer.write_all(b"x").expect("write");
            for _ in 0..8 {
                assert!(events.turn(Some(SURE)).expect("turn"));
            }
            assert_eq!(log.take(), [((), Ok(1), false)], "within two rotations");
        }
        filler.flush().expect("it is open");
    });
}

/// An idle turn is a few calls, whatever may be deferred.
fn sleeps(events: &mut EventLoop<'_>) {
    let before = events.counts();
    assert!(!events.turn(Some(20 * BRIEF)).expect("turn"));
    let calls = (events.counts() - before).total();
    assert!(calls <= 12, "{calls} calls in an idle turn");
}
