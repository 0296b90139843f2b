//! What the core must know, whatever it is told.

use std::collections::{BTreeMap, VecDeque};

use levelring_core::{
    Completion, Disposition, Event, Freshness, Interest, Key, Outcome, Readiness, Submission, Tag,
    Watch,
};

/// Who is alive, what is wanted, what is with the kernel and what it has said; by what was said
/// only.
#[derive(Debug)]
pub struct Reference {
    strict: bool,
    registrations: BTreeMap<Key, Registration>,
    operations: BTreeMap<Key, Operation>,
    /// Requests that the kernel owes a last answer to, by their `user_data`.
    owed: BTreeMap<u64, Tag>,
    /// All that were ever made, the oldest first.
    made: Vec<u64>,
}

#[derive(Debug)]
struct Registration {
    watch: Watch,
    interest: Interest,
    removed: bool,
    vanished: bool,
    /// What it was said to be ready for since the last event of anybody.
    told: Readiness,
}

#[derive(Debug, Default)]
struct Operation {
    issued: bool,
    cancelled: bool,
    /// Results that were said and not yet told.
    results: VecDeque<(i32, bool)>,
    /// Its last result was told.
    over: bool,
}

/// What there may be of one registration in the kernel.
const MOST_POLLS: usize = 2;

impl Reference {
    /// Of a core that nothing was told yet.
    #[must_use]
    pub fn new(freshness: Freshness) -> Self {
        Self {
            strict: freshness == Freshness::Strict,
            registrations: BTreeMap::new(),
            operations: BTreeMap::new(),
            owed: BTreeMap::new(),
            made: Vec::new(),
        }
    }

    /// That nothing is in the kernel twice.
    ///
    /// # Panics
    /// If it is.
    pub fn check(&self) {
        for key in self.registrations.keys() {
            let polls = |tag: &&Tag| matches!(tag, Tag::Arm(of, _) if of == key);
            let count = self.owed.values().filter(polls).count();
            assert!(count <= MOST_POLLS, "{key:?} has {count} polls in the kernel");
        }
    }

    pub(super) fn registered(&mut self, key: Key, watch: Watch, interest: Interest) {
        let (removed, vanished, told) = (false, false, Readiness::EMPTY);
        let new = Registration { watch, interest, removed, vanished, told };
        self.is_new(key);
        self.registrations.insert(key, new);
    }

    pub(super) fn submitted(&mut self, key: Key) {
        self.is_new(key);
        self.operations.insert(key, Operation::default());
    }

    fn is_new(&self, key: Key) {
        let known = self.registrations.contains_key(&key) || self.operations.contains_key(&key);
        assert!(!known, "{key:?} was somebody else's");
        let owed = self.owed.values().any(|tag| tag.key().index() == key.index());
        assert!(!owed, "{key:?} is used again before the kernel has answered all of it");
    }

    fn alive(&mut self, key: Key) -> Option<&mut Registration> {
        self.registrations.get_mut(&key).filter(|registration| !registration.removed)
    }

    pub(super) fn changed(&mut self, key: Key, interest: Interest) -> bool {
        self.alive(key).map(|registration| registration.interest = interest).is_some()
    }

    pub(super) fn removed(&mut self, key: Key) -> bool {
        self.alive(key).map(|registration| registration.removed = true).is_some()
    }

    pub(super) fn vanished(&mut self, key: Key) -> bool {
        self.alive(key).map(|registration| registration.vanished = true).is_some()
    }

    pub(super) fn cancelled(&mut self, key: Key) {
        let operation = self.operations.get_mut(&key).expect("only an operation is cancelled");
        assert!(!operation.over, "{key:?} is over, and can be cancelled");
        // Those behind it in its chain may go with it.
        let queued = self.operations.values_mut().filter(|operation| !operation.issued);
        queued.for_each(|operation| operation.cancelled = true);
    }

    /// One is to be checked by number, outside a batch: who is alive, for what is wanted.
    pub(super) fn asked(&mut self, key: Key, interest: Interest) {
        assert!(self.strict && !interest.is_empty(), "{key:?} is to be checked: why?");
        let asked = self.alive(key).filter(|registration| !registration.vanished);
        let wanted = asked.map(|registration| (registration.watch, registration.interest));
        assert_eq!(wanted, Some((Watch::Level, interest)), "{key:?} is to be checked: for what?");
    }

    /// What its handler claims to have left.
    pub(super) fn said_more(&mut self, key: Key) {
        if let Some(registration) = self.alive(key) {
            registration.told = Readiness::from_bits(u8::MAX);
        }
    }

    /// Somebody says that it is ready for this.
    pub(super) fn told(&mut self, key: Key, seen: Readiness) {
        if let Some(registration) = self.alive(key) {
            registration.told |= seen;
        }
    }

    pub(super) fn handed_out(&mut self, said: Submission) {
        match said {
            Submission::Arm { key, tag, interest, .. } => self.poll(key, tag, interest),
            Submission::Rearm { key, target, by, tag, interest, .. } => {
                self.ends(target, by);
                self.poll(key, tag, interest);
            }
            Submission::Disarm { target, by, .. } | Submission::Cancel { target, by, .. } => {
                self.ends(target, by);
            }
            Submission::Prepare { key } => assert!(self.operations.contains_key(&key)),
            Submission::Operation { key, tag, .. } => {
                let operation = self.operations.get_mut(&key).expect("an operation was submitted");
                assert!(!operation.issued, "{key:?} is submitted twice");
                operation.issued = true;
                self.owe(tag);
            }
        }
    }

    fn poll(&mut self, key: Key, tag: Tag, interest: Interest) {
        let registration = self.alive(key).expect("only who is there is watched");
        assert_eq!(registration.interest, interest, "{key:?}: what it is watched for");
        assert!(!registration.vanished && !interest.is_empty(), "{key:?}: watched for nothing");
        self.owe(tag);
    }

    fn ends(&mut self, target: Tag, by: Tag) {
        assert!(self.owed.contains_key(&target.encode()), "{target:?} is not there to be ended");
        self.owe(by);
    }

    fn owe(&mut self, tag: Tag) {
        let before = self.owed.insert(tag.encode(), tag);
        assert_eq!(before, None, "two requests have one number");
        self.made.push(tag.encode());
    }

    /// Whether a completion is of a request that is with the kernel, and what the core may take it
    /// for.
    pub(super) fn expect(&self, said: Completion) -> (bool, &'static [Disposition]) {
        let Some(tag) = Tag::decode(said.user_data) else {
            return (false, &[Disposition::Foreign]);
        };
        if !self.owed.contains_key(&said.user_data) {
            return (false, &[Disposition::Stale]);
        }
        let expected: &[Disposition] = match tag {
            Tag::Arm(..) => &[Disposition::Hint, Disposition::Quiet],
            Tag::Disarm(..) | Tag::Cancel(_) => &[Disposition::Control],
            Tag::Operation(_) => &[Disposition::Result, Disposition::Busy],
        };
        (true, expected)
    }

    /// The core has taken it in.
    pub(super) fn completed(&mut self, said: Completion) {
        let Some(tag) = self.owed.get(&said.user_data).copied() else { return };
        // The request that ends another is answered once, whatever the flags claim.
        let last = !said.more || matches!(tag, Tag::Disarm(..) | Tag::Cancel(_));
        if last {
            self.owed.remove(&said.user_data);
        }
        match tag {
            Tag::Arm(key, _) => {
                if let Ok(bits) = u8::try_from(said.result & 0xff)
                    && said.result >= 0
                {
                    self.told(key, Readiness::from_bits(bits));
                }
            }
            Tag::Operation(key) => {
                let operation = self.operations.get_mut(&key).expect("it was submitted");
                operation.results.push_back((said.result, said.more));
            }
            Tag::Disarm(..) | Tag::Cancel(_) => {}
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Ready { key, readiness } => self.ready(key, readiness),
            Event::Refused { key, error } => {
                let registration = self.alive(key).expect("only who is there is told");
                registration.vanished = true;
                assert!(error > 0, "an error number: {error}");
            }
            Event::Done { key, outcome } => self.done(key, outcome),
        }
        if self.strict {
            for registration in self.registrations.values_mut() {
                registration.told = Readiness::EMPTY;
            }
        }
    }

    fn ready(&mut self, key: Key, readiness: Readiness) {
        let registration = self.alive(key).expect("only who is there has events");
        assert!(!registration.vanished, "{key:?} has vanished");
        assert!(!readiness.is_empty(), "{key:?} is ready for nothing");
        let wanted = readiness.wanted_by(registration.interest);
        assert_eq!(readiness, wanted, "{key:?} is told what it did not ask for");
        let told = registration.told;
        assert!(told.contains(readiness), "{key:?}: nobody has said {readiness:?}, only {told:?}");
    }

    fn done(&mut self, key: Key, outcome: Outcome) {
        let operation = self.operations.get_mut(&key).expect("only what was submitted has results");
        assert!(!operation.over, "{key:?} is over");
        operation.over = !outcome.more;
        match operation.results.pop_front() {
            Some(said) => assert_eq!((outcome.result, outcome.more), said, "{key:?}"),
            None => {
                let called_off = operation.cancelled && !operation.issued;
                assert!(called_off && !outcome.more, "{key:?}: a result that nobody has said");
            }
        }
    }

    /// A request that was made so many requests ago.
    pub(super) fn late(&self, ago: usize) -> Option<u64> {
        self.made.iter().rev().nth(ago).copied()
    }

    /// Everything that was ever there.
    pub(super) fn all(&self) -> Vec<Key> {
        self.registrations.keys().chain(self.operations.keys()).copied().collect()
    }

    /// What the kernel owes.
    pub(super) fn owed(&self) -> Vec<u64> {
        self.owed.keys().copied().collect()
    }

    pub(super) fn is_over(&self) {
        assert!(self.owed.is_empty(), "owed: {:?}", self.owed);
        for (key, operation) in &self.operations {
            assert!(operation.over, "{key:?}: its end was not told");
        }
    }
}
