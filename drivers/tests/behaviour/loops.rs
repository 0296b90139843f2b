//! Loops as a whole: several of them, one within another, one that is never turned.

use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;

use levelring::kernel::{Feature, FeatureState};
use levelring::{DriverKind, Error, Interest, RemoveError, Stale, Tenure};

use crate::files::{Pipe, full_pipe, is_at_end, is_broken, pipe, put, raw_close};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: it_is_what_was_asked_for,
    Every: a_turn_within_a_turn_is_refused,
    Every: a_loop_within_a_handler_of_another,
    Every: a_loop_never_turned,
    Every: an_idle_loop_beside_a_busy_one,
    Plain: many_loops,
    Every: a_loop_that_is_moved,
    Every: a_handle_of_another_loop,
}

fn it_is_what_was_asked_for(stand: &Stand) {
    let trial = Trial::on(stand);
    let report = trial.events.report();
    check("driver", report.chosen, stand.driver);
    assert!(report.attempts.is_empty(), "{report}");
    if stand.driver == DriverKind::Uring {
        check("way", report.way, Some(stand.way));
        let features = report.features.expect("a ring has features");
        for feature in Feature::ALL.iter().filter(|feature| stand.forbid.contains(**feature)) {
            check(feature.name(), features.state(*feature), FeatureState::ForcedOff);
            check(feature.name(), features.has(*feature), false);
        }
    }
    assert!(report.to_string().contains(&stand.driver.to_string()), "{report}");
}

fn a_turn_within_a_turn_is_refused(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipes) = (Trial::on(stand), [full_pipe(), full_pipe()]);
        trial.watch_and(tenure, 'A', &pipes[0].read, Interest::READ, |events, _| {
            check("turn", events.turn(Some(Duration::ZERO)), Err(Error::Nested));
            check("turn", events.turn(None), Err(Error::Nested));
            check("run", events.run(), Err(Error::Nested));
        });
        trial.watch(tenure, 'B', &pipes[1].read, Interest::READ);
        check("as if nothing had been asked", trial.turns(30), "AB".repeat(15));
    }
}

fn a_loop_within_a_handler_of_another(stand: &Stand) {
    let (mut outer, mut inner) = (Trial::on(stand), Trial::on(stand));
    let pipes = [full_pipe(), full_pipe()];
    inner.watch(Tenure::Held, 'I', &pipes[1].read, Interest::READ);
    outer.watch_and(Tenure::Held, 'O', &pipes[0].read, Interest::READ, move |_, _| {
        check("the inner loop", inner.turns(2), "II");
    });
    check("the outer loop", outer.turns(20), "O".repeat(20));
}

fn a_loop_never_turned(stand: &Stand) {
    for tenure in BOTH {
        let mut trial = Trial::on(stand);
        let Pipe { read, write } = pipe();
        let [one, other] = [pipe(), pipe()];
        let key = trial.watch(tenure, 'A', &write, Interest::WRITE);
        trial.watch(tenure, 'B', &one.read, Interest::READ);
        trial.watch(Tenure::Foreign, 'C', &other.read, Interest::READ);
        if tenure == Tenure::Held {
            trial.remove(key);
        }
        raw_close(write);
        check("whoever reads is told", is_at_end(&read), true);
        raw_close(other.read);
        check("whoever writes is told", is_broken(&other.write), true);
        check("nobody ran", trial.log.take(), "");
    }
}

/// It was turned once, and sits idle ever after.
fn an_idle_loop_beside_a_busy_one(stand: &Stand) {
    for tenure in BOTH {
        let (mut idle, mut busy) = (Trial::on(stand), Trial::on(stand));
        let (Pipe { read, write }, full) = (pipe(), full_pipe());
        let mine = idle.watch(tenure, 'A', &read, Interest::READ);
        let other = busy.watch(tenure, 'A', &read, Interest::READ);
        busy.watch(tenure, 'B', &full.read, Interest::READ);
        check("idle", idle.turns(1), ".");
        check("busy", busy.turns(30), "B".repeat(30));
        if tenure == Tenure::Held {
            idle.remove(mine);
            busy.remove(other);
        }
        raw_close(read);
        check("whoever writes is told", is_broken(&write), true);
        check("busy", busy.turns(30), "B".repeat(30));
    }
}

fn many_loops(stand: &Stand) {
    let mut loops: Vec<Trial> = (0..20).map(|_| Trial::on(stand)).collect();
    let shared = pipe();
    for trial in &mut loops {
        trial.watch(Tenure::Held, 'A', &shared.read, Interest::READ);
    }
    loops.iter_mut().for_each(|trial| check("nothing", trial.turns(1), "."));
    put(&shared.write);
    loops.iter_mut().for_each(|trial| check("all see it", trial.nexts(2), "AA"));
    loops.truncate(3);
    loops.iter_mut().for_each(|trial| check("whoever is left", trial.nexts(20), "A".repeat(20)));
}

/// Its ring keeps its own addresses, wherever the loop itself is.
fn a_loop_that_is_moved(stand: &Stand) {
    let pipe = full_pipe();
    let mut trial = Trial::on(stand);
    trial.watch(Tenure::Held, 'A', &pipe.read, Interest::READ);
    check("here", trial.turns(2), "AA");
    let shelf = Rc::new(RefCell::new(vec![trial]));
    check("there", shelf.borrow_mut()[0].turns(20), "A".repeat(20));
    let mut back = shelf.borrow_mut().remove(0);
    check("and back", back.turns(2), "AA");
}

/// It may have the key of one that is here.
fn a_handle_of_another_loop(stand: &Stand) {
    let (mut here, mut there) = (Trial::on(stand), Trial::on(stand));
    let pipes = [full_pipe(), pipe()];
    let ours = here.watch(Tenure::Held, 'A', &pipes[0].read, Interest::READ);
    let theirs = there.events.add(pipes[1].read.clone(), Interest::WRITE, |_, _| ()).expect("room");
    check("the same key", theirs.key(), ours);
    check("set_interest", here.events.set_interest(&theirs, Interest::EMPTY), Err(Stale));
    check("interest", here.events.interest(&theirs), None);
    check("is_quiet", here.events.is_quiet(&theirs), None);
    check("remove", here.events.remove(&theirs).err(), Some(RemoveError::Stale));
    check("discard", here.events.discard(&theirs), Err(RemoveError::Stale));
    check("nothing was changed", here.turns(3), "AAA");
    check("there", there.events.interest(&theirs), Some(Interest::WRITE));
    // A loop that is moved takes its handles along.
    core::mem::swap(&mut here.events, &mut there.events);
    check(
        "moved",
        here.events.remove(&theirs).map(|source| Rc::ptr_eq(&*source, &pipes[1].read)),
        Ok(true),
    );
}
