//! Files that are not pipes or sockets, and numbers that are no files.

use core::time::Duration;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use levelring::{AddError, Interest, Readiness, Refusal, Tenure};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

use crate::files::{Fd, full_pipe, level, pipe, put, raw_close, take};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: a_regular_file_is_always_ready,
    Every: so_are_a_directory_and_dev_null,
    Every: a_regular_file_takes_its_turn,
    Every: a_regular_file_with_many_registrations,
    Every: a_regular_file_waited_for_in_vain,
    Every: a_regular_file_changes_its_interest,
    Every: a_number_that_is_no_file,
    Every: a_path_is_no_file,
    Every: a_terminal_changes_its_mode,
    Every: a_terminal_changes_its_mode_often,
    Every: a_terminal_that_wakes_for_less_than_is_wanted,
    Every: an_epoll_set_and_a_timer,
}

const BOTH_WAYS: Interest = Interest::from_bits(Interest::READ.bits() | Interest::WRITE.bits());

fn open(path: &str, flags: OFlags) -> Fd {
    let fd = rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty());
    Rc::new(fd.expect("to open what every system has"))
}

/// This program, which nobody may write to.
fn regular() -> Fd {
    open("/proc/self/exe", OFlags::RDONLY)
}

/// A file that can be written.
fn writable() -> Fd {
    let fd = rustix::fs::memfd_create("behaviour", rustix::fs::MemfdFlags::CLOEXEC);
    Rc::new(fd.expect("a file in memory"))
}

fn is_always_ready(stand: &Stand, fd: &Fd) {
    let asked = [
        (Interest::READ, Readiness::READ),
        (Interest::WRITE, Readiness::WRITE),
        (BOTH_WAYS, Readiness::READ | Readiness::WRITE),
    ];
    for tenure in BOTH {
        for (interest, promised) in asked {
            let mut trial = Trial::on(stand);
            trial.watch_and(tenure, 'F', fd, interest, move |_, seen| {
                check("what it is told", seen, promised);
            });
            check("always", trial.turns(30), "F".repeat(30));
            check("also to who would wait", trial.nexts(5), "FFFFF");
        }
    }
}

fn a_regular_file_is_always_ready(stand: &Stand) {
    is_always_ready(stand, &regular());
    is_always_ready(stand, &writable());
}

fn so_are_a_directory_and_dev_null(stand: &Stand) {
    is_always_ready(stand, &open("/", OFlags::RDONLY | OFlags::DIRECTORY));
    is_always_ready(stand, &open("/dev/null", OFlags::RDWR));
}

fn a_regular_file_takes_its_turn(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, file) = (Trial::on(stand), regular());
        let pipes = [full_pipe(), full_pipe()];
        trial.watch(tenure, 'A', &pipes[0].read, Interest::READ);
        trial.watch(tenure, 'F', &file, Interest::READ);
        trial.watch(tenure, 'B', &pipes[1].read, Interest::READ);
        let turns = trial.turns(90);
        for name in ['A', 'F', 'B'] {
            check("a third each", turns.matches(name).count(), 30);
        }
        take(&pipes[0].read);
        take(&pipes[1].read);
        // One batch may have been checked before.
        trial.turns(3);
        check("alone", trial.turns(20), "F".repeat(20));
        put(&pipes[0].write);
        let turns = trial.turns(20);
        assert!((9..=10).contains(&turns.matches('A').count()), "not kept out: {turns}");
    }
}

fn a_regular_file_with_many_registrations(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, file) = (Trial::on(stand), regular());
        trial.watch(tenure, 'R', &file, Interest::READ);
        let writer = trial.watch(tenure, 'W', &file, Interest::WRITE);
        trial.watch(tenure, 'B', &file, BOTH_WAYS);
        let turns = trial.turns(60);
        for name in ['R', 'W', 'B'] {
            check("a third each", turns.matches(name).count(), 20);
        }
        trial.remove(writer);
        check("half each", trial.turns(20).matches('R').count(), 10);
    }
}

fn a_regular_file_waited_for_in_vain(stand: &Stand) {
    for tenure in BOTH {
        for interest in [Interest::EMPTY, Interest::PRIORITY, Interest::ERROR] {
            let (mut trial, file) = (Trial::on(stand), regular());
            let key = trial.watch(tenure, 'F', &file, interest);
            trial.sleeps(&format!("a file never has {interest:?}"));
            trial.set(key, Interest::READ);
            check("but is ready", trial.nexts(3), "FFF");
        }
    }
}

fn a_regular_file_changes_its_interest(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, file) = (Trial::on(stand), writable());
        let key = trial.watch(tenure, 'F', &file, Interest::READ);
        for _ in 0..5 {
            check("read", trial.turns(12), "F".repeat(12));
            trial.set(key, Interest::EMPTY);
            trial.sleeps("nothing is waited for");
            trial.set(key, Interest::WRITE);
            check("write", trial.turns(12), "F".repeat(12));
            trial.set(key, Interest::READ);
        }
        trial.remove(key);
        trial.sleeps("removed");
    }
}

fn a_number_that_is_no_file(stand: &Stand) {
    let mut trial = Trial::on(stand);
    let closed = raw_close(pipe().read);
    for number in [-1, i32::MIN, closed, i32::MAX] {
        let refused = trial.events.add_foreign(number, Interest::READ, |_, _| ());
        let promised = AddError { source: number, reason: Refusal::BadDescriptor };
        check("a number that is no file", refused, Err(promised));
    }
    check("nothing was taken", trial.events.len(), 0);
    trial.sleeps("nothing is there");
}

/// O_PATH: a place in the file system, and no file to wait for. It is quiet.
fn a_path_is_no_file(stand: &Stand) {
    for tenure in BOTH {
        for interest in [Interest::READ, Interest::ERROR] {
            let (mut trial, path) = (Trial::on(stand), open("/", OFlags::PATH));
            let key = trial.watch(tenure, 'F', &path, interest);
            trial.sleeps("not to be waited for");
            check("it is known to be quiet", trial.events.is_quiet(key), Some(true));
            trial.set(key, Interest::WRITE);
            trial.sleeps("whatever is asked of it");
            trial.remove(key);
            let pipe = full_pipe();
            trial.watch(tenure, 'A', &pipe.read, Interest::READ);
            check("its place is free", trial.nexts(3), "AAA");
        }
    }
}

/// The two ends of a terminal that does not change what goes through it.
fn terminal() -> [Fd; 2] {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags).expect("a terminal");
    grantpt(&master).expect("to be allowed to use it");
    unlockpt(&master).expect("to open it");
    let name = ptsname(&master, Vec::new()).expect("its name");
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let slave: OwnedFd = rustix::fs::open(name, flags, Mode::empty()).expect("the other end");
    rustix::io::ioctl_fionbio(&master, true).expect("never to block");
    let ends = [Rc::new(master), Rc::new(slave)];
    set_mode(&ends[1], OptionalActions::Now);
    ends
}

fn set_mode(terminal: &Fd, when: OptionalActions) {
    let mut mode = tcgetattr(terminal).expect("a terminal's mode");
    mode.make_raw();
    tcsetattr(terminal, when, &mode).expect("to set a terminal's mode");
}

/// On Linux 6.18 that ends a poll on the ring with EINVAL.
fn a_terminal_changes_its_mode(stand: &Stand) {
    for tenure in BOTH {
        for watched in [0, 1] {
            let (mut trial, ends) = (Trial::on(stand), terminal());
            let (ours, peer) = (&ends[watched], &ends[1 - watched]);
            trial.watch(tenure, 'T', ours, Interest::READ);
            for when in [OptionalActions::Now, OptionalActions::Drain, OptionalActions::Flush] {
                trial.sleeps("nothing was typed");
                set_mode(&ends[1], when);
                trial.sleeps("the mode was set");
                put(peer);
                check("something was typed", trial.nexts(12), "T".repeat(12));
                take(ours);
            }
        }
    }
}

/// A terminal that is to be read ten bytes at a time wakes whoever polls it for one, and is not
/// readable then.
fn a_terminal_that_wakes_for_less_than_is_wanted(stand: &Stand) {
    let (mut trial, [master, slave]) = (Trial::on(stand), terminal());
    let mut mode = tcgetattr(&slave).expect("a terminal's mode");
    mode.special_codes[SpecialCodeIndex::VMIN] = 10;
    mode.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(&slave, OptionalActions::Now, &mode).expect("to set a terminal's mode");
    let own = slave.clone();
    trial.watch_and(Tenure::Held, 'T', &slave, Interest::READ, move |_, seen| {
        check("its level when called", level(&own, Interest::READ), seen);
    });
    let writer = rustix::io::dup(&master).expect("a duplicate");
    let writing = std::thread::spawn(move || {
        for _ in 0..2 {
            crate::time::pause(2);
            rustix::io::write(&writer, b"x").expect("to write");
        }
    });
    check("two of ten", trial.turn(Duration::from_millis(8)), ".");
    writing.join().expect("the writer to write");
    for _ in 0..8 {
        put(&master);
    }
    check("ten of ten", trial.next(), "T");
}

fn a_terminal_changes_its_mode_often(stand: &Stand) {
    for tenure in BOTH {
        for turns in [0, 1, 2] {
            let (mut trial, [master, slave]) = (Trial::on(stand), terminal());
            trial.watch(tenure, 'T', &slave, Interest::READ);
            check("nothing was typed", trial.turns(2), "..");
            for _ in 0..40 {
                set_mode(&slave, OptionalActions::Now);
                check("nothing was typed", trial.turns(turns), ".".repeat(turns));
            }
            put(&master);
            check("something was typed", trial.nexts(3), "TTT");
        }
    }
}

fn an_epoll_set_and_a_timer(stand: &Stand) {
    use rustix::event::epoll;
    use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), pipe());
        let set = Rc::new(epoll::create(epoll::CreateFlags::CLOEXEC).expect("a set"));
        let data = epoll::EventData::new_u64(0);
        epoll::add(&set, &pipe.read, data, epoll::EventFlags::IN).expect("to add");
        let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC);
        let timer = Rc::new(timer.expect("a timer"));
        let key = trial.watch(tenure, 'E', &set, Interest::READ);
        trial.watch(tenure, 'T', &timer, Interest::READ);
        trial.sleeps("neither");
        put(&pipe.write);
        check("the set", trial.nexts(20), "E".repeat(20));
        take(&pipe.read);
        trial.sleeps("neither");
        let soon = Timespec { tv_sec: 0, tv_nsec: 1_000_000 };
        let once = Itimerspec { it_interval: Timespec::default(), it_value: soon };
        let flags = TimerfdTimerFlags::empty();
        rustix::time::timerfd_settime(&timer, flags, &once).expect("to set a timer");
        check("the timer", trial.nexts(3), "TTT");
        trial.remove(key);
    }
    // A file of /proc that can be polled, but never waits.
    let (mut trial, mounts) = (Trial::on(stand), File::open("/proc/self/mounts"));
    let mounts = Rc::new(OwnedFd::from(mounts.expect("/proc")));
    trial.watch(Tenure::Held, 'M', &mounts, Interest::READ);
    check("readable", trial.turns(3), "MMM");
}
