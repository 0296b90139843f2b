//! Connections that are accepted: each is somebody's, or closed.

use core::cell::RefCell;
use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;

use levelring::io_uring::{opcode, types};
use levelring::kernel::Errno;
use levelring::{Completed, EventLoop, Interest, Link, Linked, Operation};

use crate::support::{
    Log, SURE, finish, on_every_ring, open_descriptors, pipe, settle, with_own_descriptors,
};

fn listener() -> Rc<TcpListener> {
    Rc::new(TcpListener::bind("127.0.0.1:0").expect("bind"))
}

fn connect(listener: &TcpListener) -> TcpStream {
    let client = TcpStream::connect(listener.local_addr().expect("address")).expect("connect");
    client.set_read_timeout(Some(SURE)).expect("timeout");
    client
}

/// Accepts and closes those that no operation has accepted.
fn refuse_the_rest(listener: &TcpListener) {
    listener.set_nonblocking(true).expect("nonblocking");
    while listener.accept().is_ok() {}
}

/// Whether the other end is closed.
fn is_closed(mut client: &TcpStream) -> bool {
    match client.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn an_accepted_connection_is_its_handlers() {
    on_every_ring(|builder| {
        let (listener, accepted) = (listener(), RefCell::new(None));
        let mut events = builder.build().expect("loop");
        let take = |_: &mut EventLoop<'_>, done: Completed<Rc<TcpListener>, OwnedFd>| {
            assert!(!done.more && done.kept.is_some_and(|kept| Rc::ptr_eq(&kept, &listener)));
            *accepted.borrow_mut() = Some(TcpStream::from(done.result.expect("a connection")));
        };
        events.submit(Operation::accept(Rc::clone(&listener)), take).expect("submit");
        settle(&mut events);
        assert!(accepted.borrow().is_none());
        let mut client = connect(&listener);
        finish(&mut events);
        let mut ours = accepted.take().expect("a connection");
        ours.write_all(b"level").expect("write");
        let mut text = [0; 5];
        client.read_exact(&mut text).expect("read");
        assert_eq!(&text, b"level");
        // SAFETY: it only asks.
        let flags = unsafe { libc::fcntl(ours.as_raw_fd(), libc::F_GETFD) };
        assert_eq!(flags, libc::FD_CLOEXEC);
        drop(ours);
        assert!(is_closed(&client));
    });
}

#[test]
fn a_connection_that_nobody_looks_at_is_closed() {
    on_every_ring(|builder| {
        let listener = listener();
        let mut events = builder.build().expect("loop");
        events.submit(Operation::accept(Rc::clone(&listener)), |_, _| {}).expect("submit");
        let client = connect(&listener);
        finish(&mut events);
        assert!(is_closed(&client));
        let each = Operation::accept_each(Rc::clone(&listener));
        let each = events.submit(each, |_, done| assert!(done.more || done.result.is_err()));
        let clients: Vec<_> = (0..5).map(|_| connect(&listener)).collect();
        settle(&mut events);
        assert!(clients.iter().all(is_closed));
        events.cancel(each.expect("submit")).expect("it goes on");
        finish(&mut events);
    });
}

#[test]
fn each_connection_is_told_in_order_and_then_the_end() {
    on_every_ring(|builder| {
        let (listener, told) = (listener(), RefCell::new(Vec::new()));
        let mut events = builder.build().expect("loop");
        let take = |_: &mut EventLoop<'_>, done: Completed<_, OwnedFd>| {
            let peer = |fd: OwnedFd| TcpStream::from(fd).peer_addr().expect("a peer");
            told.borrow_mut().push((done.result.map(peer), done.more));
        };
        let key = events.submit(Operation::accept_each(Rc::clone(&listener)), take);
        let clients: Vec<_> = (0..5).map(|_| connect(&listener)).collect();
        settle(&mut events);
        events.cancel(key.expect("submit")).expect("it goes on");
        finish(&mut events);
        let local = |client: &TcpStream| (Ok(client.local_addr().expect("local")), true);
        let mut expected: Vec<_> = clients.iter().map(local).collect();
        expected.push((Err(Errno::CANCELED), false));
        assert_eq!(told.take(), expected);
        assert_eq!(Rc::strong_count(&listener), 1);
    });
}

#[test]
fn what_is_accepted_while_being_cancelled_is_told_or_still_there() {
    with_own_descriptors(|| {
        on_every_ring(|builder| {
            let (listener, before) = (listener(), open_descriptors());
            let mut events = builder.build().expect("loop");
            let open = open_descriptors();
            for _ in 0..20 {
                let told = RefCell::new(None);
                let told = Rc::new(told);
                let note = Rc::clone(&told);
                let accept = Operation::accept(Rc::clone(&listener));
                let key = events
                    .submit(accept, move |_, done| *note.borrow_mut() = Some(done.result.is_ok()))
                    .expect("submit");
                assert!(!events.turn(Some(Duration::ZERO)).expect("turn"));
                let client = connect(&listener);
                events.cancel(key).expect("not told yet");
                finish(&mut events);
                if told.take() == Some(false) {
                    drop(listener.accept().expect("nobody has taken it"));
                }
                assert!(is_closed(&client));
            }
            assert_eq!(open_descriptors(), open);
            drop(events);
            assert_eq!(open_descriptors(), before);
        });
    });
}

/// Under way, arrived in the ring, known to the core, and waiting for room: nothing is left open.
#[test]
fn a_loop_that_ends_closes_what_it_has_not_told() {
    with_own_descriptors(|| {
        on_every_ring(|builder| {
            for (turns, clients) in [(0, 0), (0, 3), (1, 0), (1, 3), (2, 3), (4, 9)] {
                let (listener, before) = (listener(), open_descriptors());
                let mut events = builder.capacity(5).build().expect("loop");
                let (reader, mut writer) = pipe();
                writer.write_all(b"x").expect("write");
                events.add(reader, Interest::READ, |_, _| {}).expect("add");
                for _ in 0..2 {
                    let accept = Operation::accept(Rc::clone(&listener));
                    events.submit(accept, |_, _| {}).expect("submit");
                }
                let each = Operation::accept_each(Rc::clone(&listener));
                events.submit(each, |_, _| {}).expect("submit");
                assert!(events.turn(Some(SURE)).expect("turn"));
                let clients: Vec<_> = (0..clients).map(|_| connect(&listener)).collect();
                for _ in 0..turns {
                    assert!(events.turn(Some(SURE)).expect("turn"));
                }
                drop((events, writer));
                assert_eq!(Rc::strong_count(&listener), 1);
                refuse_the_rest(&listener);
                assert!(clients.iter().all(is_closed), "{turns} turns");
                drop(clients);
                assert_eq!(open_descriptors(), before, "{turns} turns");
            }
        });
    });
}

/// The first member fails, so that nothing is accepted; and one that runs behind another is.
#[test]
fn accepting_can_be_linked() {
    on_every_ring(|builder| {
        let (listener, log) = (listener(), Log::new());
        let mut events = builder.build().expect("loop");
        for (first, accepted) in [(0, true), (-1, false)] {
            let client = connect(&listener);
            // SAFETY: it points to no memory.
            let fails = unsafe { Operation::new(opcode::Fsync::new(types::Fd(-1)).build(), ()) };
            let first = if first == 0 { Operation::nop() } else { fails };
            let accept = Operation::accept(Rc::clone(&listener));
            let pair = Linked::new().then(first, Link::Soft, log.taker(())).then(
                accept,
                Link::None,
                move |_, done| assert_eq!(done.result.is_ok(), accepted),
            );
            events.submit_linked(pair).expect("submit");
            finish(&mut events);
            if !accepted {
                drop(listener.accept().expect("nobody has taken it"));
            }
            assert!(is_closed(&client));
        }
        assert_eq!(log.len(), 2);
    });
}

/// Any request that opens something.
#[test]
fn a_socket_is_made_and_closed() {
    with_own_descriptors(|| {
        on_every_ring(|builder| {
            let before = open_descriptors();
            let mut events = builder.build().expect("loop");
            for turns in [1, 0] {
                let entry = opcode::Socket::new(libc::AF_UNIX, libc::SOCK_STREAM, 0).build();
                // SAFETY: it points to no memory, and each result is a new socket.
                let socket = unsafe { Operation::opening(entry, ()) };
                events.submit(socket, |_, done| assert!(done.result.is_ok())).expect("submit");
                for _ in 0..turns {
                    assert!(events.turn(Some(SURE)).expect("turn"));
                }
            }
            drop(events);
            assert_eq!(open_descriptors(), before);
        });
    });
}
