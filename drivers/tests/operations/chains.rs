//! Operations that are linked to one another.

use std::io::Write;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use levelring::io_uring::{opcode, types};
use levelring::kernel::Errno;
use levelring::{Interest, Link, Linked, Operation, OperationError};

use crate::support::{Log, SURE, finish, on_every_ring, pipe, settle, waiting};

/// One that fails when it is its turn.
fn failing() -> Operation<()> {
    // SAFETY: it points to no memory.
    unsafe { Operation::new(opcode::Fsync::new(types::Fd(-1)).build(), ()) }
}

const DONE: Result<u32, Errno> = Ok(0);
const FAILED: Result<u32, Errno> = Err(Errno::BADF);
const CANCELLED: Result<u32, Errno> = Err(Errno::CANCELED);

#[test]
fn behind_a_soft_link_the_rest_goes_with_the_first_that_fails() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.build().expect("loop");
        let chain = Linked::new()
            .then(Operation::nop(), Link::Soft, log.taker(0))
            .then(failing(), Link::Soft, log.taker(1))
            .then(Operation::nop(), Link::Soft, log.taker(2))
            .then(Operation::nop(), Link::None, log.taker(3));
        let keys = events.submit_linked(chain).expect("submit");
        assert_eq!(keys.len(), 4);
        events.submit(Operation::nop(), log.taker(4)).expect("submit");
        finish(&mut events);
        let mut told = log.take();
        told.sort();
        let results: Vec<_> = told.into_iter().map(|(_, result, _)| result).collect();
        assert_eq!(results, [DONE, FAILED, CANCELLED, CANCELLED, DONE]);
    });
}

#[test]
fn behind_a_hard_link_the_rest_runs() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.build().expect("loop");
        let chain = Linked::new()
            .then(failing(), Link::Hard, log.taker(0))
            .then(failing(), Link::Hard, log.taker(1))
            .then(Operation::nop(), Link::None, log.taker(2));
        events.submit_linked(chain).expect("submit");
        finish(&mut events);
        assert_eq!(log.take(), [(0, FAILED, false), (1, FAILED, false), (2, DONE, false)]);
    });
}

/// The second starts when the first has ended: however long that takes, in however many enters.
#[test]
fn a_chain_runs_in_order() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (gate, mut opener) = pipe();
        let (reader, writer) = pipe();
        let mut events = builder.build().expect("loop");
        let chain = Linked::new()
            .then(Operation::read(Rc::new(gate), vec![0; 1]), Link::Soft, log.taker("gate"))
            .then(Operation::write(Rc::new(writer), vec![7; 3]), Link::None, log.taker("write"));
        events.submit_linked(chain).expect("submit");
        settle(&mut events);
        assert_eq!((log.len(), waiting(&reader)), (0, 0), "the second waits for the first");
        opener.write_all(b"x").expect("write");
        finish(&mut events);
        assert_eq!(log.take(), [("gate", Ok(1), false), ("write", Ok(3), false)]);
        assert_eq!(waiting(&reader), 3);
    });
}

#[test]
fn what_the_ring_cannot_hold_together_is_refused() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.ring_size(4, 16).build().expect("loop");
        let chain = |length| {
            let nops = (0..length).map(|_| Operation::nop());
            nops.fold(Linked::new(), |chain, nop| chain.then(nop, Link::Soft, log.taker(())))
        };
        let refused = events.submit_linked(chain(5));
        assert_eq!(refused, Err(OperationError::TooLong { longest: 4 }));
        assert_eq!(events.submit_linked(Linked::new()), Err(OperationError::Empty));
        assert!(events.is_empty());
        events.submit_linked(chain(4)).expect("submit");
        finish(&mut events);
        assert_eq!(log.take(), [((), DONE, false); 4]);
    });
}

#[test]
fn a_chain_is_taken_whole_or_not_at_all() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.capacity(4).build().expect("loop");
        let chain = |length| {
            let nops = (0..length).map(|_| Operation::nop());
            nops.fold(Linked::new(), |chain, nop| chain.then(nop, Link::Soft, log.taker(())))
        };
        assert_eq!(events.submit_linked(chain(5)), Err(OperationError::Full));
        assert!(events.is_empty(), "nothing was changed");
        assert_eq!(events.submit_linked(chain(4)).map(|keys| keys.len()), Ok(4));
        finish(&mut events);
        assert_eq!(log.len(), 4);
    });
}

/// The kernel breaks a chain where a submission ends. If it did here, a member behind the failing
/// one would run.
#[test]
fn a_chain_is_never_cut_by_the_end_of_a_submission() {
    on_every_ring(|builder| {
        for before in 0..=8 {
            let log = Log::new();
            let mut events = builder.ring_size(8, 64).build().expect("loop");
            let (idle, _writers): (Vec<_>, Vec<_>) = (0..before).map(|_| pipe()).unzip();
            for reader in idle {
                events.add(reader, Interest::READ, |_, _| {}).expect("add");
            }
            for filler in 0..before {
                events.submit(Operation::nop(), log.taker(100 + filler)).expect("submit");
            }
            let chain = (1..4)
                .fold(Linked::new().then(failing(), Link::Soft, log.taker(0)), |chain, member| {
                    chain.then(Operation::nop(), Link::Soft, log.taker(member))
                });
            let chain = chain.then(Operation::nop(), Link::None, log.taker(4));
            events.submit_linked(chain).expect("submit");
            while log.len() < before + 5 {
                assert!(
                    events.turn(Some(SURE)).expect("turn"),
                    "{} are missing",
                    before + 5 - log.len()
                );
            }
            let mut told = log.take();
            told.sort();
            let results: Vec<_> = told.into_iter().map(|(_, result, _)| result).collect();
            let (chain, fillers) = results.split_at(5);
            assert_eq!(chain, [FAILED, CANCELLED, CANCELLED, CANCELLED, CANCELLED], "{before}");
            assert!(fillers.len() == before && fillers.iter().all(|result| *result == DONE));
        }
    });
}

#[test]
fn a_file_that_is_written_by_a_chain_has_it_in_order() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (reader, writer) = pipe();
        let writer = Rc::new(writer);
        let mut events = builder.build().expect("loop");
        let chain = (0..8u8).fold(Linked::new(), |chain, byte| {
            let write = Operation::write(Rc::clone(&writer), vec![byte]);
            chain.then(write, Link::Soft, log.taker(byte))
        });
        events.submit_linked(chain).expect("submit");
        finish(&mut events);
        assert_eq!(log.take().len(), 8);
        let mut bytes = [0; 8];
        assert!(
            reader.as_raw_fd() >= 0 && std::io::Read::read_exact(&mut &reader, &mut bytes).is_ok()
        );
        assert_eq!(bytes, [0, 1, 2, 3, 4, 5, 6, 7]);
    });
}

/// The kernel does not know what waits in its chain: it is told again when that has started.
#[test]
fn what_waits_behind_a_hard_link_is_cancelled_as_well() {
    on_every_ring(|builder| {
        let log = Log::new();
        let mut events = builder.build().expect("loop");
        let (reader, _writer) = pipe();
        let reader = Rc::new(reader);
        let read = || Operation::read(Rc::clone(&reader), vec![0; 8]);
        let chain = Linked::new().then(read(), Link::Hard, log.taker(0)).then(
            read(),
            Link::None,
            log.taker(1),
        );
        let keys = events.submit_linked(chain).expect("submit");
        settle(&mut events);
        for key in keys {
            events.cancel(key).expect("it is under way");
        }
        finish(&mut events);
        assert_eq!(log.take(), [(0, CANCELLED, false), (1, CANCELLED, false)]);
    });
}
