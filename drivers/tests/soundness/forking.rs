//! A forked child has a copy of the loop, but ring and set are its parent's.

use core::cell::{Cell, RefCell};
use core::mem::ManuallyDrop;
use std::io::{PipeReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::rc::Rc;

use levelring::{
    Builder, Completed, DriverKind, Error, EventLoop, Fired, Handle, Interest, Operation, Way,
};

use crate::support::{BRIEF, SURE, every_kind, in_child, pipe, reading, settle, uring};

/// Registers a pipe whose handler reads and counts a byte.
fn counting<'env>(
    events: &mut EventLoop<'env>,
    reader: PipeReader,
    count: &'env Cell<u32>,
) -> Handle<PipeReader> {
    let take = |_: &mut EventLoop<'env>, Fired { mut source, .. }: Fired<'_, PipeReader>| {
        source.read_exact(&mut [0]).expect("read");
        count.set(count.get() + 1);
    };
    let handle = events.add(reader, Interest::READ, take).expect("add");
    settle(events);
    handle
}

/// Everything a child could do with a loop, the end of it last.
fn meddle(mut events: EventLoop<'_>, handle: &Handle<PipeReader>, builder: Builder) {
    assert_eq!(events.turn(Some(BRIEF)), Err(Error::Forked));
    assert_eq!(events.run(), Err(Error::Forked));
    let (reader, _writer) = pipe();
    events.add(reader, Interest::READ, |_, _| {}).expect("add");
    events.set_interest(handle, Interest::WRITE).expect("it is there");
    events.remove(handle).expect("it is there");
    assert_eq!(events.turn(Some(BRIEF)), Err(Error::Forked));
    drop(events);
    let mut own = builder.build().expect("a loop of its own");
    assert_eq!(own.turn(Some(BRIEF)), Ok(false));
}

#[test]
fn a_child_cannot_turn_its_parents_loop_and_the_parent_does_not_mind() {
    for (kind, builder) in every_kind() {
        let count = Cell::new(0);
        let (reader, mut writer) = pipe();
        let mut events = builder.build().expect("loop");
        let handle = counting(&mut events, reader, &count);
        let mut events = Some(events);
        in_child(|| meddle(events.take().expect("a copy"), &handle, builder));
        in_child(|| drop(events.take()));
        let events = events.as_mut().expect("the child took only its copy");
        for wanted in 1..=3 {
            writer.write_all(b"x").expect("write");
            assert_eq!(events.turn(Some(SURE)), Ok(true), "{kind}");
            assert_eq!((count.get(), events.turn(Some(BRIEF))), (wanted, Ok(false)), "{kind}");
        }
    }
}

#[test]
fn a_child_ends_none_of_its_parents_operations() {
    let Some(builder) = uring() else { return };
    for builder in Way::ALL.map(|way| builder.way(way)) {
        let got = RefCell::new(Vec::new());
        let (_file, read, mut writer) = reading();
        let mut events = builder.build().expect("loop");
        let taker = |_: &mut EventLoop<'_>, told: Completed<(Rc<_>, Vec<u8>)>| {
            got.borrow_mut().push((told.result, told.kept.expect("the last").1));
        };
        let key = events.submit(read, taker).expect("submit");
        settle(&mut events);
        let mut events = Some(events);
        in_child(|| {
            let mut copy = events.take().expect("a copy");
            copy.cancel(key).expect("it is there");
            assert_eq!(copy.turn(Some(BRIEF)), Err(Error::Forked));
        });
        let events = events.as_mut().expect("the child took only its copy");
        writer.write_all(b"parent's").expect("write");
        assert_eq!(events.turn(Some(SURE)), Ok(true));
        let (result, buffer) = got.borrow_mut().pop().expect("told");
        assert_eq!((result, &buffer[..8]), (Ok(8), &b"parent's"[..]));
    }
}

/// Whether this process has the other end of it.
fn is_open_here(client: &TcpStream) -> bool {
    let ours = client.local_addr().expect("local");
    let numbers = std::fs::read_dir("/proc/self/fd").expect("proc").flatten();
    let mut numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.any(|number: RawFd| {
        // SAFETY: it is asked only who its peer is, which harms no file, and not closed.
        let file = ManuallyDrop::new(unsafe { TcpStream::from_raw_fd(number) });
        file.peer_addr().is_ok_and(|peer| peer == ours)
    })
}

/// What was accepted before the fork is open in both.
#[test]
fn a_child_closes_its_copy_of_what_was_accepted() {
    let Some(builder) = uring() else { return };
    let listener = Rc::new(TcpListener::bind("127.0.0.1:0").expect("bind"));
    let client = TcpStream::connect(listener.local_addr().expect("address")).expect("connect");
    let accepted = Cell::new(None);
    let mut events = builder.build().expect("loop");
    events.submit(Operation::nop(), |_, _| {}).expect("submit");
    let take = |_: &mut EventLoop<'_>, done: Completed<_, OwnedFd>| accepted.set(done.result.ok());
    events.submit(Operation::accept(listener), take).expect("submit");
    assert_eq!(events.turn(Some(SURE)), Ok(true), "the first; the other is known, and untold");
    let mut events = Some(events);
    in_child(|| {
        assert!(is_open_here(&client));
        drop(events.take());
        assert!(!is_open_here(&client));
    });
    let events = events.as_mut().expect("the child took only its copy");
    assert_eq!(events.turn(Some(SURE)), Ok(true));
    let ours = accepted.take().map(TcpStream::from).expect("told");
    assert_eq!(ours.peer_addr().ok(), client.local_addr().ok());
}

/// To remove it from the set would remove it from the parent's, which is the same.
#[test]
fn what_a_child_removes_its_parent_still_has() {
    let count = Cell::new(0);
    let (reader, mut writer) = pipe();
    let mut events = Builder::default().driver(DriverKind::Epoll).build().expect("loop");
    let handle = counting(&mut events, reader, &count);
    in_child(|| drop(events.remove(&handle).expect("it is there")));
    writer.write_all(b"x").expect("write");
    assert_eq!((events.turn(Some(SURE)), count.get()), (Ok(true), 1));
}
