//! POLL_ADD: what is told, when, and in which order.

use levelring::kernel::mask;
use levelring_sim::Half;

use crate::stage::{BADF, CANCELED, IN, INVAL, OUT, Stage, bad, multi, nop, poll, poll_in};

#[test]
fn ready_at_submission_completes_inline_without_getevents() {
    for mut stage in [Stage::deferring(), Stage::plain()] {
        let [reader, writer] = stage.pipe();
        stage.write(writer);
        stage.submit(&[poll_in(reader, 1), poll(writer, mask::OUT, 2)]);
        assert_eq!(stage.reap(), [(1, IN), (2, OUT)], "in the order of submission");
        stage.submit(&[poll_in(reader, 3)]);
        assert_eq!(stage.reap(), [(3, IN)], "level: nothing was consumed");
    }
}

#[test]
fn one_wake_up_is_told_to_the_latest_first_and_to_one_exclusive() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    let exclusive = mask::IN | 1 << 28;
    let entries: Vec<_> = (1..=5)
        .map(|number| poll(reader, if number > 3 { exclusive } else { mask::IN }, number))
        .collect();
    assert_eq!(stage.run(&entries), []);
    stage.write(writer);
    assert_eq!(stage.run(&[]), [(3, IN), (2, IN), (1, IN), (4, IN)]);
    stage.write(writer);
    assert_eq!(stage.run(&[]), [(5, IN)]);
}

#[test]
fn a_mask_may_be_stale() {
    for mut stage in [Stage::deferring(), Stage::plain()] {
        let [reader, writer] = stage.pipe();
        stage.run(&[poll_in(reader, 1)]);
        stage.write(writer);
        stage.read(reader);
        assert_eq!(stage.run(&[]), [(1, IN)], "one wake-up with a key is believed");
    }
}

#[test]
fn after_several_wake_ups_a_multishot_poll_looks_again() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[multi(reader, mask::IN, 1)]);
    stage.write(writer);
    stage.write(writer);
    stage.read(reader);
    stage.read(reader);
    assert_eq!(stage.run(&[]), [], "and is silent when there is nothing");
    stage.write(writer);
    stage.enter();
    assert_eq!(stage.reap_more(), [(1, IN, true)]);
}

#[test]
fn a_multishot_poll_is_level_at_first_and_then_edges() {
    for mut stage in [Stage::deferring(), Stage::plain()] {
        let [reader, writer] = stage.pipe();
        stage.write(writer);
        stage.submit(&[multi(reader, mask::IN, 1)]);
        let defers = stage.system.ring_flags(stage.ring)[0];
        assert_eq!(stage.reap().is_empty(), defers, "by way of the work");
        stage.enter();
        stage.reap();
        stage.enter();
        assert_eq!(stage.reap(), [], "unread data is no edge");
        stage.write(writer);
        stage.write(writer);
        stage.enter();
        let edges = stage.reap_more();
        let expected = if defers { 1 } else { 2 };
        assert_eq!(edges, vec![(1, IN, true); expected], "coalesced under DEFER");
    }
}

#[test]
fn a_hang_up_does_not_end_a_multishot_poll() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[multi(reader, mask::IN, 1)]);
    stage.close(writer);
    stage.enter();
    assert_eq!(stage.reap_more(), [(1, 0x10, true)], "HUP without IN");
    assert_eq!(stage.run(&[]), []);
    assert_eq!(stage.system.in_flight(stage.ring), 1);
}

#[test]
fn rdhup_is_told_unasked() {
    let mut stage = Stage::deferring();
    let [one, two] = stage.system.socket_pair().expect("sockets");
    stage.system.set_socket_capacity(one, 4).expect("small");
    assert_eq!(stage.system.write(one, b"1234"), Ok(4));
    stage.system.shutdown(two, Half::Write).expect("half");
    let spin = [(1, 0x2000)];
    for _ in 0..3 {
        assert_eq!(stage.run(&[poll(one, mask::OUT, 1)]), spin, "each time it is armed");
    }
    stage.run(&[multi(one, mask::OUT, 2)]);
    assert_eq!(stage.run(&[]), [], "once, when it is multishot");
}

#[test]
fn files_that_are_always_ready_are_told_at_once_or_refused() {
    let mut stage = Stage::deferring();
    let regular = stage.system.regular().expect("a file");
    let both = mask::IN | mask::OUT;
    stage.submit(&[poll(regular, both, 1), multi(regular, both, 2), poll(regular, mask::PRI, 3)]);
    assert_eq!(stage.reap_more(), [(1, 5, false), (2, 5, false), (3, INVAL, false)]);
    stage.submit(&[poll_in(-1, 4), poll_in(77, 5), nop(6)]);
    assert_eq!(stage.reap(), [(4, BADF), (5, BADF), (6, 0)], "which does not stop the batch");
}

#[test]
fn a_malformed_submission_ends_the_batch_unless_all_is_to_be_submitted() {
    use levelring::kernel::Feature;
    let mut stage = Stage::new(8, 64, Feature::SubmitAll.into());
    for entry in [nop(1), bad(2), nop(3)] {
        stage.push(entry);
    }
    assert_eq!(stage.enter(), 2);
    assert_eq!(stage.reap(), [(1, 0), (2, INVAL)]);
    assert_eq!(stage.run(&[]), [(3, 0)], "the rest was left in the queue");
    let mut stage = Stage::deferring();
    assert_eq!(stage.run(&[nop(1), bad(2), nop(3)]), [(1, 0), (2, INVAL), (3, 0)]);
}

#[test]
fn a_terminal_wakes_without_a_key_and_may_end_a_poll() {
    for (choice, expected) in [(0, vec![]), (1, vec![(1, INVAL)])] {
        let mut stage = Stage::deferring();
        let [master, terminal] = stage.system.terminal().expect("a terminal");
        stage.run(&[poll_in(terminal, 1)]);
        stage.system.set_terminal(terminal).expect("set");
        stage.choose(&[choice]);
        assert_eq!(stage.run(&[]), expected);
        stage.write(master);
        let then = if choice == 0 { vec![(1, IN)] } else { vec![] };
        assert_eq!(stage.run(&[]), then);
    }
}

#[test]
fn a_poll_of_the_own_ring_ends_with_the_first_completion() {
    let mut stage = Stage::deferring();
    let ring = stage.ring_fd;
    stage.run(&[multi(ring, mask::IN, 1)]);
    // The first to poll the ring are woken once, because they may have missed something.
    assert_eq!(stage.run(&[nop(2)]), [(2, 0), (1, IN), (1, IN)]);
    assert_eq!(stage.system.in_flight(stage.ring), 0);
    stage.run(&[poll_in(ring, 3)]);
    stage.close(ring);
    assert_eq!(stage.system.in_flight(stage.ring), 0, "the ring is gone");
}

#[test]
fn an_unsolicited_end_is_a_fault() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.system.faults_mut().spurious_cancel = levelring_sim::Odds(1);
    stage.run(&[poll_in(reader, 1)]);
    stage.write(writer);
    stage.choose(&[1]);
    assert_eq!(stage.run(&[]), [(1, CANCELED)]);
}
