//! When completions come: deferred work, its limit, overflow, waits, the eventfd.

use core::time::Duration;

use levelring::kernel::{Errno, FeatureMask, PollEntry, mask};
use levelring_sim::{Odds, Plain, Step};

use crate::stage::{IN, Stage, multi, nop, poll_in};

#[test]
fn twenty_at_a_time_come_up() {
    let mut stage = Stage::new(100, 200, FeatureMask::NONE);
    let [reader, writer] = stage.pipe();
    let polls: Vec<_> = (0..100).map(|number| poll_in(reader, number)).collect();
    stage.run(&polls);
    stage.write(writer);
    for round in 1..=5 {
        assert!(stage.system.ring_flags(stage.ring)[0], "announced in memory");
        stage.enter();
        assert_eq!(stage.system.completions(stage.ring), 20 * round);
    }
    assert!(!stage.system.ring_flags(stage.ring)[0]);
}

#[test]
fn without_getevents_nothing_that_is_deferred_comes() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.submit(&[poll_in(reader, 1)]);
    stage.write(writer);
    for _ in 0..10 {
        stage.submit(&[poll_in(reader, 2)]);
        assert_eq!(stage.reap(), [(2, IN)]);
    }
    assert_eq!(stage.run(&[poll_in(reader, 3)]), [(3, IN), (1, IN)], "inline ones come first");
}

#[test]
fn a_plain_ring_completes_within_the_handlers_own_write() {
    let mut stage = Stage::plain();
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    stage.write(writer);
    assert_eq!(stage.reap(), [(1, IN)], "without an enter");
}

#[test]
fn completions_overflow_in_order_and_are_flushed_by_an_enter() {
    let mut stage = Stage::new(8, 2, FeatureMask::NONE);
    let numbers: Vec<_> = (1..=5).map(nop).collect();
    for entry in &numbers {
        stage.push(entry.clone());
    }
    assert_eq!(stage.enter(), 5);
    assert!(stage.system.ring_flags(stage.ring)[1]);
    assert_eq!(stage.reap(), [(1, 0), (2, 0)]);
    assert_eq!(stage.reap(), [], "taking them does not refill the queue");
    assert_eq!(stage.run(&[nop(6)]), [(3, 0), (4, 0)], "the newest comes behind the oldest");
    assert_eq!(stage.run(&[]), [(5, 0), (6, 0)]);
    assert!(!stage.system.ring_flags(stage.ring)[1]);
    assert_eq!(stage.system.blunders().overflows, 4);
}

#[test]
fn a_multishot_poll_ends_where_the_queue_is_full() {
    let mut stage = Stage::new(8, 1, FeatureMask::NONE);
    let [reader, writer] = stage.pipe();
    stage.push(multi(reader, mask::IN, 1));
    stage.push(multi(reader, mask::IN, 2));
    stage.enter();
    stage.write(writer);
    stage.enter();
    assert_eq!(stage.reap_more(), [(2, IN, true)], "it found room and lives on");
    stage.enter();
    assert_eq!(stage.reap_more(), [(1, IN, false)], "its last");
    assert_eq!(stage.system.in_flight(stage.ring), 1);
}

#[test]
fn an_enter_tells_of_its_wait_only_if_it_submitted_nothing() {
    let mut stage = Stage::deferring();
    let Step::Asleep(asleep) = stage.system.enter(&mut Plain, stage.ring, 0, 1) else {
        panic!("there is nothing");
    };
    assert_eq!(stage.system.give_up(asleep, Errno::TIME), Err(Errno::TIME));
    let [reader, writer] = stage.pipe();
    stage.push(poll_in(reader, 1));
    let Step::Asleep(asleep) = stage.system.enter(&mut Plain, stage.ring, 1, 1) else {
        panic!("there is nothing");
    };
    assert_eq!(stage.system.give_up(asleep, Errno::TIME), Ok(1), "swallowed");
    stage.write(writer);
    assert_eq!(stage.system.resume(&mut Plain, asleep), Step::Returned(Ok(1)));
    assert_eq!(stage.reap(), [(1, IN)]);
}

#[test]
fn a_short_submit_does_not_wait() {
    let mut stage = Stage::deferring();
    stage.system.faults_mut().short_submit = Odds(1);
    let [reader, _] = stage.pipe();
    stage.push(poll_in(reader, 1));
    stage.push(poll_in(reader, 2));
    stage.choose(&[1, 1]);
    let step = stage.system.enter(&mut stage.script, stage.ring, 2, 1);
    assert_eq!(step, Step::Returned(Ok(1)));
    assert_eq!(stage.system.queued(stage.ring), 1);
    for (fault, errno) in [(true, Errno::BUSY), (false, Errno::AGAIN)] {
        let faults = stage.system.faults_mut();
        (faults.busy, faults.again) = (Odds(u8::from(fault)), Odds(u8::from(!fault)));
        stage.choose(&[1]);
        let step = stage.system.enter(&mut stage.script, stage.ring, 1, 0);
        assert_eq!(step, Step::Returned(Err(errno)));
    }
}

#[test]
fn the_eventfd_is_signalled_for_deferred_work_and_for_completions() {
    let mut stage = Stage::deferring();
    let eventfd = stage.system.event(0).expect("an eventfd");
    stage.system.register_eventfd(stage.ring, eventfd).expect("registered");
    assert_eq!(stage.system.register_eventfd(stage.ring, eventfd), Err(Errno::BUSY));
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    stage.write(writer);
    stage.enter();
    let mut count = [0; 8];
    assert_eq!(stage.system.read(eventfd, &mut count), Ok(8));
    assert_eq!(u64::from_ne_bytes(count), 2);
}

#[test]
fn the_fd_of_a_deferring_ring_wakes_nobody_for_deferred_work() {
    let mut stage = Stage::deferring();
    let set = stage.system.epoll().expect("a set");
    let add = levelring_sim::Control::Add;
    stage.system.epoll_control(set, add, stage.ring_fd, mask::IN, 5).expect("added");
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    assert_eq!(stage.system.epoll_wait(set, 1, |_, _, _| ()), Ok(0), "woken once, for nothing");
    stage.write(writer);
    assert_eq!(stage.system.epoll_wait(set, 1, |_, _, _| ()), Ok(0), "not woken");
    let mut entries = [PollEntry::new(stage.ring_fd, 1)];
    assert_eq!(stage.system.poll(&mut entries), 1, "though poll(2) sees it");
    stage.enter();
    assert_eq!(stage.system.epoll_wait(set, 1, |_, _, _| ()), Ok(1));
}

#[test]
fn time_passes_from_one_timer_to_the_next() {
    let mut stage = Stage::deferring();
    let timer = stage.system.timer().expect("a timer");
    stage.system.set_timer(timer, Some(Duration::from_millis(5))).expect("set");
    stage.run(&[poll_in(timer, 1)]);
    assert_eq!(stage.system.next_timer(), Some(Duration::from_millis(5)));
    stage.wait_until(4);
    assert_eq!(stage.run(&[]), []);
    stage.wait_until(9);
    assert_eq!(stage.run(&[]), [(1, IN)]);
    assert_eq!(stage.system.now(), Duration::from_millis(9));
    assert_eq!(stage.system.next_timer(), None);
}
