//! Any request at all.

use core::cell::RefCell;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use levelring::io_uring::squeue::Flags;
use levelring::io_uring::{IoUring, opcode, types};
use levelring::kernel::{Errno, mask};
use levelring::{Completed, Operation};

use crate::support::{Log, SURE, finish, on_every_ring, pipe, settle};

#[test]
fn a_multishot_accept_tells_each_connection_and_its_end() {
    on_every_ring(|builder| {
        let listener = Rc::new(TcpListener::bind("127.0.0.1:0").expect("bind"));
        let address = listener.local_addr().expect("address");
        let (accepted, ends) = (RefCell::new(Vec::new()), Log::new());
        let mut events = builder.build().expect("loop");
        let entry = opcode::AcceptMulti::new(types::Fd(listener.as_raw_fd())).build();
        // SAFETY: it points to no memory, and the listener is kept.
        let accept = unsafe { Operation::new(entry, Rc::clone(&listener)) };
        let mut tell_end = ends.taker(());
        let accepted = &accepted;
        let key = events
            .submit(accept, move |events, done: Completed<_>| match done.result {
                Ok(fd) if done.more => {
                    assert!(done.kept.is_none() && done.flags & mask::CQE_MORE != 0);
                    let fd = i32::try_from(fd).expect("a descriptor");
                    // SAFETY: new, and ours: the kernel just said so.
                    accepted.borrow_mut().push(unsafe { OwnedFd::from_raw_fd(fd) });
                }
                _ => tell_end(events, done),
            })
            .expect("submit");
        for rounds in [3, 2] {
            let clients: Vec<_> = (0..rounds).map(|_| TcpStream::connect(address)).collect();
            for _ in 0..rounds {
                assert!(events.turn(Some(SURE)).expect("turn"), "one result per connection");
            }
            assert!(clients.iter().all(Result::is_ok));
        }
        settle(&mut events);
        assert_eq!((accepted.borrow().len(), ends.len()), (5, 0));
        events.cancel(key).expect("it goes on");
        finish(&mut events);
        assert_eq!(ends.take(), [((), Err(Errno::CANCELED), false)]);
        assert!(events.cancel(key).is_err(), "stale after its last result");
        assert_eq!(Rc::strong_count(&listener), 1);
    });
}

#[test]
fn a_poll_can_be_an_operation() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (one, other) = UnixStream::pair().expect("pair");
        let mut events = builder.build().expect("loop");
        let entry = opcode::PollAdd::new(types::Fd(one.as_raw_fd()), mask::IN).build();
        // SAFETY: it points to no memory, and the stream outlives it.
        let poll = unsafe { Operation::new(entry, ()) };
        events.submit(poll, log.taker("readable")).expect("submit");
        settle(&mut events);
        assert_eq!(log.len(), 0);
        drop(other);
        finish(&mut events);
        let told = log.take();
        let [("readable", Ok(seen), false)] = told[..] else { panic!("{told:?}") };
        assert_eq!(seen & (mask::IN | mask::HUP), mask::IN | mask::HUP);
    });
}

#[test]
fn a_message_goes_to_another_ring() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut other = IoUring::new(4).expect("ring");
        let mut events = builder.build().expect("loop");
        let target = types::Fd(other.as_raw_fd());
        let entry = opcode::MsgRingData::new(target, 42, 4711, None).build();
        // SAFETY: it points to no memory, and the other ring outlives it.
        let message = unsafe { Operation::new(entry, ()) };
        events.submit(message, log.taker("sent")).expect("submit");
        finish(&mut events);
        assert_eq!(log.take(), [("sent", Ok(0), false)]);
        other.submit_and_wait(1).expect("wait");
        let message = other.completion().next().expect("a message");
        assert_eq!((message.user_data(), message.result()), (4711, 42));
    });
}

#[test]
fn flags_and_tags_that_would_break_the_accounting_are_overruled() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.build().expect("loop");
        let silent = opcode::Nop::new().build().flags(Flags::SKIP_SUCCESS).user_data(7);
        let linked = opcode::Fsync::new(types::Fd(-1)).build().flags(Flags::IO_LINK);
        for (name, entry) in [("silent", silent), ("linked", linked)] {
            // SAFETY: it points to no memory.
            let operation = unsafe { Operation::new(entry, ()) };
            events.submit(operation, log.taker(name)).expect("submit");
        }
        events.submit(Operation::nop(), log.taker("stranger")).expect("submit");
        finish(&mut events);
        let expected = [
            ("silent", Ok(0), false),
            ("linked", Err(Errno::BADF), false),
            ("stranger", Ok(0), false),
        ];
        let mut told = log.take();
        told.sort_by_key(|(name, ..)| expected.iter().position(|known| known.0 == *name));
        assert_eq!(told, expected);
    });
}

#[test]
fn one_that_the_kernel_does_not_know_is_refused_and_holds_up_nobody() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.build().expect("loop");
        let (_reader, writer) = pipe();
        let bad = opcode::PollAdd::new(types::Fd(writer.as_raw_fd()), mask::OUT).build();
        // SAFETY: it points to no memory. Polls take no personality that was never registered.
        let bad = unsafe { Operation::new(bad.personality(99), ()) };
        events.submit(Operation::nop(), log.taker("before")).expect("submit");
        events.submit(bad, log.taker("bad")).expect("submit");
        events.submit(Operation::nop(), log.taker("after")).expect("submit");
        finish(&mut events);
        let mut told = log.take();
        told.sort();
        assert_eq!(
            told,
            [("after", Ok(0), false), ("bad", Err(Errno::INVAL), false), ("before", Ok(0), false)]
        );
    });
}
