//! Operations beside registrations, in the same look.

use core::time::Duration;
use std::rc::Rc;

use levelring::kernel::{Feature, FeatureMask};
use levelring::{Fired, Interest, Link, Linked, Operation, Way};
use levelring_sim::{Calls, SimFile, SimKernel};

use crate::support::{Log, Loop, events, on_uring, pipe, poor, turn};

/// Watches a reader; its handler takes one byte, which must be there.
fn take(kernel: &SimKernel, events: &mut Loop, log: &Log, number: u32, reader: SimFile) {
    let (own, log) = (kernel.clone(), Rc::clone(log));
    let handler = move |_: &mut _, Fired { source, .. }: Fired<'_, SimFile>| {
        assert_eq!(own.read(source.number(), &mut [0]), Ok(1), "{number} is called for nothing");
        log.borrow_mut().push(number);
    };
    events.add(reader, Interest::READ, handler).expect("add");
}

/// The same file by another number.
fn again(kernel: &SimKernel, file: &SimFile) -> Rc<SimFile> {
    let number = kernel.duplicate(file.number()).expect("a duplicate");
    Rc::new(SimFile::new(kernel.clone(), number))
}

/// A loop for every way of the ring's, with and without EPOLL_WAIT.
fn on_every_ring(test: impl Fn(&SimKernel, Loop)) {
    for way in Way::ALL {
        for forbidden in [None, Some(Feature::EpollWait)] {
            let (kernel, builder) = (SimKernel::new(), on_uring(way));
            let builder = builder.forbid(forbidden.into_iter().collect());
            test(&kernel, events(&kernel, builder));
        }
    }
}

#[test]
fn what_an_operation_uses_up_in_the_same_look_is_not_told() {
    on_every_ring(|kernel, mut events| {
        let log = Log::default();
        let (reader, writer) = pipe(kernel, b"");
        let same = again(kernel, &reader);
        take(kernel, &mut events, &log, 0, reader);
        let (other, wakes) = pipe(kernel, b"");
        take(kernel, &mut events, &log, 1, other);
        let watched = events.len();
        let read = Operation::read(same, vec![0; 1]);
        events.submit(read, |_, _| ()).expect("submitted");
        assert!(!turn(&mut events), "nothing is ready");
        // That ends whatever waits for the set on the ring: the next look makes it anew, and then
        // brings up the read.
        assert_eq!(kernel.write(wakes, b"x"), Ok(1));
        assert!(turn(&mut events));
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        assert!(turn(&mut events));
        assert!(!turn(&mut events));
        assert_eq!(events.len() == watched, *log.borrow() == [1], "one of both has had it");
    });
}

/// A read that is linked to another operation, and has to wait for room in the ring.
fn read_when_there_is_room(events: &mut Loop, file: Rc<SimFile>) {
    let chain = Linked::new().then(Operation::nop(), Link::Soft, |_, _| ());
    let chain = chain.then(Operation::read(file, vec![0; 1]), Link::None, |_, _| ());
    events.submit_linked(chain).expect("submitted");
}

/// The set has told when they are submitted.
#[test]
fn what_an_operation_uses_up_at_the_end_of_a_look_is_not_told() {
    let (kernel, strikes) = poor();
    let builder = on_uring(Way::EpollOnRing).ring_size(2, 16);
    let builder = builder.forbid(FeatureMask::NONE.with(Feature::EpollWait));
    let mut events = events(&kernel, builder);
    let log = Log::default();
    let (reader, writer) = pipe(&kernel, b"");
    let same = again(&kernel, &reader);
    take(&kernel, &mut events, &log, 0, reader);
    assert!(!turn(&mut events), "nothing is ready");
    assert_eq!(kernel.write(writer, b"x"), Ok(1));
    let long = Operation::timeout(Duration::from_secs(1000));
    let long = events.submit(long, |_, _| ()).expect("submitted");
    read_when_there_is_room(&mut events, same);
    strikes.0.set(1);
    assert!(turn(&mut events) && turn(&mut events), "both of the chain end");
    assert!(!turn(&mut events));
    assert_eq!((events.len(), log.borrow().len()), (2, 0), "the read has had it");
    events.cancel(long).expect("it is under way");
}

/// The polls have told when they are submitted.
#[test]
fn what_an_operation_uses_up_after_the_polls_is_not_told() {
    for way in [Way::PollAdd, Way::PollAddMultishot] {
        let (kernel, strikes) = poor();
        let mut events = events(&kernel, on_uring(way).ring_size(2, 16));
        let log = Log::default();
        let (reader, _writer) = pipe(&kernel, b"x");
        let same = again(&kernel, &reader);
        take(&kernel, &mut events, &log, 0, reader);
        let (idle, _keep) = pipe(&kernel, b"");
        take(&kernel, &mut events, &log, 1, idle);
        read_when_there_is_room(&mut events, same);
        strikes.0.set(1);
        assert!(turn(&mut events) && turn(&mut events), "both of the chain end");
        assert!(!turn(&mut events));
        assert_eq!((events.len(), log.borrow().len()), (2, 0), "the read has had it, on {way}");
    }
}

/// The poll of a newcomer is answered at once, and then the read is brought up that was there
/// before.
#[test]
fn what_an_operation_uses_up_when_a_newcomer_is_looked_at_is_not_told() {
    on_every_ring(|kernel, mut events| {
        let log = Log::default();
        let (reader, writer) = pipe(kernel, b"");
        let same = again(kernel, &reader);
        let read = Operation::read(same, vec![0; 1]);
        events.submit(read, |_, _| ()).expect("submitted");
        assert!(!turn(&mut events), "nothing is ready");
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        take(kernel, &mut events, &log, 0, reader);
        assert!(turn(&mut events));
        assert!(!turn(&mut events));
        assert_eq!(events.len() == 1, log.borrow().is_empty(), "one of both has had it");
    });
}
