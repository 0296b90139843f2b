//! One registration on a bench: what is done to it, and what it does, in short words.

use levelring_core::{
    Completion, Core, Disposition, Event, Freshness, Interest, Key, Lane, Readiness, Slot, Storage,
    Submission, Tag, Watch,
};

/// More submissions than a handful of slots can want at a time.
const MOST: usize = 20;

pub(crate) const EBADF: i32 = -9;
pub(crate) const EINVAL: i32 = -22;
pub(crate) const ENOENT: i32 = -2;
pub(crate) const EALREADY: i32 = -114;
pub(crate) const ECANCELED: i32 = -125;
pub(crate) const READABLE: i32 = Readiness::READ.bits() as i32;
pub(crate) const WRITABLE: i32 = Readiness::WRITE.bits() as i32;

pub(crate) struct Bench {
    pub(crate) core: Core<[Slot; 4]>,
    pub(crate) key: Key,
    /// Within a look.
    looking: bool,
}

impl Bench {
    pub(crate) fn new(watch: Watch, interest: Interest) -> Self {
        let mut core = Core::new([Slot::NEW; 4], Freshness::Strict);
        let key = core.register(watch, interest).expect("an empty core has room");
        Self { core, key, looking: false }
    }

    /// The answer of the poll on this lane.
    pub(crate) fn poll(&mut self, lane: Lane, result: i32, more: bool) -> String {
        let user_data = Tag::Arm(self.key, lane).encode();
        // One that is over was checked when it was made.
        let said = Completion { user_data, result, more, level: !more, flags: 0 };
        word(self.core.complete(said))
    }

    /// The answer to the request that ends the poll on this lane.
    pub(crate) fn ended(&mut self, lane: Lane, result: i32) -> String {
        let tag = Tag::Disarm(self.key, lane);
        word(self.core.complete(Completion::last(tag.encode(), result)))
    }

    pub(crate) fn forged(&mut self, user_data: u64) -> String {
        word(self.core.complete(Completion::last(user_data, READABLE)))
    }

    pub(crate) fn interest(&mut self, interest: Interest) -> String {
        self.core.set_interest(self.key, interest).map_or("error".into(), |()| String::new())
    }

    /// Everything the kernel is to be told now, for the look that is being made.
    pub(crate) fn submissions(&mut self) -> String {
        if !self.looking {
            self.core.plan();
            self.looking = true;
        }
        let mut words = Vec::new();
        while let Some(said) = self.core.next_submission(8) {
            self.core.check_invariants();
            words.push(phrase(said));
            assert!(words.len() <= MOST, "no end of submissions: {words:?}");
        }
        words.join(", ")
    }

    /// The next event, when the look is over, or after a check that says what the level is.
    pub(crate) fn event(&mut self, level: Readiness) -> String {
        self.core.looked();
        self.looking = false;
        if let Some(event) = self.core.next_event() {
            return spoken(event);
        }
        self.core.plan();
        let candidates: Vec<_> = self.core.candidates().collect();
        for (key, _) in &candidates {
            self.core.judge(*key, level);
        }
        self.core.looked();
        let checked = if candidates.is_empty() { "" } else { "checked, " };
        let event = self.core.next_event().map_or("no event".into(), spoken);
        format!("{checked}{event}")
    }

    /// What remains of it.
    pub(crate) fn state(&mut self) -> &'static str {
        self.core.check_invariants();
        match (self.core.is_quiet(self.key), self.core.is_pinned(self.key)) {
            (_, _) if self.core.in_use() == 0 => "gone",
            (None, true) => "removed, held",
            (None, false) => "removed, not gone",
            (Some(true), true) => "quiet, held",
            (Some(true), false) => "quiet",
            (Some(false), true) => "held",
            (Some(false), false) => "not held",
        }
    }
}

/// Takes everything that the kernel is to be told.
pub(crate) fn take_all<S: Storage>(core: &mut Core<S>) {
    let taken = (0..MOST).find(|_| core.next_submission(8).is_none());
    taken.expect("there is an end of submissions");
}

fn word(disposition: Disposition) -> String {
    format!("{disposition:?}").to_lowercase()
}

fn phrase(said: Submission) -> String {
    let lane = |tag| match tag {
        Tag::Arm(_, lane) | Tag::Disarm(_, lane) => lane,
        Tag::Operation(_) | Tag::Cancel(_) => panic!("no tag of a poll: {tag:?}"),
    };
    match said {
        Submission::Arm { tag, interest, watch, .. } => {
            format!("arm {:?} {interest:?} {watch:?}", lane(tag))
        }
        Submission::Rearm { target, by, tag, interest, watch, .. } => {
            assert_eq!(lane(target), lane(by));
            format!("rearm {:?} to {:?} {interest:?} {watch:?}", lane(target), lane(tag))
        }
        Submission::Disarm { target, by, parked, .. } => {
            assert_eq!(lane(target), lane(by));
            format!("{} {:?}", if parked { "park" } else { "disarm" }, lane(target))
        }
        Submission::Prepare { .. } | Submission::Operation { .. } | Submission::Cancel { .. } => {
            format!("{said:?}")
        }
    }
}

fn spoken(event: Event) -> String {
    match event {
        Event::Ready { readiness, .. } => format!("event {readiness:?}"),
        Event::Refused { error, .. } => format!("refused {error}"),
        Event::Done { outcome, .. } => format!("done {}", outcome.result),
    }
}
