//! No busy turn: while nobody is ready the loop sleeps in one system call.

use core::time::Duration;
use std::io::{PipeReader, PipeWriter, Write};
use std::net::{Shutdown, TcpListener};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use levelring::{DriverKind, EventLoop, Interest, Operation};

use crate::loops::{Kind, kinds};

const TURN: Duration = Duration::from_millis(1);
const TURNS: u64 = 20;

/// What the registrations hang on.
struct Peers {
    _sockets: [UnixStream; 2],
    _pipes: [(PipeReader, PipeWriter); 2],
    _idle: (PipeReader, PipeWriter),
}

/// Everything that can be registered and is not ready, in the states that tempt a loop to spin.
fn idle(kind: Kind) -> (EventLoop<'static>, Peers) {
    let mut events = kind.builder().build().expect("it was to be had");
    let pipe = || std::io::pipe().expect("pipe");
    let (reader, writer) = pipe();
    let (foreign, foreign_writer) = pipe();
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    // A peer that will send no more is readable for ever, and nobody here reads.
    let (half_closed, peer) = UnixStream::pair().expect("pair");
    peer.shutdown(Shutdown::Write).expect("shutdown");
    let (full, stuffed) = UnixStream::pair().expect("pair");
    full.set_nonblocking(true).expect("fcntl");
    while (&full).write(&[0; 4096]).is_ok() {}
    // Half-closed and full: it waits to write, and may not wake for the reading.
    stuffed.shutdown(Shutdown::Write).expect("shutdown");
    let empty = half_closed.try_clone().expect("dup");
    let number = foreign.as_raw_fd();
    events.add(reader, Interest::READ, |_, _| {}).expect("add");
    events.add(listener, Interest::READ | Interest::PRIORITY, |_, _| {}).expect("add");
    events.add(full, Interest::WRITE, |_, _| {}).expect("add");
    events.add(half_closed, Interest::EMPTY, |_, _| {}).expect("add");
    events.add(empty, Interest::PRIORITY, |_, _| {}).expect("add");
    events.add_foreign(number, Interest::READ, |_, _| {}).expect("add");
    let idle = pipe();
    let other = idle.0.try_clone().expect("dup");
    let twice = Rc::new(other);
    events.add(Rc::clone(&twice), Interest::READ, |_, _| {}).expect("add");
    events.add(twice, Interest::READ | Interest::READ_HANGUP, |_, _| {}).expect("add");
    let unused = pipe();
    let pipes = [(foreign, foreign_writer), (unused.0, writer)];
    (events, Peers { _sockets: [peer, stuffed], _pipes: pipes, _idle: idle })
}

/// The calls of so many turns, when all is armed.
///
/// The least of some attempts: a ring that was closed interrupts a wait of its thread up to 50 ms
/// later (Linux 6.18), and these tests make and close many.
fn calls_of_turns(events: &mut EventLoop<'_>) -> u64 {
    let attempt = |events: &mut EventLoop<'_>| {
        let before = events.counts();
        for _ in 0..TURNS {
            assert!(!events.turn(Some(TURN)).expect("turn"), "nobody is ready");
        }
        (events.counts() - before).total()
    };
    let mut calls = attempt(events);
    for _ in 0..5 {
        if calls > TURNS {
            calls = attempt(events);
        }
    }
    calls
}

#[test]
fn an_idle_turn_is_one_call() {
    for kind in kinds() {
        let (mut events, _peers) = idle(kind);
        assert_eq!(calls_of_turns(&mut events), TURNS, "{kind}");
    }
}

/// The same with operations under way, which are waited for in the same call.
#[test]
fn with_operations_under_way_it_still_is() {
    for kind in kinds().into_iter().filter(|kind| kind.driver == DriverKind::Uring) {
        let (mut events, _peers) = idle(kind);
        let (reader, _writer) = std::io::pipe().expect("pipe");
        let read = Operation::read(Rc::new(reader), vec![0; 1]);
        events.submit(read, |_, _| {}).expect("submit");
        let hour = Operation::timeout(Duration::from_secs(3600));
        events.submit(hour, |_, _| {}).expect("submit");
        assert_eq!(calls_of_turns(&mut events), TURNS, "{kind}");
    }
}

/// Operations and no descriptors.
#[test]
fn a_loop_that_has_only_operations_sleeps_too() {
    for kind in kinds().into_iter().filter(|kind| kind.driver == DriverKind::Uring) {
        let mut events = kind.builder().build().expect("it was to be had");
        let hour = Operation::timeout(Duration::from_secs(3600));
        events.submit(hour, |_, _| {}).expect("submit");
        assert_eq!(calls_of_turns(&mut events), TURNS, "{kind}");
    }
}

/// Who was busy and is not any more costs nothing either.
#[test]
fn after_a_busy_time_it_is_as_quiet_as_before() {
    for kind in kinds() {
        let mut working = crate::work::Working::new(kind, crate::work::Work::Level(100));
        working.turn(1000);
        working.drain();
        while working.events.turn(Some(TURN)).expect("turn") {}
        assert_eq!(calls_of_turns(&mut working.events), TURNS, "{kind}");
    }
}
