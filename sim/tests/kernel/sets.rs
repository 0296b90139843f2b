//! epoll: what a set tells, and of whom; on its own, nested, and on the ring.

use std::os::fd::RawFd;

use levelring::io_uring::{opcode, types};
use levelring::kernel::{Errno, mask};
use levelring_sim::{Control, Plain, System};

use crate::stage::{CANCELED, IN, Stage, cancel, hard, multi, poll_in};

fn fetch(system: &mut System, set: RawFd, most: usize) -> Vec<(u64, u32)> {
    let mut events = Vec::new();
    let take = |_, what, data| events.push((data, what));
    system.epoll_wait(set, most, take).expect("a set");
    system.check();
    events
}

fn add(system: &mut System, set: RawFd, fd: RawFd, events: u32, data: u64) {
    assert_eq!(system.epoll_control(set, Control::Add, fd, events, data), Ok(()));
}

#[test]
fn a_set_is_level_triggered_and_rotates() {
    let mut system = System::new();
    let set = system.epoll().expect("a set");
    for data in 0..3 {
        let [reader, writer] = system.pipe().expect("a pipe");
        add(&mut system, set, writer, mask::OUT, data);
        add(&mut system, set, reader, mask::IN, 10 + data);
    }
    let order: Vec<u64> = (0..6).map(|_| fetch(&mut system, set, 1)[0].0).collect();
    assert_eq!(order, [0, 1, 2, 0, 1, 2]);
    assert_eq!(fetch(&mut system, set, 8).len(), 3);
}

#[test]
fn edges_and_oneshots_are_told_once() {
    let mut system = System::new();
    let set = system.epoll().expect("a set");
    let [reader, writer] = system.pipe().expect("a pipe");
    for how in [mask::EPOLL_EDGE, mask::EPOLL_ONESHOT] {
        add(&mut system, set, reader, mask::IN | how, 1);
        system.write(writer, b"x").expect("write");
        assert_eq!(fetch(&mut system, set, 2), [(1, mask::IN)]);
        assert_eq!(fetch(&mut system, set, 2), []);
        system.write(writer, b"x").expect("write");
        let again = usize::from(how == mask::EPOLL_EDGE);
        assert_eq!(fetch(&mut system, set, 2).len(), again);
        system.epoll_control(set, Control::Modify, reader, mask::IN, 2).expect("modified");
        assert_eq!(fetch(&mut system, set, 2), [(2, mask::IN)]);
        system.epoll_control(set, Control::Delete, reader, 0, 0).expect("deleted");
        assert_eq!(fetch(&mut system, set, 2), []);
    }
}

#[test]
fn a_set_answers_for_files_and_numbers() {
    let mut system = System::new();
    let set = system.epoll().expect("a set");
    let [reader, writer] = system.pipe().expect("a pipe");
    let regular = system.regular().expect("a file");
    let mut control = |what, fd| system.epoll_control(set, what, fd, mask::IN, 1);
    assert_eq!(control(Control::Modify, reader), Err(Errno::NOENT));
    assert_eq!(control(Control::Add, reader), Ok(()));
    assert_eq!(control(Control::Add, reader), Err(Errno::EXIST));
    assert_eq!(control(Control::Add, regular), Err(Errno::PERM));
    assert_eq!(control(Control::Add, 99), Err(Errno::BADF));
    assert_eq!(control(Control::Add, set), Err(Errno::INVAL));
    let copy = system.duplicate(reader).expect("a copy");
    add(&mut system, set, copy, mask::IN, 2);
    system.write(writer, b"x").expect("write");
    assert_eq!(fetch(&mut system, set, 4).len(), 2);
    system.close(&mut Plain, reader).expect("close");
    let ghost = fetch(&mut system, set, 4);
    assert!(ghost.contains(&(1, mask::IN)), "the file lives, and so does its entry: {ghost:?}");
    let gone = system.epoll_control(set, Control::Delete, reader, 0, 0);
    assert_eq!(gone, Err(Errno::BADF));
    system.close(&mut Plain, copy).expect("close");
    assert_eq!(fetch(&mut system, set, 4), [], "the last reference takes the entries along");
}

#[test]
fn nested_sets_tell_of_each_other_and_may_not_form_a_circle() {
    let mut system = System::new();
    let [outer, inner] = [(); 2].map(|()| system.epoll().expect("a set"));
    add(&mut system, outer, inner, mask::IN, 1);
    let looped = system.epoll_control(inner, Control::Add, outer, mask::IN, 1);
    assert_eq!(looped, Err(Errno::LOOP));
    let [reader, writer] = system.pipe().expect("a pipe");
    add(&mut system, inner, reader, mask::IN | mask::EPOLL_EDGE, 2);
    assert_eq!(fetch(&mut system, outer, 1), []);
    system.write(writer, b"x").expect("write");
    for _ in 0..2 {
        assert_eq!(fetch(&mut system, outer, 1), [(1, mask::IN)], "level, whatever is inside");
    }
    assert_eq!(fetch(&mut system, inner, 1), [(2, mask::IN)]);
    assert_eq!(fetch(&mut system, outer, 1), []);
    system.close(&mut Plain, inner).expect("close");
    system.check();
}

fn wait(set: RawFd, user_data: u64) -> levelring::io_uring::squeue::Entry {
    opcode::EpollWait::new(types::Fd(set), core::ptr::null_mut(), 4).build().user_data(user_data)
}

#[test]
fn a_wait_on_the_ring_looks_again_when_its_work_is_done() {
    for (mut stage, defers) in [(Stage::deferring(), true), (Stage::plain(), false)] {
        let set = stage.system.epoll().expect("a set");
        let [reader, writer] = stage.pipe();
        add(&mut stage.system, set, reader, mask::IN, 1);
        assert_eq!(stage.run(&[wait(set, 1)]), []);
        stage.write(writer);
        stage.read(reader);
        let seen = stage.run(&[]);
        assert_eq!(seen.is_empty(), defers, "re-checked, or told when it was so: {seen:?}");
        if !defers {
            assert_eq!(stage.run(&[wait(set, 1)]), []);
        }
        stage.write(writer);
        assert_eq!(stage.run(&[]), [(1, 1)]);
        assert_eq!(stage.run(&[wait(set, 2)]), [(2, 1)], "level, and inline");
        stage.read(reader);
        stage.run(&[wait(set, 3)]);
        stage.close(reader);
        stage.close(writer);
        assert_eq!(stage.system.references(set), Some(2), "the set is held, its members are not");
        let seen = stage.run(&[cancel(3, 4)]);
        assert_eq!(seen, [(4, 0), (3, CANCELED)]);
    }
}

#[test]
fn a_set_is_polled_on_the_ring_by_level_once_and_by_edge_for_good() {
    let mut stage = Stage::deferring();
    let set = stage.system.epoll().expect("a set");
    let [reader, writer] = stage.pipe();
    add(&mut stage.system, set, reader, mask::IN, 1);
    stage.write(writer);
    assert_eq!(stage.run(&[poll_in(set, 1)]), [(1, IN)]);
    assert_eq!(stage.run(&[poll_in(set, 1)]), [(1, IN)]);
    assert_eq!(stage.run(&[multi(set, mask::IN, 2)]), [(2, IN)]);
    assert_eq!(stage.run(&[]), []);
}

#[test]
fn the_rings_eventfd_wakes_a_set() {
    let mut stage = Stage::deferring();
    let eventfd = stage.system.event(0).expect("an eventfd");
    stage.system.register_eventfd(stage.ring, eventfd).expect("registered");
    let set = stage.system.epoll().expect("a set");
    add(&mut stage.system, set, eventfd, mask::IN | mask::EPOLL_EDGE, 9);
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    assert_eq!(fetch(&mut stage.system, set, 1), []);
    stage.write(writer);
    assert_eq!(fetch(&mut stage.system, set, 1), [(9, mask::IN)], "for deferred work");
    assert_eq!(fetch(&mut stage.system, set, 1), []);
    stage.enter();
    assert_eq!(fetch(&mut stage.system, set, 1), [(9, mask::IN)], "and for a completion");
}

#[test]
fn a_change_of_what_is_listed_already_wakes_nobody() {
    let mut stage = Stage::deferring();
    let set = stage.system.epoll().expect("a set");
    let [reader, writer] = stage.pipe();
    stage.write(writer);
    add(&mut stage.system, set, reader, mask::IN, 1);
    assert_eq!(stage.run(&[multi(set, mask::IN, 1)]), [(1, IN)]);
    stage.system.epoll_control(set, Control::Modify, reader, mask::IN, 2).expect("modified");
    assert_eq!(stage.run(&[]), []);
    stage.system.epoll_control(set, Control::Delete, reader, 0, 0).expect("deleted");
    add(&mut stage.system, set, reader, mask::IN, 3);
    assert_eq!(stage.run(&[]), [(1, IN)]);
}

#[test]
fn nothing_is_told_of_a_file_that_is_about_to_go() {
    let mut stage = Stage::deferring();
    let set = stage.system.epoll().expect("a set");
    let [_reader, writer] = stage.pipe();
    add(&mut stage.system, set, writer, mask::OUT, 1);
    stage.run(&[hard(poll_in(writer, 1)), poll_in(set, 2)]);
    stage.close(writer);
    let seen = stage.run(&[cancel(1, 3)]);
    assert_eq!(seen, [(3, 0), (1, CANCELED)], "though the set is asked before it is gone");
}
