//! Everybody who is ready has a turn before anybody has a second one.

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use levelring::{Interest, Key, Tenure};

use crate::files::{Pipe, full_pipe, pipe, put, take};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, add, check, letters};

scenarios! {
    Every: three_take_turns,
    Every: three_of_both_tenures_take_turns,
    Every: a_hundred_take_turns,
    Plain: a_hundred_foreign_ones_take_turns,
    Every: newcomers_come_within_a_rotation,
    Every: some_go_idle_and_come_back,
    Every: one_joins_a_busy_one,
    Plain: a_reader_and_a_writer_hand_over,
}

fn three_take_turns(stand: &Stand) {
    for tenure in BOTH {
        let mut trial = Trial::on(stand);
        let pipes = [full_pipe(), full_pipe(), full_pipe()];
        for (name, pipe) in letters().zip(&pipes) {
            trial.watch(tenure, name, &pipe.read, Interest::READ);
        }
        let order = trial.turns(3);
        let mut sorted: Vec<char> = order.chars().collect();
        sorted.sort_unstable();
        check("each once", sorted, ['A', 'B', 'C']);
        check("the same order ever after", trial.turns(90), order.repeat(30));
        check("in the order of adding", order, "ABC");
    }
}

fn three_of_both_tenures_take_turns(stand: &Stand) {
    let mut trial = Trial::on(stand);
    let pipes = [full_pipe(), full_pipe(), full_pipe()];
    let tenures = [Tenure::Held, Tenure::Foreign, Tenure::Held];
    for ((name, pipe), tenure) in letters().zip(&pipes).zip(tenures) {
        trial.watch(tenure, name, &pipe.read, Interest::READ);
    }
    let order = trial.turns(3);
    check("the same order ever after", trial.turns(90), order.repeat(30));
}

/// Pipes with a handler each, and who must have had a turn before whom.
struct Crowd {
    trial: Trial,
    pipes: Vec<Pipe>,
    keys: Vec<Key>,
    /// Who ran, since it was looked at last.
    ran: Rc<RefCell<Vec<usize>>>,
    /// By member, while it is ready: the turn of its last run, or in which it became so.
    since: BTreeMap<usize, usize>,
    /// Those that have become ready and not run since, and the turn by which they must have.
    due: BTreeMap<usize, usize>,
    /// Those that have become ready since the last turn.
    woken: Vec<usize>,
    turn: usize,
}

impl Crowd {
    fn on(stand: &Stand) -> Self {
        Self {
            trial: Trial::on(stand),
            pipes: Vec::new(),
            keys: Vec::new(),
            ran: Rc::default(),
            since: BTreeMap::new(),
            due: BTreeMap::new(),
            woken: Vec::new(),
            turn: 0,
        }
    }

    fn join(&mut self, tenure: Tenure, count: usize) {
        for _ in 0..count {
            let (member, pipe, ran) = (self.pipes.len(), pipe(), Rc::clone(&self.ran));
            let handler = move |_: &mut _, _| ran.borrow_mut().push(member);
            let key = add(&mut self.trial.events, tenure, &pipe.read, Interest::READ, handler);
            self.keys.push(key.expect("room"));
            self.pipes.push(pipe);
        }
        let joined = self.pipes.len() - count..self.pipes.len();
        self.wake(&joined.collect::<Vec<_>>());
    }

    fn wake(&mut self, members: &[usize]) {
        for member in members {
            put(&self.pipes[*member].write);
            self.since.insert(*member, self.turn);
        }
        self.woken.extend(members);
    }

    fn lull(&mut self, member: usize) {
        take(&self.pipes[member].read);
        self.since.remove(&member);
        self.due.remove(&member);
        self.woken.retain(|woken| *woken != member);
    }

    /// Turns, and checks each time that whoever ran was not ahead of its turn.
    fn turns(&mut self, count: usize) {
        // After at most one full rotation of those that are ready, plus a constant.
        let due = self.turn + self.since.len() + 20;
        self.due.extend(self.woken.drain(..).map(|member| (member, due)));
        for _ in 0..count {
            self.turn += 1;
            assert!(
                self.trial.events.turn(Some(crate::trial::SOON)).expect("a turn"),
                "nobody ran"
            );
            let ran = self.ran.take();
            assert_eq!(ran.len(), 1, "one handler per turn");
            self.ran_now(ran[0]);
        }
    }

    fn ran_now(&mut self, member: usize) {
        let last = self.since.get(&member).copied();
        let last = last.unwrap_or_else(|| panic!("{member} ran, and was not ready"));
        if !self.due.contains_key(&member) {
            // Between its two runs everybody else ran who was ready all the time.
            for (other, since) in &self.since {
                let had_its_turn = *other == member || *since > last || self.fresh(*other, last);
                assert!(
                    had_its_turn,
                    "turn {}: {member} ran in turn {last} and again, {other} not since {since}",
                    self.turn
                );
            }
        }
        self.since.insert(member, self.turn);
        self.due.remove(&member);
        let late = self.due.iter().find(|(_, due)| **due < self.turn);
        assert_eq!(late, None, "turn {}: who became ready waits too long", self.turn);
    }

    /// Whether it became ready later than in that turn, and waits for its first.
    fn fresh(&self, member: usize, turn: usize) -> bool {
        self.due.contains_key(&member) && self.since[&member] >= turn
    }
}

fn a_hundred_take_turns(stand: &Stand) {
    let mut crowd = Crowd::on(stand);
    crowd.join(Tenure::Held, 100);
    crowd.turns(100 * if stand.is_strict() { 20 } else { 40 });
}

fn a_hundred_foreign_ones_take_turns(stand: &Stand) {
    let mut crowd = Crowd::on(stand);
    crowd.join(Tenure::Foreign, 50);
    crowd.join(Tenure::Held, 50);
    crowd.turns(100 * 20);
}

fn newcomers_come_within_a_rotation(stand: &Stand) {
    let mut crowd = Crowd::on(stand);
    crowd.join(Tenure::Held, 60);
    for size in 0..20 {
        // Sometimes within a rotation, sometimes between two.
        crowd.turns(60 + 5 * size);
        crowd.join(if size % 4 == 3 { Tenure::Foreign } else { Tenure::Held }, 2);
    }
    crowd.turns(300);
}

fn some_go_idle_and_come_back(stand: &Stand) {
    let mut crowd = Crowd::on(stand);
    crowd.join(Tenure::Held, 40);
    crowd.join(Tenure::Foreign, 10);
    for round in 0..20 {
        let idle: Vec<usize> = (0..50).filter(|member| (member + round) % 5 == 0).collect();
        idle.iter().for_each(|member| crowd.lull(*member));
        if !stand.is_strict() {
            // Those of the batch may run yet, though they have nothing: not what is tested here.
            crowd.forget_the_batch();
        }
        crowd.turns(50 * (1 + round % 3) + 7 * round);
        crowd.wake(&idle);
        crowd.turns(37 + 50 * (round % 4));
    }
}

impl Crowd {
    /// Has the loop check anew, by turns in which nobody is ready.
    fn forget_the_batch(&mut self) {
        let ready: Vec<usize> = self.since.keys().copied().collect();
        ready.iter().for_each(|member| self.lull(*member));
        for _ in 0..2 * self.pipes.len() {
            if !self.trial.events.turn(Some(core::time::Duration::ZERO)).expect("a turn") {
                break;
            }
        }
        self.ran.take();
        self.wake(&ready);
    }
}

/// Whoever is busy for long, and so is not watched by the kernel any more, does not keep out one
/// that comes later.
fn one_joins_a_busy_one(stand: &Stand) {
    for tenure in BOTH {
        for alone in [0, 1, 9, 17, 40, 300] {
            let (mut trial, busy, late) = (Trial::on(stand), full_pipe(), pipe());
            trial.watch(tenure, 'B', &busy.read, Interest::READ);
            trial.watch(tenure, 'L', &late.read, Interest::READ);
            check("alone", trial.turns(alone), "B".repeat(alone));
            put(&late.write);
            let both = trial.turns(20);
            let first = both.find('L').unwrap_or(both.len());
            assert!(first <= 2, "after {alone} turns the late one came only in {both}");
            assert!(!both.contains("BB") || both.find("BB") < both.find('L'), "{both}");
            check("half of the rest", both[first..].matches('L').count(), (20 - first).div_ceil(2));
        }
    }
}

/// A pipe with a handler on each end: in Samba's words, the speed test.
fn a_reader_and_a_writer_hand_over(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), pipe());
        let (read, write) = (pipe.read.clone(), pipe.write.clone());
        trial.watch_and(tenure, 'R', &pipe.read, Interest::READ, move |_, _| take(&read));
        trial.watch_and(tenure, 'W', &pipe.write, Interest::WRITE, move |_, _| put(&write));
        let order = trial.turns(1000);
        let reads = order.matches('R').count();
        assert!(!order.contains('.') && !order.contains("RR"), "{order}");
        assert!((490..=500).contains(&reads), "{reads} reads in 1000 turns: {order}");
    }
}
