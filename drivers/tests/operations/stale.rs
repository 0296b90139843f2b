//! What the ring was asked for in an earlier turn, brought up in the midst of this one.

use std::io::{Read, Write};

use levelring::{EventLoop, Fired, Interest, Operation};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::support::{BRIEF, on_every_ring, pipe};

/// More operations than the queue has room for have it entered before the loop looks: what that
/// brings up of a wait made in an earlier turn is not what is so now.
#[test]
fn a_full_queue_makes_nobody_ready() {
    on_every_ring(|builder| {
        let (mut reader, mut writer) = pipe();
        let watched = reader.try_clone().expect("a duplicate");
        let mut events = builder.ring_size(2, 64).build().expect("loop");
        events
            .add(watched, Interest::READ, |_: &mut EventLoop<'_>, fired: Fired<'_, _>| {
                let mut entries = [PollFd::new(fired.source, PollFlags::IN)];
                let ready = poll(&mut entries, Some(&Timespec::default()));
                assert_eq!(ready, Ok(1), "called for what is not so");
            })
            .expect("add");
        assert_eq!(events.turn(Some(BRIEF)), Ok(false));
        writer.write_all(b"x").expect("write");
        reader.read_exact(&mut [0]).expect("it came, and went");
        for _ in 0..5 {
            events.submit(Operation::nop(), |_, _| {}).expect("submit");
        }
        while events.turn(Some(BRIEF)).expect("turn") {}
    });
}
