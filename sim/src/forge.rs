//! Hostile input to the core: commands in any order, and whatever somebody may claim the kernel has
//! said.
//!
//! Nothing is honest here. Completions are forged, doubled, late or out of range; checks lie;
//! progress is told of anybody. The core may be deceived about levels, for it knows them from
//! nowhere else, but about nothing that it can know: who is alive, what is wanted, which requests
//! are with the kernel, which results an operation had. A [reference](Reference) that knows only
//! what was said holds it to that, and when the nonsense ends, and each request has been answered,
//! nothing may be left.

use levelring_core::{
    Completion, Core, Disposition, Event, Freshness, Interest, Key, Lane, Link, Progress,
    Readiness, Request, Slot, Submission, Tag, Turn, Watch,
};

use crate::entropy::Entropy;

mod reference;

pub use reference::Reference;

/// How many slots the core has at the most.
const MOST_SLOTS: u32 = 12;

/// Turns within which everything must be over once all is answered: results are told one by one.
const TURNS: usize = 64;

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forged {
    /// Calls of the core.
    pub steps: u64,
    /// Completions that were somebody's, and those that were nobody's.
    pub honest: u64,
    /// Completions of requests that were never made, or answered before.
    pub forged: u64,
    /// Events that were handed out.
    pub events: u64,
}

/// Runs the core on what these bytes stand for.
///
/// # Panics
/// If the core does what it must not.
#[must_use]
pub fn run(bytes: &[u8]) -> Forged {
    let entropy = Entropy::new(bytes);
    let slots = entropy.below(MOST_SLOTS) as usize + 1;
    let freshness = if entropy.chance(64) { Freshness::batch(4) } else { Freshness::Strict };
    let mut memory = vec![Slot::NEW; slots];
    let core = Core::new(memory.as_mut_slice(), freshness);
    let reference = Reference::new(freshness);
    let mut forge = Forge { core, reference, entropy, forged: Forged::default(), keys: Vec::new() };
    while !forge.entropy.is_spent() {
        forge.step();
    }
    forge.end(slots);
    forge.forged
}

struct Forge<'a> {
    core: Core<&'a mut [Slot]>,
    reference: Reference,
    entropy: Entropy,
    forged: Forged,
    /// Keys of anything, alive or not, the youngest first.
    keys: Vec<Key>,
}

impl Forge<'_> {
    fn step(&mut self) {
        match self.entropy.below(14) {
            0 => self.register(),
            1 => self.submit(),
            2 => self.change(),
            3 => self.take_away(),
            4 => self.speak(),
            5 | 6 => drop(self.hand_out()),
            7 | 8 => self.complete(),
            9 => self.judge(),
            10 => self.look(),
            11 => self.deliver(),
            12 => self.event(),
            _ => self.turn(),
        }
        self.forged.steps += 1;
        self.core.check_invariants();
        self.reference.check();
        self.keys.truncate(64);
    }

    fn register(&mut self) {
        let watches = [Watch::Level, Watch::Oneshot, Watch::Multishot, Watch::Foreign];
        let watch = self.entropy.pick(&watches).unwrap_or(Watch::Level);
        let interest = self.interest();
        if let Ok(key) = self.core.register(watch, interest) {
            self.reference.registered(key, watch, interest);
            self.keys.insert(0, key);
        }
    }

    fn submit(&mut self) {
        let count = self.entropy.below(5);
        let chain: Vec<Request> = (0..count)
            .map(|_| {
                let links = [Link::None, Link::Soft, Link::Hard];
                let link = self.entropy.pick(&links).unwrap_or_default();
                Request { link, prepare: self.entropy.chance(64) }
            })
            .collect();
        let mut next = self.core.submit(&chain).ok();
        while let Some(key) = next {
            self.reference.submitted(key);
            self.keys.insert(0, key);
            next = self.core.linked_after(key);
        }
    }

    fn change(&mut self) {
        let (key, interest) = (self.key(), self.interest());
        let done = self.core.set_interest(key, interest).is_ok();
        assert_eq!(done, self.reference.changed(key, interest), "{key:?}: is it registered?");
    }

    fn take_away(&mut self) {
        let key = self.key();
        match self.entropy.below(3) {
            0 => {
                let done = self.core.remove(key).is_ok();
                assert_eq!(done, self.reference.removed(key), "{key:?}: is it registered?");
            }
            1 => {
                let done = self.core.vanish(key).is_ok();
                assert_eq!(done, self.reference.vanished(key), "{key:?}: is it registered?");
            }
            _ => {
                if self.core.cancel(key).is_ok() {
                    self.reference.cancelled(key);
                }
            }
        }
    }

    fn speak(&mut self) {
        let key = self.key();
        let said = [Progress::Unknown, Progress::Drained, Progress::More];
        let said = self.entropy.pick(&said).unwrap_or(Progress::Unknown);
        if self.core.progress(key, said).is_ok() && said == Progress::More {
            self.reference.said_more(key);
        }
    }

    /// `false` if there was nothing to be told that had room.
    fn hand_out(&mut self) -> bool {
        let room = self.entropy.below(6) as usize;
        self.hand_out_within(room)
    }

    fn hand_out_within(&mut self, room: usize) -> bool {
        let Some(said) = self.core.next_submission(room) else { return false };
        if let Submission::Prepare { key } = said
            && self.entropy.chance(64)
            && self.core.cancel(key).is_ok()
        {
            self.reference.cancelled(key);
        }
        self.reference.handed_out(said);
        true
    }

    fn complete(&mut self) {
        let user_data = self.user_data();
        let wild = i32::from(self.readiness().bits());
        let results = [wild, 0, 1, -9, -22, -114, -125, i32::MIN, i32::MAX];
        let result = self.entropy.pick(&results).unwrap_or(0);
        let (more, level) = (self.entropy.chance(80), self.entropy.chance(80));
        self.claim(Completion { user_data, result, more, level, flags: 0 });
    }

    /// Claims that the kernel has said this.
    fn claim(&mut self, said: Completion) {
        let (honest, expected) = self.reference.expect(said);
        let disposition = self.core.complete(said);
        assert!(expected.contains(&disposition), "{said:?} is {disposition:?}, not {expected:?}");
        *(if honest { &mut self.forged.honest } else { &mut self.forged.forged }) += 1;
        if disposition != Disposition::Busy {
            self.reference.completed(said);
        }
    }

    fn judge(&mut self) {
        let (key, seen) = (self.key(), self.readiness());
        self.reference.told(key, seen);
        if self.entropy.chance(128) {
            self.core.judge(key, seen);
        } else if let Some(event) = self.core.decide(key, seen) {
            self.handled(event);
        }
    }

    fn look(&mut self) {
        self.core.plan();
        if self.entropy.chance(128) {
            self.core.looked();
        }
    }

    fn deliver(&mut self) {
        let (user_data, seen) = (self.user_data(), self.readiness());
        let said = Completion::report(user_data, seen);
        // A result that there is no room for would be lost: the contract is for reports of polls.
        if matches!(Tag::decode(user_data), Some(Tag::Arm(..))) {
            self.reference.expect(said);
            self.reference.completed(said);
            if let Some(event) = self.core.deliver(user_data, seen) {
                self.handled(event);
            }
        }
    }

    fn event(&mut self) {
        if let Some(event) = self.core.next_event() {
            self.handled(event);
        }
    }

    fn turn(&mut self) {
        match self.core.next_turn() {
            Turn::Event(event) => self.handled(event),
            Turn::Check { key, interest } => {
                self.reference.asked(key, interest);
                let seen = self.readiness();
                self.reference.told(key, seen);
                if let Some(event) = self.core.decide(key, seen) {
                    self.handled(event);
                }
            }
            Turn::Plan(_) => {}
        }
    }

    fn handled(&mut self, event: Event) {
        self.forged.events += 1;
        self.reference.event(event);
    }

    /// Mostly of something that is, or was.
    fn user_data(&self) -> u64 {
        let key = self.key();
        let lane = self.entropy.pick(&[Lane::A, Lane::B]).unwrap_or(Lane::A);
        match self.entropy.below(8) {
            0 => Tag::Arm(key, lane).encode(),
            1 => Tag::Disarm(key, lane).encode(),
            2 => Tag::Operation(key).encode(),
            3 => Tag::Cancel(key).encode(),
            4 => (0..8).fold(0, |all, _| all << 8 | u64::from(self.entropy.byte())),
            _ => {
                let ago = self.entropy.below(16) as usize;
                self.reference.late(ago).unwrap_or(0)
            }
        }
    }

    fn key(&self) -> Key {
        let known = self.entropy.pick(&self.keys).filter(|_| self.entropy.chance(240));
        known.unwrap_or_else(|| {
            let number = 1 << 60 | u64::from(self.entropy.byte()) << 28;
            let tag = Tag::decode(number | u64::from(self.entropy.byte()));
            tag.expect("a poll of some slot").key()
        })
    }

    fn interest(&self) -> Interest {
        Interest::from_bits(self.entropy.byte())
    }

    fn readiness(&self) -> Readiness {
        Readiness::from_bits(self.entropy.byte() & 0x7f)
    }

    /// No more nonsense: everything is removed, cancelled, answered and told.
    fn end(&mut self, slots: usize) {
        for key in self.reference.all() {
            if self.core.remove(key).is_ok() {
                assert!(self.reference.removed(key));
            } else if self.core.cancel(key).is_ok() {
                self.reference.cancelled(key);
            }
        }
        for _ in 0..TURNS * slots {
            while self.hand_out_within(slots) {}
            for user_data in self.reference.owed() {
                self.claim(Completion::last(user_data, -125));
            }
            self.core.plan();
            self.core.looked();
            while let Some(event) = self.core.next_event() {
                self.handled(event);
            }
            self.core.check_invariants();
            if self.core.in_use() == 0 {
                break;
            }
        }
        assert_eq!(self.core.in_use(), 0, "all is answered and told, and something is left");
        assert!(!self.core.wants_submission() && !self.core.has_candidates());
        self.reference.is_over();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_does_harm() {
        let mut all = Forged::default();
        for seed in 0..3000 {
            let one = run(&Entropy::bytes_of_seed(seed));
            all.steps += one.steps;
            all.honest += one.honest;
            all.forged += one.forged;
            all.events += one.events;
        }
        let enough = all.honest > 10_000 && all.forged > 10_000 && all.events > 10_000;
        assert!(enough, "not much was tried: {all:?}");
    }
}
