//! What the ring was asked for in an earlier turn, brought up in the midst of this one.

use core::time::Duration;
use std::io::{PipeReader, Read, Write};
use std::rc::Rc;

use levelring::{Completed, EventLoop, Fired, Interest, Operation};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::support::{BRIEF, on_every_ring, pipe};

fn is_readable(_: &mut EventLoop<'_>, fired: Fired<'_, PipeReader>) {
    let mut entries = [PollFd::new(fired.source, PollFlags::IN)];
    let ready = poll(&mut entries, Some(&Timespec::default()));
    assert_eq!(ready, Ok(1), "called for what is not so");
}

/// More operations than the queue has room for have it entered before the loop looks: what that
/// brings up of a wait made in an earlier turn is not what is so now.
#[test]
fn a_full_queue_makes_nobody_ready() {
    on_every_ring(|builder| {
        let (mut reader, mut writer) = pipe();
        let watched = reader.try_clone().expect("a duplicate");
        let mut events = builder.ring_size(2, 64).build().expect("loop");
        events.add(watched, Interest::READ, is_readable).expect("add");
        assert_eq!(events.turn(Some(BRIEF)), Ok(false));
        writer.write_all(b"x").expect("write");
        reader.read_exact(&mut [0]).expect("it came, and went");
        for _ in 0..5 {
            events.submit(Operation::nop(), |_, _| {}).expect("submit");
        }
        while events.turn(Some(BRIEF)).expect("turn") {}
    });
}

/// The poll of a newcomer is answered at once, and then the read that was there before is brought
/// up, if the ring has put that off.
#[test]
fn what_an_operation_uses_up_makes_nobody_ready() {
    on_every_ring(|builder| {
        let (reader, mut writer) = pipe();
        let watched = reader.try_clone().expect("a duplicate");
        let mut events = builder.build().expect("loop");
        let read = Operation::read(Rc::new(reader), vec![0; 1]);
        events.submit(read, |_, Completed { result, .. }| assert_eq!(result, Ok(1))).expect("read");
        assert_eq!(events.turn(Some(BRIEF)), Ok(false));
        writer.write_all(b"x").expect("write");
        events.add(watched, Interest::READ, is_readable).expect("add");
        assert_eq!(events.turn(Some(Duration::ZERO)), Ok(true));
        assert_eq!(events.turn(Some(BRIEF)), Ok(false));
        assert_eq!(events.len(), 1, "the read is over");
    });
}
