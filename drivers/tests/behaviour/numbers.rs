//! A descriptor's number is used again, behind the loop's back.

use levelring::{DriverKind, Interest, Tenure};

use crate::files::{Fd, Pipe, counter, full_pipe, pipe, put, raw_close, reuse, sockets, take};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{Trial, check};

scenarios! {
    Every: another_pipe_has_the_number,
    Every: another_kind_of_file_has_the_number,
    Every: another_eventfd_has_the_number,
    Every: another_file_is_watched_by_the_number,
    Every: the_interest_of_a_dead_number_changes,
    Every: a_dead_number_wakes_up_among_the_living,
    Every: the_old_is_removed_after_the_new_was_added,
    Every: a_number_changes_hands_many_times,
}

/// How many turns the loop has watched the old file, and whether that was ready.
const BEFORE: [(usize, bool); 5] = [(0, false), (2, false), (1, true), (2, true), (40, true)];

/// The old file is watched, and closed, and its number is the new one's. Gives the loop and the
/// old file's key.
fn change_hands(stand: &Stand, before: (usize, bool), new: Fd) -> (Trial, levelring::Key, Fd) {
    let mut trial = Trial::on(stand);
    let (turns, ready) = before;
    let old = if ready { full_pipe() } else { pipe() };
    let key = trial.watch(Tenure::Foreign, 'O', &old.read, Interest::READ);
    check("at first", trial.turns(turns), if ready { "O" } else { "." }.repeat(turns));
    let new = reuse(raw_close(old.read), new);
    (trial, key, new)
}

/// The old handler never runs; nor does the loop spin because of it.
#[track_caller]
fn is_quiet(trial: &mut Trial, before: (usize, bool)) {
    check("the old handler, for another's file", trial.turns(5), ".....");
    trial.sleeps(&format!("a number that has changed hands, {before:?}"));
}

fn another_pipe_has_the_number(stand: &Stand) {
    for before in BEFORE {
        let Pipe { read, write } = full_pipe();
        let (mut trial, key, read) = change_hands(stand, before, read);
        is_quiet(&mut trial, before);
        put(&write);
        is_quiet(&mut trial, before);
        trial.remove(key);
        trial.watch(Tenure::Foreign, 'N', &read, Interest::READ);
        check("the new one, once it is watched", trial.turns(30), "N".repeat(30));
    }
}

fn another_kind_of_file_has_the_number(stand: &Stand) {
    for before in BEFORE {
        let [socket, peer] = sockets();
        put(&peer);
        let regular = std::fs::File::open("/proc/self/exe").expect("this program");
        for new in [socket, counter(1), Fd::new(regular.into())] {
            let (mut trial, key, _new) = change_hands(stand, before, new);
            is_quiet(&mut trial, before);
            trial.remove(key);
            trial.sleeps("removed");
        }
    }
}

/// All eventfds are alike to fstat, and the poll driver has nothing else to go by: there, as is
/// documented, the new one is taken for the old. Should that end, the documents are to say so.
fn another_eventfd_has_the_number(stand: &Stand) {
    for turns in [0, 1, 40] {
        for silenced in [false, true] {
            let (mut trial, old) = (Trial::on(stand), counter(1));
            let key = trial.watch(Tenure::Foreign, 'O', &old, Interest::READ);
            check("at first", trial.turns(turns), "O".repeat(turns));
            if silenced {
                trial.set(key, Interest::EMPTY);
                trial.sleeps("nothing is wanted of it");
            }
            let _new = reuse(raw_close(old), counter(1));
            trial.set(key, Interest::READ);
            if stand.driver == DriverKind::Poll {
                check("as the old one would", trial.turns(3), "OOO");
            } else {
                is_quiet(&mut trial, (turns, true));
            }
        }
    }
}

fn another_file_is_watched_by_the_number(stand: &Stand) {
    for before in BEFORE {
        for tenure in crate::trial::BOTH {
            let Pipe { read, write } = pipe();
            let (mut trial, old, read) = change_hands(stand, before, read);
            trial.watch(tenure, 'N', &read, Interest::READ);
            trial.sleeps("neither is ready");
            put(&write);
            check("the new one alone", trial.nexts(30), "N".repeat(30));
            trial.remove(old);
            check("the old one's removal changes nothing", trial.turns(5), "NNNNN");
            take(&read);
            trial.sleeps("drained");
            put(&write);
            check("and back", trial.nexts(3), "NNN");
        }
    }
}

/// The bug of a prototype: the change of interest arms the new file for the old handler.
fn the_interest_of_a_dead_number_changes(stand: &Stand) {
    for before in BEFORE {
        let [ours, peer] = sockets();
        put(&peer);
        let (mut trial, key, ours) = change_hands(stand, before, ours);
        for interest in [Interest::WRITE, Interest::EMPTY, Interest::READ, Interest::READ_HANGUP] {
            trial.set(key, interest);
            check("the old handler, for another's file", trial.turns(3), "...");
        }
        trial.sleeps("toggled");
        trial.remove(key);
        raw_close(ours);
        check("the new file is not held open", crate::files::is_broken(&peer), true);
    }
}

/// One that waited for nothing when its number changed hands has not been told to the kernel: it
/// must not be taken for a sharer of the new file.
fn a_dead_number_wakes_up_among_the_living(stand: &Stand) {
    for tenure in crate::trial::BOTH {
        for turns in [0, 2] {
            let (mut trial, old) = (Trial::on(stand), pipe());
            let key = trial.watch(Tenure::Foreign, 'O', &old.read, Interest::EMPTY);
            check("it waits for nothing", trial.turns(turns), ".".repeat(turns));
            let Pipe { read, write } = pipe();
            let read = reuse(raw_close(old.read), read);
            trial.watch(tenure, 'N', &read, Interest::READ);
            check("the new one is watched", trial.turns(2), "..");
            trial.set(key, Interest::READ);
            put(&write);
            check("the new one alone", trial.nexts(20), "N".repeat(20));
            trial.remove(key);
            check("and for good", trial.nexts(20), "N".repeat(20));
        }
    }
}

fn the_old_is_removed_after_the_new_was_added(stand: &Stand) {
    for before in BEFORE {
        let Pipe { read, write: _write } = full_pipe();
        let (mut trial, old, read) = change_hands(stand, before, read);
        trial.watch(Tenure::Foreign, 'N', &read, Interest::READ);
        trial.remove(old);
        check("the new one", trial.turns(20), "N".repeat(20));
    }
}

fn a_number_changes_hands_many_times(stand: &Stand) {
    let mut trial = Trial::on(stand);
    let mut current = full_pipe();
    let mut keys = Vec::new();
    for round in 0..30_u8 {
        let name = char::from(b'a' + round % 26);
        keys.push(trial.watch(Tenure::Foreign, name, &current.read, Interest::READ));
        let turns = usize::from(round % 4);
        check("only who was watched last", trial.turns(turns), name.to_string().repeat(turns));
        let freed = raw_close(current.read);
        let Pipe { read, write } = full_pipe();
        current = Pipe { read: reuse(freed, read), write };
    }
    check("nobody", trial.turns(5), ".....");
    for key in keys {
        trial.remove(key);
    }
    trial.sleeps("all removed");
}
