//! The reference: what the application was promised, kept apart from how the core keeps it.
//!
//! It knows keys, interests, files and chains, and nothing of lanes, lists or tags.

use crate::fairness::Fairness;
use crate::files::{BITS, Files};
use crate::probes::Probes;
use levelring_core::{Event, Freshness, Interest, Key, Link, Outcome, Readiness, Watch};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often in a row a poll may fail before the application is told.
const PATIENCE: u8 = 16;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Registered {
    pub(crate) file: usize,
    pub(crate) interest: Interest,
    /// Its descriptor was closed, or the kernel refuses it.
    pub(crate) quiet: bool,
    refusals: u8,
    /// Its handler stopped early: of the bits it was told, some are left.
    more: bool,
    /// An error that the application is to be told, once.
    refused: Option<i32>,
    /// Its number may change hands at any time.
    foreign: bool,
    /// A foreign one: somebody has said that it is who it was, since the last event.
    vouched: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Running {
    /// It was not handed out yet.
    pub(crate) queued: bool,
    link: Link,
    before: Option<Key>,
    after: Option<Key>,
    /// What the application is to be told, in this order.
    results: VecDeque<Outcome>,
    ended: bool,
}

#[derive(Debug)]
pub(crate) struct User {
    pub(crate) registered: BTreeMap<Key, Registered>,
    pub(crate) running: BTreeMap<Key, Running>,
    pub(crate) fairness: Fairness,
    /// Every key there ever was.
    named: BTreeSet<Key>,
    span: u64,
}

impl User {
    pub(crate) fn new(freshness: Freshness) -> Self {
        let span = match freshness {
            Freshness::Strict => 1,
            Freshness::Batch(size) => u64::from(size.get()),
        };
        Self {
            registered: BTreeMap::new(),
            running: BTreeMap::new(),
            fairness: Fairness::default(),
            named: BTreeSet::new(),
            span,
        }
    }

    pub(crate) fn register(
        &mut self,
        key: Key,
        watch: Watch,
        file: usize,
        interest: Interest,
        files: &Files,
    ) {
        let new = Registered {
            file,
            interest,
            quiet: false,
            refusals: 0,
            more: false,
            refused: None,
            foreign: watch == Watch::Foreign,
            vouched: false,
        };
        assert!(self.named.insert(key), "G1 identity: {key:?} names two things");
        self.fairness.forget(key.index());
        self.registered.insert(key, new);
        self.levels_changed(files);
    }

    /// To be called for a chain of which `keys` are all members.
    pub(crate) fn submit(&mut self, keys: &[Key], links: &[Link]) {
        for (at, (&key, &link)) in keys.iter().zip(links).enumerate() {
            assert!(self.named.insert(key), "G1 identity: {key:?} names two things");
            let before = at.checked_sub(1).map(|at| keys[at]);
            let after = keys.get(at + 1).copied();
            let results = VecDeque::new();
            let running = Running { queued: true, link, before, after, results, ended: false };
            self.fairness.forget(key.index());
            self.running.insert(key, running);
        }
    }

    /// What is cancelled before the kernel sees it: with it goes what is softly linked behind it.
    pub(crate) fn cancel_queued(&mut self, key: Key) {
        let Some(running) = self.running.get(&key).filter(|running| running.queued) else { return };
        let before = running.before;
        let rest = running.after.filter(|_| running.link != Link::Soft);
        if let Some(before) = before.and_then(|before| self.running.get_mut(&before)) {
            before.after = rest;
        }
        if let Some(rest) = rest.and_then(|rest| self.running.get_mut(&rest)) {
            rest.before = before;
        }
        let mut member = Some(key);
        while let Some(cancelled) = member.filter(|&member| Some(member) != rest) {
            let running = self.running.get_mut(&cancelled).expect("a member of a queued chain");
            running.queued = false;
            member = running.after;
            let outcome = Outcome { result: crate::kernel::ECANCELED, flags: 0, more: false };
            self.result(cancelled, outcome);
        }
    }

    /// The core has handed out an operation: says which must follow.
    pub(crate) fn handed_out(&mut self, key: Key, link: Link) -> Option<Key> {
        let running = self.running.get_mut(&key).expect("only what was submitted is handed out");
        assert!(running.queued, "{key:?} is handed out twice, or was cancelled");
        running.queued = false;
        let expected = running.after.map_or(Link::None, |_| running.link);
        assert_eq!(link, expected, "the link of {key:?}");
        running.after
    }

    pub(crate) fn result(&mut self, key: Key, outcome: Outcome) {
        let running = self.running.get_mut(&key).expect("only what runs has results");
        running.results.push_back(outcome);
        running.ended |= !outcome.more;
        self.fairness.set_waiting(key.index(), true);
        self.fairness.hinted(key.index());
    }

    pub(crate) fn has_results(&self, key: Key) -> bool {
        self.running.get(&key).is_some_and(|running| !running.results.is_empty())
    }

    /// A poll that stands for `key` said this. Returns whether it is news of what is wanted.
    pub(crate) fn poll_said(&mut self, key: Key, result: i32, more: bool, files: &Files) -> bool {
        let Some(one) = self.registered.get_mut(&key).filter(|one| !one.quiet) else {
            return false;
        };
        let Ok(bits) = u8::try_from(result) else {
            if result == crate::kernel::EBADF {
                one.quiet = true;
            } else {
                one.refusals += u8::from(!more);
                one.quiet = one.refusals > PATIENCE;
                one.refused = one.quiet.then_some(-result);
            }
            self.levels_changed(files);
            return false;
        };
        let readiness = Readiness::from_bits(bits);
        if readiness.contains(Readiness::INVALID) {
            one.quiet = true;
            self.levels_changed(files);
            return false;
        }
        let hint = !readiness.wanted_by(one.interest).is_empty();
        if hint {
            one.refusals = 0;
            self.fairness.hinted(key.index());
        }
        hint
    }

    /// Its number was asked, or a report of it came that says nothing of who it is.
    pub(crate) fn vouch(&mut self, key: Key, vouched: bool) {
        if let Some(one) = self.registered.get_mut(&key) {
            one.vouched = vouched;
        }
    }

    /// A handler may close anything.
    pub(crate) fn handler_runs(&mut self) {
        for one in self.registered.values_mut() {
            one.vouched = false;
        }
    }

    /// The handler of `key` said that it stopped early, or did not.
    pub(crate) fn said_more(&mut self, key: Key, more: bool) {
        if let Some(one) = self.registered.get_mut(&key) {
            one.more = more;
        }
    }

    /// The descriptor of `key` was found closed.
    pub(crate) fn vanished(&mut self, key: Key, files: &Files) {
        if let Some(one) = self.registered.get_mut(&key) {
            one.quiet = true;
        }
        self.levels_changed(files);
    }

    /// What a ready registration would be told now.
    pub(crate) fn wanted(&self, key: Key, files: &Files) -> Readiness {
        self.registered
            .get(&key)
            .filter(|one| !one.quiet)
            .map_or(Readiness::EMPTY, |one| files.level(one.file).wanted_by(one.interest))
    }

    /// Levels, interests or lives have changed: who waits now?
    pub(crate) fn levels_changed(&mut self, files: &Files) {
        for (key, one) in &self.registered {
            let wanted = files.level(one.file).wanted_by(one.interest);
            let waits = !one.quiet && !wanted.is_empty() && !files.is_broken(one.file);
            self.fairness.set_waiting(key.index(), waits);
        }
    }

    pub(crate) fn set_interest(&mut self, key: Key, interest: Interest, files: &Files) {
        let one = self.registered.get_mut(&key).expect("the caller has asked");
        one.interest = interest;
        // For another interest its place may be another.
        self.fairness.set_waiting(key.index(), false);
        self.levels_changed(files);
    }

    pub(crate) fn remove(&mut self, key: Key) {
        self.registered.remove(&key);
        self.fairness.forget(key.index());
    }

    /// Checks an event against everything that was promised of it.
    pub(crate) fn check_event(&mut self, event: &Event, files: &Files, probes: &mut Probes) {
        match *event {
            Event::Ready { key, readiness } => self.check_ready(key, readiness, files, probes),
            Event::Refused { key, error } => {
                probes.refused += 1;
                let one = self.registered.get_mut(&key).expect("G1 identity: refused, but dead");
                assert_eq!(one.refused.take(), Some(error), "a refusal of {key:?}");
            }
            Event::Done { key, outcome } => self.check_done(key, outcome, probes),
        }
    }

    fn check_ready(&mut self, key: Key, readiness: Readiness, files: &Files, probes: &mut Probes) {
        probes.ready += 1;
        let Some(one) = self.registered.get_mut(&key) else {
            panic!("G1 identity: an event of {key:?}, which was removed");
        };
        assert!(!one.quiet, "G1 identity: an event of {key:?}, which is quiet");
        assert!(
            one.vouched || !one.foreign,
            "G1 identity: an event of {key:?}, who may be another"
        );
        let wanted = readiness.wanted_by(one.interest);
        assert!(!readiness.is_empty(), "G1 identity: an event of {key:?} for nothing");
        assert_eq!(readiness, wanted, "G1 identity: an event of {key:?} for unwanted bits");
        let since = self.span - 1;
        let mut bits = BITS.into_iter().filter(|&bit| readiness.contains(bit));
        let was_true = |bit| files.was_true(one.file, bit, since);
        assert!(
            if one.more { bits.any(was_true) } else { bits.all(was_true) },
            "G2 freshness: {readiness:?} of {key:?} is older than {} handlers",
            self.span
        );
        one.more = false;
        let still = files.level(one.file).contains(readiness);
        probes.used_up_within_its_batch += u64::from(!still && self.span > 1);
        self.fairness.event(key.index());
    }

    fn check_done(&mut self, key: Key, outcome: Outcome, probes: &mut Probes) {
        probes.done += 1;
        let running = self.running.get_mut(&key).expect("G1 identity: a result of nothing");
        let expected = running.results.pop_front();
        assert_eq!(expected, Some(outcome), "the results of {key:?} come as they were");
        let (over, waits) = (running.ended && running.results.is_empty(), running.results.len());
        assert_eq!(!outcome.more, over, "the last result of {key:?} is the one without more");
        probes.many_results_waiting += u64::from(waits > 1);
        self.fairness.event(key.index());
        self.fairness.set_waiting(key.index(), waits > 0);
        if waits > 0 {
            self.fairness.hinted(key.index());
        }
        if over {
            self.running.remove(&key);
            self.fairness.set_waiting(key.index(), false);
        }
    }
}
