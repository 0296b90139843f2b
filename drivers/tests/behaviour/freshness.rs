//! What is certain when a handler is called.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use levelring::{Interest, Key, Tenure};

use crate::files::{Fd, Pipe, drain, full_pipe, level, pipe, put};
use crate::random::Dice;
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Loop, Trial, check, letters};

scenarios! {
    Every: the_first_of_three_drains_all,
    Every: the_first_of_three_removes_the_others,
    Every: the_first_of_three_silences_the_others,
    Every: under_strict_who_runs_is_ready,
}

/// How many rotations of all three come first: before anybody has been seen to be busy, and after.
const BEFORE: [usize; 4] = [0, 1, 8, 20];

/// Three pipes with a handler each, and what the first does when it is told to.
struct Three {
    trial: Trial,
    pipes: Rc<[Pipe; 3]>,
    keys: Rc<RefCell<Vec<Key>>>,
    now: Rc<Cell<bool>>,
}

impl Three {
    /// The deed is done by whoever runs first, to all three or to the other two.
    fn on(stand: &Stand, tenure: Tenure, deed: fn(&mut Loop, &[Pipe; 3], &[Key], Key)) -> Self {
        let mut three = Self {
            trial: Trial::on(stand),
            pipes: Rc::new([full_pipe(), full_pipe(), full_pipe()]),
            keys: Rc::default(),
            now: Rc::default(),
        };
        for (index, name) in letters().take(3).enumerate() {
            let (pipes, keys, now) = (three.pipes.clone(), three.keys.clone(), three.now.clone());
            let handler = move |events: &mut Loop, _| {
                if now.replace(false) {
                    let keys = keys.borrow().clone();
                    deed(events, &pipes, &keys, keys[index]);
                }
            };
            let fd = &three.pipes[index].read;
            let key = three.trial.watch_and(tenure, name, fd, Interest::READ, handler);
            three.keys.borrow_mut().push(key);
        }
        three
    }

    fn busy_for(&mut self, rotations: usize) {
        check("at first", self.trial.turns(3 * rotations), "ABC".repeat(rotations));
        self.now.set(true);
    }
}

fn drain_all(pipes: &[Pipe; 3]) {
    for pipe in pipes {
        drain(&pipe.read);
    }
}

fn the_first_of_three_drains_all(stand: &Stand) {
    for tenure in BOTH {
        for rotations in BEFORE {
            let mut three = Three::on(stand, tenure, |_, pipes, _, _| drain_all(pipes));
            three.busy_for(rotations);
            for _ in 0..5 {
                let ran = three.trial.turns(6).replace('.', "");
                if stand.is_strict() {
                    check("handlers that run", ran.len(), 1);
                } else {
                    // Who was ready within the batch may be called, once.
                    assert!((1..=3).contains(&ran.len()), "more than a batch: {ran}");
                }
                check("nobody is left", three.trial.turns(3), "...");
                three.pipes.iter().for_each(|pipe| put(&pipe.write));
                three.now.set(true);
            }
        }
    }
}

fn the_first_of_three_removes_the_others(stand: &Stand) {
    for tenure in BOTH {
        for rotations in BEFORE {
            let mut three = Three::on(stand, tenure, |events, _, keys, own| {
                for key in keys.iter().filter(|key| **key != own) {
                    events.discard(*key).expect("to be there");
                }
            });
            three.busy_for(rotations);
            check("only the first, ever after", three.trial.turns(6), "AAAAAA");
            check("how many are left", three.trial.events.len(), 1);
        }
    }
}

fn the_first_of_three_silences_the_others(stand: &Stand) {
    for tenure in BOTH {
        for rotations in BEFORE {
            let mut three = Three::on(stand, tenure, |events, _, keys, own| {
                for key in keys.iter().filter(|key| **key != own) {
                    events.set_interest(*key, Interest::WRITE).expect("to be there");
                }
            });
            three.busy_for(rotations);
            check("only the first, ever after", three.trial.turns(6), "AAAAAA");
        }
    }
}

/// Handlers drain, fill and do nothing, at random, to each other's pipes; each first checks by
/// itself that it was called for what is so.
fn under_strict_who_runs_is_ready(stand: &Stand) {
    if !stand.is_strict() {
        return;
    }
    for seed in 1..4 {
        let mut trial = Trial::on(stand);
        let pipes: Rc<Vec<Pipe>> = Rc::new((0..8).map(|_| pipe()).collect());
        let dice = Rc::new(Dice::new(seed));
        for index in 0..pipes.len() {
            let (pipes, dice) = (pipes.clone(), dice.clone());
            let own: Fd = pipes[index].read.clone();
            let tenure = if index % 4 == 3 { Tenure::Foreign } else { Tenure::Held };
            trial.watch_and(tenure, 'x', &pipes[index].read.clone(), Interest::READ, {
                move |_, readiness| {
                    check("its level when called", level(&own, Interest::READ), readiness);
                    for _ in 0..dice.below(4) {
                        stir(&pipes[dice.below(pipes.len())], &dice);
                    }
                }
            });
        }
        for _ in 0..1500 {
            stir(&pipes[dice.below(pipes.len())], &dice);
            let ready = pipes.iter().any(|pipe| !level(&pipe.read, Interest::READ).is_empty());
            let ran = if ready { trial.next() } else { trial.turn(core::time::Duration::ZERO) };
            check("whether somebody ran", ran == "x", ready);
        }
    }
}

fn stir(pipe: &Pipe, dice: &Dice) {
    if dice.below(2) == 0 {
        put(&pipe.write);
    } else {
        drain(&pipe.read);
    }
}
