//! Few descriptors allowed: poll(2) takes no more entries than that, and a loop does not mind.

use core::cell::RefCell;
use core::time::Duration;
use std::io::{PipeReader, Write};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::thread;

use levelring::{Builder, DriverKind, Error, EventLoop, Freshness, Interest, Way};

use crate::skipping::skipped;
use crate::support::{apart, limit};

const SURE: Duration = Duration::from_secs(5);

/// Every driver and way, judging one by one and all together.
fn every_kind() -> Vec<Builder> {
    let ways = Way::ALL.map(|way| Builder::default().driver(DriverKind::Uring).way(way));
    let others = [DriverKind::Epoll, DriverKind::Poll].map(|kind| Builder::default().driver(kind));
    let batches = [Freshness::Strict, Freshness::batch(200)];
    let kinds = ways.into_iter().chain(others);
    kinds.flat_map(|kind| batches.map(|freshness| kind.freshness(freshness))).collect()
}

fn on_every_kind(check: impl Fn(EventLoop<'_>)) {
    for kind in every_kind() {
        match kind.build() {
            Err(error @ Error::Unavailable { .. }) => skipped(error),
            events => check(events.expect("loop")),
        }
    }
}

/// So many turns: each of `count` has one before anybody has another.
fn rotate(events: &mut EventLoop<'_>, ran: &RefCell<Vec<usize>>, count: usize) {
    for _ in 0..count {
        assert!(events.turn(Some(SURE)).expect("turn"), "{}", events.report());
    }
    let mut order = ran.take();
    order.sort_unstable();
    assert_eq!(order, (0..count).collect::<Vec<_>>(), "{}", events.report());
}

#[test]
fn more_registrations_of_one_descriptor_than_descriptors() {
    const NAME: &str = "limited::more_registrations_of_one_descriptor_than_descriptors";
    apart(NAME, &[], || {
        limit(40);
        let (reader, mut writer) = std::io::pipe().expect("pipe");
        on_every_kind(|mut events| {
            let (reader, ran) = (Rc::new(reader.try_clone().expect("dup")), RefCell::default());
            let ran = Rc::<RefCell<Vec<usize>>>::new(ran);
            for name in 0..100 {
                let ran = Rc::clone(&ran);
                let note = move |_: &mut EventLoop<'_>, _: levelring::Fired<'_, Rc<PipeReader>>| {
                    ran.borrow_mut().push(name);
                };
                events.add(Rc::clone(&reader), Interest::READ, note).expect("add");
            }
            assert!(!events.turn(Some(Duration::ZERO)).expect("nothing yet"));
            (&writer).write_all(b"x").expect("write");
            for _ in 0..3 {
                rotate(&mut events, &ran, 100);
            }
            std::io::Read::read_exact(&mut &*reader, &mut [0]).expect("read");
        });
        writer.flush().expect("it is open");
    });
}

/// The limit was higher when they were opened. Nobody can sleep on all of them, if not by epoll;
/// but somebody who is ready has a turn, and so has everybody.
#[test]
fn more_descriptors_than_are_allowed_now() {
    apart("limited::more_descriptors_than_are_allowed_now", &[], || {
        limit(1000);
        let (readers, writers): (Vec<_>, Vec<_>) =
            (0..100).map(|_| std::io::pipe().expect("pipe")).unzip();
        let loops: Vec<_> = every_kind().into_iter().map(|kind| kind.build()).collect();
        limit(40);
        for events in loops {
            let mut events = match events {
                Err(error @ Error::Unavailable { .. }) => {
                    skipped(error);
                    continue;
                }
                events => events.expect("loop"),
            };
            let ran = Rc::new(RefCell::new(Vec::new()));
            for (name, reader) in readers.iter().enumerate() {
                let note = Rc::clone(&ran);
                if name % 2 == 0 {
                    let note = move |_: &mut _, _: levelring::Fired<'_, _>| {
                        note.borrow_mut().push(name);
                    };
                    events.add(reader, Interest::READ, note).expect("add");
                } else {
                    let note = move |_: &mut _, _: levelring::Fired<'_, _>| {
                        note.borrow_mut().push(name);
                    };
                    events.add_foreign(reader.as_raw_fd(), Interest::READ, note).expect("add");
                }
            }
            sleeps_until_one_is_ready(&mut events, &ran, &readers[70], &writers[70]);
            writers.iter().for_each(|mut writer| writer.write_all(b"x").expect("write"));
            for _ in 0..3 {
                rotate(&mut events, &ran, 100);
            }
            readers.iter().for_each(one_byte);
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "another thread's deed shall come during a wait")]
fn sleeps_until_one_is_ready(
    events: &mut EventLoop<'_>,
    ran: &RefCell<Vec<usize>>,
    reader: &PipeReader,
    mut writer: &std::io::PipeWriter,
) {
    let before = events.counts();
    let time = Duration::from_millis(20);
    assert!(!events.turn(Some(time)).expect("turn"), "nothing yet");
    let calls = (events.counts() - before).total();
    assert!(calls < 1000, "{calls} calls in {time:?}: {}", events.report());
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(3));
            writer.write_all(b"x").expect("write");
        });
        assert!(events.turn(None).expect("turn"));
    });
    assert_eq!(ran.take(), [70]);
    one_byte(reader);
}

fn one_byte(mut reader: &PipeReader) {
    std::io::Read::read_exact(&mut reader, &mut [0]).expect("read");
}
