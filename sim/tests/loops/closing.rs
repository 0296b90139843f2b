//! Closing: what is removed, what is closed by others, and what the end of a loop leaves.

use core::time::Duration;

use levelring::kernel::{Errno, PollEntry, mask};
use levelring::{Fired, Interest};
use levelring_sim::{Calls, SimFile, SimKernel, System};

use crate::support::{Log, Loop, ghost, on_all, pipe, took, turn, watch};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_removed_source_is_closed_at_once() {
    on_all(|kernel, mut events| {
        let [reader, writer] = kernel.pipe().expect("a pipe");
        let (other, _keep) = pipe(kernel, b"");
        watch(&mut events, &Log::default(), 0, other);
        let source = SimFile::new(kernel.clone(), reader);
        let handle = events.add(source, Interest::READ, |_, _| ()).expect("add");
        assert!(!turn(&mut events));
        drop(events.remove(&handle).expect("remove"));
        assert_eq!(kernel.write(writer, b"x"), Err(Errno::PIPE), "nothing pins the reader");
        kernel.with_system(|system| system.check());
    });
}

#[test]
fn a_foreign_descriptor_may_be_closed_and_its_number_given_to_another_file() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let [reader, writer] = kernel.pipe().expect("a pipe");
        let seen = log.clone();
        let handler = move |_: &mut _, _: Fired<'_, i32>| seen.borrow_mut().push(1);
        events.add_foreign(reader, Interest::READ, handler).expect("add");
        assert!(!turn(&mut events));
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        assert!(turn(&mut events));
        kernel.close(reader).expect("close");
        assert_eq!(kernel.write(writer, b"x"), Err(Errno::PIPE), "takes effect at once");
        let [again, writer] = kernel.pipe().expect("a pipe");
        assert_eq!(again, reader, "the lowest number that is free");
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        for _ in 0..10 {
            turn(&mut events);
        }
        assert_eq!(*log.borrow(), [1], "another file's readiness is not told");
    });
}

#[test]
fn the_end_of_a_loop_leaves_nothing() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let mut writers = Vec::new();
        for number in 0..30 {
            let (reader, writer) = pipe(kernel, if number % 2 == 0 { b"x" } else { b"" });
            watch(&mut events, &log, number, reader);
            writers.push(writer);
        }
        for _ in 0..40 {
            assert!(turn(&mut events));
        }
        drop(events);
        for writer in writers {
            assert_eq!(kernel.write(writer, b"x"), Err(Errno::PIPE));
            kernel.close(writer).expect("close");
        }
        kernel.sleep(Duration::from_secs(1));
        let mut empty = kernel.snapshot();
        empty.check();
        assert_eq!(empty.pipe(), Ok([3, 4]), "no descriptor is left");
    });
}

#[test]
fn a_forked_child_keeps_the_other_end_open() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let (reader, writer) = pipe(kernel, b"");
        watch(&mut events, &log, 0, reader);
        kernel.with_system(System::fork);
        kernel.close(writer).expect("close");
        assert!(!turn(&mut events), "the child has the writer");
        kernel.with_system(|system| system.child_exits(&mut levelring_sim::Plain));
        assert!(turn(&mut events), "the end");
    });
}

/// Whoever is held is not to be closed by others. If one is, and its file lives on by another
/// number, then a set has that file and nobody can take it out.
#[test]
fn who_was_held_and_closed_and_lives_on_does_not_keep_the_loop_awake() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let (idle, feeds_idle) = pipe(kernel, b"");
        watch(&mut events, &log, 0, idle);
        let writer = ghost(kernel, &mut events);
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        // Whether it was registered or not: it is over after a turn or two.
        for _ in 0..3 {
            assert!(!turn(&mut events));
        }
        rests(kernel, &mut events);
        assert_eq!(kernel.write(feeds_idle, b"x"), Ok(1));
        let called = events.turn(Some(SECOND)).expect("turn");
        assert!(called && *log.borrow() == [0], "whoever was there before is there still");
    });
}

/// There is no number left for a new set, for a while.
#[test]
fn a_set_that_cannot_be_made_anew_works_on() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let [reader, feeds] = kernel.pipe().expect("a pipe");
        let (seen, own) = (log.clone(), kernel.clone());
        let handler = move |_: &mut _, _: Fired<'_, i32>| {
            assert_eq!(own.read(reader, &mut [0; 8]), Ok(1));
            seen.borrow_mut().push(0);
        };
        events.add_foreign(reader, Interest::READ, handler).expect("add");
        let writer = ghost(kernel, &mut events);
        let open = kernel.with_system(|system| system.open_numbers().count());
        let most = u16::try_from(open).expect("few");
        kernel.with_system(|system| system.faults_mut().descriptors = most);
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        for round in 1..4 {
            assert!(!turn(&mut events));
            assert_eq!(kernel.write(feeds, b"x"), Ok(1));
            for _ in 0..4 {
                turn(&mut events);
            }
            assert_eq!(log.borrow().len(), round, "whoever is foreign is told");
        }
        kernel.with_system(|system| system.faults_mut().descriptors = 0);
        for _ in 0..4 {
            assert!(!turn(&mut events));
        }
        rests(kernel, &mut events);
    });
}

/// The number has named three files: the first is known to the set by it, and has it again.
#[test]
fn who_shares_a_number_with_one_that_is_found_closed_is_still_told() {
    on_all(|kernel, mut events| {
        let nobody = |_: &mut _, _: Fired<'_, i32>| ();
        let [number, writer] = kernel.pipe().expect("a pipe");
        let first = events.add_foreign(number, Interest::READ, nobody).expect("add");
        let other = kernel.duplicate(number).expect("a duplicate");
        kernel.close(number).expect("close");
        events.discard(first).expect("discard");
        let [second, _keep] = kernel.pipe().expect("a pipe");
        assert_eq!(second, number, "the lowest number that is free");
        let closed = events.add_foreign(number, Interest::READ, nobody).expect("add");
        assert!(!turn(&mut events));
        kernel.close(number).expect("close");
        assert_eq!(kernel.duplicate(other), Ok(number), "the first file has its number again");
        let log = Log::default();
        watch(&mut events, &log, 1, SimFile::new(kernel.clone(), number));
        assert!(!turn(&mut events));
        events.set_interest(closed, Interest::READ | Interest::WRITE).expect("it is there");
        assert!(!turn(&mut events));
        assert_eq!(kernel.write(writer, b"x"), Ok(1));
        for round in 1..4 {
            assert!(turn(&mut events));
            assert_eq!(log.borrow().len(), round);
        }
    });
}

/// The loop has nothing to do, and sleeps. It is asked first, for a loop that does not would go on
/// for ever.
fn rests(kernel: &SimKernel, events: &mut Loop) {
    assert!(!is_told_of_anything(kernel), "it would be woken time and again");
    let (time, called) = took(kernel, || events.turn(Some(SECOND)).expect("turn"));
    assert!(!called && time == SECOND, "it ran for {time:?}");
}

/// Whether a loop has a descriptor that is readable: a set.
fn is_told_of_anything(kernel: &SimKernel) -> bool {
    kernel.with_system(|system| {
        let own = system.open_numbers().filter(|fd| system.is_anonymous(*fd));
        let asked = own.map(|fd| PollEntry::new(fd, mask::to_poll(mask::IN)));
        system.poll(&mut asked.collect::<Vec<_>>()) > 0
    })
}
