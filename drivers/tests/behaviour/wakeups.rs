//! No wake-up is lost, and none is invented, whatever the ring was asked for earlier.

use core::time::Duration;
use std::rc::Rc;

use levelring::{Interest, Tenure};
use rustix::net::{Shutdown, shutdown};

use crate::files::{Pipe, drain, fill, full_pipe, pipe, put, sockets, take};
use crate::random::Dice;
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: some_wake_beside_one_that_is_busy,
    Every: a_full_queue_is_not_slept_on,
    Every: what_came_between_two_turns_and_went_is_nothing,
    Every: what_came_and_went_hides_nobody,
    Every: what_a_removal_brings_up_may_be_stale,
}

/// How many glances in vain make sure that the loop has found its cheapest way to glance.
const LONG: usize = 60;

/// Those who become ready together are reported by the look that a busy one's glance leads to, and
/// may be reported again by the next fetch of the same look.
fn some_wake_beside_one_that_is_busy(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, busy, dice) = (Trial::on(stand), full_pipe(), Dice::new(7));
        trial.watch(Tenure::Held, 'B', &busy.read, Interest::READ);
        let pipes = [pipe(), pipe(), pipe()];
        for (name, pipe) in ['X', 'Y', 'Z'].into_iter().zip(&pipes) {
            let own = pipe.read.clone();
            trial.watch_and(tenure, name, &pipe.read, Interest::READ, move |_, _| take(&own));
        }
        for round in 0..40 {
            trial.turns([LONG, 1, 2, 3][dice.below(4)]);
            let mut put_to = [0; 3];
            for _ in 0..=dice.below(4) {
                let which = dice.below(3);
                put(&pipes[which].write);
                put_to[which] += 1;
            }
            let ran = trial.turns(40);
            let runs = ['X', 'Y', 'Z'].map(|name| ran.matches(name).count());
            check(&format!("{tenure:?}, round {round}: {ran}"), runs, put_to);
        }
    }
}

/// The answers to what fills a ring of two entries ask for a third, which nobody is to forget.
fn a_full_queue_is_not_slept_on(stand: &Stand) {
    let mut trial = Trial::with(stand.builder().ring_size(2, 64));
    let idle = pipe();
    trial.watch(Tenure::Foreign, 'I', &idle.read, Interest::READ);
    let pairs = [sockets(), sockets()];
    for (name, [ours, peer]) in ['X', 'Y'].into_iter().zip(&pairs) {
        // A oneshot poll of a half-closed socket completes at once, with nothing that was asked.
        shutdown(peer, Shutdown::Write).expect("to close half of it");
        fill(ours);
        trial.watch(Tenure::Held, name, ours, Interest::WRITE);
    }
    let peers = pairs.each_ref().map(|[_, peer]| Rc::clone(peer));
    let reading =
        std::thread::spawn({
            let peers = peers.map(|peer| rustix::io::dup(peer).expect("a duplicate"));
            move || {
                crate::time::pause(5);
                peers.iter().for_each(|peer| {
                    while let Ok(1..) = rustix::io::read(peer, &mut [0; 1 << 16]) {}
                });
            }
        });
    for name in ["X", "Y"] {
        let ran = core::iter::repeat_with(|| trial.next()).find(|ran| ran == name || ran == ".");
        check("who has room to write", ran.as_deref(), Some(name));
    }
    reading.join().expect("the reader to read");
}

/// So often is a wait woken in vain before the kernel no longer makes it within the loop's calls.
const OFTEN: usize = 200;

/// Between two turns the loop's user reads what has come: nobody is to be called for it.
fn what_came_between_two_turns_and_went_is_nothing(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        trial.watch(tenure, 'A', &read, Interest::READ);
        check("idle", trial.turns(2), "..");
        for _ in 0..OFTEN {
            put(&write);
            take(&read);
            check("it came and went", trial.turns(1), ".");
        }
        for _ in 0..5 {
            put(&write);
            crate::time::pause(1);
            take(&read);
            check("it was there for a while", trial.turns(1), ".");
        }
        put(&write);
        check("it stays", trial.turns(3), "AAA");
    }
}

/// A turn that does not wait tells of whoever is ready, though the wait that was under way has
/// ended for somebody who no longer is.
fn what_came_and_went_hides_nobody(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipes) = (Trial::on(stand), [pipe(), pipe()]);
        for (name, pipe) in ['A', 'B'].into_iter().zip(&pipes) {
            trial.watch(tenure, name, &pipe.read, Interest::READ);
        }
        check("idle", trial.turns(2), "..");
        for _ in 0..5 {
            put(&pipes[0].write);
            drain(&pipes[0].read);
            put(&pipes[1].write);
            check("the other", trial.turn(Duration::ZERO), "B");
            drain(&pipes[1].read);
            check("nobody", trial.turn(Duration::ZERO), ".");
        }
    }
}

/// Within a handler: somebody becomes ready, another is removed, which has the ring looked at, and
/// the first is drained.
fn what_a_removal_brings_up_may_be_stale(stand: &Stand) {
    if !stand.is_strict() {
        return;
    }
    for tenure in BOTH {
        let (mut trial, pipes) = (Trial::on(stand), [pipe(), pipe(), pipe()]);
        let victim = trial.watch(Tenure::Held, 'V', &pipes[0].read, Interest::READ);
        let (read, write) = (pipes[1].read.clone(), pipes[1].write.clone());
        trial.watch(tenure, 'S', &pipes[1].read, Interest::READ);
        let own = pipes[2].read.clone();
        trial.watch_and(Tenure::Held, 'A', &pipes[2].read, Interest::READ, move |events, _| {
            take(&own);
            put(&write);
            events.discard(victim).expect("it is there");
            take(&read);
        });
        check("idle", trial.turns(2), "..");
        put(&pipes[2].write);
        check("one, and not the one that was drained", trial.turns(3), "A..");
        put(&pipes[1].write);
        check("who is ready", trial.turns(3), "SSS");
    }
}
