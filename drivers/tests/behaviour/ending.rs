//! Loops that end before their work does, and handlers that panic.

use core::cell::Cell;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;
use std::rc::Rc;

use levelring::{DriverKind, Interest, Operation, OperationError, Tenure};

use crate::files::{
    Fd, Pipe, fill, full_pipe, is_at_end, number, open_descriptors, pipe, raw_close,
};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Loop, Trial, check};

scenarios! {
    Every: a_panic_leaves_the_loop_in_order,
    Every: a_panic_then_the_end,
    Every: a_panic_of_one_that_was_removed,
    Every: a_panic_of_an_operation,
    Every: the_end_with_operations_under_way,
    Every: the_end_of_a_loop_that_owns_everything,
    Every: handlers_are_dropped_when_they_should_be,
    Every: a_reactor_that_is_dropped_lets_go_at_once,
}

fn panic_on_purpose() {
    std::panic::panic_any("on purpose");
}

/// A turn whose handler panics.
fn unwound(trial: &mut Trial) {
    let turn = || trial.events.turn(Some(crate::trial::SOON));
    let panic = catch_unwind(AssertUnwindSafe(turn)).expect_err("the handler panics");
    check("the panic is the handler's", panic.downcast_ref(), Some(&"on purpose"));
}

/// A panic goes through the turn to whoever called it. Who catches it has a loop as if the
/// handler had returned: it is called again as long as its file is ready.
fn a_panic_leaves_the_loop_in_order(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipes) = (Trial::on(stand), [full_pipe(), full_pipe()]);
        let calls = Cell::new(0);
        let key = trial.watch_and(tenure, 'A', &pipes[0].read, Interest::READ, move |_, _| {
            calls.set(calls.get() + 1);
            assert!(calls.get() % 5 != 3, "{}", "on purpose");
        });
        trial.watch(tenure, 'B', &pipes[1].read, Interest::READ);
        check("at first", trial.turns(4), "ABAB");
        let turn = || trial.events.turn(Some(crate::trial::SOON));
        assert!(catch_unwind(AssertUnwindSafe(turn)).is_err(), "the handler panics");
        check("it was called", trial.log.take(), "A");
        check("how many are there", trial.events.len(), 2);
        check("and on", trial.turns(8), "BABABABA");
        trial.remove(key);
        check("the other", trial.turns(3), "BBB");
    }
}

fn a_panic_then_the_end(stand: &Stand) {
    for tenure in BOTH {
        let before = open_descriptors();
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        let other = pipe();
        trial.watch(tenure, 'B', &other.read, Interest::READ);
        trial.watch_and(tenure, 'A', &write, Interest::WRITE, |_, _| {
            panic_on_purpose();
        });
        unwound(&mut trial);
        drop(trial);
        raw_close(write);
        check("whoever reads is told", is_at_end(&read), true);
        drop((read, other));
        check("descriptors", open_descriptors(), before);
    }
}

fn a_panic_of_one_that_was_removed(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipes) = (Trial::on(stand), [full_pipe(), full_pipe()]);
        let own = Rc::new(Cell::new(None));
        let me = own.clone();
        let handler = move |events: &mut Loop, _| {
            events.discard(me.get().expect("set")).expect("to be there");
            panic_on_purpose();
        };
        own.set(Some(trial.watch_and(tenure, 'A', &pipes[0].read, Interest::READ, handler)));
        unwound(&mut trial);
        trial.log.take();
        check("nobody is left", trial.events.len(), 0);
        trial.watch(tenure, 'B', &pipes[1].read, Interest::READ);
        check("another", trial.turns(5), "BBBBB");
    }
}

/// Starts an operation, if there is such a thing here.
fn start(trial: &mut Trial, time: Duration, done: impl FnMut() + 'static) -> bool {
    let mut done = done;
    match trial.events.submit(Operation::timeout(time), move |_, _| done()) {
        Ok(_) => true,
        Err(error) => {
            check("why not", error, OperationError::Unsupported(error_of(trial)));
            false
        }
    }
}

fn error_of(trial: &Trial) -> DriverKind {
    assert_ne!(trial.events.report().chosen, DriverKind::Uring);
    trial.events.report().chosen
}

fn a_panic_of_an_operation(stand: &Stand) {
    let (mut trial, pipe) = (Trial::on(stand), full_pipe());
    if !start(&mut trial, Duration::from_millis(1), panic_on_purpose) {
        return;
    }
    start(&mut trial, Duration::from_secs(1000), || panic!("it is never over"));
    unwound(&mut trial);
    check("the ended operation is gone", trial.events.len(), 1);
    trial.watch(Tenure::Held, 'A', &pipe.read, Interest::READ);
    check("and on", trial.nexts(5), "AAAAA");
    drop(trial);
}

fn the_end_with_operations_under_way(stand: &Stand) {
    for turns in [0, 1, 5] {
        let (mut trial, idle) = (Trial::on(stand), pipe());
        if !start(&mut trial, Duration::from_secs(1000), || panic!("it is never over")) {
            return;
        }
        let read = Operation::read(idle.read.clone(), vec![0; 100]);
        trial.events.submit(read, |_, _| panic!("there is nothing to read")).expect("room");
        trial.watch(Tenure::Held, 'A', &idle.read, Interest::READ);
        check("nothing", trial.turns(turns), ".".repeat(turns));
        let begun = crate::runner::now();
        drop(trial);
        let time = begun.elapsed();
        assert!(time < Duration::from_secs(2), "the end took {time:?}");
        check("the buffer and its file are given up", Rc::strong_count(&idle.read), 1);
    }
}

fn the_end_of_a_loop_that_owns_everything(stand: &Stand) {
    for turns in [0, 1, 40] {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        let source = Rc::into_inner(write).expect("ours alone");
        let handle = trial.events.add(source, Interest::WRITE, |_, _| ()).expect("room");
        for _ in 0..turns {
            check("a turn", trial.events.turn(Some(crate::trial::SOON)), Ok(true));
        }
        drop(trial);
        assert!(handle.source().is_none(), "the loop has not let go");
        check("whoever reads is told", is_at_end(&read), true);
    }
}

/// Counts how many of it are left.
struct Guard(Rc<Cell<u32>>);

impl Guard {
    fn new(count: &Rc<Cell<u32>>) -> Self {
        count.set(count.get() + 1);
        Self(count.clone())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

fn handlers_are_dropped_when_they_should_be(stand: &Stand) {
    let alive = Rc::new(Cell::new(0));
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        let watch = |trial: &mut Trial, fd: &Fd| {
            let guard = Guard::new(&alive);
            trial.watch_and(tenure, 'A', fd, Interest::READ, move |_, _| {
                let _ = &guard;
            })
        };
        let first = watch(&mut trial, &pipe.read);
        watch(&mut trial, &pipe.read);
        check("both are there", alive.get(), 2);
        trial.turns(5);
        check("none is lost by being called", alive.get(), 2);
        trial.remove(first);
        check("at once, with its removal", alive.get(), 1);
        drop(trial);
        check("and with the loop", alive.get(), 0);
    }
}

/// Without handlers there is nobody but the reactor itself to end its polls: a ring that is closed
/// lets go in its own time.
fn a_reactor_that_is_dropped_lets_go_at_once(stand: &Stand) {
    for tenure in BOTH {
        for _ in 0..10 {
            let mut reactor = stand.builder().build_reactor().expect("a reactor");
            let Pipe { read, write } = pipe();
            fill(&write);
            reactor.register(number(&write), tenure, Interest::WRITE).expect("there is room");
            check("full", reactor.next_event(Some(Duration::ZERO)), Ok(None));
            drop(reactor);
            raw_close(write);
            check("the end is seen", is_at_end(&read), true);
        }
    }
}
