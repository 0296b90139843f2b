//! A handler that says what it has done saves the loop a check; one that errs harms itself alone.

use core::cell::Cell;
use std::rc::Rc;

use levelring::{DriverKind, Interest, Progress, Tenure};

use crate::files::{Pipe, drain, full_pipe, pipe, put, raw_close, take};
use crate::runner::scenarios;
use crate::stand::{On, Stand};
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: drained_is_believed_and_saves_calls,
    Every: more_is_believed_and_saves_calls,
    Every: what_comes_after_drained_is_seen,
    Every: drained_in_error_harms_nobody,
    Every: more_in_error_is_found_out,
    Every: a_removed_one_may_say_anything,
    Every: a_closed_one_may_say_anything,
    Every: drained_does_not_cost_a_turn,
}

/// The system calls of ten bursts, each of which a handler reads byte by byte; it says `last`
/// with the last one.
fn bursts(stand: &Stand, tenure: Tenure, last: Progress) -> u64 {
    const BURST: usize = 40;
    let (mut trial, pipe) = (Trial::on(stand), pipe());
    let reader = pipe.read.clone();
    let left = Cell::new(BURST);
    trial.watch_and(tenure, 'A', &pipe.read, Interest::READ, move |_, _| {
        take(&reader);
        left.set(left.get() - 1);
        if left.get() > 0 {
            return Progress::Unknown;
        }
        left.set(BURST);
        last
    });
    trial.calls(|trial| {
        for _ in 0..10 {
            check("nothing", trial.turns(1), ".");
            for _ in 0..BURST {
                put(&pipe.write);
            }
            check("a burst", trial.nexts(BURST), "A".repeat(BURST));
        }
        check("nothing", trial.turns(1), ".");
    })
}

fn drained_is_believed_and_saves_calls(stand: &Stand) {
    for tenure in BOTH {
        let silent = bursts(stand, tenure, Progress::Unknown);
        let spoken = bursts(stand, tenure, Progress::Drained);
        assert!(spoken <= silent, "{tenure:?}: {spoken} calls, and {silent} when nothing is said");
    }
    if stand.is_strict() {
        let silent = bursts(stand, Tenure::Held, Progress::Unknown);
        let spoken = bursts(stand, Tenure::Held, Progress::Drained);
        assert!(spoken < silent, "nothing is saved: {spoken} calls, and {silent} without a word");
    }
}

/// The system calls of 200 turns of one handler that has always something left, and says so.
fn always_more(stand: &Stand, tenure: Tenure, said: Progress) -> u64 {
    let (mut trial, pipe) = (Trial::on(stand), full_pipe());
    trial.watch_and(tenure, 'A', &pipe.read, Interest::READ, move |_, _| said);
    trial.calls(|trial| check("turns", trial.turns(200), "A".repeat(200)))
}

fn more_is_believed_and_saves_calls(stand: &Stand) {
    for tenure in BOTH {
        let silent = always_more(stand, tenure, Progress::Unknown);
        let spoken = always_more(stand, tenure, Progress::More);
        let told = format!("{tenure:?}: {spoken} calls, and {silent} when nothing is said");
        // Until it is taken for busy a check may be in vain.
        assert!(spoken <= silent + 4, "{told}");
        let glances_for_nothing = stand.driver == DriverKind::Poll || stand.waits_on_ring();
        if tenure == Tenure::Held
            && stand.is_strict()
            && stand.is_for(On::Plain)
            && glances_for_nothing
        {
            assert!(spoken < silent, "nothing is saved: {told}");
        }
    }
}

fn what_comes_after_drained_is_seen(stand: &Stand) {
    for tenure in BOTH {
        for burst in [1, 3, 40] {
            let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
            let (reader, writer, last) = (read.clone(), write.clone(), Rc::new(Cell::new(burst)));
            let left = last.clone();
            trial.watch_and(tenure, 'A', &read, Interest::READ, move |_, _| {
                drain(&reader);
                // More comes after it has seen that there is no more, and before it returns.
                left.set(left.get() - 1);
                if left.get() > 0 {
                    put(&writer);
                }
                Progress::Drained
            });
            for _ in 0..3 {
                put(&write);
                check("each", trial.nexts(burst), "A".repeat(burst));
                trial.sleeps("drained");
                last.set(burst);
            }
        }
    }
}

/// It is the caller's mistake, and costs the caller at most; here, where epoll and poll look at
/// levels, not even that.
fn drained_in_error_harms_nobody(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, wrong, right) = (Trial::on(stand), full_pipe(), full_pipe());
        trial.watch_and(tenure, 'W', &wrong.read, Interest::READ, |_, _| Progress::Drained);
        trial.watch(tenure, 'R', &right.read, Interest::READ);
        let turns = trial.turns(100);
        assert!(turns.matches('R').count() >= 50, "the other has its turns: {turns}");
        assert!(!turns.contains('.'), "somebody is ready: {turns}");
        take(&wrong.read);
        put(&wrong.write);
        assert!(trial.nexts(4).contains('W'), "what comes later is seen");
    }
}

fn more_in_error_is_found_out(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe, other) = (Trial::on(stand), full_pipe(), full_pipe());
        let reader = pipe.read.clone();
        let key = trial.watch_and(tenure, 'A', &pipe.read, Interest::READ, move |_, _| {
            // It reads all there is, and says that there is more.
            drain(&reader);
            Progress::More
        });
        let turns = trial.turns(4);
        assert!(turns.starts_with('A'), "it was ready: {turns}");
        trial.watch(tenure, 'B', &other.read, Interest::READ);
        trial.turns(4);
        trial.remove(key);
        check("the other", trial.turns(20), "B".repeat(20));
    }
}

fn a_removed_one_may_say_anything(stand: &Stand) {
    for tenure in BOTH {
        for said in [Progress::Unknown, Progress::Drained, Progress::More] {
            let (mut trial, pipe) = (Trial::on(stand), full_pipe());
            let own = Rc::new(Cell::new(None));
            let (me, fd, log) = (own.clone(), pipe.read.clone(), trial.log.clone());
            own.set(Some(trial.watch_and(tenure, 'O', &pipe.read, Interest::READ, {
                move |events: &mut crate::trial::Loop, _| {
                    events.discard(me.get().expect("set")).expect("to be there");
                    let log = log.clone();
                    let note = move |_: &mut _, _| log.note('N');
                    crate::trial::add(events, tenure, &fd, Interest::READ, note).expect("room");
                    said
                }
            })));
            check("the new one", trial.nexts(6), "ONNNNN");
        }
    }
}

/// It says that there is more, and is closed before the next turn.
fn a_closed_one_may_say_anything(stand: &Stand) {
    for said in [Progress::Unknown, Progress::Drained, Progress::More] {
        for turns in [1, 3, 40] {
            let (mut trial, Pipe { read, write }) = (Trial::on(stand), full_pipe());
            trial.watch_and(Tenure::Foreign, 'A', &read, Interest::READ, move |_, _| said);
            let ran = trial.turns(turns);
            assert!(said == Progress::Drained || ran == "A".repeat(turns), "{said:?}: {ran}");
            raw_close(read);
            trial.sleeps("closed");
            drop(write);
        }
    }
}

fn drained_does_not_cost_a_turn(stand: &Stand) {
    for tenure in BOTH {
        let mut trial = Trial::on(stand);
        let pipes = [pipe(), pipe(), pipe()];
        for (name, pipe) in ['A', 'B', 'C'].into_iter().zip(&pipes) {
            let reader = pipe.read.clone();
            trial.watch_and(tenure, name, &pipe.read, Interest::READ, move |_, _| {
                drain(&reader);
                Progress::Drained
            });
        }
        for _ in 0..30 {
            pipes.iter().for_each(|pipe| put(&pipe.write));
            let mut ran: Vec<char> = trial.turns(3).chars().collect();
            ran.sort_unstable();
            check("each once", ran, ['A', 'B', 'C']);
            check("and no more", trial.turns(1), ".");
        }
    }
}
