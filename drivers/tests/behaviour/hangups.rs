//! Hang-ups, half-closes and errors: told to whoever waits, and never a reason to spin.

use core::time::Duration;
use std::rc::Rc;

use levelring::{Interest, Readiness, Tenure};
use rustix::net::{SendFlags, Shutdown, send, shutdown};

use crate::files::{
    Fd, Pipe, connected, drain, duplicate, fill, full_pipe, level, listener, pipe, put, raw_close,
    sockets, take, tcp,
};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: everybody_is_told_what_poll_says,
    Every: who_already_waits_is_told,
    Every: errors_come_to_who_asks_only_for_them,
    Every: only_who_asks_sees_a_half_close,
    Every: a_half_closed_socket_is_slept_on,
    Every: a_half_close_while_armed_is_slept_on,
    Every: a_half_closed_socket_can_be_written,
    Every: urgent_data,
    Every: a_dead_file_can_be_removed,
    Few: all_that_could_spin_is_slept_on_for_long,
}

const INTERESTS: [Interest; 6] = [
    Interest::READ,
    Interest::WRITE,
    Interest::PRIORITY,
    Interest::READ_HANGUP,
    Interest::ERROR,
    Interest::EMPTY,
];

/// A file in a state, and what keeps it so.
type State = (&'static str, Fd, Vec<Fd>);

/// Everything that can have happened to a file.
fn states() -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    let Pipe { read, write } = pipe();
    drop(write);
    states.push(("nobody writes to the pipe", read, Vec::new()));
    let Pipe { read, write } = pipe();
    put(&write);
    drop(write);
    states.push(("nobody writes, and something is left", read, Vec::new()));
    let Pipe { read, write } = pipe();
    drop(read);
    states.push(("nobody reads from the pipe", write, Vec::new()));
    let Pipe { read, write } = pipe();
    fill(&write);
    drop(read);
    states.push(("nobody reads from the full pipe", write, Vec::new()));
    for (name, pair) in [("AF_UNIX", sockets as fn() -> [Fd; 2]), ("TCP", tcp)] {
        let [ours, peer] = pair();
        drop(peer);
        states.push((name, ours, Vec::new()));
        let [ours, peer] = pair();
        half_close(&peer);
        states.push((name, ours, vec![peer]));
        let [ours, peer] = pair();
        half_close(&ours);
        states.push((name, ours, vec![peer]));
        let [ours, peer] = pair();
        fill(&ours);
        half_close(&peer);
        states.push((name, ours, vec![peer]));
        let [ours, peer] = pair();
        // With something unread on its side, its close is a reset.
        put(&ours);
        drop(peer);
        states.push((name, ours, Vec::new()));
    }
    let (listener, address) = listener(0);
    let client = connected(address);
    drop(listener);
    states.push(("a connection reset before it was accepted", client, Vec::new()));
    states
}

fn half_close(fd: &Fd) {
    shutdown(fd, Shutdown::Write).expect("to close one way");
}

fn everybody_is_told_what_poll_says(stand: &Stand) {
    for tenure in BOTH {
        for (name, fd, _keep) in states() {
            for interest in INTERESTS {
                let promised = level(&fd, interest);
                let mut trial = Trial::on(stand);
                let what = format!("{name}, {tenure:?}, waiting for {interest:?}");
                let told = what.clone();
                trial.watch_and(tenure, 'A', &fd, interest, move |_, seen| {
                    check(&told, seen, promised);
                });
                let runs = if promised.is_empty() { "..." } else { "AAA" };
                check(&what, trial.turns(3), runs);
            }
        }
    }
}

fn who_already_waits_is_told(stand: &Stand) {
    for tenure in BOTH {
        for pair in [sockets as fn() -> [Fd; 2], tcp] {
            for interest in INTERESTS {
                let [ours, peer] = pair();
                fill(&ours);
                let mut trial = Trial::on(stand);
                let expect = ours.clone();
                trial.watch_and(tenure, 'A', &ours, interest, move |_, seen| {
                    check("what it is told", seen, level(&expect, interest));
                });
                check("nothing yet", trial.turns(2), "..");
                // With something unread: a reset.
                raw_close(peer);
                if interest.is_empty() {
                    trial.sleeps("nothing is waited for");
                } else {
                    check(&format!("{interest:?}"), trial.nexts(20), "A".repeat(20));
                }
            }
        }
    }
}

fn errors_come_to_who_asks_only_for_them(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, Pipe { read, write }) = (Trial::on(stand), pipe());
        trial.watch_and(tenure, 'E', &write, Interest::ERROR, |_, seen| {
            check("what it is told", seen, Readiness::ERROR);
        });
        trial.sleeps("writable, but only errors are waited for");
        drop(read);
        check("an error", trial.nexts(20), "E".repeat(20));
    }
}

fn only_who_asks_sees_a_half_close(stand: &Stand) {
    for tenure in BOTH {
        for [ours, peer] in [sockets(), tcp()] {
            let mut trial = Trial::on(stand);
            let asked = Interest::READ_HANGUP | Interest::READ;
            trial.watch_and(tenure, 'H', &ours, asked, |_, seen| {
                check("who asks", seen, Readiness::READ_HANGUP | Readiness::READ);
            });
            trial.watch_and(tenure, 'R', &ours, Interest::READ, |_, seen| {
                check("who does not ask", seen, Readiness::READ);
            });
            trial.watch(tenure, 'P', &ours, Interest::PRIORITY);
            check("nothing yet", trial.turns(2), "..");
            half_close(&peer);
            let ran = trial.nexts(20);
            check("half each", ran.matches('H').count(), 10);
            check("who waits for neither", ran.matches('P').count(), 0);
        }
    }
}

/// What waits for something else than the half-close, and must not be woken by it.
const DEAF: [Interest; 4] = [Interest::WRITE, Interest::EMPTY, Interest::PRIORITY, Interest::ERROR];

fn a_half_closed_socket_is_slept_on(stand: &Stand) {
    for tenure in BOTH {
        for [ours, peer] in [sockets(), tcp()] {
            fill(&ours);
            half_close(&peer);
            for interest in DEAF {
                let mut trial = Trial::on(stand);
                trial.watch(tenure, 'A', &ours, interest);
                trial.sleeps(&format!("half-closed, waiting for {interest:?}"));
            }
        }
    }
}

fn a_half_close_while_armed_is_slept_on(stand: &Stand) {
    for tenure in BOTH {
        for [ours, peer] in [sockets(), tcp()] {
            let mut trial = Trial::on(stand);
            fill(&ours);
            let key = trial.watch(tenure, 'A', &ours, Interest::WRITE);
            trial.sleeps("full");
            half_close(&peer);
            trial.sleeps("half-closed, and still full");
            trial.set(key, Interest::EMPTY);
            trial.sleeps("waiting for nothing");
            trial.set(key, Interest::ERROR);
            trial.sleeps("waiting for errors");
            trial.set(key, Interest::WRITE);
            trial.sleeps("waiting for room");
            drain(&peer);
            check("room", trial.nexts(20), "A".repeat(20));
        }
    }
}

fn a_half_closed_socket_can_be_written(stand: &Stand) {
    for tenure in BOTH {
        for [ours, peer] in [sockets(), tcp()] {
            let mut trial = Trial::on(stand);
            half_close(&peer);
            let writer = ours.clone();
            let filling = Rc::new(core::cell::Cell::new(true));
            let fills = filling.clone();
            trial.watch_and(tenure, 'W', &ours, Interest::WRITE, move |_, seen| {
                check("what it is told", seen, Readiness::WRITE);
                if fills.get() {
                    fill(&writer);
                }
            });
            for _ in 0..5 {
                check("once, filling it", trial.next(), "W");
                trial.sleeps("full");
                // The network stack may take a moment to see room again.
                while level(&ours, Interest::WRITE).is_empty() {
                    drain(&peer);
                }
            }
            filling.set(false);
            check("while there is room", trial.nexts(20), "W".repeat(20));
        }
    }
}

fn urgent_data(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, peer]) = (Trial::on(stand), tcp());
        trial.watch_and(tenure, 'P', &ours, Interest::PRIORITY, |_, seen| {
            check("what it is told", seen, Readiness::PRIORITY);
        });
        put(&peer);
        trial.sleeps("readable, but not urgent");
        take(&ours);
        send(&peer, b"!", SendFlags::OOB).expect("to send urgent data");
        check("urgent", trial.nexts(5), "PPPPP");
        let mut byte = [0];
        rustix::net::recv(&ours, &mut byte, rustix::net::RecvFlags::OOB).expect("urgent data");
        trial.sleeps("taken");
    }
}

fn a_dead_file_can_be_removed(stand: &Stand) {
    for tenure in BOTH {
        for (name, fd, _keep) in states() {
            let mut trial = Trial::on(stand);
            let key = trial.watch(tenure, 'A', &fd, Interest::ERROR);
            trial.turns(3);
            trial.remove(key);
            trial.sleeps(name);
        }
    }
}

/// Everything that a loop has been seen to spin on, at once, and for as long as a person notices.
fn all_that_could_spin_is_slept_on_for_long(stand: &Stand) {
    let (mut trial, mut keep) = (Trial::on(stand), Vec::new());
    for tenure in BOTH {
        for [ours, peer] in [sockets(), tcp()] {
            fill(&ours);
            half_close(&peer);
            for interest in DEAF {
                trial.watch(tenure, 'H', &ours, interest);
            }
            keep.extend([ours, peer]);
        }
        for (_, fd, kept) in states() {
            trial.watch(tenure, 'S', &fd, Interest::EMPTY);
            keep.push(fd);
            keep.extend(kept);
        }
        let file = std::fs::File::open("/proc/self/exe").expect("this program");
        let file = Fd::new(file.into());
        trial.watch(tenure, 'F', &file, Interest::ERROR);
        keep.push(file);
    }
    let Pipe { read, write } = full_pipe();
    let other = duplicate(&read);
    trial.watch(Tenure::Foreign, 'D', &other, Interest::READ);
    check("a last event", trial.next(), "D");
    raw_close(other);
    keep.extend([read, write]);

    check("to begin with", trial.turns(3), "...");
    let calls = trial.calls(|trial| {
        check("for a tenth of a second", trial.turn(Duration::from_millis(100)), ".");
    });
    assert!(calls <= 3, "{calls} system calls in 100 ms");
}
