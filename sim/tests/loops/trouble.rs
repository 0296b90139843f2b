//! Features that are missing, queues that are tiny, faults that strike.

use levelring::kernel::{Errno, Feature};
use levelring::{DriverKind, EventLoop, Fired, Interest, Way};
use levelring_sim::{Calls, Faults, Odds, Plain, Random, SimFile, SimKernel};

use crate::support::{Log, Loop, events, kinds, on_uring, pipe, turn, watch};

/// Reads byte by byte what comes on some pipes, and counts them.
fn drains(kernel: &SimKernel, mut events: Loop) {
    const MANY: u8 = 30;
    let log = Log::default();
    let mut writers = Vec::new();
    for number in 0..MANY {
        let (reader, writer) = pipe(kernel, b"");
        let (seen, own) = (log.clone(), kernel.clone());
        let handler = move |_: &mut _, Fired { source, .. }: Fired<'_, SimFile>| {
            let mut byte = [0];
            assert_eq!(own.read(source.number(), &mut byte), Ok(1));
            assert_eq!(byte[0], number);
            seen.borrow_mut().push(number.into());
        };
        events.add(reader, Interest::READ, handler).expect("add");
        writers.push(writer);
    }
    for _ in 0..3 {
        for (number, writer) in (0..).zip(&writers) {
            assert_eq!(kernel.write(*writer, &[number, number]), Ok(2));
        }
        // Faults make turns that call nobody.
        for _ in 0..1000 {
            turn(&mut events);
        }
        assert_eq!(log.borrow().len(), 2 * usize::from(MANY));
        log.borrow_mut().clear();
        kernel.with_system(|system| system.check());
    }
}

#[test]
fn the_loop_works_without_each_feature() {
    for missing in Feature::ALL {
        for (kind, way) in kinds() {
            println!("on {kind} {way} without {}", missing.name());
            let faults = Faults { missing: (*missing).into(), ..Faults::default() };
            let kernel = SimKernel::with(Plain, faults);
            drains(&kernel, events(&kernel, EventLoop::builder().driver(kind).way(way)));
            let forbidden = EventLoop::builder().driver(kind).way(way).forbid((*missing).into());
            let kernel = SimKernel::new();
            drains(&kernel, events(&kernel, forbidden));
        }
    }
}

#[test]
fn a_completion_queue_of_one_loses_nothing() {
    for way in Way::ALL {
        println!("on {way}");
        let faults = Faults { cq_entries: Some(1), ..Faults::default() };
        let kernel = SimKernel::with(Plain, faults);
        drains(&kernel, events(&kernel, on_uring(way)));
    }
}

#[test]
fn faults_at_random_lose_nothing() {
    for seed in 0..20 {
        for (kind, way) in kinds() {
            println!("on {kind} {way}, seed {seed}");
            let faults = Faults {
                interrupted: Odds(3),
                short_submit: Odds(3),
                busy: Odds(5),
                again: Odds(5),
                spurious_wake: Odds(3),
                spurious_cancel: Odds(5),
                cq_entries: (seed % 2 == 0).then_some(3),
                ..Faults::default()
            };
            let kernel = SimKernel::with(Random::new(seed), faults);
            let builder = EventLoop::builder().driver(kind).way(way);
            drains(&kernel, events(&kernel, builder));
        }
    }
}

#[test]
fn a_ring_that_is_refused_is_done_without() {
    for errno in [Errno::NOSYS, Errno::PERM, Errno::INVAL] {
        let faults = Faults { setup: Some(errno), ..Faults::default() };
        let kernel = SimKernel::with(Plain, faults);
        let events = events(&kernel, EventLoop::builder());
        assert_eq!(events.report().chosen, DriverKind::Epoll);
    }
    let faults = Faults { setup: Some(Errno::NOMEM), ..Faults::default() };
    let refused = EventLoop::builder().build_reactor_on(SimKernel::with(Plain, faults));
    assert!(refused.is_err(), "out of memory is no reason to go on");
}

#[test]
fn the_last_descriptor_is_the_last() {
    let faults = Faults { descriptors: 4, ..Faults::default() };
    let kernel = SimKernel::with(Plain, faults);
    let mut events = events(&kernel, EventLoop::builder().driver(DriverKind::Epoll));
    let (reader, _) = pipe(&kernel, b"x");
    watch(&mut events, &Log::default(), 0, reader);
    assert_eq!(kernel.pipe(), Err(Errno::MFILE));
    assert!(kernel.event(0).is_ok());
    assert!(turn(&mut events));
}
