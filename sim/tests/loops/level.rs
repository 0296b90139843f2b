//! Level-triggered, one handler per turn, in rotation.

use levelring::{Fired, Interest};
use levelring_sim::Calls;

use crate::support::{Log, on_all, pipe, turn, watch};

#[test]
fn who_does_not_read_is_called_again_every_turn() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let (reader, writer) = pipe(kernel, b"x");
        watch(&mut events, &log, 7, reader);
        for _ in 0..10 {
            assert!(turn(&mut events));
        }
        assert_eq!(*log.borrow(), [7; 10]);
        kernel.close(writer).expect("close");
    });
}

#[test]
fn what_was_read_is_not_told_again_and_what_comes_is() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let (reader, writer) = pipe(kernel, b"");
        let (seen, own) = (log.clone(), kernel.clone());
        let handler = move |_: &mut _, Fired { source, .. }: Fired<'_, levelring_sim::SimFile>| {
            let mut byte = [0];
            assert_eq!(own.read(source.number(), &mut byte), Ok(1));
            seen.borrow_mut().push(byte[0].into());
        };
        events.add(reader, Interest::READ, handler).expect("add");
        for round in 0..5 {
            assert!(!turn(&mut events));
            assert_eq!(kernel.write(writer, &[round, round]), Ok(2));
            assert!(turn(&mut events));
            assert!(turn(&mut events));
            assert!(!turn(&mut events));
        }
        assert_eq!(*log.borrow(), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    });
}

#[test]
fn many_take_turns_in_strict_rotation() {
    on_all(|kernel, mut events| {
        const MANY: u32 = 45;
        let log = Log::default();
        for number in 0..MANY {
            let (reader, _) = pipe(kernel, b"x");
            watch(&mut events, &log, number, reader);
        }
        for _ in 0..3 * MANY {
            assert!(turn(&mut events));
        }
        let log = log.borrow();
        let (first, rest) = log.split_at(MANY as usize);
        let mut sorted = first.to_vec();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..MANY), "each once: {first:?}");
        assert!(rest.chunks(MANY as usize).all(|round| round == first), "{log:?}");
    });
}

#[test]
fn a_writer_is_called_while_there_is_room() {
    on_all(|kernel, mut events| {
        let log = Log::default();
        let [reader, writer] = kernel.pipe().expect("a pipe");
        kernel.with_system(|system| system.set_pipe_capacity(writer, 3, 1)).expect("a small one");
        let (seen, own) = (log.clone(), kernel.clone());
        let handler = move |_: &mut _, _: Fired<'_, i32>| {
            assert_eq!(own.write(writer, b"x"), Ok(1));
            seen.borrow_mut().push(0);
        };
        events.add_foreign(writer, Interest::WRITE, handler).expect("add");
        for _ in 0..3 {
            assert!(turn(&mut events));
        }
        assert!(!turn(&mut events), "full");
        assert_eq!(kernel.read(reader, &mut [0; 3]), Ok(3));
        assert!(turn(&mut events));
    });
}
