//! A tiny honest kernel: polls, operations, and completions that come late and in any order.
//!
//! It does what Linux was seen to do, and where Linux leaves something open it draws. What a ring
//! and an epoll set do differently is decided by the way of watching.

use crate::entropy::Entropy;
use crate::files::Files;
use crate::options::Sabotage;
use crate::probes::Probes;
use crate::work::Works;
use levelring_core::{Interest, Key, Readiness, Submission, Tag, Watch};
use std::collections::BTreeMap;

pub(crate) const EBADF: i32 = -9;
pub(crate) const EINVAL: i32 = -22;
pub(crate) const ENOENT: i32 = -2;
pub(crate) const EALREADY: i32 = -114;
pub(crate) const ECANCELED: i32 = -125;

/// A completion on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) tag: Tag,
    pub(crate) result: i32,
    pub(crate) more: bool,
    /// Of a poll that was checked when it was made, and is over.
    pub(crate) inline: bool,
}

#[derive(Debug)]
struct Poll {
    key: Key,
    tag: Tag,
    file: usize,
    interest: Interest,
    watch: Watch,
    /// What woke it, until its task work runs.
    woken: Readiness,
    /// It must look again when its task work runs: somebody tried to end it meanwhile.
    looks_again: bool,
}

/// What is owed for a request: one last answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    /// For a poll: the core has said that it should end.
    pub(crate) told_to_end: bool,
    /// For a poll: its request to end was answered EALREADY.
    already: bool,
}

#[derive(Debug)]
pub(crate) struct Kernel {
    polls: Vec<Poll>,
    pub(crate) works: Works,
    posted: Vec<Posted>,
    owed: BTreeMap<u64, Owed>,
    already: usize,
    faults: usize,
    sabotage: Sabotage,
}

/// What the kernel needs to know of the world around it.
pub(crate) struct Around<'a> {
    pub(crate) files: &'a Files,
    pub(crate) entropy: &'a mut Entropy,
    pub(crate) probes: &'a mut Probes,
}

impl Kernel {
    pub(crate) fn new(already: usize, faults: usize, sabotage: Sabotage) -> Self {
        Self {
            polls: Vec::new(),
            works: Works::default(),
            posted: Vec::new(),
            owed: BTreeMap::new(),
            already,
            faults,
            sabotage,
        }
    }

    /// No more faults: what the kernel does from now on is what it was asked to.
    pub(crate) fn be_kind(&mut self, kind: bool, faults: usize) {
        self.faults = if kind { 0 } else { faults };
    }

    /// Takes one submission; `file` is the descriptor of its key, if it is a registration's.
    pub(crate) fn accept(&mut self, said: Submission, file: usize, around: &mut Around<'_>) {
        match said {
            Submission::Arm { key, tag, interest, watch } => {
                self.arm(key, tag, file, interest, watch, around);
            }
            Submission::Rearm { key, target, by, tag, interest, watch } => {
                self.disarm(target, by, around);
                self.arm(key, tag, file, interest, watch, around);
            }
            Submission::Disarm { target, by, .. } => self.disarm(target, by, around),
            Submission::Prepare { .. } => {}
            Submission::Operation { tag, link, .. } => {
                self.owe(tag);
                self.works.begin(tag, link);
            }
            Submission::Cancel { target, by, .. } => {
                self.owe(by);
                let result = self.works.cancel(target, around, &mut self.posted);
                self.post(by, result, false);
            }
        }
    }

    fn arm(
        &mut self,
        key: Key,
        tag: Tag,
        file: usize,
        interest: Interest,
        watch: Watch,
        around: &mut Around<'_>,
    ) {
        self.owe(tag);
        let held = self.polls.iter().filter(|poll| poll.key == key).count();
        assert!(held < 2, "G3 accounting: {key:?} has three polls");
        if around.files.is_broken(file) {
            return self.post(tag, EINVAL, false);
        }
        if around.entropy.chance(self.faults) {
            let invalid = i32::from(Readiness::INVALID.bits());
            let fault = around.entropy.one_of(&[EBADF, EINVAL, EINVAL, ECANCELED, invalid]);
            return self.post(tag, fault, false);
        }
        let woken = Readiness::EMPTY;
        let poll = Poll { key, tag, file, interest, watch, woken, looks_again: false };
        let level = poll.mask(around.files.level(file));
        if level.is_empty() || !poll.is_on_ring() {
            return self.polls.push(poll);
        }
        around.probes.inline += 1;
        let spins = self.sabotage == Sabotage::HalfCloseSpins;
        let stays = watch == Watch::Multishot && !spins;
        let result = i32::from(level.bits());
        self.posted.push(Posted { tag, result, more: stays, inline: !stays });
        if stays {
            self.polls.push(poll);
        }
    }

    fn disarm(&mut self, target: Tag, by: Tag, around: &mut Around<'_>) {
        self.owe(by);
        if let Some(owed) = self.owed.get_mut(&target.encode()) {
            owed.told_to_end = true;
            around.probes.retired_again_after_ealready += u64::from(owed.already);
        }
        let Some(at) = self.polls.iter().position(|poll| poll.tag == target) else {
            return self.post(by, ENOENT, false);
        };
        let poll = &mut self.polls[at];
        let woken = !poll.woken.is_empty();
        let chance = if woken { 50 } else { self.already };
        if poll.is_on_ring() && around.entropy.chance(chance) {
            poll.looks_again = true;
            around.probes.answered_ealready += 1;
            if let Some(owed) = self.owed.get_mut(&target.encode()) {
                owed.already = true;
            }
            return self.post(by, EALREADY, false);
        }
        self.polls.remove(at);
        self.post(by, 0, false);
        self.post(target, ECANCELED, false);
    }

    /// A file's level was raised, or raised again: those who wait for it wake up.
    pub(crate) fn wake(&mut self, file: usize, bits: Readiness) {
        for poll in self.polls.iter_mut().filter(|poll| poll.file == file && poll.is_on_ring()) {
            poll.woken |= poll.mask(bits);
        }
    }

    /// One of those who woke up comes to say so; `false` if there is none.
    pub(crate) fn task_work(&mut self, around: &mut Around<'_>) -> bool {
        let woken = |poll: &&Poll| !poll.woken.is_empty() || poll.looks_again;
        let count = self.polls.iter().filter(woken).count();
        if count == 0 {
            return false;
        }
        let which = around.entropy.below(count);
        let at = self.polls.iter().enumerate().filter(|(_, poll)| woken(poll)).nth(which);
        let at = at.expect("below their count").0;
        let poll = &mut self.polls[at];
        let level = poll.mask(around.files.level(poll.file));
        let mask = if poll.looks_again { level } else { poll.woken };
        around.probes.woken_stale += u64::from(!mask.is_empty() && level.is_empty());
        (poll.woken, poll.looks_again) = (Readiness::EMPTY, false);
        if mask.is_empty() {
            around.probes.rearmed_silently += 1;
            return true;
        }
        let goes_on = poll.watch == Watch::Multishot && !around.entropy.chance(10);
        let tag = poll.tag;
        if !goes_on {
            around.probes.multishot_ended += u64::from(poll.watch == Watch::Multishot);
            self.polls.remove(at);
        }
        self.post(tag, i32::from(mask.bits()), goes_on);
        true
    }

    /// What the level-triggered sets say now.
    pub(crate) fn levels(&self, files: &Files) -> Vec<Posted> {
        let sets = self.polls.iter().filter(|poll| !poll.is_on_ring());
        sets.map(|poll| (poll.tag, poll.mask(files.level(poll.file))))
            .filter(|(_, level)| !level.is_empty())
            .map(|(tag, level)| (tag, i32::from(level.bits())))
            .map(|(tag, result)| Posted { tag, result, more: true, inline: false })
            .collect()
    }

    /// Some completion: any of those posted but the stuck, those of one request in their order.
    pub(crate) fn take_posted(&mut self, stuck: &[Tag], entropy: &mut Entropy) -> Option<Posted> {
        let free = |posted: &&Posted| !stuck.contains(&posted.tag);
        let count = self.posted.iter().filter(free).count();
        if count == 0 {
            return None;
        }
        let tag = self.posted.iter().filter(free).nth(entropy.below(count))?.tag;
        let first = self.posted.iter().position(|posted| posted.tag == tag)?;
        Some(self.posted.remove(first))
    }

    /// The core had no room for it: it comes before later ones of the same request.
    pub(crate) fn put_back(&mut self, posted: Posted) {
        self.posted.insert(0, posted);
    }

    pub(crate) fn posted(&self) -> usize {
        self.posted.len()
    }

    pub(crate) fn owed(&self, tag: Tag) -> Option<Owed> {
        self.owed.get(&tag.encode()).copied()
    }

    /// The last answer to `tag` has been handed in.
    pub(crate) fn settled(&mut self, tag: Tag) {
        self.owed.remove(&tag.encode());
    }

    /// Whether anything is owed about the slot of this index.
    pub(crate) fn owes_slot(&self, index: usize) -> bool {
        self.owed_tags().any(|tag| tag.key().index() == index)
    }

    /// Whether a poll of `key`, or a request to end one, has not been answered for the last time.
    pub(crate) fn owes_polls(&self, key: Key) -> bool {
        self.owed_tags()
            .any(|tag| tag.key() == key && matches!(tag, Tag::Arm(..) | Tag::Disarm(..)))
    }

    fn owed_tags(&self) -> impl Iterator<Item = Tag> {
        self.owed.keys().filter_map(|&number| Tag::decode(number))
    }

    /// What the polls of `key` wait for that were not told to end.
    pub(crate) fn watches(&self, key: Key) -> Vec<Interest> {
        let of_key = self.polls.iter().filter(|poll| poll.key == key);
        of_key
            .filter(|poll| self.owed(poll.tag).is_some_and(|owed| !owed.told_to_end))
            .map(|poll| poll.interest)
            .collect()
    }

    pub(crate) fn polls_of(&self, key: Key) -> usize {
        self.polls.iter().filter(|poll| poll.key == key).count()
    }

    pub(crate) fn work(&mut self, around: &mut Around<'_>) -> bool {
        self.works.go_on(around, &mut self.posted)
    }

    fn owe(&mut self, tag: Tag) {
        let owed = Owed { told_to_end: false, already: false };
        let twice = self.owed.insert(tag.encode(), owed).is_some();
        assert!(!twice, "G3 accounting: {tag:?} is used again before its last answer");
    }

    fn post(&mut self, tag: Tag, result: i32, more: bool) {
        self.posted.push(Posted { tag, result, more, inline: false });
    }
}

impl Poll {
    /// What it says of a level: POLL_ADD cannot mask the peer's half-close, an epoll set can.
    fn mask(&self, level: Readiness) -> Readiness {
        if self.is_on_ring() {
            level.wanted_by(self.interest | Interest::READ_HANGUP)
        } else {
            level.wanted_by(self.interest)
        }
    }

    fn is_on_ring(&self) -> bool {
        matches!(self.watch, Watch::Oneshot | Watch::Multishot)
    }
}
