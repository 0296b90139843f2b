//! The ring beside the set: who wakes whom, and what holds when the kernel takes nothing.

use core::time::Duration;
use std::rc::Rc;

use levelring::kernel::Errno;
use levelring::{Interest, Operation, Way};
use levelring_sim::{Calls, Faults, SimFile, SimKernel};

use crate::support::{
    Log, Loop, ODDS, Strikes, events, ghost, on_uring, pipe, poor, took, turn, watch,
};

const SECOND: Duration = Duration::from_secs(1);

/// A loop that watches an idle pipe, and has a read of another under way, which that end feeds.
fn reading(kernel: &SimKernel, way: Way) -> (Loop, i32) {
    let mut events = events(kernel, on_uring(way));
    let (idle, _keep) = pipe(kernel, b"");
    watch(&mut events, &Log::default(), 0, idle);
    let (reader, writer) = pipe(kernel, b"");
    let read = Operation::read(Rc::new(reader), vec![0; 1]);
    events.submit(read, |_, _| ()).expect("submitted");
    assert!(!turn(&mut events));
    (events, writer)
}

/// Something is written once the program sleeps.
fn writes_asleep(kernel: &SimKernel, writer: i32, bytes: &'static [u8]) {
    let mut written = false;
    kernel.set_environment(move |kernel: &SimKernel, _| {
        !core::mem::replace(&mut written, true) && kernel.write(writer, bytes).is_ok()
    });
}

/// A newcomer has its turn beside one that is busy, after glance upon glance has brought nothing,
/// so that the loop would rather be told; `then` something happens before it is ready.
fn a_newcomer_has_its_turn(kernel: &SimKernel, events: &mut Loop, then: impl FnOnce()) {
    let log = Log::default();
    let (busy, _keep) = pipe(kernel, b"x");
    let (newcomer, writer) = pipe(kernel, b"");
    watch(events, &log, 0, busy);
    watch(events, &log, 1, newcomer);
    for _ in 0..100 {
        assert!(turn(events));
    }
    assert!(!log.borrow().contains(&1));
    then();
    assert_eq!(kernel.write(writer, b"x"), Ok(1));
    for _ in 0..4 {
        assert!(turn(events));
    }
    assert!(log.borrow().contains(&1), "it has had no turn: {:?}", log.borrow());
}

#[test]
fn a_doorbell_that_the_kernel_does_not_take_is_not_relied_on() {
    let (kernel, strikes) = poor();
    let mut events = events(&kernel, on_uring(Way::Auto));
    strikes.0.set(u32::MAX);
    a_newcomer_has_its_turn(&kernel, &mut events, || ());
}

#[test]
fn a_doorbell_that_the_kernel_does_not_bring_up_is_not_silent() {
    let (kernel, strikes) = poor();
    let mut events = events(&kernel, on_uring(Way::Auto));
    a_newcomer_has_its_turn(&kernel, &mut events, || strikes.0.set(u32::MAX));
}

#[test]
fn a_set_that_the_kernel_does_not_take_the_wait_for_is_looked_at_all_the_same() {
    let (kernel, strikes) = poor();
    let mut events = events(&kernel, on_uring(Way::EpollOnRing));
    strikes.0.set(u32::MAX);
    let log = Log::default();
    let (reader, writer) = pipe(&kernel, b"");
    watch(&mut events, &log, 0, reader);
    assert!(!turn(&mut events));
    assert_eq!(kernel.write(writer, b"x"), Ok(1));
    assert!(turn(&mut events));
    assert_eq!(*log.borrow(), [0]);
}

#[test]
fn what_the_kernel_would_not_take_is_offered_again_before_the_loop_sleeps() {
    for way in [Way::Auto, Way::EpollOutside] {
        let (kernel, strikes) = poor();
        let mut events = events(&kernel, on_uring(way));
        let (idle, _keep) = pipe(&kernel, b"");
        watch(&mut events, &Log::default(), 0, idle);
        assert!(!turn(&mut events));
        let timeout = Operation::timeout(Duration::from_millis(1));
        events.submit(timeout, |_, _| ()).expect("submitted");
        strikes.0.set(1);
        let (time, called) = took(&kernel, || events.turn(Some(SECOND)).expect("turn"));
        assert!(called && time < SECOND, "on {way}: it slept for {time:?}");
    }
}

#[test]
fn what_the_kernel_would_not_bring_up_is_asked_for_again_before_the_loop_sleeps() {
    for (way, refusals) in [Way::Auto, Way::EpollOutside]
        .map(|way| (1..8).map(move |n| (way, n)))
        .into_iter()
        .flatten()
    {
        let (kernel, strikes) = poor();
        let (mut events, writer) = reading(&kernel, way);
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        strikes.0.set(refusals);
        let (time, called) = took(&kernel, || events.turn(Some(SECOND)).expect("turn"));
        assert!(called && time < SECOND, "on {way}, refused {refusals} times: it slept");
    }
}

#[test]
fn an_operation_that_ends_wakes_a_loop_that_sleeps_on_its_set() {
    for way in Way::ALL {
        let kernel = SimKernel::new();
        let (mut events, writer) = reading(&kernel, way);
        writes_asleep(&kernel, writer, b"x");
        let (time, called) = took(&kernel, || events.turn(Some(SECOND)).expect("turn"));
        assert!(called && time < SECOND, "on {way}: it slept for {time:?}");
    }
}

/// The ring's own eventfd would not be signalled while another one is.
#[test]
fn an_operation_that_an_eventfd_ends_wakes_such_a_loop_time_after_time() {
    for way in Way::ALL {
        let kernel = SimKernel::new();
        let mut events = events(&kernel, on_uring(way));
        let (idle, _keep) = pipe(&kernel, b"");
        watch(&mut events, &Log::default(), 0, idle);
        let eventfd = kernel.event(0).expect("an eventfd");
        let file = Rc::new(SimFile::new(kernel.clone(), eventfd));
        for round in 1..=3 {
            let read = Operation::read(Rc::clone(&file), vec![0; 8]);
            events.submit(read, |_, _| ()).expect("submitted");
            writes_asleep(&kernel, eventfd, &[1, 0, 0, 0, 0, 0, 0, 0]);
            let (time, called) = took(&kernel, || events.turn(Some(SECOND)).expect("turn"));
            assert!(called && time < SECOND, "on {way}, round {round}: it slept for {time:?}");
        }
    }
}

/// The old set's number is free then, and the next file that is opened has it.
#[test]
fn a_doorbell_that_the_kernel_has_yet_to_take_is_not_at_whatever_comes_after_the_set() {
    let (kernel, strikes) = poor();
    let mut events = events(&kernel, on_uring(Way::Auto));
    let (busy, _keep) = pipe(&kernel, b"x");
    watch(&mut events, &Log::default(), 0, busy);
    let feeds_ghost = ghost(&kernel, &mut events);
    strikes.0.set(u32::MAX);
    for _ in 0..100 {
        assert!(turn(&mut events));
    }
    assert_eq!(kernel.write(feeds_ghost, b"x"), Ok(1));
    for _ in 0..4 {
        assert!(turn(&mut events));
    }
    let newcomers = [(); 4].map(|()| pipe(&kernel, b""));
    strikes.0.set(0);
    for _ in 0..4 {
        assert!(turn(&mut events));
    }
    for (reader, writer) in newcomers {
        drop(reader);
        assert_eq!(kernel.write(writer, b"x"), Err(Errno::PIPE), "something pins the reader");
    }
}

#[test]
fn an_operation_wakes_a_loop_whose_set_was_made_anew() {
    for way in Way::ALL {
        let kernel = SimKernel::new();
        let (mut events, writer) = reading(&kernel, way);
        let feeds_ghost = ghost(&kernel, &mut events);
        assert_eq!(kernel.write(feeds_ghost, b"x"), Ok(1));
        for _ in 0..3 {
            assert!(!turn(&mut events));
        }
        writes_asleep(&kernel, writer, b"x");
        let (time, called) = took(&kernel, || events.turn(Some(SECOND)).expect("turn"));
        assert!(called && time < SECOND, "on {way}: it slept for {time:?}");
    }
}

/// Whoever woke its poll has used up what there was: nothing but refusals in a row.
#[test]
fn who_is_refused_by_the_ring_is_watched_in_the_set() {
    let strikes = Strikes::default();
    let faults = Faults { spurious_invalid: ODDS, ..Faults::default() };
    let kernel = SimKernel::with(strikes.clone(), faults);
    let mut events = events(&kernel, on_uring(Way::PollAdd));
    strikes.0.set(u32::MAX);
    let [reader, writer] = kernel.pipe().expect("a pipe");
    let watched = SimFile::new(kernel.clone(), reader);
    let ready = |_: &mut _, fired: levelring::Fired<'_, SimFile>| assert_eq!(fired.refused, None);
    events.add(watched, Interest::READ, ready).expect("add");
    for _ in 0..40 {
        assert!(!turn(&mut events));
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        assert_eq!(kernel.read(reader, &mut [0]), Ok(1));
    }
    assert!(!turn(&mut events));
    assert_eq!(kernel.write(writer, b"x"), Ok(1));
    assert!(turn(&mut events) || turn(&mut events));
}

/// The wait for the set was answered already when it was put there.
#[test]
fn who_is_put_into_the_set_within_a_look_has_a_turn_before_others_have_two() {
    let strikes = Strikes::default();
    let faults = Faults { spurious_invalid: ODDS, ..Faults::default() };
    let kernel = SimKernel::with(strikes.clone(), faults);
    let mut events = events(&kernel, on_uring(Way::PollAdd));
    let log = Log::default();
    for one in 0..6 {
        let (reader, writer) = pipe(&kernel, b"");
        watch(&mut events, &log, one, reader);
        for _ in 0..one {
            assert!(turn(&mut events));
        }
        assert_eq!(turn(&mut events), one > 0, "its poll is made");
        let before = log.borrow().len();
        // The ring ends its poll with EINVAL.
        strikes.0.set(1);
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        while !log.borrow()[before..].contains(&one) {
            assert!(turn(&mut events));
        }
        let mut since = log.borrow()[before..].to_vec();
        since.sort_unstable();
        assert!(since.is_sorted_by(|one, next| one < next), "{one} comes late: {log:?}");
    }
}

#[test]
fn a_regular_file_is_always_ready() {
    crate::support::on_all(|kernel, mut events| {
        let file = SimFile::new(kernel.clone(), kernel.regular().expect("a file"));
        let both = Interest::READ | Interest::WRITE;
        let ready = |_: &mut _, fired: levelring::Fired<'_, SimFile>| {
            assert_eq!(fired.refused, None);
        };
        events.add(file, both, ready).expect("add");
        for _ in 0..10 {
            assert!(turn(&mut events));
        }
    });
}
