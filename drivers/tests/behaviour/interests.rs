//! What a registration waits for can change at any time.

use core::cell::Cell;
use std::rc::Rc;

use levelring::{Interest, Key, Readiness, Tenure};

use crate::files::{empty, full_pipe, is_at_end, pipe, put, sockets, take};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Loop, Trial, check};

scenarios! {
    Every: changed_before_any_turn,
    Every: changed_while_armed,
    Every: changed_twice_while_armed,
    Every: changed_while_it_is_replaced,
    Every: changed_while_busy,
    Every: changed_within_its_handler,
    Every: changed_by_another_handler,
    Every: nothing_is_waited_for,
    Every: an_empty_interest_does_not_see_hang_ups,
    Every: the_interest_is_told,
}

const BOTH_WAYS: Interest = Interest::from_bits(Interest::READ.bits() | Interest::WRITE.bits());

fn changed_before_any_turn(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, peer]) = (Trial::on(stand), sockets());
        let key = trial.watch(tenure, 'A', &ours, Interest::WRITE);
        trial.set(key, Interest::READ);
        trial.sleeps("writable, but that is not waited for any more");
        put(&peer);
        check("readable", trial.nexts(3), "AAA");

        let key = trial.watch(tenure, 'B', &ours, Interest::EMPTY);
        trial.set(key, Interest::PRIORITY);
        trial.set(key, Interest::WRITE);
        check("the last change counts", trial.turns(20).matches('B').count(), 10);
    }
}

fn changed_while_armed(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, _peer]) = (Trial::on(stand), sockets());
        let key = trial.watch(tenure, 'A', &ours, Interest::READ);
        for _ in 0..5 {
            trial.sleeps("not readable");
            trial.set(key, Interest::WRITE);
            check("writable", trial.nexts(3), "AAA");
            trial.set(key, Interest::READ);
        }
    }
}

fn changed_twice_while_armed(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, peer]) = (Trial::on(stand), sockets());
        let key = trial.watch(tenure, 'A', &ours, Interest::READ);
        trial.sleeps("not readable");
        trial.set(key, Interest::WRITE);
        trial.set(key, Interest::READ);
        trial.sleeps("not readable still");
        trial.set(key, Interest::EMPTY);
        trial.set(key, Interest::READ);
        put(&peer);
        check("readable", trial.nexts(3), "AAA");
        take(&ours);
        trial.sleeps("no more");
        trial.set(key, Interest::EMPTY);
        put(&peer);
        trial.set(key, Interest::WRITE);
        trial.set(key, Interest::EMPTY);
        trial.sleeps("readable and writable, but nothing is waited for");
        trial.set(key, Interest::READ);
        check("readable", trial.nexts(3), "AAA");
    }
}

/// Of a held one by POLL_ADD the next poll is handed out with the end of the one before it, and not
/// yet answered: what is wanted after that waits until it is. In a set a change is made at once.
fn changed_while_it_is_replaced(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, peer]) = (Trial::on(stand), sockets());
        let key = trial.watch(tenure, 'A', &ours, Interest::READ);
        for round in 0..10 {
            trial.sleeps("not readable");
            trial.set(key, Interest::WRITE);
            hands_out(&mut trial, tenure);
            trial.set(key, if round % 2 == 0 { Interest::READ } else { Interest::PRIORITY });
            check("writable, but that is not waited for any more", trial.turns(3), "...");
            trial.set(key, BOTH_WAYS);
            hands_out(&mut trial, tenure);
            trial.set(key, Interest::EMPTY);
            hands_out(&mut trial, tenure);
            trial.set(key, Interest::WRITE);
            check("writable", trial.nexts(3), "AAA");
            trial.set(key, Interest::EMPTY);
            hands_out(&mut trial, tenure);
            trial.set(key, Interest::READ);
        }
        trial.sleeps("not readable");
        trial.set(key, Interest::PRIORITY);
        hands_out(&mut trial, tenure);
        trial.set(key, Interest::READ);
        put(&peer);
        check("readable", trial.nexts(3), "AAA");
        trial.remove(key);
        empty(&ours);
        drop(ours);
        assert!(is_at_end(&peer), "no poll is left over");
    }
}

/// A removal tells the kernel at once whatever there is to be told: here of all others, as it is of
/// one that the kernel never heard of. Nothing is looked at.
fn hands_out(trial: &mut Trial, tenure: Tenure) {
    let pipe = pipe();
    let other = trial.watch(tenure, 'B', &pipe.read, Interest::READ);
    trial.remove(other);
}

fn changed_while_busy(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, peer], other) = (Trial::on(stand), sockets(), full_pipe());
        put(&peer);
        let key = trial.watch(tenure, 'A', &ours, Interest::READ);
        trial.watch(tenure, 'B', &other.read, Interest::READ);
        check("busy", trial.turns(80).matches('A').count(), 40);
        trial.set(key, Interest::PRIORITY);
        check("only the other", trial.turns(20), "B".repeat(20));
        trial.set(key, Interest::WRITE);
        check("busy again", trial.turns(80).matches('A').count(), 40);
        trial.set(key, Interest::EMPTY);
        check("only the other", trial.turns(5), "BBBBB");
        take(&other.read);
        trial.sleeps("nothing is waited for");
    }
}

fn changed_within_its_handler(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, peer]) = (Trial::on(stand), sockets());
        put(&peer);
        let own: Rc<Cell<Option<Key>>> = Rc::default();
        let (me, log) = (own.clone(), trial.log.clone());
        let handler = move |events: &mut Loop, readiness: Readiness| {
            let (name, next) = match readiness {
                Readiness::READ => ('r', Interest::WRITE),
                Readiness::WRITE => ('w', Interest::READ),
                other => panic!("told of {other:?}"),
            };
            log.take();
            log.note(name);
            events.set_interest(me.get().expect("set"), next).expect("to be there");
        };
        own.set(Some(trial.watch_and(tenure, 'x', &ours, Interest::READ, handler)));
        check("to and fro", trial.nexts(100), "rw".repeat(50));
        take(&ours);
        trial.sleeps("one way is closed");
    }
}

fn changed_by_another_handler(stand: &Stand) {
    for tenure in BOTH {
        for before in [0, 1, 9, 40] {
            let mut trial = Trial::on(stand);
            let pipes = [full_pipe(), full_pipe()];
            let target: Rc<Cell<Option<Key>>> = Rc::default();
            let (other, count) = (target.clone(), Cell::new(0));
            trial.watch_and(tenure, 'A', &pipes[0].read, Interest::READ, move |events, _| {
                count.set(count.get() + 1);
                let interest = match count.get() {
                    turn if turn == before + 1 => Interest::PRIORITY,
                    turn if turn == before + 5 => Interest::READ,
                    _ => return,
                };
                events.set_interest(other.get().expect("set"), interest).expect("to be there");
            });
            target.set(Some(trial.watch(tenure, 'B', &pipes[1].read, Interest::READ)));
            check("both", trial.turns(2 * before), "AB".repeat(before));
            let after = trial.turns(5);
            check("the first alone", after, "AAAAA");
            check("both again", trial.turns(20).matches('B').count(), 10);
        }
    }
}

fn nothing_is_waited_for(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        let key = trial.watch(tenure, 'A', &pipe.read, Interest::EMPTY);
        trial.sleeps("never asked");
        trial.set(key, Interest::READ);
        check("asked", trial.nexts(20), "A".repeat(20));
        trial.set(key, Interest::EMPTY);
        trial.sleeps("not asked any more");
    }
}

fn an_empty_interest_does_not_see_hang_ups(stand: &Stand) {
    for tenure in BOTH {
        for turns in [0, 2, 40] {
            let (mut trial, pipe) = (Trial::on(stand), pipe());
            let key = trial.watch(tenure, 'A', &pipe.read, Interest::READ);
            if turns > 2 {
                put(&pipe.write);
                check("busy", trial.turns(turns), "A".repeat(turns));
                take(&pipe.read);
            } else {
                check("idle", trial.turns(turns), ".".repeat(turns));
            }
            trial.set(key, Interest::EMPTY);
            drop(pipe.write);
            trial.sleeps("hung up, but nothing is waited for");
            trial.set(key, Interest::READ);
            check("hung up", trial.nexts(5), "AAAAA");
        }
    }
}

fn the_interest_is_told(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), pipe());
        let key = trial.watch(tenure, 'A', &pipe.read, Interest::READ);
        check("at first", trial.events.interest(key), Some(Interest::READ));
        trial.set(key, BOTH_WAYS);
        check("changed", trial.events.interest(key), Some(BOTH_WAYS));
        check("quiet", trial.events.is_quiet(key), Some(false));
    }
}
