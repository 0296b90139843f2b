//! The model's clock: sleeping, deadlines, timers, peers.

use core::time::Duration;

use levelring::kernel::{Errno, Kernel};
use levelring::{Error, Interest};
use levelring_sim::{Calls, SimKernel};

use crate::support::{Log, on_all, pipe, took, turn, watch};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_turn_with_nothing_ready_takes_its_whole_time_and_no_more() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let (reader, _writer) = pipe(kernel, b"");
        watch(&mut events, &log, 0, reader);
        let (time, ran) = took(kernel, || events.turn(Some(SECOND)).expect("turn"));
        assert_eq!((time, ran), (SECOND, false));
        let before = kernel.counts().total();
        events.turn(Some(SECOND)).expect("turn");
        assert!(kernel.counts().total() - before <= 4, "no busy turn");
    });
}

#[test]
fn a_sleep_that_nothing_will_end_is_an_error() {
    on_all(|kernel, mut events| {
        let (reader, _writer) = pipe(kernel, b"");
        watch(&mut events, &Log::default(), 0, reader);
        match events.turn(None) {
            Err(Error::Kernel(errno)) => assert_eq!(errno, Errno(35)),
            answer => panic!("{answer:?}"),
        }
    });
}

#[test]
fn a_peer_that_writes_meanwhile_ends_the_sleep() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let (reader, writer) = pipe(kernel, b"");
        watch(&mut events, &log, 0, reader);
        let mut asked = 0;
        kernel.set_environment(move |kernel: &SimKernel, until: Option<Duration>| {
            assert_eq!(until, Some(SECOND));
            asked += 1;
            // As a peer: without the end of a system call of ours.
            asked == 1 && kernel.with_system(|system| system.write(writer, b"x")) == Ok(1)
        });
        let (time, ran) = took(kernel, || events.turn(Some(SECOND)).expect("turn"));
        assert_eq!((time, ran), (Duration::ZERO, true));
        assert!(turn(&mut events));
    });
}

#[test]
fn a_timerfd_fires_on_the_models_time() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let timer = kernel.timer().expect("a timer");
        let seen = log.clone();
        let handler = move |_: &mut _, _: levelring::Fired<'_, i32>| seen.borrow_mut().push(0);
        events.add_foreign(timer, Interest::READ, handler).expect("add");
        assert!(!turn(&mut events));
        kernel.set_timer(timer, Some(SECOND)).expect("set");
        let (time, ran) = took(kernel, || events.turn(None).expect("turn"));
        assert_eq!((time, ran), (SECOND, true));
        assert_eq!(kernel.read(timer, &mut [0; 8]), Ok(8));
        assert!(!turn(&mut events));
    });
}
