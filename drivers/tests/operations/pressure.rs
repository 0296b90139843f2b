//! More results than there is room for.

use core::cell::RefCell;
use core::time::Duration;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::rc::Rc;
use std::time::Instant;

use levelring::io_uring::{opcode, types};
use levelring::kernel::{Errno, mask};
use levelring::{Completed, EventLoop, Interest, Operation};

use crate::support::{SURE, finish, on_every_ring, pipe};

/// Connections come faster than they are told, and the loop has room for `capacity` results: none
/// is lost, their order is kept, and the loop does not sleep on what it could not take.
#[test]
#[expect(clippy::disallowed_methods, reason = "waiting for nothing shows in time only")]
fn results_that_pile_up_are_told_in_order_and_none_is_lost() {
    on_every_ring(|builder| {
        for (capacity, ring) in [(1, 64), (2, 64), (4, 4), (8, 4)] {
            let told = RefCell::new(Vec::new());
            let listener = Rc::new(TcpListener::bind("127.0.0.1:0").expect("bind"));
            let address = listener.local_addr().expect("address");
            let builder = builder.capacity(capacity).ring_size(4, ring);
            let mut events = builder.build().expect("loop");
            let entry = opcode::AcceptMulti::new(types::Fd(listener.as_raw_fd())).build();
            // SAFETY: it points to no memory, and the listener is kept.
            let accept = unsafe { Operation::new(entry, Rc::clone(&listener)) };
            let take = |_: &mut EventLoop<'_>, done: Completed<_>| {
                if let Ok(fd) = done.result {
                    let fd = i32::try_from(fd).expect("a descriptor");
                    // SAFETY: new, and ours: the kernel just said so.
                    let stream = TcpStream::from(unsafe { OwnedFd::from_raw_fd(fd) });
                    told.borrow_mut().push(stream.peer_addr().expect("peer").port());
                }
            };
            events.submit(accept, take).expect("submit");
            assert!(!events.turn(Some(Duration::ZERO)).expect("turn"));
            let clients: Vec<_> =
                (0..20).map(|_| TcpStream::connect(address).expect("connect")).collect();
            // A multishot accept ends when completions overflow; whoever is left in the backlog is
            // not the loop's to tell.
            let begin = Instant::now();
            while told.borrow().len() < clients.len() && !events.is_empty() {
                assert!(events.turn(Some(Duration::from_millis(500))).expect("turn"));
                assert!(begin.elapsed() < SURE, "it slept on results that were there");
            }
            let expected: Vec<u16> =
                clients.iter().map(|client| client.local_addr().expect("local").port()).collect();
            let told = told.borrow();
            assert!(told.len() >= ring.min(20) as usize / 2, "{} of {ring}", told.len());
            assert_eq!(told[..], expected[..told.len()], "capacity {capacity}");
        }
    });
}

/// There is no room for results, and no end of them: what is removed is let go of all the same.
#[test]
fn a_removal_does_not_wait_for_room() {
    on_every_ring(|builder| {
        let accepted = RefCell::new(Vec::new());
        let listener = Rc::new(TcpListener::bind("127.0.0.1:0").expect("bind"));
        let address = listener.local_addr().expect("address");
        let (reader, mut writer) = pipe();
        let mut events = builder.capacity(2).ring_size(4, 4).build().expect("loop");
        let entry = opcode::AcceptMulti::new(types::Fd(listener.as_raw_fd())).build();
        // SAFETY: it points to no memory, and the listener is kept.
        let accept = unsafe { Operation::new(entry, Rc::clone(&listener)) };
        let keep = |_: &mut EventLoop<'_>, done: Completed<_>| {
            if let Ok(fd) = done.result {
                let fd = i32::try_from(fd).expect("a descriptor");
                // SAFETY: new, and ours: the kernel just said so.
                accepted.borrow_mut().push(unsafe { OwnedFd::from_raw_fd(fd) });
            }
        };
        events.submit(accept, keep).expect("submit");
        let watched = events.add(reader, Interest::READ, |_, _| {}).expect("add");
        assert_eq!(events.turn(Some(Duration::ZERO)), Ok(false));
        let mut clients = Vec::new();
        // Two come for each that is told: as many as can be are held.
        for _ in 0..8 {
            clients.extend((0..2).map(|_| TcpStream::connect(address).expect("connect")));
            assert_eq!(events.turn(Some(SURE)), Ok(true));
        }
        let reader = events.remove(&watched).expect("the kernel lets go of it");
        drop(reader);
        let broken = writer.write(b"x").map_err(|error| error.kind());
        assert_eq!(broken, Err(std::io::ErrorKind::BrokenPipe), "and holds nothing of it");
        drop((clients, events));
    });
}

/// While results wait for room, descriptors have their turns, and a cancelled operation its end.
#[test]
fn the_others_are_served_meanwhile() {
    on_every_ring(|builder| {
        let told = RefCell::new(Vec::new());
        let (reader, mut writer) = pipe();
        let (level, mut filler) = pipe();
        filler.write_all(b"x").expect("write");
        let reader = Rc::new(reader);
        let mut events = builder.capacity(2).build().expect("loop");
        events
            .add(level, Interest::READ, |_, _| told.borrow_mut().push(("level", Ok(0))))
            .expect("add");
        let entry = opcode::PollAdd::new(types::Fd(reader.as_raw_fd()), mask::IN).multi(true);
        // SAFETY: it points to no memory, and the reader is kept.
        let poll = unsafe { Operation::new(entry.build(), Rc::clone(&reader)) };
        let take = |_: &mut EventLoop<'_>, done: Completed<_>| {
            told.borrow_mut().push(("poll", done.result));
        };
        let key = events.submit(poll, take).expect("submit");
        for _ in 0..4 {
            assert!(events.turn(Some(SURE)).expect("turn"));
        }
        for _ in 0..6 {
            writer.write_all(b"x").expect("write");
            assert!(events.turn(Some(SURE)).expect("turn"));
        }
        events.cancel(key).expect("it goes on");
        while told.borrow().last() != Some(&("poll", Err(Errno::CANCELED))) {
            assert!(events.turn(Some(SURE)).expect("turn"));
        }
        let told = told.take();
        assert!(told.iter().filter(|turn| turn.0 == "level").count() >= 5, "{told:?}");
        assert!(told.contains(&("poll", Ok(mask::IN))), "{told:?}");
    });
}

/// As many operations as the loop has room for, on a ring much smaller than that, again and again.
#[test]
fn a_small_ring_serves_many() {
    on_every_ring(|builder| {
        let mut events = builder.capacity(100).ring_size(2, 4).build().expect("loop");
        for _ in 0..3 {
            let told = RefCell::new(vec![0; 100]);
            let told = Rc::new(told);
            for name in 0..100 {
                let told = Rc::clone(&told);
                events
                    .submit(Operation::nop(), move |_, done: Completed<()>| {
                        assert_eq!((done.result, done.more), (Ok(0), false));
                        told.borrow_mut()[name] += 1;
                    })
                    .expect("submit");
            }
            let full = events.submit(Operation::nop(), |_, _| {});
            assert_eq!(full, Err(levelring::OperationError::Full));
            finish(&mut events);
            assert_eq!(told.take(), [1; 100]);
        }
    });
}
