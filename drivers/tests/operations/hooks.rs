//! The hook at the last moment before an operation is submitted.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use levelring::io_uring::squeue::Entry;
use levelring::io_uring::{opcode, types};
use levelring::kernel::Errno;
use levelring::{Decision, Interest, Link, Linked, Operation};

use crate::support::{Log, finish, on_every_ring, pipe, waiting};

/// A hook that says how often it was called.
fn counting(calls: &Rc<Cell<u32>>, decision: Decision) -> impl FnMut() -> Decision + 'static {
    let calls = Rc::clone(calls);
    move || {
        calls.set(calls.get() + 1);
        decision
    }
}

#[test]
fn a_hook_is_called_once_and_not_before_the_loop_is_turned() {
    on_every_ring(|builder| {
        let (log, calls) = (Log::new(), Rc::new(Cell::new(0)));
        let mut events = builder.build().expect("loop");
        let nop = Operation::nop().at_the_last_moment(counting(&calls, Decision::Submit));
        events.submit(nop, log.taker("nop")).expect("submit");
        assert_eq!(calls.get(), 0, "it is not the last moment yet");
        finish(&mut events);
        assert_eq!((calls.get(), log.take()), (1, vec![("nop", Ok(0), false)]));
        assert_eq!(Rc::strong_count(&calls), 1, "and dropped");
    });
}

#[test]
fn a_hook_calls_its_operation_off() {
    on_every_ring(|builder| {
        let (log, calls) = (Log::new(), Rc::new(Cell::new(0)));
        let (reader, writer) = pipe();
        let mut events = builder.build().expect("loop");
        let write = Operation::write(Rc::new(writer), b"never".to_vec())
            .at_the_last_moment(counting(&calls, Decision::Cancel));
        events.submit(write, log.taker("write")).expect("submit");
        finish(&mut events);
        assert_eq!(log.take(), [("write", Err(Errno::CANCELED), false)]);
        assert_eq!((calls.get(), waiting(&reader)), (1, 0));
        assert_eq!(Rc::strong_count(&calls), 1, "what was called off has no hook any more");
    });
}

/// The last moment is after everything that was done before the kernel is entered, and before the
/// kernel has it: what the hook writes is what the kernel reads.
#[test]
fn a_hook_changes_what_is_submitted() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (mut reader, writer) = pipe();
        let mut events = builder.build().expect("loop");
        let stamp = Box::into_raw(Box::new(*b"too early"));
        let fd = types::Fd(writer.as_raw_fd());
        let entry = opcode::Write::new(fd, stamp.cast::<u8>(), 9).build();
        let stamped = move |entry: &mut Entry| {
            // SAFETY: leaked until the end of the test, and the kernel does not have it yet.
            unsafe { stamp.write(*b"too late!") };
            *entry = entry.clone().personality(0);
            Decision::Submit
        };
        // SAFETY: the memory is given back below, after the last result; the hook only writes
        // to it, and leaves the entry pointing where it did.
        let write = unsafe { Operation::new(entry, ()).changed_at_the_last_moment(stamped) };
        events.submit(write, log.taker("write")).expect("submit");
        finish(&mut events);
        // SAFETY: from `into_raw`, and used no more.
        drop(unsafe { Box::from_raw(stamp) });
        assert_eq!(log.take(), [("write", Ok(9), false)]);
        let mut text = [0; 9];
        reader.read_exact(&mut text).expect("read");
        assert_eq!(&text, b"too late!");
    });
}

#[test]
fn a_hook_makes_another_request_of_it() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.build().expect("loop");
        let other = |entry: &mut Entry| {
            *entry = opcode::Fsync::new(types::Fd(-1)).build().user_data(1);
            Decision::Submit
        };
        // SAFETY: neither entry points to memory.
        let nop = unsafe { Operation::nop().changed_at_the_last_moment(other) };
        events.submit(nop, log.taker("nop")).expect("submit");
        finish(&mut events);
        assert_eq!(log.take(), [("nop", Err(Errno::BADF), false)]);
    });
}

/// All hooks of a chain are asked before any of it is submitted; one that says no takes along what
/// a failing member would.
#[test]
fn the_hooks_of_a_chain() {
    on_every_ring(|builder| {
        for (link, third) in [(Link::Soft, Err(Errno::CANCELED)), (Link::Hard, Ok(0))] {
            let (log, calls) = (Log::new(), Rc::new(Cell::new(0)));
            let hooked = |decision| Operation::nop().at_the_last_moment(counting(&calls, decision));
            let mut events = builder.build().expect("loop");
            let chain = Linked::new()
                .then(hooked(Decision::Submit), Link::Soft, log.taker(0))
                .then(hooked(Decision::Cancel), link, log.taker(1))
                .then(hooked(Decision::Submit), Link::None, log.taker(2));
            events.submit_linked(chain).expect("submit");
            finish(&mut events);
            let mut told = log.take();
            told.sort();
            let cancelled = (1, Err(Errno::CANCELED), false);
            assert_eq!(told, [(0, Ok(0), false), cancelled, (2, third, false)], "{link:?}");
            assert_eq!(calls.get(), if link == Link::Soft { 2 } else { 3 }, "{link:?}");
        }
    });
}

/// A chain that has to wait for room is not prepared before there is.
#[test]
fn the_last_moment_comes_when_there_is_room() {
    on_every_ring(|builder| {
        let order = Rc::new(RefCell::new(Vec::new()));
        let mut events = builder.ring_size(4, 64).build().expect("loop");
        let (readers, _writers): (Vec<_>, Vec<_>) = (0..3).map(|_| pipe()).unzip();
        for reader in readers {
            events.add(reader, Interest::READ, |_, _| {}).expect("add");
        }
        let hooked = |name| {
            let order = Rc::clone(&order);
            Operation::nop().at_the_last_moment(move || {
                order.borrow_mut().push(name);
                Decision::Submit
            })
        };
        events.submit(hooked(0), |_, _| {}).expect("submit");
        let chain = (1..5)
            .fold(Linked::new(), |chain, name| chain.then(hooked(name), Link::Hard, |_, _| {}));
        events.submit_linked(chain).expect("submit");
        assert!(order.borrow().is_empty());
        while events.turn(Some(Duration::from_millis(1))).expect("turn") {}
        assert_eq!(order.take(), [0, 1, 2, 3, 4]);
    });
}
