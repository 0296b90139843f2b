//! Operations and handlers of descriptors have their turns in one rotation.

use core::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

use levelring::{Completed, EventLoop, Interest, Operation};

use crate::support::{SURE, on_every_ring, pipe};

/// A nop whose handler starts the next.
fn stream<'env>(events: &mut EventLoop<'env>, order: &'env RefCell<Vec<char>>) {
    events
        .submit(Operation::nop(), |events: &mut EventLoop<'env>, _: Completed<()>| {
            order.borrow_mut().push('o');
            stream(events, order);
        })
        .expect("submit");
}

#[test]
fn an_always_ready_descriptor_and_a_stream_of_operations_alternate() {
    on_every_ring(|builder| {
        let order = RefCell::new(Vec::new());
        let mut events = builder.build().expect("loop");
        let (reader, mut writer) = pipe();
        writer.write_all(b"never read").expect("write");
        let ready =
            |_: &mut EventLoop<'_>, _: levelring::Fired<'_, _>| order.borrow_mut().push('f');
        events.add(reader, Interest::READ, ready).expect("add");
        stream(&mut events, &order);
        for _ in 0..40 {
            assert!(events.turn(Some(SURE)).expect("turn"));
        }
        let turns: String = order.borrow().iter().collect();
        let repeated = turns.replace("fo", "").replace("of", "");
        assert!(repeated.len() <= 4, "not in turn: {turns}");
        let count = |what| turns.chars().filter(|turn| *turn == what).count();
        assert!(count('f') >= 19 && count('o') >= 19, "{turns}");
        drop(events);
    });
}

/// Two operations that answer all the time, and three descriptors: nobody twice before everybody
/// once.
#[test]
fn nobody_has_two_turns_while_another_waits_for_one() {
    on_every_ring(|builder| {
        let order = RefCell::new(Vec::new());
        let mut events = builder.build().expect("loop");
        let (readers, mut writers): (Vec<_>, Vec<_>) = (0..3).map(|_| pipe()).unzip();
        for writer in &mut writers {
            writer.write_all(b"x").expect("write");
        }
        for (reader, name) in readers.into_iter().zip("abc".chars()) {
            let order = &order;
            events
                .add(reader, Interest::READ, move |_, _| order.borrow_mut().push(name))
                .expect("add");
        }
        stream(&mut events, &order);
        stream(&mut events, &order);
        for _ in 0..50 {
            assert!(events.turn(Some(SURE)).expect("turn"));
        }
        // The first rotation is still finding out who there is.
        let turns = order.borrow()[5..].to_vec();
        for window in turns.windows(5) {
            let mut window = window.to_vec();
            window.sort_unstable();
            window.dedup();
            assert!(window.len() >= 4, "{turns:?}");
        }
        for name in ['a', 'b', 'c'] {
            let count = turns.iter().filter(|turn| **turn == name).count();
            assert!((8..=10).contains(&count), "{name} {count} {turns:?}");
        }
        drop(events);
    });
}

/// The results of one operation, however many have come, take one turn in each rotation.
#[test]
fn one_turn_runs_one_handler() {
    on_every_ring(|builder| {
        let told = Rc::new(RefCell::new(0));
        let mut events = builder.build().expect("loop");
        for _ in 0..10 {
            let told = Rc::clone(&told);
            events.submit(Operation::nop(), move |_, _| *told.borrow_mut() += 1).expect("submit");
        }
        for turns in 1..=10 {
            assert!(events.turn(Some(SURE)).expect("turn"));
            assert_eq!(*told.borrow(), turns);
        }
        assert!(events.is_empty());
    });
}
