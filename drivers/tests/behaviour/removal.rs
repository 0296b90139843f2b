//! Who was removed never runs again, whatever takes its place.

use core::cell::{Cell, RefCell};
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;

use levelring::{Fired, Handle, Interest, Key, RemoveError, Stale, Tenure};

use crate::files::{Fd, Pipe, duplicate, full_pipe, is_at_end, is_open, number, pipe, put, take};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Log, Loop, Trial, add, check};

scenarios! {
    Every: who_is_removed_runs_no_more,
    Every: one_removes_itself,
    Every: one_removes_itself_and_closes,
    Every: re_added_within_its_handler,
    Every: re_added_by_another_handler,
    Every: another_file_takes_number_and_place,
    Every: added_within_a_handler,
    Every: added_and_removed_before_any_turn,
    Every: a_handle_gives_back_the_source,
    Every: stale_names_are_refused,
    Plain: a_thousand_come_and_go,
}

fn who_is_removed_runs_no_more(stand: &Stand) {
    for tenure in BOTH {
        for turns in [0, 1, 5, 40] {
            let (mut trial, pipe, other) = (Trial::on(stand), full_pipe(), full_pipe());
            let key = trial.watch(tenure, 'A', &pipe.read, Interest::READ);
            trial.watch(tenure, 'B', &other.read, Interest::READ);
            trial.turns(turns);
            trial.remove(key);
            check("only the other", trial.turns(6), "BBBBBB");
            take(&other.read);
            trial.sleeps("the removed one is ready");
        }
    }
}

/// Fills in a key that its own handler needs.
type Own = Rc<Cell<Option<Key>>>;

fn one_removes_itself(stand: &Stand) {
    for tenure in BOTH {
        for turns in [0, 1, 5, 40] {
            let (mut trial, pipe, own) = (Trial::on(stand), full_pipe(), Own::default());
            let (me, left) = (own.clone(), Cell::new(turns));
            let handler = move |events: &mut Loop, _| match left.get() {
                0 => events.discard(me.get().expect("set")).expect("to be there"),
                turns => left.set(turns - 1),
            };
            own.set(Some(trial.watch_and(tenure, 'A', &pipe.read, Interest::READ, handler)));
            check("to the end", trial.turns(turns + 5), "A".repeat(turns + 1) + "....");
            check("nobody is left", trial.events.is_empty(), true);
        }
    }
}

fn one_removes_itself_and_closes(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe, other) = (Trial::on(stand), pipe(), full_pipe());
        let Pipe { read, write } = pipe;
        let (own, mine) = (Own::default(), Rc::new(RefCell::new(None::<Fd>)));
        let (me, file) = (own.clone(), mine.clone());
        let handler = move |events: &mut Loop, _| {
            events.discard(me.get().expect("set")).expect("to be there");
            drop(file.take());
        };
        own.set(Some(trial.watch_and(tenure, 'A', &write, Interest::WRITE, handler)));
        *mine.borrow_mut() = Some(write);
        trial.watch(tenure, 'B', &other.read, Interest::READ);
        check("turns", trial.turns(5), "ABBBB");
        check("its peer is told at once", is_at_end(&read), true);
    }
}

fn re_added_within_its_handler(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe, own) = (Trial::on(stand), full_pipe(), Own::default());
        let (me, log, fd) = (own.clone(), trial.log.clone(), pipe.read.clone());
        let handler = move |events: &mut Loop, _| {
            events.discard(me.get().expect("set")).expect("to be there");
            let log = log.clone();
            let note = move |_: &mut Loop, _| log.note('N');
            let key = add(events, tenure, &fd, Interest::READ, note).expect("room");
            assert_ne!(Some(key), me.get(), "a key is not used again");
        };
        own.set(Some(trial.watch_and(tenure, 'O', &pipe.read, Interest::READ, handler)));
        check("the old once, then the new", trial.turns(20), "O".to_owned() + &"N".repeat(19));
    }
}

fn re_added_by_another_handler(stand: &Stand) {
    for tenure in BOTH {
        for rotations in [0, 1, 8, 20] {
            let mut trial = Trial::on(stand);
            let pipes = [full_pipe(), full_pipe()];
            let (target, countdown) = (Own::default(), Cell::new(rotations));
            let (victim, log, fd) = (target.clone(), trial.log.clone(), pipes[1].read.clone());
            let handler = move |events: &mut Loop, _| {
                countdown.set(countdown.get() - 1);
                if countdown.get() == -1 {
                    events.discard(victim.get().expect("set")).expect("to be there");
                    let log = log.clone();
                    let note = move |_: &mut Loop, _| log.note('N');
                    add(events, tenure, &fd, Interest::READ, note).expect("room");
                }
            };
            trial.watch_and(tenure, 'A', &pipes[0].read, Interest::READ, handler);
            target.set(Some(trial.watch(tenure, 'O', &pipes[1].read, Interest::READ)));
            let turns = 2 * usize::try_from(rotations).expect("it is small");
            check("at first", trial.turns(turns), "AO".repeat(turns / 2));
            let after = trial.turns(20);
            assert!(!after.contains('O'), "the old one ran: {after}");
            assert!((9..=10).contains(&after.matches('N').count()), "turns: {after}");
        }
    }
}

/// The handler of one removes the other, closes its file, and watches a new file that has its
/// number; each time the new one takes the old one's slot, too.
fn another_file_takes_number_and_place(stand: &Stand) {
    for tenure in BOTH {
        for (turns, ready) in
            [(0, false), (1, false), (40, false), (0, true), (1, true), (40, true)]
        {
            let (mut trial, actor) = (Trial::on(stand), full_pipe());
            let victim = full_pipe();
            let log = trial.log.clone();
            let old = trial.watch(tenure, 'O', &victim.read, Interest::READ);
            check("at first", trial.turns(turns), "O".repeat(turns));
            let state = Cell::new(Some((old, victim.read)));
            let kept: Rc<RefCell<Vec<Pipe>>> = Rc::default();
            let keep = kept.clone();
            trial.watch_and(tenure, 'A', &actor.read, Interest::READ, move |events, _| {
                if let Some((old, fd)) = state.take() {
                    let replacement = replace(events, tenure, old, fd, ready, &log);
                    keep.borrow_mut().push(replacement);
                }
            });
            let after = trial.turns(20);
            let first = after.find('A').expect("it is ready");
            let rest = &after[first..];
            assert!(!rest.contains('O'), "the old handler ran for a new file: {after}");
            assert_eq!(rest.contains('N'), ready, "the new handler: {after}");
            put(&kept.borrow()[0].write);
            let rest = trial.turns(10);
            assert!(rest.contains('N') && !rest.contains('O'), "when it is ready: {rest}");
        }
    }
}

fn replace(events: &mut Loop, tenure: Tenure, old: Key, fd: Fd, ready: bool, log: &Log) -> Pipe {
    events.discard(old).expect("to be there");
    let freed = crate::files::raw_close(fd);
    let Pipe { read, write } = if ready { full_pipe() } else { pipe() };
    let read = if number(&read) == freed || is_open(freed) {
        read
    } else {
        crate::files::reuse(freed, read)
    };
    check("the number is the same", number(&read), freed);
    let log = log.clone();
    add(events, tenure, &read, Interest::READ, move |_, _| log.note('N')).expect("room");
    Pipe { read, write }
}

fn added_within_a_handler(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipes) = (Trial::on(stand), [full_pipe(), full_pipe()]);
        let (log, fd, done) = (trial.log.clone(), pipes[1].read.clone(), Cell::new(false));
        trial.watch_and(tenure, 'A', &pipes[0].read, Interest::READ, move |events, _| {
            if !done.replace(true) {
                let log = log.clone();
                let note = move |_: &mut Loop, _| log.note('B');
                add(events, tenure, &fd, Interest::READ, note).expect("room");
            }
        });
        let turns = trial.turns(21);
        check("newcomers come before a second turn", &turns[..2], "AB");
        check("half each", turns.matches('B').count(), 10);
    }
}

fn added_and_removed_before_any_turn(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        for _ in 0..10 {
            let key = trial.watch(tenure, 'A', &pipe.read, Interest::READ);
            trial.remove(key);
        }
        trial.sleeps("nobody is there");
        trial.watch(tenure, 'B', &pipe.read, Interest::READ);
        check("the last", trial.turns(3), "BBB");
    }
}

fn a_handle_gives_back_the_source(stand: &Stand) {
    let (mut trial, pipe) = (Trial::on(stand), pipe());
    let source: OwnedFd = Rc::into_inner(pipe.write).expect("ours alone");
    let raw = source.as_raw_fd();
    let handle: Handle<OwnedFd> = trial
        .events
        .add(source, Interest::WRITE, move |_, fired: Fired<'_, OwnedFd>| {
            check("whose it is", fired.source.as_raw_fd(), raw);
        })
        .expect("room");
    check("ran", trial.events.turn(Some(crate::trial::SOON)), Ok(true));
    assert!(handle.source().is_some(), "it is the loop's");
    let source = trial.events.remove(&handle).expect("to be there");
    check("what comes back", source.as_raw_fd(), raw);
    let source = Rc::into_inner(source).expect("the loop has given up its share");
    assert!(handle.source().is_none_or(|source| Rc::strong_count(&source) == 1));
    check("it is open", is_open(raw), true);
    drop(source);
    check("it is closed", is_at_end(&pipe.read), true);
    check("it was removed", trial.events.remove(&handle).err(), Some(RemoveError::Stale));
}

fn stale_names_are_refused(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        let old = trial.watch(tenure, 'A', &pipe.read, Interest::READ);
        trial.remove(old);
        // Whoever takes its slot has another key.
        let new = trial.watch(tenure, 'B', &pipe.read, Interest::READ);
        assert_ne!(old, new);
        check("discard", trial.events.discard(old), Err(RemoveError::Stale));
        check("set_interest", trial.events.set_interest(old, Interest::WRITE), Err(Stale));
        check("interest", trial.events.interest(old), None);
        check("is_quiet", trial.events.is_quiet(old), None);
        check("cancel", trial.events.cancel(old), Err(Stale));
        check("interest of the new one", trial.events.interest(new), Some(Interest::READ));
        check("the new one", trial.turns(3), "BBB");
    }
}

fn a_thousand_come_and_go(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        for round in 0..1000 {
            let other = duplicate(&pipe.read);
            let key = trial.watch(tenure, 'A', &other, Interest::READ);
            check("each runs", trial.turns(round % 3), "A".repeat(round % 3));
            trial.remove(key);
            check("none is left", trial.events.len(), 0);
        }
        trial.sleeps("they are gone");
    }
}
