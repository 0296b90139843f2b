//! G10 totality: no input, in any order, panics, hangs or corrupts.
//!
//! Nothing is honest here: completions are forged for requests that are still with the kernel, or
//! were not even handed out; checks lie; progress is told of anybody. What an event says is worth
//! nothing then, but the invariants hold after every call, and when the nonsense ends and every
//! request has been answered, all slots are free again.

use crate::entropy::Entropy;
use levelring_core::{
    Completion, Core, Event, Freshness, Interest, Key, Lane, Link, Look, Progress, Readiness,
    Request, Slot, Submission, Tag, Watch,
};

const RUNS: u64 = 2000;
/// Turns within which everything must be over once all is answered: results are told one by one.
const TURNS: usize = 40;
/// More than any slot has in one run.
const GENERATIONS: u64 = 256;

struct Hostile<'a> {
    core: Core<&'a mut [Slot]>,
    entropy: Entropy,
    /// Keys of anything, alive or not.
    keys: Vec<Key>,
    /// Tags that the core has handed out.
    tags: Vec<Tag>,
}

impl Hostile<'_> {
    fn step(&mut self) {
        match self.entropy.below(12) {
            0 => {
                let watches = [Watch::Oneshot, Watch::Multishot, Watch::Level, Watch::Foreign];
                let watch = self.entropy.one_of(&watches);
                let interest = self.interest();
                if let Ok(key) = self.core.register(watch, interest) {
                    self.keys.insert(0, key);
                }
            }
            1 => self.submit(),
            2 => {
                let key = self.key();
                let interest = self.interest();
                let _ = self.core.set_interest(key, interest);
            }
            3 => {
                let key = self.key();
                let _ = match self.entropy.below(3) {
                    0 => self.core.remove(key),
                    1 => self.core.vanish(key),
                    _ => self.core.cancel(key),
                };
            }
            4 => {
                let key = self.key();
                let said = [Progress::Unknown, Progress::Drained, Progress::More];
                let _ = self.core.progress(key, self.entropy.one_of(&said));
            }
            5 | 6 => {
                let room = self.entropy.below(6);
                self.take(room);
            }
            7 | 8 => self.complete(),
            9 => {
                let key = self.key();
                let readiness = self.readiness();
                if self.entropy.chance(50) {
                    self.core.judge(key, readiness);
                } else {
                    let _ = self.core.decide(key, readiness);
                }
            }
            10 => {
                self.core.plan();
                if self.entropy.chance(50) {
                    self.core.looked();
                }
            }
            _ => {
                if self.entropy.chance(50) {
                    self.core.next_event();
                } else {
                    let _ = self.core.next_turn();
                }
            }
        }
        self.core.check_invariants();
        self.keys.truncate(64);
    }

    fn submit(&mut self) {
        let links = [Link::None, Link::Soft, Link::Hard];
        let count = self.entropy.below(5);
        let mut chain = Vec::new();
        for _ in 0..count {
            let link = self.entropy.one_of(&links);
            chain.push(Request { link, prepare: self.entropy.chance(30) });
        }
        let mut next = self.core.submit(&chain).ok();
        while let Some(key) = next {
            self.keys.insert(0, key);
            next = self.core.linked_after(key);
        }
    }

    fn take(&mut self, room: usize) -> bool {
        let Some(said) = self.core.next_submission(room) else { return false };
        match said {
            Submission::Arm { tag, .. } | Submission::Operation { tag, .. } => self.tags.push(tag),
            Submission::Rearm { by, tag, .. } => self.tags.extend([by, tag]),
            Submission::Disarm { by, .. } | Submission::Cancel { by, .. } => self.tags.push(by),
            Submission::Prepare { .. } => {}
        }
        true
    }

    fn complete(&mut self) {
        let key = self.key();
        let lane = self.entropy.one_of(&[Lane::A, Lane::B]);
        let tag = match self.entropy.below(6) {
            0 => Tag::Arm(key, lane),
            1 => Tag::Disarm(key, lane),
            2 => Tag::Operation(key),
            3 => Tag::Cancel(key),
            _ if self.tags.is_empty() => return,
            _ => {
                // Mostly of late.
                let ago = self.entropy.below(self.tags.len().min(16));
                self.tags[self.tags.len() - 1 - ago]
            }
        };
        let wild = i32::from(self.readiness().bits());
        let results = [0, 1, wild, wild, -9, -22, -114, -125, i32::MIN, i32::MAX];
        let result = self.entropy.one_of(&results);
        let (more, level) = (self.entropy.chance(30), self.entropy.chance(30));
        let user_data = tag.encode();
        let said = Completion { user_data, result, more, level, flags: 0 };
        if self.entropy.chance(80) {
            self.core.complete(said);
        } else {
            let seen = self.readiness();
            let _ = self.core.deliver(user_data, seen);
        }
    }

    fn key(&mut self) -> Key {
        match Tag::decode(self.entropy.number()) {
            _ if !self.keys.is_empty() && self.entropy.chance(95) => {
                self.entropy.one_of(&self.keys)
            }
            Some(tag) => tag.key(),
            None => Tag::decode(1 << 60).expect("a poll of the first slot").key(),
        }
    }

    fn interest(&mut self) -> Interest {
        Interest::from_bits(u8::try_from(self.entropy.below(32)).expect("below 32"))
    }

    fn readiness(&mut self) -> Readiness {
        Readiness::from_bits(u8::try_from(self.entropy.below(128)).expect("below 128"))
    }

    /// No more nonsense: everything is removed, cancelled, answered and told.
    fn end(&mut self, slots: usize) {
        let every_key = (0..slots as u64).flat_map(|index| {
            // The first kind of tag, with generations as they begin.
            (0..GENERATIONS).map(move |generation| 1 << 60 | generation << 28 | index)
        });
        for key in every_key.filter_map(Tag::decode).map(Tag::key) {
            let _ = self.core.remove(key);
            let _ = self.core.cancel(key);
        }
        for _ in 0..TURNS {
            while self.take(1000) {}
            for tag in &self.tags {
                self.core.complete(Completion::last(tag.encode(), 0));
            }
            while let Some(event) = self.core.next_event() {
                assert!(!matches!(event, Event::Ready { .. }), "an event after all was removed");
            }
            if self.core.plan().look != Look::No {
                self.core.looked();
            }
            self.core.check_invariants();
        }
        assert_eq!(self.core.in_use(), 0, "G10 totality: a slot is never free again");
        // And it works as on the first day.
        let key = self.core.register(Watch::Oneshot, Interest::READ).expect("a free slot");
        let said = self.core.next_submission(1);
        let armed = matches!(said, Some(Submission::Arm { key: whose, .. }) if whose == key);
        assert!(armed, "G10 totality: nothing is handed out any more");
    }
}

fn run(seed: u64) {
    let mut entropy = Entropy::of_seed(seed);
    let mut slots = [Slot::NEW; 8];
    let slots = &mut slots[..1 + entropy.below(8)];
    let freshness = Freshness::batch(entropy.one_of(&[0, 2, 64]));
    let count = slots.len();
    let core = Core::new(slots, freshness);
    let mut hostile = Hostile { core, entropy, keys: Vec::new(), tags: Vec::new() };
    for _ in 0..200 {
        hostile.step();
    }
    hostile.end(count);
}

#[test]
fn nonsense_does_no_harm() {
    let asked = crate::asked("LEVELRING_SEED");
    for seed in asked.map_or(0..RUNS, |seed| seed..seed + 1) {
        let says_which = crate::SaysWhich(seed, "nonsense");
        run(seed);
        drop(says_which);
    }
}
