use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::os::fd::OwnedFd;
use std::time::Instant;

use io_uring::{opcode, types};

use super::super::testing::{Pipe, SHORT_WAITS, has_io_uring, in_child, without_children};
use super::super::{
    Ended, Epoll, EpollEvent, EventFd, FeatureMask, FeatureState, Kernel, Linux, Poll, PollEntry,
    RingSetup, mask,
};
use super::*;

const MOMENT: Duration = Duration::from_millis(5);

fn ring_without(forbid: impl Into<FeatureMask>) -> LinuxRing {
    let setup = RingSetup { forbid: forbid.into(), ..RingSetup::default() };
    Linux::new().ring(&setup).expect("a ring")
}

fn ring() -> LinuxRing {
    ring_without(FeatureMask::NONE)
}

fn push(ring: &mut LinuxRing, user_data: u64, entry: squeue::Entry) -> bool {
    // SAFETY: the entries of these tests point nowhere, or see to it themselves.
    unsafe { ring.push(&entry.user_data(user_data)) }
}

fn nop(ring: &mut LinuxRing, user_data: u64) -> bool {
    push(ring, user_data, opcode::Nop::new().build())
}

fn arm(ring: &mut LinuxRing, user_data: u64, fd: RawFd, events: u32) {
    assert!(push(ring, user_data, opcode::PollAdd::new(types::Fd(fd), events).build()));
}

fn reap(ring: &mut LinuxRing) -> Vec<(u64, Result<u32, Errno>)> {
    core::iter::from_fn(|| ring.pop()).map(|cqe| (cqe.user_data, cqe.outcome())).collect()
}

/// A poll that waits, one that is ready, one that is cancelled, and a deadline.
fn works(ring: &mut LinuxRing) {
    let pipe = Pipe::new();
    arm(ring, 1, pipe.read_fd(), mask::IN);
    arm(ring, 2, pipe.write_fd(), mask::OUT);
    let entered = ring.enter(Wait::Now).expect("enter");
    assert_eq!(entered, Entered { submitted: 2, ended: Ended::Normally });
    assert_eq!(reap(ring), [(2, Ok(mask::OUT))]);
    pipe.fill();
    assert!(ring.has_deferred_work() || ring.has_completions());
    ring.enter(Wait::Forever).expect("enter");
    assert!(ring.has_completions());
    assert_eq!(reap(ring), [(1, Ok(mask::IN))]);
    assert!(!ring.has_completions());

    pipe.drain();
    arm(ring, 3, pipe.read_fd(), mask::IN);
    assert!(push(ring, 4, opcode::PollRemove::new(3).build()));
    ring.enter(Wait::Now).expect("enter");
    let mut answers = reap(ring);
    if answers.len() < 2 {
        ring.enter(Wait::Forever).expect("enter");
        answers.extend(reap(ring));
    }
    answers.sort_unstable_by_key(|answer| answer.0);
    assert_eq!(answers, [(3, Err(Errno::CANCELED)), (4, Ok(0))]);
    let start = Instant::now();
    let ended = ring.enter(Wait::Until(MOMENT)).expect("enter").ended;
    assert_eq!(ended, Ended::TimedOut);
    assert!(start.elapsed() >= MOMENT);
}

#[test]
fn it_works_whatever_is_forbidden() {
    if !has_io_uring() {
        return;
    }
    works(&mut ring());
    for feature in Feature::ALL {
        let mut ring = ring_without(*feature);
        assert_eq!(ring.features().state(*feature), FeatureState::ForcedOff);
        works(&mut ring);
    }
    let everything: FeatureMask = Feature::ALL.iter().copied().collect();
    let mut bare = ring_without(everything);
    assert_eq!(bare.features().present, FeatureMask::NONE);
    works(&mut bare);
}

#[test]
fn a_deadline_is_never_early() {
    if !has_io_uring() {
        return;
    }
    let (mut ring, pipe) = (ring(), Pipe::new());
    arm(&mut ring, 1, pipe.read_fd(), mask::IN);
    for time in SHORT_WAITS {
        let start = Instant::now();
        // The first time round something is submitted too, which is then all that is told.
        ring.enter(Wait::Until(time)).expect("enter");
        assert!(start.elapsed() >= time, "{time:?} took {:?}", start.elapsed());
        assert_eq!(ring.pop(), None);
    }
}

#[test]
fn not_to_wait_is_not_to_wait() {
    if !has_io_uring() {
        return;
    }
    let (mut ring, pipe) = (ring(), Pipe::new());
    arm(&mut ring, 1, pipe.read_fd(), mask::IN);
    for wait in [Wait::Now, Wait::Until(Duration::ZERO)] {
        assert_eq!(ring.enter(wait).expect("enter").ended, Ended::Normally);
    }
}

#[test]
fn what_was_reaped_does_not_end_the_next_wait() {
    if !has_io_uring() {
        return;
    }
    let mut ring = ring();
    for user_data in 0..3 {
        assert!(nop(&mut ring, user_data));
    }
    ring.enter(Wait::Forever).expect("enter");
    assert_eq!(ring.pop().map(|cqe| cqe.user_data), Some(0));
    assert!(ring.has_completions());
    assert_eq!(ring.enter(Wait::Forever).expect("enter").ended, Ended::Normally, "two are there");
    assert_eq!(ring.pop().map(|cqe| cqe.user_data), Some(1));
    assert_eq!(ring.pop().map(|cqe| cqe.user_data), Some(2));
    assert!(!ring.has_completions());
    assert_eq!(ring.enter(Wait::Until(MOMENT)).expect("enter").ended, Ended::TimedOut);
}

#[test]
fn deferred_work_is_seen_without_asking_the_kernel() {
    if !has_io_uring() {
        return;
    }
    let (linux, pipe) = (Linux::new(), Pipe::new());
    let mut ring = linux.ring(&RingSetup::default()).expect("a ring");
    arm(&mut ring, 1, pipe.read_fd(), mask::IN);
    ring.enter(Wait::Now).expect("enter");
    let before = linux.counts();
    assert!(!ring.has_deferred_work());
    pipe.fill();
    if ring.features().has(Feature::DeferTaskrun) {
        assert!(ring.has_deferred_work() && !ring.has_completions());
    }
    assert_eq!((linux.counts() - before).total(), 0);
    ring.enter(Wait::Now).expect("enter");
    assert!(!ring.has_deferred_work());
    assert_eq!(reap(&mut ring), [(1, Ok(mask::IN))]);
    assert_eq!((linux.counts() - before).enters, 1);
}

/// Without TASKRUN_FLAG nothing in memory tells of it: there may always be some.
#[test]
fn deferred_work_that_is_not_announced_is_always_suspected() {
    if !has_io_uring() {
        return;
    }
    let (mut ring, pipe) = (ring_without(Feature::TaskrunFlag), Pipe::new());
    if !ring.features().has(Feature::DeferTaskrun) {
        return;
    }
    assert!(!ring.features().has(Feature::TaskrunFlag));
    arm(&mut ring, 1, pipe.read_fd(), mask::IN);
    ring.enter(Wait::Now).expect("enter");
    assert!(ring.has_deferred_work() && ring.pop().is_none());
    pipe.fill();
    assert!(ring.has_deferred_work() && !ring.has_completions() && !ring.mapped.sq.taskrun());
    ring.enter(Wait::Now).expect("enter");
    assert_eq!(reap(&mut ring), [(1, Ok(mask::IN))]);
    assert!(ring.has_deferred_work());
}

#[test]
fn a_full_queue_takes_no_more_and_loses_nothing() {
    if !has_io_uring() {
        return;
    }
    let setup = RingSetup { entries: 4, cq_entries: 64, ..RingSetup::default() };
    let mut ring = Linux::new().ring(&setup).expect("a ring");
    for round in 0..5 {
        for index in 0..4 {
            assert_eq!((ring.room(), ring.queued()), (4 - index, index));
            assert!(nop(&mut ring, round * 4 + index as u64));
        }
        assert!(!nop(&mut ring, u64::MAX));
        assert_eq!(ring.enter(Wait::Now).expect("enter").submitted, 4);
    }
    let order: Vec<u64> = reap(&mut ring).into_iter().map(|answer| answer.0).collect();
    assert_eq!(order, (0..20).collect::<Vec<_>>());
}

#[test]
fn completions_that_found_the_queue_full_come_later_and_in_order() {
    if !has_io_uring() {
        return;
    }
    let setup = RingSetup { entries: 4, cq_entries: 4, ..RingSetup::default() };
    let mut ring = Linux::new().ring(&setup).expect("a ring");
    for user_data in 0..16 {
        assert!(nop(&mut ring, user_data));
        ring.enter(Wait::Now).expect("enter");
    }
    assert!(ring.has_deferred_work(), "the overflow is announced");
    let mut order = Vec::new();
    while order.len() < 16 {
        ring.enter(Wait::Until(MOMENT)).expect("enter");
        order.extend(reap(&mut ring).into_iter().map(|answer| answer.0));
    }
    assert_eq!(order, (0..16).collect::<Vec<_>>());
    assert!(!ring.has_deferred_work());
}

#[test]
fn a_short_submission_keeps_the_rest() {
    if !has_io_uring() {
        return;
    }
    let time = Timespec::new();
    let clocks = types::TimeoutFlags::BOOTTIME | types::TimeoutFlags::REALTIME;
    let (submit_all, one_by_one) = (ring(), ring_without(Feature::SubmitAll));
    for (mut ring, first) in [(submit_all, 3), (one_by_one, 2)] {
        assert!(nop(&mut ring, 1));
        // Two clocks at once are refused before the operation is issued.
        assert!(push(&mut ring, 2, opcode::Timeout::new(&time).flags(clocks).build()));
        assert!(nop(&mut ring, 3));
        assert_eq!(ring.enter(Wait::Now).expect("enter").submitted, first);
        assert_eq!(ring.queued(), 3 - first as usize);
        ring.enter(Wait::Now).expect("enter");
        assert_eq!(reap(&mut ring), [(1, Ok(0)), (2, Err(Errno::INVAL)), (3, Ok(0))]);
    }
}

#[test]
fn an_eventfd_is_told_of_deferred_completions() -> Result<(), Errno> {
    if !has_io_uring() {
        return Ok(());
    }
    let (linux, pipe, mut ring) = (Linux::new(), Pipe::new(), ring());
    let eventfd = linux.eventfd()?;
    ring.register_eventfd(eventfd.raw_fd())?;
    assert_eq!(ring.register_eventfd(eventfd.raw_fd()), Err(Errno::BUSY));
    arm(&mut ring, 1, pipe.read_fd(), mask::IN);
    ring.enter(Wait::Now)?;
    assert!(!linux.clear(&eventfd)?);
    pipe.fill();
    let mut entries = [PollEntry::new(eventfd.raw_fd(), mask::to_poll(mask::IN))];
    assert_eq!(linux.poll(&mut entries, Wait::Until(MOMENT))?, 1);
    ring.enter(Wait::Now)?;
    assert_eq!(reap(&mut ring), [(1, Ok(mask::IN))]);
    Ok(())
}

#[test]
fn an_epoll_set_is_waited_for_on_the_ring() -> Result<(), Errno> {
    if !has_io_uring() {
        return Ok(());
    }
    let (linux, pipe, mut ring) = (Linux::new(), Pipe::new(), ring());
    if !ring.features().has(Feature::EpollWait) {
        return Ok(());
    }
    let epoll = linux.epoll()?;
    epoll.add(pipe.read_fd(), mask::IN, 0x0123_4567_89ab_cdef)?;
    let mut events = [EpollEvent::default(); 2];
    let wait = opcode::EpollWait::new(types::Fd(epoll.raw_fd()), events.as_mut_ptr().cast(), 2);
    // `events` lives to the end of this test, which is after the one completion.
    assert!(push(&mut ring, 1, wait.build()));
    assert_eq!(ring.enter(Wait::Until(MOMENT))?.submitted, 1);
    assert_eq!(ring.pop(), None);
    pipe.fill();
    ring.enter(Wait::Forever)?;
    assert_eq!(reap(&mut ring), [(1, Ok(1))]);
    assert_eq!(events[0], EpollEvent::new(mask::IN, 0x0123_4567_89ab_cdef));
    Ok(())
}

extern "C" fn ignore(_signal: core::ffi::c_int) {}

#[test]
fn a_signal_is_not_an_error() {
    if !has_io_uring() {
        return;
    }
    let mut ring = ring();
    let handler: extern "C" fn(core::ffi::c_int) = ignore;
    // SAFETY: a handler that does nothing is safe at any time; no other test uses this signal.
    unsafe { libc::signal(libc::SIGUSR2, handler as libc::sighandler_t) };
    // SAFETY: no preconditions.
    let waiter = unsafe { libc::pthread_self() };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Again and again, since the first may come before the wait.
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(MOMENT);
                // SAFETY: the waiter is waiting for this scope to end, hence alive.
                unsafe { libc::pthread_kill(waiter, libc::SIGUSR2) };
            }
        });
        let entered = ring.enter(Wait::Forever);
        done.store(true, Ordering::Relaxed);
        assert_eq!(entered, Ok(Entered { submitted: 0, ended: Ended::Interrupted }));
    });
}

/// Whether the writer of a pipe is gone, now or within a second.
fn sees_the_end(read: &OwnedFd) -> bool {
    let gone = || rustix::io::read(read, &mut [0]) == Ok(0);
    (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(1));
        gone()
    })
}

#[test]
fn dropping_a_ring_lets_go_of_what_it_polled() {
    if !has_io_uring() {
        return;
    }
    let _alone = without_children();
    for forbid in [FeatureMask::NONE, Feature::RegisteredRingFd.into()] {
        let (mut ring, pipe) = (ring_without(forbid), Pipe::new());
        arm(&mut ring, 1, pipe.write_fd(), 0);
        ring.enter(Wait::Now).expect("enter");
        let read = pipe.close_write();
        assert_eq!(rustix::io::read(&read, &mut [0]), Err(rustix::io::Errno::AGAIN), "pinned");
        drop(ring);
        assert!(sees_the_end(&read));
    }
}

#[test]
fn a_child_may_drop_its_parents_ring_and_make_its_own() {
    if !has_io_uring() {
        return;
    }
    let (mut ring, pipe) = (ring(), Pipe::new());
    arm(&mut ring, 1, pipe.read_fd(), mask::IN);
    ring.enter(Wait::Now).expect("enter");
    let inherited = core::cell::Cell::new(Some(ring));
    assert!(in_child(|| {
        // The new one is likely to be mapped where the old one was.
        let own = Linux::new().ring(&RingSetup::default());
        drop(inherited.take());
        own.is_ok_and(|mut own| {
            nop(&mut own, 7) && own.enter(Wait::Forever).is_ok() && own.pop().is_some()
        })
    }));
    let mut ring = inherited.into_inner().expect("still the parent's");
    pipe.fill();
    ring.enter(Wait::Forever).expect("enter");
    assert_eq!(reap(&mut ring), [(1, Ok(mask::IN))]);
}
