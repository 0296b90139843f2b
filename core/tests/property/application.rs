//! What the application of a run does: commands at any time, and handlers.

use crate::files::{BITS, everything};
use crate::options::{MOST_SLOTS, Sabotage};
use crate::world::World;
use levelring_core::{
    Event, Full, Interest, Key, Link, Progress, Readiness, Request, Stale, SubmitError,
};

use core::hash::Hasher as _;
use std::hash::DefaultHasher;

/// The longest chain.
const LONGEST: usize = 4;

impl World<'_> {
    pub(crate) fn register(&mut self) {
        let watch = self.entropy.one_of(&self.options.ways.clone());
        let file = self.entropy.below(self.files.count());
        let interest = self.some_interest();
        let before = self.image();
        match self.core.register(watch, interest) {
            Ok(key) => {
                self.say(|| format!("    {key:?}: {watch:?} {interest:?} of file {file}"));
                self.check_new(key);
                self.descriptors[key.index()] = file;
                self.user.register(key, watch, file, interest, &self.files);
            }
            Err(Full) => self.check_full(before, 1),
        }
    }

    fn check_new(&mut self, key: Key) {
        self.probes.slot_used_again += u64::from(key.generation() > 0);
        assert!(!self.kernel.owes_slot(key.index()), "G3 accounting: {key:?} is used too early");
    }

    /// G9: at the bound, and only there, nothing is changed.
    fn check_full(&mut self, before: u64, wanted: usize) {
        self.probes.full += 1;
        assert_eq!(self.image(), before, "G9 bounds: something was changed");
        assert!(self.core.in_use() + wanted > self.options.slots, "G9 bounds: there was room");
    }

    /// All that the core's future depends on.
    fn image(&self) -> u64 {
        let mut names = [0; MOST_SLOTS];
        (0..).zip(&mut names).for_each(|(number, name)| *name = number);
        let mut hasher = DefaultHasher::new();
        self.core.image(&names[..self.options.slots], &mut hasher);
        hasher.finish()
    }

    pub(crate) fn set_interest(&mut self) {
        let Some(key) = self.some_key() else { return };
        let interest = self.some_interest();
        let live = self.user.registered.contains_key(&key);
        let told = self.core.set_interest(key, interest);
        assert_eq!(told, if live { Ok(()) } else { Err(Stale) }, "an interest of {key:?}");
        if live {
            self.say(|| format!("    {key:?}: {interest:?}"));
            self.probes.interest_emptied += u64::from(interest.is_empty());
            let draining = self.kernel.polls_of(key) > self.kernel.watches(key).len();
            self.probes.interest_changed_while_draining += u64::from(draining);
            self.user.set_interest(key, interest, &self.files);
        }
    }

    /// To another interest and back, while an answer comes that nobody listened to.
    pub(crate) fn toggle_interest(&mut self) {
        let Some(key) = self.some_key() else { return };
        let Some(before) = self.user.registered.get(&key).map(|one| one.interest) else { return };
        let other = self.some_interest();
        for interest in [other, before] {
            assert_eq!(self.core.set_interest(key, interest), Ok(()), "an interest of {key:?}");
            self.user.set_interest(key, interest, &self.files);
            self.task_work();
            self.deliver_some(2);
        }
    }

    pub(crate) fn remove(&mut self) {
        let Some(key) = self.some_key() else { return };
        let live = self.user.registered.contains_key(&key);
        let polls = self.kernel.polls_of(key);
        let told = self.core.remove(key);
        assert_eq!(told, if live { Ok(()) } else { Err(Stale) }, "the removal of {key:?}");
        self.say(|| format!("    {key:?}"));
        if live {
            self.probes.removed_while_pinned += u64::from(self.core.is_pinned(key));
            self.probes.removed_while_two_polls_were_held += u64::from(polls == 2);
            self.user.remove(key);
            if self.sabotaged(Sabotage::EventAfterRemoval) {
                self.told(Event::Ready { key, readiness: Readiness::READ });
            }
        }
    }

    pub(crate) fn vanish(&mut self) {
        let Some(key) = self.some_key() else { return };
        let live = self.user.registered.contains_key(&key);
        let told = self.core.vanish(key);
        assert_eq!(told, if live { Ok(()) } else { Err(Stale) }, "the vanishing of {key:?}");
        if live {
            self.probes.vanished += 1;
            self.user.vanished(key, &self.files);
        }
    }

    pub(crate) fn submit(&mut self) {
        let count = self.entropy.below(LONGEST + 1);
        let mut chain = Vec::new();
        for _ in 0..count {
            let link =
                self.entropy.one_of(&[Link::Soft, Link::Soft, Link::Hard, Link::Hard, Link::None]);
            chain.push(Request { link, prepare: self.entropy.chance(30) });
        }
        let before = self.image();
        match self.core.submit(&chain) {
            Ok(first) => {
                let mut keys = vec![first];
                while let Some(next) = self.core.linked_after(keys[keys.len() - 1]) {
                    keys.push(next);
                }
                self.say(|| format!("    {keys:?} {chain:?}"));
                assert_eq!(keys.len(), count, "the members of a chain");
                keys.iter().for_each(|&key| self.check_new(key));
                let links: Vec<Link> = chain.iter().map(|request| request.link).collect();
                self.user.submit(&keys, &links);
            }
            Err(SubmitError::Full) => self.check_full(before, count),
            Err(SubmitError::Empty) => assert_eq!(count, 0, "an empty chain"),
        }
    }

    pub(crate) fn cancel(&mut self) {
        let keys: Vec<Key> = self.user.running.keys().copied().collect();
        let Some(key) = self.some_key_of(&keys) else { return };
        self.cancel_one(key);
    }

    pub(crate) fn cancel_one(&mut self, key: Key) {
        let told = self.core.cancel(key);
        self.say(|| format!("    cancel {key:?}"));
        let Some(running) = self.user.running.get(&key) else {
            assert_eq!(told, Err(Stale), "the cancelling of {key:?}, whose last result was told");
            return;
        };
        assert_eq!(told, Ok(()), "the cancelling of {key:?}");
        if running.queued {
            self.probes.cancelled_before_submission += 1;
            self.user.cancel_queued(key);
        }
    }

    pub(crate) fn change_level(&mut self) {
        let file = self.entropy.below(self.files.count());
        // What is usual happens often, what is not so sometimes.
        let bits = [0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 4, 5].map(|bit| BITS[bit]);
        let bit = self.entropy.one_of(&bits);
        if self.entropy.chance(self.options.raising) {
            self.files.raise(file, bit);
            self.kernel.wake(file, bit);
        } else {
            self.files.lower(file, bit);
        }
        self.user.levels_changed(&self.files);
        self.say(|| format!("    file {file} is {:?}", self.files.level(file)));
    }

    /// The application is told: the event is checked, and its handler runs.
    pub(crate) fn told(&mut self, event: Event) {
        self.note(&event);
        self.stuck.clear();
        self.user.check_event(&event, &self.files, &mut self.probes);
        self.user.handler_runs();
        match event {
            Event::Ready { key, readiness } => self.handle(key, readiness),
            Event::Refused { .. } => {}
            Event::Done { key, outcome } => {
                if !outcome.more {
                    self.cancel_one(key);
                }
            }
        }
        self.files.handler_returned();
    }

    fn handle(&mut self, key: Key, readiness: Readiness) {
        if self.frozen {
            return;
        }
        let file = self.user.registered[&key].file;
        if self.entropy.chance(10) {
            self.look_within_handler();
        }
        match self.entropy.below(7) {
            0 => {}
            6 => return self.drain_and_miss_the_next(key, file),
            1 | 2 => self.files.lower(file, readiness),
            3 => (0..self.files.count()).for_each(|file| self.files.lower(file, BITS[0])),
            4 => {
                self.files.lower(file, readiness);
                self.command();
            }
            _ => {
                self.command();
                self.command();
            }
        }
        self.user.levels_changed(&self.files);
        self.tell_progress(key, readiness);
    }

    /// A removal within a handler may have the set looked at, and what it says called a check: it
    /// is older than what the handler does next.
    fn look_within_handler(&mut self) {
        self.probes.checked_within_a_handler += 1;
        for posted in self.kernel.levels(&self.files) {
            self.deliver(posted, true);
        }
        self.user.handler_runs();
    }

    /// The handler has seen that nothing is left; before it can say so there is something again,
    /// and the driver may have handed in the news.
    fn drain_and_miss_the_next(&mut self, key: Key, file: usize) {
        let everything = everything();
        self.files.lower(file, everything);
        self.user.levels_changed(&self.files);
        let bit = self.entropy.one_of(&[BITS[0], BITS[1]]);
        self.files.raise(file, bit);
        self.kernel.wake(file, bit);
        self.user.levels_changed(&self.files);
        self.task_work();
        self.deliver_some(2);
        self.user.said_more(key, false);
        assert_eq!(self.core.progress(key, Progress::Drained), Ok(()));
        self.probes.drained_too_early += 1;
    }

    /// Says only what is true, or nothing.
    fn tell_progress(&mut self, key: Key, told: Readiness) {
        let left = self.user.wanted(key, &self.files);
        let progress = match self.entropy.below(3) {
            1 | 2 if left.is_empty() => Progress::Drained,
            1 if left.intersects(told) => Progress::More,
            _ => return,
        };
        self.user.said_more(key, progress == Progress::More);
        self.say(|| format!("    {key:?}: {progress:?}"));
        let told = self.core.progress(key, progress);
        let live = self.user.registered.contains_key(&key);
        assert_eq!(told, if live { Ok(()) } else { Err(Stale) }, "the progress of {key:?}");
        self.probes.drained += u64::from(progress == Progress::Drained);
        self.probes.more += u64::from(progress == Progress::More);
    }

    fn command(&mut self) {
        match self.entropy.below(8) {
            0 => self.register(),
            1 => self.remove(),
            2 => self.submit(),
            3 => self.cancel(),
            4 => self.change_level(),
            5 => self.toggle_interest(),
            _ => self.set_interest(),
        }
    }

    /// The key of a registration, now and then of one that is gone.
    fn some_key(&mut self) -> Option<Key> {
        let keys: Vec<Key> = self.user.registered.keys().copied().collect();
        self.some_key_of(&keys)
    }

    fn some_key_of(&mut self, keys: &[Key]) -> Option<Key> {
        if !self.answered.is_empty() && self.entropy.chance(5) {
            let key = self.entropy.one_of(&self.answered).key();
            return (!self.user.running.contains_key(&key)).then_some(key);
        }
        (!keys.is_empty()).then(|| self.entropy.one_of(keys))
    }

    fn some_interest(&mut self) -> Interest {
        let both = Interest::READ | Interest::WRITE;
        self.entropy.one_of(&[
            Interest::READ,
            Interest::READ,
            Interest::READ,
            Interest::WRITE,
            Interest::WRITE,
            both,
            both,
            Interest::EMPTY,
            Interest::ERROR,
            Interest::PRIORITY,
            Interest::READ_HANGUP,
            Interest::from_bits(u8::MAX),
        ])
    }
}
