//! Entries that the kernel refuses when they are submitted: alone, and as members of chains. A ring
//! without SUBMIT_ALL stops at them, and takes the rest at the next enter.

use std::io::PipeWriter;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use levelring::io_uring::{opcode, types};
use levelring::kernel::Errno;
use levelring::{Builder, EventLoop, Interest, Link, Linked, Operation};

use crate::support::{Log, finish, on_every_ring, pipe, settle, waiting};

/// Who is refused, and how.
#[derive(Clone, Copy, Debug)]
enum Bad {
    /// Before its kind is looked at.
    Stranger,
    /// When it is prepared.
    Unprepared,
}

/// Writes a byte, if it is not refused; so that what is submitted twice shows.
fn write(writer: &Rc<PipeWriter>, bad: Option<Bad>) -> Operation<Rc<PipeWriter>> {
    static BYTE: u8 = 7;
    let fd = types::Fd(writer.as_raw_fd());
    let write = opcode::Write::new(fd, &raw const BYTE, 1).offset(u64::MAX).build();
    let entry = match bad {
        None => write,
        Some(Bad::Stranger) => write.personality(99),
        Some(Bad::Unprepared) => {
            let clocks = types::TimeoutFlags::BOOTTIME | types::TimeoutFlags::REALTIME;
            opcode::Timeout::new(&raw const NEVER).flags(clocks).build()
        }
    };
    // SAFETY: it reads statics, and the file is kept.
    unsafe { Operation::new(entry, Rc::clone(writer)) }
}

static NEVER: types::Timespec = types::Timespec::new();

/// Four operations, in order; a bit of `bad` and of `linked` each.
fn submit<'log>(
    events: &mut EventLoop<'log>,
    writer: &Rc<PipeWriter>,
    log: &'log Log<usize>,
    [bad, linked]: [usize; 2],
    (link, how): (Link, Bad),
) {
    let mut chain = Linked::new();
    for name in 0..4 {
        let refused = (bad >> name & 1 == 1).then_some(how);
        let goes_on = linked >> name & 1 == 1 && name < 3;
        let link = if goes_on { link } else { Link::None };
        chain = chain.then(write(writer, refused), link, log.taker(name));
        if !goes_on {
            events.submit_linked(core::mem::take(&mut chain)).expect("submit");
        }
    }
}

/// Each has one result, and what succeeded was done once. Who is not linked to one that is refused
/// succeeds.
fn judge(told: &[(usize, Result<u32, Errno>, bool)], [bad, linked]: [usize; 2], context: &str) {
    let mut told = told.to_vec();
    told.sort();
    let names: Vec<_> = told.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, [0, 1, 2, 3], "{context}: {told:?}");
    for (name, result, more) in told {
        let together =
            |other: usize| (name.min(other)..name.max(other)).all(|n| linked >> n & 1 == 1);
        let hurt = (0..4).any(|other| bad >> other & 1 == 1 && together(other));
        let fair = match result {
            Ok(1) => bad >> name & 1 == 0,
            Err(Errno::INVAL) => bad >> name & 1 == 1,
            Err(Errno::CANCELED) => hurt,
            _ => false,
        };
        assert!(fair && !more && (hurt || result == Ok(1)), "{context}: {name}: {result:?}");
    }
}

fn try_all(builder: Builder, how: Bad) {
    let log = Log::new();
    let (reader, writer) = pipe();
    let (idle, _peer) = pipe();
    let writer = Rc::new(writer);
    let mut events = builder.ring_size(4, 8).build().expect("loop");
    for link in [Link::Soft, Link::Hard] {
        for bad in 0..16 {
            for linked in 0..8 {
                let context = format!("{how:?} {link:?} bad {bad:04b} linked {linked:03b}");
                // Beside them a descriptor, whose registration goes the same way.
                let handle = events.add(&idle, Interest::READ, |_, _| {}).expect("add");
                submit(&mut events, &writer, &log, [bad, linked], (link, how));
                while log.len() < 4 {
                    assert!(events.turn(Some(crate::support::SURE)).expect("turn"), "{context}");
                }
                settle_briefly(&mut events);
                let told = log.take();
                judge(&told, [bad, linked], &context);
                let done = told.iter().filter(|(_, result, _)| result.is_ok()).count();
                let bytes = usize::try_from(waiting(&reader)).expect("a number");
                assert_eq!(bytes, done, "{context}: {told:?}");
                std::io::Read::read_exact(&mut &reader, &mut [0; 4][..bytes]).expect("read");
                events.remove(&handle).expect("it is there");
            }
        }
    }
    finish(&mut events);
}

fn settle_briefly(events: &mut EventLoop<'_>) {
    while events.turn(Some(core::time::Duration::ZERO)).expect("turn") {}
}

#[test]
fn each_has_one_result_whoever_is_refused() {
    on_every_ring(|builder| try_all(builder, Bad::Unprepared));
}

#[test]
fn each_has_one_result_whoever_is_a_stranger() {
    on_every_ring(|builder| try_all(builder, Bad::Stranger));
}

/// Behind a row of refused ones, each of which ends a submission, somebody waits to be submitted
/// while the loop has nothing else to do.
#[test]
fn nobody_is_left_in_the_queue_behind_those_refused() {
    on_every_ring(|builder| {
        let log = Log::new();
        let (reader, writer) = pipe();
        let writer = Rc::new(writer);
        let mut events = builder.build().expect("loop");
        for name in 0..100 {
            let bad = (name % 10 != 9).then_some(Bad::Unprepared);
            events.submit(write(&writer, bad), log.taker(name)).expect("submit");
        }
        finish(&mut events);
        let mut told = log.take();
        told.sort();
        for (index, (name, result, more)) in told.iter().enumerate() {
            let expected = if name % 10 == 9 { Ok(1) } else { Err(Errno::INVAL) };
            assert_eq!((*name, *result, *more), (index, expected, false));
        }
        assert_eq!((told.len(), waiting(&reader)), (100, 10));
        settle(&mut events);
    });
}
