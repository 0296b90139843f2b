//! Links: what follows what, and what breaks a chain.

use crate::stage::{
    ALREADY, BADF, CANCELED, IN, INVAL, NOENT, Stage, bad, cancel, hard, nop, poll_in, remove,
    skip, soft,
};

#[test]
fn a_soft_link_breaks_with_a_failure_and_a_hard_one_does_not() {
    let mut stage = Stage::deferring();
    assert_eq!(stage.run(&[soft(remove(9, 1)), nop(2)]), [(1, NOENT), (2, CANCELED)]);
    assert_eq!(stage.run(&[hard(remove(9, 1)), nop(2)]), [(1, NOENT), (2, 0)]);
    let chain = [soft(nop(1)), soft(nop(2)), soft(nop(3)), nop(4)];
    assert_eq!(stage.run(&chain), [(1, 0), (2, 0), (3, 0)]);
    assert_eq!(stage.run(&[]), [(4, 0)], "each link takes a round of work, of which there are two");
}

#[test]
fn a_link_waits_for_the_one_before_it() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    assert_eq!(stage.run(&[soft(poll_in(reader, 1)), nop(2), nop(3)]), [(3, 0)]);
    stage.write(writer);
    assert_eq!(stage.run(&[]), [(1, IN)]);
    assert_eq!(stage.run(&[]), [(2, 0)]);
    stage.read(reader);
    for (link, end) in [(soft as fn(_) -> _, CANCELED), (hard, 0)] {
        stage.run(&[link(poll_in(reader, 1)), nop(2)]);
        let mut seen = stage.run(&[cancel(1, 3)]);
        seen.extend(stage.run(&[]));
        assert_eq!(seen, [(3, 0), (1, CANCELED), (2, end)]);
    }
}

#[test]
fn what_is_linked_behind_a_late_removal_may_be_told_before_its_poll() {
    let orders = [(0, [(2, ALREADY), (1, IN), (3, IN)]), (1, [(2, ALREADY), (3, IN), (1, IN)])];
    for (choice, expected) in orders {
        let mut stage = Stage::deferring();
        let [reader, writer] = stage.pipe();
        stage.run(&[poll_in(reader, 1)]);
        stage.write(writer);
        stage.choose(&[choice]);
        assert_eq!(stage.run(&[hard(remove(1, 2)), poll_in(reader, 3)]), expected);
    }
}

#[test]
fn a_chain_is_cut_where_the_batch_ends() {
    let mut stage = Stage::deferring();
    stage.push(hard(remove(9, 1)));
    stage.push(nop(2));
    let taken = stage.system.submit_only(&mut stage.script, stage.ring, 1);
    assert_eq!(taken, Ok(1));
    assert_eq!(
        stage.run(&[]),
        [(2, 0), (1, NOENT)],
        "each for itself, and the cut one by a worker"
    );
    stage.push(soft(remove(9, 1)));
    stage.push(nop(2));
    let taken = stage.system.submit_only(&mut stage.script, stage.ring, 1);
    assert_eq!(taken, Ok(1));
    stage.choose(&[1]);
    stage.system.leave(&mut stage.script);
    assert_eq!(stage.reap(), [], "the worker takes its time");
    assert_eq!(stage.run(&[]), [(2, 0), (1, NOENT)], "not cancelled: not linked");
}

#[test]
fn a_malformed_member_fails_the_whole_chain() {
    let mut stage = Stage::deferring();
    let [reader, _] = stage.pipe();
    stage.run(&[poll_in(reader, 7)]);
    let mut seen = stage.run(&[hard(remove(7, 1)), bad(2)]);
    seen.extend(stage.run(&[]));
    assert_eq!(seen, [(1, CANCELED), (2, INVAL)], "the removal was not executed");
    assert_eq!(stage.run(&[remove(7, 3)]), [(3, 0), (7, CANCELED)]);
    let mut seen = stage.run(&[hard(bad(1)), nop(2)]);
    seen.extend(stage.run(&[]));
    assert_eq!(seen, [(1, INVAL), (2, CANCELED)]);
}

#[test]
fn an_error_at_issue_is_only_that() {
    let mut stage = Stage::deferring();
    let [reader, _] = stage.pipe();
    stage.run(&[poll_in(reader, 7)]);
    let mut seen = stage.run(&[hard(remove(7, 1)), poll_in(99, 2)]);
    seen.extend(stage.run(&[]));
    assert_eq!(seen, [(1, 0), (7, CANCELED), (2, BADF)]);
}

#[test]
fn a_success_may_go_unreported_and_takes_a_broken_chain_with_it() {
    let mut stage = Stage::deferring();
    let [reader, _] = stage.pipe();
    stage.run(&[poll_in(reader, 7)]);
    assert_eq!(stage.run(&[skip(remove(7, 1))]), [(7, CANCELED)]);
    assert_eq!(stage.run(&[skip(remove(7, 1))]), [(1, NOENT)], "a failure is told");
    let mut seen = stage.run(&[skip(soft(remove(7, 1))), nop(2)]);
    seen.extend(stage.run(&[]));
    assert_eq!(seen, [(1, NOENT)], "the tail is dropped in silence");
    assert_eq!(stage.system.in_flight(stage.ring), 0);
}
