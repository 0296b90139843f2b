//! Bounds: what is full says so, and nothing is lost.

use core::time::Duration;
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;

use levelring::{AddError, DriverKind, Interest, Refusal, Tenure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::files::{Fd, count_off, count_up, counter, full_pipe, open_descriptors, pipe, put};
use crate::runner::{scenarios, skipped_in_part};
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, add, check};

scenarios! {
    Every: a_full_loop_gives_the_source_back,
    Every: room_comes_back,
    Every: more_are_ready_than_the_ring_has_room_for,
    Every: many_registrations_of_one_descriptor,
    Few: ten_thousand_descriptors,
    Every: nothing_is_left_open,
    Plain: the_smallest_loop,
}

fn a_full_loop_gives_the_source_back(stand: &Stand) {
    let mut trial = Trial::with(stand.builder().capacity(3));
    let pipes = [full_pipe(), full_pipe(), full_pipe(), full_pipe()];
    for (name, pipe) in ['A', 'B', 'C'].into_iter().zip(&pipes) {
        trial.watch(Tenure::Held, name, &pipe.read, Interest::READ);
    }
    for turns in [0, 3, 60] {
        check("their turns", trial.turns(turns), "ABC".repeat(turns / 3));
        let source: OwnedFd = rustix::io::dup(&pipes[3].read).expect("a duplicate");
        let number = source.as_raw_fd();
        let refused = trial.events.add(source, Interest::READ, |_, _| ());
        let AddError { source, reason } = refused.expect_err("it is full");
        check("why", reason, Refusal::Full);
        check("what comes back", source.as_raw_fd(), number);
        let refused = trial.events.add_foreign(number, Interest::READ, |_, _| ());
        check("a number", refused, Err(AddError { source: number, reason: Refusal::Full }));
        check("nothing was changed", trial.events.len(), 3);
        check("nor for them", trial.turns(6), "ABCABC");
    }
}

fn room_comes_back(stand: &Stand) {
    for tenure in BOTH {
        let mut trial = Trial::with(stand.builder().capacity(2));
        let pipes = [full_pipe(), full_pipe()];
        let first = trial.watch(tenure, 'A', &pipes[0].read, Interest::READ);
        trial.watch(tenure, 'B', &pipes[0].read, Interest::READ);
        let (mut key, mut turns) = (first, 0);
        for name in ('a'..='z').cycle().take(100) {
            turns = (turns + 3) % 7;
            trial.turns(turns);
            let fd = &pipes[1].read;
            let refused = add(&mut trial.events, tenure, fd, Interest::READ, |_, _| ());
            check("full", refused, Err(Refusal::Full));
            trial.remove(key);
            key = trial.watch(tenure, name, fd, Interest::READ);
        }
    }
}

/// A ring of eight entries, and 200 that are ready: each has its turn, again and again.
fn more_are_ready_than_the_ring_has_room_for(stand: &Stand) {
    const COUNT: usize = 200;
    for tenure in BOTH {
        let mut trial = Trial::with(stand.builder().ring_size(8, 8));
        let counters: Vec<Fd> = (0..COUNT).map(|_| counter(1)).collect();
        let turns = Turns::of(&mut trial, &counters, |_| tenure);
        for _ in 0..3 {
            turns.rotate(&mut trial, COUNT);
        }
        counters.iter().for_each(count_off);
        settle(&mut trial);
        turns.forget();
        trial.sleeps("nobody");
        for round in 0..3 {
            // All at once, while every one of them is armed.
            counters.iter().for_each(count_up);
            turns.rotate(&mut trial, COUNT);
            counters.iter().for_each(count_off);
            settle(&mut trial);
            turns.forget();
            let one = 31 * (round + 1);
            count_up(&counters[one]);
            check("a single one", trial.nexts(1), "x");
            count_off(&counters[one]);
            settle(&mut trial);
            turns.forget();
        }
    }
}

/// Turns until nobody runs.
fn settle(trial: &mut Trial) {
    while trial.turn(Duration::ZERO) == "x" {}
}

/// How often each member has run.
struct Turns(Rc<core::cell::RefCell<Vec<usize>>>);

impl Turns {
    fn of(trial: &mut Trial, fds: &[Fd], tenure: impl Fn(usize) -> Tenure) -> Self {
        let ran = Rc::new(core::cell::RefCell::new(vec![0; fds.len()]));
        for (member, fd) in fds.iter().enumerate() {
            let ran = ran.clone();
            trial.watch_and(tenure(member), 'x', fd, Interest::READ, move |_, _| {
                ran.borrow_mut()[member] += 1;
            });
        }
        Self(ran)
    }

    fn forget(&self) {
        self.0.borrow_mut().fill(0);
    }

    /// All of them once, and nobody twice.
    fn rotate(&self, trial: &mut Trial, count: usize) {
        let before = self.0.borrow().clone();
        check("somebody each time", trial.nexts(count), "x".repeat(count));
        let after = self.0.borrow();
        let ran: Vec<usize> = after.iter().zip(&before).map(|(new, old)| new - old).collect();
        let spread = ran.iter().max().zip(ran.iter().min());
        let (most, least) = spread.expect("there are some");
        assert!(most - least <= 1, "in {count} turns some ran {most} times, some {least}");
        let (most, least) = after.iter().max().zip(after.iter().min()).expect("there are some");
        assert!(most - least <= 1, "altogether some ran {most} times, some {least}");
    }
}

/// More than the process may have descriptors, which is what poll(2) takes at once.
fn many_registrations_of_one_descriptor(stand: &Stand) {
    const COUNT: usize = 150;
    for tenure in BOTH {
        let mut trial = Trial::on(stand);
        let shared = counter(1);
        let limit = getrlimit(Resource::Nofile);
        let few = u64::try_from(open_descriptors() + 20).expect("64 bits");
        assert!(few < COUNT as u64, "{few} are open");
        let _limited = Limited::to(Rlimit { current: Some(few), ..limit });
        let turns = Turns::of(&mut trial, &vec![shared.clone(); COUNT], |_| tenure);
        for _ in 0..2 {
            turns.rotate(&mut trial, COUNT);
        }
        count_off(&shared);
        settle(&mut trial);
        turns.forget();
        trial.sleeps("nobody");
        count_up(&shared);
        turns.rotate(&mut trial, COUNT);
    }
}

/// The descriptors that a process may have, as they were before when this is dropped.
struct Limited(Rlimit);

impl Limited {
    fn to(limit: Rlimit) -> Self {
        let before = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, limit).expect("to lower a limit");
        Self(before)
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.0).expect("to raise a limit to what it was");
    }
}

fn ten_thousand_descriptors(stand: &Stand) {
    const WANTED: usize = 10_000;
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let most = limit.maximum.map_or(usize::MAX, |most| usize::try_from(most).expect("64 bits"));
    let count = WANTED.min(most.saturating_sub(open_descriptors() + 100));
    if count < WANTED {
        skipped_in_part(&format!("this process may have {most} descriptors, not {WANTED}"));
    }
    let mut trial = Trial::on(stand);
    let counters: Vec<Fd> = (0..count).map(|_| counter(1)).collect();
    let mixed = |member| if member % 10 == 0 { Tenure::Foreign } else { Tenure::Held };
    let turns = Turns::of(&mut trial, &counters, mixed);
    turns.rotate(&mut trial, count);
    if stand.driver != DriverKind::Poll {
        turns.rotate(&mut trial, count);
    }
    counters.iter().for_each(count_off);
    check("nobody", trial.turn(Duration::ZERO), ".");
    count_up(&counters[count / 2]);
    check("one of ten thousand", trial.nexts(3), "xxx");
    drop(trial);
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Neither by the loop, nor by what it has watched.
fn nothing_is_left_open(stand: &Stand) {
    let before = open_descriptors();
    for turns in [0, 1, 30] {
        let mut trial = Trial::on(stand);
        let (full, idle) = (full_pipe(), pipe());
        for tenure in BOTH {
            trial.watch(tenure, 'A', &full.read, Interest::READ);
            trial.watch(tenure, 'B', &idle.read, Interest::READ);
        }
        trial.turns(turns);
        if turns == 30 {
            put(&idle.write);
            trial.turns(turns);
        }
        drop((full, idle));
        trial.turns(turns.min(1));
    }
    check("descriptors", open_descriptors(), before);
}

fn the_smallest_loop(stand: &Stand) {
    let mut trial = Trial::with(stand.builder().capacity(0));
    let pipe = full_pipe();
    let refused = add(&mut trial.events, Tenure::Held, &pipe.read, Interest::READ, |_, _| ());
    check("no room at all", refused, Err(Refusal::Full));
    trial.sleeps("nobody can be there");

    let mut trial = Trial::with(stand.builder().capacity(1).ring_size(1, 1));
    for tenure in BOTH {
        let key = trial.watch(tenure, 'A', &pipe.read, Interest::READ);
        check("room for one", trial.turns(20), "A".repeat(20));
        trial.set(key, Interest::PRIORITY);
        trial.sleeps("not that");
        trial.remove(key);
    }
}
