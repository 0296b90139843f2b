//! How the driver of a run hands in completions, what each must be taken for, and what nobody
//! asked for.

use crate::kernel::Posted;
use crate::options::Sabotage;
use crate::world::World;
use levelring_core::{Completion, Disposition, Event, Key, Lane, Outcome, Readiness, Tag};

impl World<'_> {
    /// Hands in up to `most` completions; `false` if there was none that could be.
    pub(crate) fn deliver_some(&mut self, most: usize) -> bool {
        let mut moved = false;
        for _ in 0..most {
            let taken = self.kernel.take_posted(&self.stuck, &mut self.entropy);
            let Some(posted) = taken else { break };
            if !self.sabotage_completion(posted) {
                moved |= self.deliver(posted, false) != Disposition::Busy;
            }
        }
        moved
    }

    /// Whether the completion is lost on purpose.
    fn sabotage_completion(&self, posted: Posted) -> bool {
        match (self.options.sabotage, posted.tag) {
            (Sabotage::DropHint, Tag::Arm(..)) => posted.result > 0,
            (Sabotage::DropDisarmAnswer, Tag::Disarm(..)) => true,
            _ => false,
        }
    }

    pub(crate) fn deliver(&mut self, posted: Posted, level: bool) -> Disposition {
        let Posted { tag, result, more, inline } = posted;
        let level = level || inline;
        let flags = if more { 2 } else { 0 };
        let completion = Completion { user_data: tag.encode(), result, more, level, flags };
        let expected = self.expect(posted, flags, level);
        let got = self.core.complete(completion);
        self.say(|| format!("    {posted:?} is {got:?}"));
        assert_eq!(got, expected, "G3 accounting: {posted:?}");
        if got == Disposition::Busy {
            self.stuck.push(tag);
            self.kernel.put_back(posted);
        } else if !more {
            self.kernel.settled(tag);
            self.answered.push(tag);
            if self.answered.len() > 16 {
                self.answered.remove(0);
            }
            if self.entropy.chance(5) {
                self.probes.doubled += 1;
                self.hand_in_unasked(completion);
            }
        }
        got
    }

    /// Hands in the one completion of a look, a level check; that may make an event at once.
    pub(crate) fn deliver_sole(&mut self, posted: Posted) -> Option<Event> {
        let Posted { tag, result, more, .. } = posted;
        let user_data = tag.encode();
        let flags = 0;
        self.expect(posted, flags, true);
        self.say(|| format!("    {posted:?} alone"));
        let event = match u8::try_from(result) {
            Ok(bits) if more => self.core.deliver(user_data, Readiness::from_bits(bits)),
            _ => {
                let level = more || posted.inline;
                self.core.complete(Completion { user_data, result, more, level, flags });
                self.core.looked();
                None
            }
        };
        self.probes.delivered_alone += u64::from(event.is_some());
        event
    }

    /// What a completion is, by the reference; which takes it in.
    fn expect(&mut self, posted: Posted, flags: u32, level: bool) -> Disposition {
        let Posted { tag, result, more, .. } = posted;
        let owed = self.kernel.owed(tag).expect("only what is owed is posted");
        match tag {
            Tag::Arm(..) if owed.told_to_end => {
                self.probes.quiet += 1;
                self.probes.draining_poll_was_ready += u64::from(result > 0);
                Disposition::Quiet
            }
            Tag::Arm(key, _) => {
                if self.user.poll_said(key, result, more, &self.files) {
                    self.user.vouch(key, level);
                    self.probes.hint += 1;
                    Disposition::Hint
                } else {
                    self.probes.quiet += 1;
                    Disposition::Quiet
                }
            }
            Tag::Disarm(key, lane) => {
                self.probes.control += 1;
                let target = self.kernel.owed(Tag::Arm(key, lane)).is_some();
                self.probes.answered_before_its_target += u64::from(target);
                Disposition::Control
            }
            Tag::Operation(key) => {
                let full = self.core.in_use() == self.options.slots;
                if full && self.user.has_results(key) {
                    self.probes.busy += 1;
                    return Disposition::Busy;
                }
                self.probes.result += 1;
                self.user.result(key, Outcome { result, flags, more });
                Disposition::Result
            }
            Tag::Cancel(_) => Disposition::Control,
        }
    }

    /// Something arrives that nobody asked for: it must change nothing.
    pub(crate) fn forge(&mut self) {
        let random = self.entropy.number();
        let live: Vec<Key> = self.user.registered.keys().copied().collect();
        let user_data = match self.entropy.below(4) {
            0 if !self.answered.is_empty() => self.entropy.one_of(&self.answered).encode(),
            1 if !live.is_empty() => {
                let key = self.entropy.one_of(&live);
                let lane = self.entropy.one_of(&[Lane::A, Lane::B]);
                let tags = [Tag::Arm(key, lane), Tag::Disarm(key, lane), Tag::Operation(key)];
                self.entropy.one_of(&tags).encode()
            }
            2 => Tag::decode(random & 0x0fff_ffff).map_or(random, Tag::encode),
            _ => random,
        };
        let result = self.entropy.one_of(&[0, 1, 0x3f, -9, -22, -114, -125, i32::MIN, i32::MAX]);
        let (more, level) = (self.entropy.chance(30), self.entropy.chance(30));
        self.hand_in_unasked(Completion { user_data, result, more, level, flags: 0 });
    }

    fn hand_in_unasked(&mut self, completion: Completion) {
        let expected = match Tag::decode(completion.user_data) {
            None => Disposition::Foreign,
            Some(tag) if self.kernel.owed(tag).is_none() => Disposition::Stale,
            // A forger who guesses what is owed cannot be told from the kernel.
            Some(_) => return,
        };
        let got = self.core.complete(completion);
        assert_eq!(got, expected, "G3 accounting: {completion:?}");
        self.probes.stale += u64::from(got == Disposition::Stale);
        self.probes.foreign += u64::from(got == Disposition::Foreign);
    }
}
