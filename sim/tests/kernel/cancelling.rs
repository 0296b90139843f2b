//! The table of removing and cancelling, cell by cell.

use levelring::io_uring::opcode::AsyncCancel2;
use levelring::io_uring::types::{CancelBuilder, Fd};
use levelring::kernel::{Errno, Sqe, mask};

use crate::stage::{
    ALREADY, CANCELED, IN, NOENT, Stage, by_name, cancel, hard, multi, poll, poll_in, remove,
};

#[test]
fn a_poll_that_waits_is_ended() {
    for mut stage in [Stage::deferring(), Stage::plain()] {
        let [reader, _] = stage.pipe();
        for by in [remove, cancel] {
            stage.run(&[poll_in(reader, 1)]);
            assert_eq!(stage.run(&[by(1, 2)]), [(2, 0), (1, CANCELED)]);
        }
    }
}

#[test]
fn a_poll_that_has_completed_or_never_was_is_not_found() {
    for mut stage in [Stage::deferring(), Stage::plain()] {
        let [reader, writer] = stage.pipe();
        stage.run(&[poll_in(reader, 1)]);
        stage.write(writer);
        stage.enter();
        assert_eq!(stage.run(&[remove(1, 2), cancel(1, 3)]), [(1, IN), (2, NOENT), (3, NOENT)]);
    }
}

#[test]
fn a_removal_finds_a_poll_that_was_woken() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    stage.write(writer);
    assert_eq!(stage.run(&[remove(1, 2)]), [(2, ALREADY), (1, IN)]);
    stage.run(&[multi(reader, mask::IN, 3)]);
    stage.write(writer);
    stage.push(remove(3, 4));
    stage.enter();
    assert_eq!(stage.reap_more(), [(4, ALREADY, false), (3, IN, true)], "still armed");
    assert_eq!(stage.run(&[remove(3, 5)]), [(5, 0), (3, CANCELED)]);
}

#[test]
fn already_is_no_promise() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    stage.write(writer);
    stage.read(reader);
    assert_eq!(stage.run(&[remove(1, 2)]), [(2, ALREADY)], "silently armed again (Bug B)");
    stage.close(reader);
    stage.write(writer);
    assert_eq!(stage.run(&[]), [(1, IN)], "it had held the reader");
}

#[test]
fn both_remedies_for_already_work() {
    for remedy in [remove, cancel] {
        let mut stage = Stage::deferring();
        let [reader, writer] = stage.pipe();
        stage.run(&[poll_in(reader, 1)]);
        stage.write(writer);
        stage.read(reader);
        stage.run(&[remove(1, 2)]);
        stage.close(reader);
        assert_eq!(stage.run(&[remedy(1, 3)]), [(3, 0), (1, CANCELED)]);
        assert_eq!(stage.system.write(writer, b"x"), Err(Errno::PIPE), "let go");
    }
}

#[test]
fn a_cancel_eats_what_a_woken_poll_had_to_tell() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    stage.write(writer);
    assert_eq!(stage.run(&[cancel(1, 2)]), [(2, 0), (1, CANCELED)]);
    stage.run(&[multi(reader, mask::IN, 3)]);
    assert_eq!(stage.system.sync_cancel(stage.ring, by_name(3)), Ok(0));
    stage.enter();
    assert_eq!(stage.reap_more(), [(3, CANCELED, false)]);
    assert_eq!(stage.system.sync_cancel(stage.ring, by_name(3)), Err(Errno::NOENT));
}

#[test]
fn a_plain_ring_answers_by_when_its_work_is_done() {
    // At the end of the write: the poll is over. Left for later, by choice: as if it deferred.
    for (choice, expected) in [(0, [(1, IN), (2, NOENT)]), (1, [(2, ALREADY), (1, IN)])] {
        let mut stage = Stage::plain();
        let [reader, writer] = stage.pipe();
        stage.run(&[poll_in(reader, 1)]);
        stage.choose(&[choice]);
        stage.write(writer);
        assert_eq!(stage.run(&[remove(1, 2)]), expected);
    }
}

#[test]
fn a_linked_replacement_comes_after_whatever_the_removal_said() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    let replace = [hard(remove(1, 2)), poll_in(reader, 3)];
    assert_eq!(stage.run(&replace), [(2, 0), (1, CANCELED)]);
    stage.write(writer);
    let replace = [hard(remove(3, 4)), poll_in(reader, 5)];
    let answers = stage.run(&replace);
    assert_eq!(answers[0], (4, ALREADY));
    assert_eq!(answers[1..], [(3, IN), (5, IN)]);
}

#[test]
fn of_two_of_one_name_the_latest_is_taken() {
    let mut stage = Stage::deferring();
    let [one, writer] = stage.pipe();
    let [two, _] = stage.pipe();
    stage.run(&[poll_in(one, 1), poll_in(two, 1)]);
    assert_eq!(stage.system.blunders().duplicates, 1);
    assert_eq!(stage.run(&[remove(1, 2)]), [(2, 0), (1, CANCELED)]);
    stage.write(writer);
    assert_eq!(stage.run(&[]), [(1, IN)], "the first is still there");
}

#[test]
fn cancels_by_descriptor_and_of_all_are_counted() {
    let mut stage = Stage::deferring();
    let [reader, _] = stage.pipe();
    let [other, _] = stage.pipe();
    let all = |builder: CancelBuilder| AsyncCancel2::new(builder.all()).build().user_data(9);
    let by_fd = |fd| CancelBuilder::fd(Fd(fd));
    stage.run(&[poll_in(reader, 1), poll_in(reader, 2), poll_in(other, 3)]);
    assert_eq!(stage.run(&[all(by_fd(reader))]), [(9, 2), (1, CANCELED), (2, CANCELED)]);
    let copy = stage.system.duplicate(other).expect("a copy");
    let one = AsyncCancel2::new(by_fd(copy)).build().user_data(8);
    assert_eq!(stage.run(&[one]), [(8, 0), (3, CANCELED)], "a copy is the same file");
    assert_eq!(stage.run(&[all(by_fd(reader))]), [(9, 0)]);
    assert_eq!(stage.run(&[all(by_fd(99))]), [(9, -9)]);
    stage.run(&[poll_in(reader, 1), poll_in(other, 2)]);
    let any = AsyncCancel2::new(CancelBuilder::any()).build().user_data(7);
    assert_eq!(stage.run(&[any]), [(7, 2), (1, CANCELED), (2, CANCELED)]);
}

/// POLL_REMOVE with the fields of POLL_UPDATE, which the io-uring crate has no name for.
fn update(target: u64, flags: u32, events: u32, name: u64, user_data: u64) -> Sqe {
    let sqe = Sqe::from(&remove(target, user_data));
    Sqe { len: flags, op_flags: events, off: name, ..sqe }
}

const EVENTS: u32 = 1 << 1;
const NAME: u32 = 1 << 2;

#[test]
fn a_poll_that_waits_is_updated() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[poll(writer, mask::IN, 1)]);
    assert!(stage.system.push(stage.ring, update(1, NAME, 0, 5, 2)));
    assert_eq!(stage.run(&[]), [(2, 0)], "renamed");
    assert!(stage.system.push(stage.ring, update(5, EVENTS, mask::OUT, 0, 3)));
    assert_eq!(stage.run(&[]), [(3, 0), (5, 4)], "and ready for what it now waits for");
    assert!(stage.system.push(stage.ring, update(5, EVENTS, mask::OUT, 0, 4)));
    assert_eq!(stage.run(&[]), [(4, NOENT)]);
    stage.run(&[poll_in(reader, 6)]);
    stage.write(writer);
    assert!(stage.system.push(stage.ring, update(6, NAME, 0, 7, 8)));
    assert_eq!(stage.run(&[]), [(8, ALREADY), (6, IN)], "under its old name");
}

#[test]
fn an_update_may_end_the_poll_of_a_terminal() {
    for (choice, expected) in [(0, vec![(2, 0)]), (1, vec![(2, 0), (1, CANCELED)])] {
        let mut stage = Stage::deferring();
        let [master, _terminal] = stage.system.terminal().expect("a terminal");
        stage.run(&[poll_in(master, 1)]);
        stage.choose(&[choice]);
        assert!(stage.system.push(stage.ring, update(1, EVENTS, mask::IN, 0, 2)));
        assert_eq!(stage.run(&[]), expected);
    }
}
