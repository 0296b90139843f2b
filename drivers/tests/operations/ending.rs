//! The end of a loop that still has something under way.

use core::cell::Cell;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::panic::{catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Instant;

use levelring::io_uring::{opcode, types};
use levelring::kernel::mask;
use levelring::{Builder, Completed, EventLoop, Interest, Link, Linked, Operation};

use crate::support::{SURE, on_every_ring, open_descriptors, pipe, settle, with_own_descriptors};

/// Says when it is dropped, and knows its address.
struct Buffer {
    _bytes: Box<[u8; 4096]>,
    dropped: Rc<Cell<bool>>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.dropped.set(true);
    }
}

/// A read that its own buffer outlives, on an empty pipe.
fn read(reader: &impl AsRawFd, dropped: &Rc<Cell<bool>>) -> Operation<Buffer> {
    let mut bytes = Box::new([0; 4096]);
    let entry = opcode::Read::new(types::Fd(reader.as_raw_fd()), bytes.as_mut_ptr(), 4096);
    // SAFETY: the bytes are on the heap, and kept; the pipe is open for longer than this test.
    unsafe { Operation::new(entry.build(), Buffer { _bytes: bytes, dropped: Rc::clone(dropped) }) }
}

/// The kernel writes into a buffer as long as its read is under way. When the loop is gone the read
/// must be over: what comes later is still in the pipe.
#[test]
fn buffers_are_not_freed_before_the_kernel_is_done_with_them() {
    on_every_ring(|builder| {
        let dropped = Rc::new(Cell::new(false));
        let (mut reader, mut writer) = pipe();
        let mut events = builder.build().expect("loop");
        events.submit(read(&reader, &dropped), |_, _| {}).expect("submit");
        settle(&mut events);
        assert!(!dropped.get());
        drop(events);
        assert!(dropped.get(), "it was not held for ever either");
        let elsewhere = Box::new([7u8; 4096]);
        writer.write_all(b"later").expect("write");
        let mut later = [0; 5];
        reader.read_exact(&mut later).expect("nobody else has read it");
        assert_eq!((&later, *elsewhere), (b"later", [7; 4096]));
    });
}

#[test]
fn what_was_never_submitted_is_only_dropped() {
    on_every_ring(|builder| {
        let dropped = Rc::new(Cell::new(false));
        let (reader, _writer) = pipe();
        let mut events = builder.build().expect("loop");
        let chain = Linked::new().then(Operation::nop(), Link::Soft, |_, _| {}).then(
            read(&reader, &dropped),
            Link::None,
            |_, _| {},
        );
        events.submit_linked(chain).expect("submit");
        drop(events);
        assert!(dropped.get());
    });
}

/// A handler that panics may own what the kernel is still using: it lives on in the loop.
#[test]
fn a_handler_that_panics_keeps_what_the_kernel_uses() {
    on_every_ring(|builder| {
        let dropped = Rc::new(Cell::new(false));
        let (reader, mut writer) = pipe();
        let mut events = builder.build().expect("loop");
        let entry = opcode::PollAdd::new(types::Fd(reader.as_raw_fd()), mask::IN).multi(true);
        let buffer = Buffer { _bytes: Box::new([0; 4096]), dropped: Rc::clone(&dropped) };
        // SAFETY: it points to no memory, and the reader outlives it.
        let poll = unsafe { Operation::new(entry.build(), buffer) };
        let calls = Cell::new(0);
        let handler = |_: &mut EventLoop<'_>, done: Completed<Buffer>| {
            calls.set(calls.get() + 1);
            // Not `panic!`: no need for its message in the output of a test that succeeds.
            assert!(done.more);
            resume_unwind(Box::new("on purpose"));
        };
        events.submit(poll, handler).expect("submit");
        settle(&mut events);
        writer.write_all(b"x").expect("write");
        let outcome = catch_unwind(AssertUnwindSafe(|| events.turn(Some(SURE))));
        assert!(outcome.is_err() && calls.get() == 1);
        assert!(!dropped.get(), "the poll goes on, and so does what it keeps");
        // And the loop can be turned again.
        writer.write_all(b"x").expect("write");
        let outcome = catch_unwind(AssertUnwindSafe(|| events.turn(Some(SURE))));
        assert!(outcome.is_err() && calls.get() == 2);
        drop(events);
        assert!(dropped.get());
    });
}

#[test]
fn no_descriptor_is_left_open() {
    with_own_descriptors(|| {
        let before = open_descriptors();
        on_every_ring(|builder| {
            let (reader, writer) = pipe();
            let mut events = builder.build().expect("loop");
            events.add(writer.try_clone().expect("dup"), Interest::READ, |_, _| {}).expect("add");
            let read = Operation::read(Rc::new(reader), vec![0; 8]);
            events.submit(read, |_, _| {}).expect("submit");
            settle(&mut events);
            drop((events, writer));
            assert_eq!(open_descriptors(), before);
        });
    });
}

/// Loops end at once, whatever is registered with them and under way, and what they own is closed
/// when they have ended: the peers see it.
#[test]
#[expect(clippy::disallowed_methods, reason = "what is tested is time")]
fn a_loop_ends_at_once_and_closes_what_it_owns() {
    on_every_ring(|builder| {
        for operations in [0, 3] {
            let mut peers = Vec::new();
            let mut events = builder.build().expect("loop");
            for _ in 0..3 {
                let (reader, writer) = pipe();
                events.add(reader, Interest::READ, |_, _| {}).expect("add");
                peers.push(writer);
            }
            for _ in 0..operations {
                let (reader, writer) = pipe();
                let read = Operation::read(Rc::new(reader), vec![0; 8]);
                events.submit(read, |_, _| {}).expect("submit");
                peers.push(writer);
            }
            settle(&mut events);
            let begin = Instant::now();
            drop(events);
            let time = begin.elapsed();
            assert!(time < Duration::from_secs(1), "{time:?} with {operations} operations");
            for peer in &mut peers {
                let broken = peer.write(b"x").expect_err("nobody reads any more");
                assert_eq!(broken.kind(), std::io::ErrorKind::BrokenPipe);
            }
        }
    });
}

/// More than the kernel brings up at once, which is 20, times as often as an end is patient.
#[test]
fn a_loop_ends_with_thousands_under_way() {
    let plain = Builder::default().driver(levelring::DriverKind::Uring);
    let (reader, mut writer) = pipe();
    let owned = Rc::new(());
    let Ok(mut events) = plain.way(levelring::Way::PollAdd).ring_size(64, 64).build() else {
        return;
    };
    for _ in 0..5000 {
        let owned = Rc::clone(&owned);
        events.add(&reader, Interest::READ, move |_, _| drop(Rc::clone(&owned))).expect("add");
    }
    settle(&mut events);
    drop(events);
    assert_eq!(Rc::strong_count(&owned), 1, "nothing was held for ever");
    drop(reader);
    assert!(writer.write(b"x").is_err(), "and the kernel holds none of it");
}
