//! The driver of a run: keeps the contract, in every way that the contract leaves open.

use crate::files::everything;
use crate::options::Sabotage;
use crate::submissions::ROOMY;
use crate::world::World;
use levelring_core::{Event, Interest, Key, Look, Outcome, Plan, Readiness, Turn};

/// Rounds of submitting and answering within which a look must come to rest.
const ROUNDS: usize = 100;

impl World<'_> {
    /// A turn: at most one event, whose key is returned.
    pub(crate) fn turn(&mut self) -> Option<Key> {
        for _ in 0..ROUNDS {
            let plan = match self.next_turn() {
                Turn::Event(event) => return Some(self.run_handler(event)),
                Turn::Check { key, interest } => {
                    assert_eq!(self.core.candidates().next(), Some((key, interest)));
                    Plan { judge: 1, look: Look::No }
                }
                Turn::Plan(plan) => plan,
            };
            self.say(|| format!("    {plan:?}"));
            if plan.look != Look::No {
                if self.look_fails() {
                    return None;
                }
                if let Some(event) = self.look(plan.look) {
                    return Some(self.run_handler(event));
                }
                self.core.looked();
            }
            if plan.look == Look::Wait && !self.core.has_candidates() {
                return None;
            }
            if let Some(event) = self.judge(plan.judge) {
                return Some(self.run_handler(event));
            }
        }
        panic!("G10 totality: no event and no sleep");
    }

    /// What is next, asked for in one call or in two.
    fn next_turn(&mut self) -> Turn {
        if self.entropy.chance(50) {
            let turn = self.core.next_turn();
            self.probes.checks_in_turn += u64::from(matches!(turn, Turn::Check { .. }));
            return turn;
        }
        self.core.next_event().map_or_else(|| Turn::Plan(self.core.plan()), Turn::Event)
    }

    fn run_handler(&mut self, event: Event) -> Key {
        let event = self.sabotage_event(event);
        self.told(event);
        if self.sabotaged(Sabotage::EventTwice) {
            self.told(event);
        }
        match event {
            Event::Ready { key, .. } | Event::Refused { key, .. } | Event::Done { key, .. } => key,
        }
    }

    fn sabotage_event(&self, event: Event) -> Event {
        match (event, self.options.sabotage) {
            (Event::Ready { key, .. }, Sabotage::UnwantedBits) => {
                Event::Ready { key, readiness: everything() }
            }
            (Event::Done { key, outcome }, Sabotage::ChangedResult) => {
                Event::Done { key, outcome: Outcome { result: outcome.result ^ 1, ..outcome } }
            }
            _ => event,
        }
    }

    /// Looks as the plan says; now and then that makes an event at once.
    fn look(&mut self, look: Look) -> Option<Event> {
        self.probes.glanced += u64::from(look == Look::Glance);
        if self.sabotaged(Sabotage::NeverLook) {
            return None;
        }
        if !self.frozen && self.entropy.chance(self.options.partial_looks) {
            self.look_partly();
            return None;
        }
        if let Some(event) = self.look_completely() {
            return Some(event);
        }
        if look == Look::Wait && !self.core.has_candidates() {
            self.probes.slept += 1;
            self.check_asleep();
        }
        None
    }

    /// The driver fails within a look, which is to be made again: back in the application, which
    /// may use up what was seen.
    fn look_fails(&mut self) -> bool {
        let fails = !self.frozen && self.entropy.chance(self.options.failing_looks);
        if fails {
            self.probes.looks_that_failed += 1;
            self.look_partly();
            self.files.handler_returned();
            self.user.handler_runs();
        }
        fails
    }

    fn look_partly(&mut self) {
        self.user.fairness.look_was_partial();
        let room = self.entropy.below(4);
        self.pump(room);
        for _ in 0..self.entropy.below(3) {
            self.task_work();
        }
        let most = self.entropy.below(3);
        self.deliver_some(most);
        let told = self.entropy.below(3);
        self.tell_levels(told);
    }

    /// Until nobody has anything more to say.
    fn look_completely(&mut self) -> Option<Event> {
        let mut rounds = 0;
        loop {
            let mut moved = self.pump(ROOMY);
            assert!(!self.core.wants_submission(), "everything was handed out");
            while self.task_work() {}
            let most = self.kernel.posted();
            moved |= self.deliver_some(most);
            if !moved {
                break;
            }
            rounds += 1;
            assert!(rounds < ROUNDS, "G7 no busy turn: a look never comes to rest");
        }
        let levels = self.kernel.levels(&self.files);
        if let ([sole], 0) = (&levels[..], rounds)
            && self.entropy.chance(80)
        {
            return self.deliver_sole(*sole);
        }
        self.tell_levels(usize::MAX);
        None
    }

    /// What the level-triggered sets say, in whatever order.
    fn tell_levels(&mut self, most: usize) {
        let mut levels = self.kernel.levels(&self.files);
        for _ in 0..most.min(levels.len()) {
            let posted = levels.swap_remove(self.entropy.below(levels.len()));
            // A set that was asked outside the look knows no better than a poll that was woken.
            let level = self.frozen || !self.entropy.chance(10);
            self.deliver(posted, level);
        }
    }

    /// Nobody is known to be ready, and everything was looked at.
    fn check_asleep(&self) {
        assert_eq!(self.kernel.posted(), 0, "G4 no lost wake-up: something was never delivered");
        for (&key, one) in &self.user.registered {
            let wanted = self.user.wanted(key, &self.files);
            assert!(wanted.is_empty(), "G4 no lost wake-up: {key:?} is {wanted:?}, and all sleep");
            let watches = self.kernel.watches(key);
            let expected: &[Interest] =
                if one.quiet || one.interest.is_empty() { &[] } else { &[one.interest] };
            assert_eq!(watches, expected, "G4 no lost wake-up: what is watched of {key:?}");
        }
    }

    /// Checks the first few candidates; if it is one, that may make an event at once.
    fn judge(&mut self, most: usize) -> Option<Event> {
        if self.sabotaged(Sabotage::NeverJudge) {
            return None;
        }
        let candidates: Vec<(Key, Interest)> = self.core.candidates().take(most).collect();
        let count = candidates.len();
        for (key, interest) in candidates {
            let one = self.user.registered.get(&key).expect("a candidate is alive");
            assert_eq!(interest, one.interest, "the interest of the candidate {key:?}");
            assert!(!one.quiet && !interest.is_empty(), "{key:?} is not to be checked");
            if self.options.faults > 0 && !self.frozen && self.entropy.chance(2) {
                self.probes.judged_invalid += 1;
                self.core.judge(key, Readiness::INVALID);
                self.user.vanished(key, &self.files);
                continue;
            }
            let mut level = self.files.level(one.file);
            if self.sabotaged(Sabotage::JudgeSaysReady) {
                level = everything();
            } else if self.sabotaged(Sabotage::JudgeSaysIdle) {
                level = Readiness::EMPTY;
            }
            self.user.vouch(key, true);
            let ready = !level.wanted_by(interest).is_empty();
            self.probes.judged_ready += u64::from(ready);
            self.probes.judged_not_ready += u64::from(!ready);
            if count == 1 && self.entropy.chance(50) {
                let event = self.core.decide(key, level);
                self.probes.decided += u64::from(event.is_some());
                return event;
            }
            self.core.judge(key, level);
        }
        None
    }
}
