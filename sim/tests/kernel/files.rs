//! Files apart from descriptors: who keeps one open, and what its peers see.

use levelring::kernel::{Errno, Feature, FeatureMask, PollEntry, mask};
use levelring_sim::{Half, Plain, Script, System};

use crate::stage::{CANCELED, IN, Stage, by_name, cancel, multi, poll, poll_in, remove};

fn level(system: &mut System, fd: i32) -> u32 {
    let mut entries = [PollEntry::new(fd, 0x2007)];
    system.poll(&mut entries);
    mask::from_poll(entries[0].revents)
}

#[test]
fn a_poll_keeps_a_closed_file_open_and_its_number_names_another() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(reader, 1)]);
    stage.close(reader);
    let [again, other_writer] = stage.pipe();
    assert_eq!(again, reader, "the lowest number that is free");
    stage.write(other_writer);
    assert_eq!(stage.run(&[]), [], "the poll is of the old file");
    stage.write(writer);
    assert_eq!(stage.run(&[]), [(1, IN)], "which was open");
    assert_eq!(stage.system.write(writer, b"x"), Err(Errno::PIPE), "and now is not");
}

#[test]
fn a_deferring_ring_lets_go_when_it_is_entered_and_a_plain_one_at_once() {
    for (mut stage, at_once) in [(Stage::deferring(), false), (Stage::plain(), true)] {
        for by in [remove, cancel] {
            let [reader, writer] = stage.pipe();
            stage.run(&[poll_in(writer, 1)]);
            let out = stage.run(&[poll_in(writer, 1)]);
            assert_eq!(out, [], "a writer is not readable");
            stage.run(&[by(1, 2)]);
            stage.close(writer);
            assert!(!stage.has_ended(reader), "the other poll holds it");
            stage.submit(&[by(1, 3)]);
            assert_eq!(stage.has_ended(reader), at_once);
            stage.enter();
            assert!(stage.has_ended(reader));
            stage.reap();
        }
        let [reader, writer] = stage.pipe();
        stage.run(&[poll_in(writer, 1)]);
        stage.close(writer);
        assert_eq!(stage.system.sync_cancel(stage.ring, by_name(1)), Ok(0));
        stage.system.leave(&mut Plain);
        assert_eq!(stage.has_ended(reader), at_once);
        assert_eq!(stage.run(&[]), [(1, CANCELED)]);
        assert!(stage.has_ended(reader));
    }
}

#[test]
fn a_closed_ring_lets_go_now_or_later_and_not_while_a_child_has_it() {
    for late in [0, 1] {
        let mut stage = Stage::deferring();
        let [reader, writer] = stage.pipe();
        stage.run(&[poll_in(writer, 1)]);
        stage.close(writer);
        let ring = stage.ring_fd;
        stage.system.close(&mut Script::new([late]), ring).expect("close");
        assert_eq!(stage.has_ended(reader), late == 0);
        stage.wait_until(1);
        assert!(stage.has_ended(reader));
        assert_eq!(stage.system.blunders().abandoned, 1);
    }
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    stage.run(&[poll_in(writer, 1)]);
    stage.system.fork();
    stage.close(writer);
    stage.close(stage.ring_fd);
    stage.wait_until(1);
    assert!(!stage.has_ended(reader));
    assert!(stage.system.child_exits(&mut Plain));
    assert!(stage.has_ended(reader));
    assert!(!stage.system.child_exits(&mut Plain));
}

#[test]
fn a_registered_file_is_open_until_it_is_let_go() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    assert_eq!(stage.system.keep_file(stage.ring, 0, writer), Ok(()));
    stage.close(writer);
    assert!(!stage.has_ended(reader));
    stage.system.keep_file(stage.ring, 0, -1).expect("let go");
    assert!(stage.has_ended(reader));
}

#[test]
fn pipes_tell_of_their_ends() {
    let mut system = System::new();
    let [reader, writer] = system.pipe().expect("a pipe");
    assert_eq!((level(&mut system, reader), level(&mut system, writer)), (0, mask::OUT));
    let copy = system.duplicate(writer).expect("a copy");
    system.close(&mut Plain, writer).expect("close");
    assert_eq!(level(&mut system, reader), 0, "there is another writer");
    system.close(&mut Plain, copy).expect("close");
    assert_eq!(level(&mut system, reader), mask::HUP);
    assert_eq!(level(&mut system, writer), mask::NVAL);
    let [reader, writer] = system.pipe().expect("a pipe");
    system.close(&mut Plain, reader).expect("close");
    assert_eq!(level(&mut system, writer), mask::OUT | mask::ERR);
    assert_eq!(system.write(writer, b"x"), Err(Errno::PIPE));
}

#[test]
fn sockets_tell_of_halves_and_of_ends() {
    let mut system = System::new();
    let [one, two] = system.socket_pair().expect("sockets");
    assert_eq!(level(&mut system, one), mask::OUT);
    system.shutdown(two, Half::Write).expect("half");
    assert_eq!(level(&mut system, one), mask::IN | mask::OUT | mask::RDHUP);
    assert_eq!(system.read(one, &mut [0]), Ok(0));
    assert_eq!(system.write(two, b"x"), Err(Errno::PIPE));
    system.close(&mut Plain, two).expect("close");
    let hung_up = mask::IN | mask::OUT | mask::RDHUP | mask::HUP;
    assert_eq!(level(&mut system, one), hung_up);

    let (listener, port) = system.listen(0).expect("a listener");
    let client = system.connect(port).expect("a connection");
    assert_eq!(level(&mut system, listener), mask::IN);
    let server = system.accept(listener).expect("accepted");
    assert_eq!(system.accept(listener), Err(Errno::AGAIN));
    system.close(&mut Plain, server).expect("close");
    assert_eq!(level(&mut system, client), mask::IN | mask::OUT | mask::RDHUP, "only a FIN");
    assert_eq!(system.write(client, b"x"), Ok(1));
    assert_eq!(level(&mut system, client), hung_up | mask::ERR, "and now a RST");
    system.check();

    let client = system.connect(port).expect("a connection");
    let server = system.accept(listener).expect("accepted");
    system.reset(&mut Plain, server).expect("reset");
    assert_eq!(level(&mut system, client), hung_up | mask::ERR);
    assert_eq!(system.read(client, &mut [0]), Err(Errno(104)));
    assert_eq!(system.read(client, &mut [0]), Ok(0));
}

#[test]
fn a_port_is_in_use_while_anything_holds_the_listener() {
    let mut stage = Stage::deferring();
    let (listener, port) = stage.system.listen(0).expect("a listener");
    stage.run(&[poll_in(listener, 1)]);
    stage.close(listener);
    assert_eq!(stage.system.listen(port), Err(Errno(98)));
    assert!(stage.system.connect(port).is_ok(), "into a backlog that nobody accepts from");
    assert_eq!(stage.run(&[]), [(1, IN)]);
    assert!(stage.system.listen(port).is_ok());
    stage.system.check();
}

#[test]
fn a_small_queue_is_as_small_as_was_asked_for() {
    let mut stage = Stage::new(1, 1, FeatureMask::from(Feature::DeferTaskrun));
    let [reader, _] = stage.pipe();
    stage.push(poll_in(reader, 1));
    let full = levelring::kernel::Sqe::from(&poll_in(reader, 2));
    assert!(!stage.system.push(stage.ring, full));
}

#[test]
fn what_a_ring_lets_go_is_gone_at_the_end_of_the_call() {
    let mut stage = Stage::deferring();
    let [one, two] = stage.system.socket_pair().expect("sockets");
    stage.run(&[poll_in(one, 1), poll_in(two, 2)]);
    stage.close(one);
    assert_eq!(stage.run(&[cancel(1, 3)]), [(3, 0), (1, CANCELED)]);
    assert_eq!(stage.run(&[]), [(2, 0x2011)], "the peer hears of it afterwards");
}

#[test]
fn a_writer_is_told_of_each_write_that_was_read_to_its_end() {
    let mut stage = Stage::deferring();
    let [one, two] = stage.system.socket_pair().expect("sockets");
    stage.run(&[multi(two, mask::OUT | mask::IN, 1)]);
    stage.write(one);
    stage.reap();
    for _ in 0..2 {
        stage.write(two);
    }
    stage.run(&[]);
    assert_eq!(stage.system.read(one, &mut [0; 2]), Ok(2));
    assert_eq!(stage.run(&[]), [(1, IN | 4)], "twice, so that the file is looked at");
    stage.write(two);
    assert_eq!(stage.system.read(one, &mut [0; 2]), Ok(1));
    assert_eq!(stage.run(&[]), [(1, 4)], "once, which is believed");
}

#[test]
fn an_end_wakes_all_who_wait_exclusively() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    let exclusive = |name| poll(reader, mask::IN | 1 << 28, name);
    stage.run(&[exclusive(1), exclusive(2)]);
    stage.close(writer);
    assert_eq!(stage.run(&[]), [(1, 0x10), (2, 0x10)]);
}
