//! Numbers that are no descriptors, times that are no times, rings that are too small; and what
//! must not be printed.

use core::time::Duration;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Instant;

use levelring::{AddError, Completed, Event, Interest, Operation, Readiness, Refusal, Tenure, Way};

use crate::support::{BRIEF, SURE, every_kind, pipe, uring};

/// Negative ones are the kernel's way to say "nobody", and some mean more to it (AT_FDCWD).
#[test]
fn negative_numbers_are_refused() {
    let refused = |source: RawFd| Err(AddError { source, reason: Refusal::BadDescriptor });
    for (kind, builder) in every_kind() {
        let mut reactor = builder.build_reactor().expect("reactor");
        for number in [-1, libc::AT_FDCWD, RawFd::MIN] {
            for tenure in [Tenure::Held, Tenure::Foreign] {
                let answer = reactor.register(number, tenure, Interest::READ);
                assert_eq!(answer, refused(number), "{kind}, {tenure:?}");
            }
        }
        assert_eq!((reactor.in_use(), reactor.next_event(Some(BRIEF))), (0, Ok(None)), "{kind}");
    }
}

/// What ends a poll and what replaces it are submitted together, and so need room for two.
#[test]
fn a_ring_of_one_entry_replaces_polls() {
    let Some(builder) = uring() else { return };
    for entries in [0, 1] {
        for way in [Way::PollAdd, Way::PollAddMultishot] {
            let builder = builder.way(way).ring_size(entries, 1);
            let mut reactor = builder.build_reactor().expect("reactor");
            let (reader, writer) = pipe();
            let mut register =
                |fd| reactor.register(fd, Tenure::Held, Interest::READ).expect("register");
            let (quiet, key) = (register(reader.as_raw_fd()), register(writer.as_raw_fd()));
            assert_eq!(reactor.next_event(Some(BRIEF)), Ok(None), "{way}");
            reactor.set_interest(key, Interest::WRITE).expect("it is there");
            let writable = Event::Ready { key, readiness: Readiness::WRITE };
            assert_eq!(reactor.next_event(Some(SURE)), Ok(Some(writable)), "{way}");
            assert_eq!(reactor.remove(quiet), Ok(()), "{way}");
        }
    }
}

/// The kernel takes a signed number of seconds, and answers EINVAL to a negative one.
#[test]
fn the_longest_timeouts_do_not_fail() {
    let Some(builder) = uring() else { return };
    let signed = Duration::from_secs(i64::MAX as u64);
    for time in [Duration::MAX, signed + Duration::from_secs(1), signed] {
        let mut events = builder.build().expect("loop");
        let told = |_: &mut _, done: Completed<_>| panic!("{time:?}: {:?}", done.result);
        events.submit(Operation::timeout(time), told).expect("submit");
        assert_eq!((events.turn(Some(BRIEF)), events.len()), (Ok(false), 1), "{time:?}");
    }
}

/// The kernel may be writing there.
#[test]
fn nobody_reads_the_buffer_of_a_wait_under_way_to_print_it() {
    let Some(builder) = uring() else { return };
    let (reader, _writer) = pipe();
    let mut reactor = builder.way(Way::EpollOnRing).build_reactor().expect("reactor");
    reactor.register(reader.as_raw_fd(), Tenure::Held, Interest::READ).expect("register");
    assert_eq!(reactor.next_event(Some(BRIEF)), Ok(None));
    let printed = format!("{reactor:?}");
    assert!(printed.contains("SetWait { state: Young, .. }"), "{printed}");
}

/// No wait of ours is longer than this test may take.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test that waits")]
fn dropping_a_loop_with_an_endless_timeout_does_not_wait_for_it() {
    let Some(builder) = uring() else { return };
    let mut events = builder.build().expect("loop");
    events.submit(Operation::timeout(Duration::MAX), |_, _| {}).expect("submit");
    assert_eq!(events.turn(Some(BRIEF)), Ok(false));
    let before = Instant::now();
    drop(events);
    assert!(before.elapsed() < SURE);
}
