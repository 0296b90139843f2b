//! The operations that are safe to make.

use core::cell::RefCell;
use core::time::Duration;
use std::io::{Read, Seek, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Instant;

use levelring::kernel::Errno;
use levelring::{Completed, Operation};

use crate::support::{Log, finish, on_every_ring, pipe, settle, waiting};

#[test]
fn a_nop_completes_once() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.build().expect("loop");
        events.submit(Operation::nop(), log.taker(1)).expect("submit");
        finish(&mut events);
        assert_eq!(log.take(), [(1, Ok(0), false)]);
    });
}

#[test]
#[expect(clippy::disallowed_methods, reason = "what is tested is time")]
fn a_timeout_is_never_early_and_the_shorter_comes_first() {
    on_every_ring(|builder| {
        let told = RefCell::new(Vec::new());
        let mut events = builder.build().expect("loop");
        let begin = Instant::now();
        for millis in [5, 2, 0] {
            let time = Duration::from_millis(millis);
            let told = &told;
            let taken = move |_: &mut _, Completed { result, more, .. }: Completed<_>| {
                assert!(begin.elapsed() >= time, "{time:?} was over after {:?}", begin.elapsed());
                assert_eq!((result, more), (Err(Errno::TIME), false));
                told.borrow_mut().push(millis);
            };
            events.submit(Operation::timeout(time), taken).expect("submit");
        }
        finish(&mut events);
        assert_eq!(told.take(), [0, 2, 5]);
    });
}

#[test]
fn what_is_written_is_read_and_buffers_come_back() {
    on_every_ring(|builder| {
        let (reader, writer) = pipe();
        let (reader, writer) = (Rc::new(reader), Rc::new(writer));
        let back = RefCell::new(Vec::new());
        let mut events = builder.build().expect("loop");
        let read = Operation::read(Rc::clone(&reader), vec![0; 8]);
        events
            .submit(read, |_, Completed { result, kept, .. }| {
                let (file, buffer) = kept.expect("the last result brings it");
                assert!(Rc::ptr_eq(&file, &reader));
                back.borrow_mut().push(("read", result, buffer));
            })
            .expect("submit");
        settle(&mut events);
        assert!(back.borrow().is_empty(), "nothing to be read yet");
        let write = Operation::write(Rc::clone(&writer), b"level".to_vec());
        events
            .submit(write, |_, Completed { result, kept, .. }| {
                back.borrow_mut().push(("write", result, kept.expect("the last").1));
            })
            .expect("submit");
        finish(&mut events);
        let mut back = back.take();
        back.sort();
        assert_eq!(back[0], ("read", Ok(5), b"level\0\0\0".to_vec()));
        assert_eq!(back[1], ("write", Ok(5), b"level".to_vec()));
        assert_eq!((Rc::strong_count(&reader), Rc::strong_count(&writer)), (1, 1));
    });
}

#[test]
fn errors_are_results() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (reader, writer) = pipe();
        let (_, nobody) = pipe();
        let mut events = builder.build().expect("loop");
        let wrong_end = Operation::read(Rc::new(writer), vec![0; 8]);
        events.submit(wrong_end, log.taker("wrong end")).expect("submit");
        drop(reader);
        finish(&mut events);
        let (one, other) = UnixStream::pair().expect("pair");
        drop(other);
        events.submit(Operation::send(Rc::new(one), vec![7]), log.taker("gone")).expect("submit");
        events.submit(Operation::sync(Rc::new(nobody)), log.taker("no disk")).expect("submit");
        finish(&mut events);
        let mut told = log.take();
        told.sort();
        assert_eq!(
            told,
            [
                ("gone", Err(Errno::PIPE), false),
                ("no disk", Err(Errno::INVAL), false),
                ("wrong end", Err(Errno::BADF), false),
            ]
        );
    });
}

#[test]
fn sockets_send_and_receive() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (one, other) = UnixStream::pair().expect("pair");
        let (one, other) = (Rc::new(one), Rc::new(other));
        let received = RefCell::new(None);
        let mut events = builder.build().expect("loop");
        events
            .submit(Operation::receive(Rc::clone(&other), vec![0; 4]), |_, done| {
                let (_, buffer) = done.kept.expect("the last result brings it");
                *received.borrow_mut() = Some((done.result, buffer));
            })
            .expect("submit");
        events.submit(Operation::send(one, b"level".to_vec()), log.taker("sent")).expect("submit");
        finish(&mut events);
        assert_eq!(log.take(), [("sent", Ok(5), false)]);
        assert_eq!(received.take(), Some((Ok(4), b"leve".to_vec())));
        assert_eq!(waiting(&*other), 1);
    });
}

#[test]
fn a_file_is_written_at_its_position_and_synced() {
    on_every_ring(|builder| {
        let log = Log::new();
        // SAFETY: a name that outlives the call; the descriptor is new, and nobody else's.
        let file = unsafe { libc::memfd_create(c"levelring".as_ptr(), libc::MFD_CLOEXEC) };
        assert!(file >= 0, "memfd");
        // SAFETY: as above.
        let mut file = unsafe { <std::fs::File as std::os::fd::FromRawFd>::from_raw_fd(file) };
        file.write_all(b"--").expect("write");
        let file = Rc::new(file);
        let mut events = builder.build().expect("loop");
        let write = Operation::write(Rc::clone(&file), b"level".to_vec());
        events.submit(write, log.taker("written")).expect("submit");
        finish(&mut events);
        events.submit(Operation::sync(Rc::clone(&file)), log.taker("synced")).expect("submit");
        finish(&mut events);
        assert_eq!(log.take(), [("written", Ok(5), false), ("synced", Ok(0), false)]);
        let mut text = String::new();
        (&*file).rewind().expect("rewind");
        (&*file).read_to_string(&mut text).expect("read");
        assert_eq!(text, "--level");
    });
}
