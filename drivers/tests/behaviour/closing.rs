//! close() is what it was without a loop: the peer knows at once.

use std::rc::Rc;

use levelring::{DriverKind, Interest, Key, Tenure};

use crate::files::{
    Fd, Pipe, connected, disown, drain, duplicate, empty, fill, is_at_end, is_broken, is_free,
    listener, pipe, put, raw_close, snatch, sockets, tcp,
};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: a_writing_end,
    Every: a_reading_end,
    Every: a_socket,
    Every: a_tcp_connection,
    Every: a_listener_frees_its_port,
    Every: a_shared_file,
    Every: within_a_turn_of_another,
    Every: a_duplicate_of_what_lives_on,
    Every: a_duplicate_while_it_is_shared,
    Every: a_held_one_behind_the_loops_back,
    Every: the_loop_is_dropped,
    Every: who_is_known_to_be_quiet,
}

/// How long the loop has watched a file when it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// The kernel has not been told.
    BeforeAnyTurn,
    /// It waits.
    WhileIdle,
    /// It has just been called.
    AfterAnEvent,
    /// It has been busy for long.
    WhileBusy,
    /// It was busy, and now waits.
    AfterBeingBusy,
}

const WHENS: [When; 5] = [
    When::BeforeAnyTurn,
    When::WhileIdle,
    When::AfterAnEvent,
    When::WhileBusy,
    When::AfterBeingBusy,
];

impl When {
    /// Turns until it is so. `ready` is to be done to make the file so, and `unready` undoes it.
    fn reach(self, trial: &mut Trial, ready: impl Fn(), unready: impl Fn()) {
        unready();
        match self {
            Self::BeforeAnyTurn => {}
            Self::WhileIdle => check("idle", trial.turns(2), ".."),
            Self::AfterAnEvent => {
                check("idle", trial.turns(1), ".");
                ready();
                check("one event", trial.next(), "A");
            }
            Self::WhileBusy => {
                ready();
                check("busy", trial.turns(40), "A".repeat(40));
            }
            Self::AfterBeingBusy => {
                ready();
                check("busy", trial.turns(40), "A".repeat(40));
                unready();
                check("idle", trial.turns(3), "...");
            }
        }
    }
}

/// Ends the watching and closes, as befits the tenure: a foreign one is just closed.
fn close(trial: &mut Trial, tenure: Tenure, key: Key, fd: Fd) {
    if tenure == Tenure::Held {
        trial.remove(key);
    }
    raw_close(fd);
}

/// Every tenure at every time: `run` gets a loop, and whether to turn it after the closing.
fn everywhen(run: impl Fn(Tenure, When)) {
    for tenure in BOTH {
        for when in WHENS {
            run(tenure, when);
        }
    }
}

fn a_writing_end(stand: &Stand) {
    everywhen(|tenure, when| {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        let key = trial.watch(tenure, 'A', &write, Interest::WRITE);
        when.reach(&mut trial, || empty(&read), || fill(&write));
        close(&mut trial, tenure, key, write);
        assert!(is_at_end(&read), "{tenure:?}, {when:?}: whoever reads is not told");
        trial.sleeps("it is closed");
        assert!(is_at_end(&read));
    });
}

fn a_reading_end(stand: &Stand) {
    everywhen(|tenure, when| {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        let key = trial.watch(tenure, 'A', &read, Interest::READ);
        when.reach(&mut trial, || put(&write), || empty(&read));
        close(&mut trial, tenure, key, read);
        assert!(is_broken(&write), "{tenure:?}, {when:?}: whoever writes is not told");
        trial.sleeps("it is closed");
    });
}

fn a_socket(stand: &Stand) {
    everywhen(|tenure, when| {
        let (mut trial, [ours, peer]) = (Trial::on(stand), sockets());
        let key = trial.watch(tenure, 'A', &ours, Interest::READ);
        when.reach(&mut trial, || put(&peer), || empty(&ours));
        close(&mut trial, tenure, key, ours);
        assert!(is_broken(&peer), "{tenure:?}, {when:?}: the peer can write");
    });
}

fn a_tcp_connection(stand: &Stand) {
    everywhen(|tenure, when| {
        let (mut trial, [ours, peer]) = (Trial::on(stand), tcp());
        let key = trial.watch(tenure, 'A', &ours, Interest::READ);
        when.reach(&mut trial, || put(&peer), || empty(&ours));
        drain(&ours);
        close(&mut trial, tenure, key, ours);
        assert!(is_at_end(&peer), "{tenure:?}, {when:?}: the peer is not told");
    });
}

fn a_listener_frees_its_port(stand: &Stand) {
    for tenure in BOTH {
        for turns in [0, 1, 40] {
            let (mut trial, (listener, address)) = (Trial::on(stand), listener(0));
            let key = trial.watch(tenure, 'A', &listener, Interest::READ);
            check("nobody comes", trial.turns(turns), ".".repeat(turns));
            check("the port is taken", is_free(address), false);
            close(&mut trial, tenure, key, listener);
            assert!(is_free(address), "{tenure:?}, {turns} turns: the port is still taken");
        }
        // With somebody waiting to be accepted.
        let (mut trial, (listener, address)) = (Trial::on(stand), listener(0));
        let key = trial.watch(tenure, 'A', &listener, Interest::READ);
        let client = connected(address);
        check("somebody comes", trial.turns(20), "A".repeat(20));
        close(&mut trial, tenure, key, listener);
        let refused = rustix::io::read(&client, &mut [0]);
        check("who waited is sent away", refused, Err(rustix::io::Errno::CONNRESET));
        check("and the port is free", is_free(address), true);
    }
}

/// Two registrations; the foreign ones are closed under both, the held ones when both are removed.
fn a_shared_file(stand: &Stand) {
    for tenure in BOTH {
        for turns in [0, 1, 40] {
            let (mut trial, [ours, peer]) = (Trial::on(stand), sockets());
            put(&peer);
            let keys = [
                trial.watch(tenure, 'R', &ours, Interest::READ),
                trial.watch(tenure, 'W', &ours, Interest::WRITE),
            ];
            trial.turns(turns);
            if tenure == Tenure::Held {
                trial.remove(keys[0]);
            }
            close(&mut trial, tenure, keys[1], ours);
            assert!(is_broken(&peer), "{tenure:?}, {turns} turns: the peer can write");
            trial.sleeps("it is closed");
        }
    }
}

/// Closed by the handler of another, in the middle of a batch.
fn within_a_turn_of_another(stand: &Stand) {
    for tenure in BOTH {
        for before in [0, 1, 40] {
            let (mut trial, busy, Pipe { read, write }) = (Trial::on(stand), pipe(), pipe());
            put(&busy.write);
            let peer = read.clone();
            let victim = Rc::new(core::cell::Cell::new(None));
            let (target, count) = (victim.clone(), core::cell::Cell::new(0));
            trial.watch_and(tenure, 'B', &busy.read, Interest::READ, move |events, _| {
                count.set(count.get() + 1);
                if count.get() <= before {
                    return;
                }
                if let Some((key, fd)) = target.take() {
                    if tenure == Tenure::Held {
                        events.discard(key).expect("to be there");
                    }
                    raw_close(fd);
                    assert!(is_at_end(&peer), "within the handler");
                }
            });
            let key = trial.watch(tenure, 'A', &write, Interest::WRITE);
            victim.set(Some((key, write)));
            let at_first = trial.turns(2 * before);
            check("at first", at_first.matches('A').count(), before);
            let after = trial.turns(20);
            let closed = after.find('B').expect("it is ready");
            assert!(!after[closed..].contains('A'), "the closed one ran: {after}");
        }
    }
}

fn a_duplicate_of_what_lives_on(stand: &Stand) {
    for when in WHENS {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        let other = duplicate(&read);
        let key = trial.watch(Tenure::Foreign, 'A', &other, Interest::READ);
        when.reach(&mut trial, || put(&write), || empty(&read));
        raw_close(other);
        put(&write);
        check("stale fires", trial.turns(5), ".....");
        trial.sleeps("a closed duplicate of what is ready");
        put(&write);
        trial.sleeps("and again");
        trial.remove(key);
        trial.sleeps("removed");
        // The original is nobody's business but its own.
        trial.watch(Tenure::Foreign, 'O', &read, Interest::READ);
        check("the original", trial.turns(3), "OOO");
    }
}

fn a_duplicate_while_it_is_shared(stand: &Stand) {
    for busy in [0, 1, 40] {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        put(&write);
        let other = duplicate(&read);
        trial.watch(Tenure::Foreign, 'A', &other, Interest::READ);
        trial.watch(Tenure::Foreign, 'B', &other, Interest::READ);
        trial.turns(busy);
        raw_close(other);
        check("stale fires", trial.turns(5), ".....");
        trial.sleeps("a closed duplicate that two have watched");
    }
}

/// Which nobody is to do. Its file lives on by another number, and no number is left by which a set
/// could be told to forget it.
fn a_held_one_behind_the_loops_back(stand: &Stand) {
    for when in WHENS {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        let idle = pipe();
        trial.watch(Tenure::Held, 'I', &idle.read, Interest::READ);
        let key = trial.watch(Tenure::Held, 'A', &read, Interest::READ);
        when.reach(&mut trial, || put(&write), || empty(&read));
        let other = duplicate(&read);
        snatch(&read);
        trial.remove(key);
        disown(read);
        put(&write);
        trial.sleeps("nobody is there for it");
        put(&idle.write);
        check("who was there before", trial.turns(2), "II");
        drop(other);
    }
}

/// Nothing is held by a loop that is gone, and what it owned is closed.
fn the_loop_is_dropped(stand: &Stand) {
    everywhen(|tenure, when| {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        trial.watch(tenure, 'A', &write, Interest::WRITE);
        when.reach(&mut trial, || empty(&read), || fill(&write));
        drop(trial);
        raw_close(write);
        assert!(is_at_end(&read), "{tenure:?}, {when:?}: whoever reads is not told");
    });
}

/// A set is not told of a close, nor the loop by the set before there is something to ask; poll(2)
/// is asked about everybody each time.
fn who_is_known_to_be_quiet(stand: &Stand) {
    for when in WHENS {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        let key = trial.watch(Tenure::Foreign, 'A', &read, Interest::READ);
        when.reach(&mut trial, || put(&write), || empty(&read));
        check("open", trial.events.is_quiet(key), Some(false));
        raw_close(read);
        trial.sleeps("closed");
        // The set refuses what is closed before it was told of it.
        let known = when == When::BeforeAnyTurn || stand.driver == DriverKind::Poll;
        assert_eq!(trial.events.is_quiet(key), Some(known), "{when:?}");
        trial.set(key, Interest::WRITE);
        trial.sleeps("closed");
        check("when its interest is changed", trial.events.is_quiet(key), Some(true));
    }
}
