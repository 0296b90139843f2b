//! One watched descriptor: what is wanted of it, what is known of it, what the kernel holds of it.
//!
//! Two predicates are read off it, and nothing else decides: [`Registration::is_hinted`],
//! whether it is a candidate, and [`Registration::step`], what the kernel should be
//! told next.

use crate::arm::{Arm, Part};
use crate::completion::Completion;
use crate::errno::{EALREADY, EBADF};
use crate::interest::Interest;
use crate::lane::{Lane, Lanes};
use crate::progress::Progress;
use crate::readiness::Readiness;
use crate::watch::Watch;

/// How many rotations in a row a registration must be ready in before it is parked.
///
/// Parking costs two requests (disarm, arm again) and a check that says "not ready", as much as
/// some ten events cost more through a level-triggered set than through poll(2). Most of those who
/// are ready four times in a row stay so; whoever does not must show twice as much the next time.
pub(crate) const PARK_AFTER: u8 = 4;

/// How often that number is doubled at most, for one that was parked and did not stay ready for
/// [`WORTHWHILE`] more rotations. One that did has it halved again.
const MAX_PATIENCE: u8 = 5;
const WORTHWHILE: u8 = 64;
const _: () = assert!((PARK_AFTER << MAX_PATIENCE) as u16 + WORTHWHILE as u16 <= u8::MAX as u16);

/// How often in a row the kernel may refuse a poll before the application is told.
pub(crate) const MAX_REFUSALS: u8 = 8;

/// Counts checks: see [`State::stamp`](crate::state::State).
pub(crate) type Stamp = u64;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Registration {
    watch: Watch,
    interest: Interest,
    /// What the live poll waits for.
    armed_for: Interest,
    arm: Arm,
    /// Lanes whose ending was requested and not yet answered.
    ending: Lanes,
    /// Lanes whose ending must be requested again.
    retry: Lanes,
    life: Life,
    /// The application is to be told of this error.
    refused: i32,
    refusals: u8,
    /// Seen ready, and not yet seen not ready.
    hint: bool,
    /// Has had its turn, and keeps its place for the next one in case it is seen ready again.
    keeps_place: bool,
    /// A hint has come since the last event.
    hinted_since: bool,
    /// A oneshot poll would complete for ever: the peer's half-close cannot be masked.
    half_closed: bool,
    /// Rotations in a row in which it was ready.
    streak: u8,
    /// How often it was taken for busy, and was not.
    patience: u8,
    /// The last check's answer, valid as of `judged`.
    verdict: Readiness,
    judged: Stamp,
    issued: Stamp,
    /// The rotation of its last event.
    ran: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Live,
    /// The descriptor is closed, or the kernel refuses: quiet until removed.
    Gone,
    /// Removed by the application: kept until the kernel has answered everything.
    Removed,
}

/// What the kernel should be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Arm(Lane),
    Rearm { from: Lane, to: Lane },
    Disarm { lane: Lane, parked: bool },
}

impl Registration {
    pub(crate) const fn new(watch: Watch, interest: Interest, rotation: u32) -> Self {
        Self {
            watch,
            interest,
            armed_for: Interest::EMPTY,
            arm: Arm::Idle,
            ending: Lanes::NONE,
            retry: Lanes::NONE,
            life: Life::Live,
            refused: 0,
            refusals: 0,
            hint: false,
            keeps_place: false,
            hinted_since: false,
            half_closed: false,
            streak: 0,
            patience: 0,
            verdict: Readiness::EMPTY,
            judged: 0,
            issued: 0,
            // Not yet: a newcomer takes part in the present rotation.
            ran: rotation.wrapping_sub(1),
        }
    }

    pub(crate) const fn interest(&self) -> Interest {
        self.interest
    }

    pub(crate) const fn ran(&self) -> u32 {
        self.ran
    }

    pub(crate) fn is_live(&self) -> bool {
        self.life == Life::Live
    }

    pub(crate) fn is_removed(&self) -> bool {
        self.life == Life::Removed
    }

    /// Whether the kernel may hold, or still answer, something of it.
    pub(crate) fn is_pinned(&self) -> bool {
        self.arm != Arm::Idle || !self.ending.is_empty()
    }

    /// Whether it has a place in the rotation.
    pub(crate) fn is_in_rotation(&self) -> bool {
        self.is_hinted() || (self.keeps_place && self.is_live() && !self.interest.is_empty())
    }

    /// Whether it is a candidate.
    pub(crate) fn is_hinted(&self) -> bool {
        match self.life {
            Life::Live => self.hint && !self.interest.is_empty(),
            Life::Gone => self.refused != 0,
            Life::Removed => false,
        }
    }

    /// The way in which its next poll should watch.
    pub(crate) fn way(&self) -> Watch {
        if self.half_closed && self.watch == Watch::Oneshot { Watch::Multishot } else { self.watch }
    }

    /// What the kernel should be told next, if anything.
    #[inline]
    pub(crate) fn step(&self) -> Option<Step> {
        if let Some(lane) = self.retry.first() {
            return Some(Step::Disarm { lane, parked: false });
        }
        let wanted = self.is_live() && !self.interest.is_empty();
        match self.arm {
            Arm::Idle | Arm::Retiring(_) if wanted && !self.hint => self.free_lane().map(Step::Arm),
            Arm::Armed(lane) if !wanted || self.is_parked() => {
                self.can_end(lane).then_some(Step::Disarm { lane, parked: wanted })
            }
            Arm::Armed(from) if self.armed_for != self.interest => {
                let to = from.other();
                let free = self.can_end(from) && !self.ending.has(to);
                free.then_some(Step::Rearm { from, to })
            }
            Arm::Idle | Arm::Retiring(_) | Arm::Armed(_) | Arm::Replacing(_) => None,
        }
    }

    /// So busy that it costs less to ask in its turn than to be told.
    fn is_parked(&self) -> bool {
        self.watch == Watch::Level && self.hint && self.is_busy()
    }

    fn is_busy(&self) -> bool {
        self.streak >= PARK_AFTER << self.patience
    }

    fn can_end(&self, lane: Lane) -> bool {
        !self.ending.has(lane)
    }

    /// A lane with no poll on it, and no request to end one.
    fn free_lane(&self) -> Option<Lane> {
        [Lane::A, Lane::B]
            .into_iter()
            .find(|&lane| self.arm.part(lane).is_none() && !self.ending.has(lane))
    }

    /// The step has been handed to the driver.
    pub(crate) fn take(&mut self, step: Step, stamp: Stamp) {
        let arm = match step {
            Step::Arm(lane) => self.arm.arm(lane),
            Step::Rearm { from, .. } => {
                self.ending.add(from);
                self.arm.rearm()
            }
            Step::Disarm { lane, .. } => {
                self.ending.add(lane);
                if self.retry.has(lane) {
                    self.retry.drop(lane);
                    Some(self.arm)
                } else {
                    self.arm.disarm()
                }
            }
        };
        self.arm = arm.expect("a step is possible in the state it was read off");
        if !matches!(step, Step::Disarm { .. }) {
            self.armed_for = self.interest;
            self.issued = stamp;
        }
    }

    pub(crate) fn set_interest(&mut self, interest: Interest) {
        if interest != self.interest {
            // A handler's `More` was said of the old one.
            self.judged = 0;
            // Back to what its poll waits for, before that was changed: a poll that tells of
            // changes may have told meanwhile, and not been listened to.
            self.hint |= self.way() == Watch::Multishot && self.armed_for == interest;
        }
        self.interest = interest;
    }

    pub(crate) fn remove(&mut self) {
        self.life = Life::Removed;
    }

    /// The descriptor is not open, or not the one that was meant.
    pub(crate) fn vanish(&mut self) {
        if self.is_live() {
            self.life = Life::Gone;
        }
    }

    /// The answer to a request to end the poll on `lane`; `false` if none was made.
    pub(crate) fn ended(&mut self, lane: Lane, result: i32) -> bool {
        if !self.ending.has(lane) {
            return false;
        }
        self.ending.drop(lane);
        // EALREADY is not a promise: the poll may be armed again, silently, for good
        // (Linux 6.18, DEFER_TASKRUN). Whatever is still there must be told once more.
        if result == EALREADY && self.arm.part(lane) == Some(Part::Draining) {
            self.retry.add(lane);
        }
        true
    }

    /// An answer of the poll on `lane`: `Some` whether it was a hint, `None` if there is no such
    /// poll.
    pub(crate) fn answered(&mut self, lane: Lane, answer: Answer) -> Option<bool> {
        let part = self.arm.part(lane)?;
        if !answer.more {
            self.arm = self.arm.complete(lane)?;
            self.retry.drop(lane);
        }
        // What a draining poll says is of an older interest, or even (when the number was used
        // again) of another file: it only counts as ended.
        if part == Part::Draining || !self.is_live() {
            return Some(false);
        }
        Some(match answer.result {
            EBADF => {
                self.vanish();
                false
            }
            ..0 => {
                self.refuse(answer.result, answer.more);
                false
            }
            0.. => self.seen(answer),
        })
    }

    /// The kernel did not watch; it is asked again, but not for ever.
    fn refuse(&mut self, result: i32, more: bool) {
        self.refusals += u8::from(!more);
        if self.refusals > MAX_REFUSALS {
            self.life = Life::Gone;
            self.refused = result.saturating_neg();
        }
    }

    fn seen(&mut self, answer: Answer) -> bool {
        if answer.readiness().contains(Readiness::INVALID) {
            self.vanish();
            return false;
        }
        let wanted = answer.readiness().wanted_by(self.interest);
        if wanted.is_empty() {
            // An answer to the interest before this one says nothing of that.
            self.half_closed |= !answer.more && self.armed_for == self.interest;
            return false;
        }
        self.refusals = 0;
        if !self.hint {
            // The look that ends a rotation comes before the next one is counted.
            let again = self.ran == answer.rotation;
            self.streak = if again { self.streak.saturating_add(1) } else { 0 };
        }
        self.hint = true;
        self.hinted_since = true;
        // A oneshot poll made since the last event was checked when it was made, or has been
        // woken since then.
        let fresh = answer.level || (!answer.more && self.issued == answer.stamp);
        if fresh {
            self.verdict = wanted;
            self.judged = answer.stamp;
        }
        true
    }

    /// The answer of a poll that is a verdict, for a handler that is called at once because nobody
    /// else is there: `answered` and `dispatched` in one, for the case in which nothing but that
    /// happens. Else `None`, and nothing is changed.
    pub(crate) fn pass(&mut self, lane: Lane, said: Completion, ended: u32) -> Option<Readiness> {
        let steady = self.arm == Arm::Armed(lane)
            && self.armed_for == self.interest
            && self.is_live()
            && matches!(self.watch, Watch::Level | Watch::Foreign)
            && !self.hint
            && said.level
            && said.more
            && said.result >= 0;
        let seen = readiness_of(said.result);
        let wanted = seen.wanted_by(self.interest);
        let streak = if self.ran == ended { self.streak.saturating_add(1) } else { 0 };
        let parks = self.watch == Watch::Level && streak >= PARK_AFTER;
        if !steady || wanted.is_empty() || seen.contains(Readiness::INVALID) || parks {
            return None;
        }
        self.refusals = 0;
        self.streak = streak;
        self.verdict = wanted;
        self.judged = 0;
        self.hinted_since = false;
        self.keeps_place = false;
        self.ran = ended.wrapping_add(1);
        Some(wanted)
    }

    /// The answer of a level check.
    pub(crate) fn judge(&mut self, readiness: Readiness, stamp: Stamp, rotation: u32) {
        if readiness.contains(Readiness::INVALID) {
            return self.vanish();
        }
        self.verdict = readiness.wanted_by(self.interest);
        self.judged = stamp;
        if self.verdict.is_empty() {
            self.hint = false;
            self.learn();
            self.streak = 0;
            // One that has had its turn keeps its place: it may be ready again before those who
            // had theirs later have another.
            self.keeps_place &= self.ran == rotation;
        }
    }

    /// Was it worth parking?
    fn learn(&mut self) {
        let threshold = PARK_AFTER << self.patience;
        if self.streak >= threshold + WORTHWHILE {
            self.patience = self.patience.saturating_sub(1);
        } else if self.streak >= threshold {
            self.patience = MAX_PATIENCE.min(self.patience + 1);
        }
    }

    /// Its next turn will be a newcomer's.
    pub(crate) fn lose_place(&mut self) {
        self.keeps_place = false;
        self.streak = 0;
    }

    /// The answer of a level check, for a handler that is called at once: `judge` and `dispatched`
    /// in one, for the case in which nothing but that happens. Else `None`, and nothing is changed.
    pub(crate) fn serve(&mut self, seen: Readiness, rotation: u32) -> Option<Readiness> {
        let stays = self.is_live() && self.hint && self.watch == Watch::Level && self.is_busy();
        let wanted = seen.wanted_by(self.interest);
        if !stays || wanted.is_empty() || seen.contains(Readiness::INVALID) {
            return None;
        }
        self.verdict = wanted;
        self.judged = 0;
        self.hinted_since = false;
        self.keeps_place = true;
        self.ran = rotation;
        self.streak = self.streak.saturating_add(1);
        Some(wanted)
    }

    /// What it is ready for, if that is known well enough to call its handler.
    pub(crate) fn verdict(&self, stamp: Stamp) -> Option<Readiness> {
        let wanted = self.verdict.wanted_by(self.interest);
        (self.judged == stamp && !wanted.is_empty()).then_some(wanted)
    }

    /// Its handler is being called: whether it stays a candidate depends on what its arm owes.
    /// If it is `alone` there is no place to keep.
    pub(crate) fn dispatched(&mut self, rotation: u32, alone: bool) {
        self.hint = match self.way() {
            Watch::Multishot => true,
            Watch::Level | Watch::Oneshot => self.is_busy(),
            Watch::Foreign => false,
        };
        self.hinted_since = false;
        self.keeps_place = !alone;
        self.judged = 0;
        self.ran = rotation;
        self.streak = self.streak.saturating_add(u8::from(self.hint));
    }

    /// What its handler said.
    pub(crate) fn progress(&mut self, progress: Progress, stamp: Stamp) {
        match progress {
            Progress::Unknown => {}
            Progress::Drained => {
                // A hint that came after the handler looked is not its to deny.
                self.hint = self.hinted_since;
                self.streak = 0;
            }
            Progress::More => {
                self.hint = true;
                self.judged = stamp;
            }
        }
    }

    /// Takes the error that the application is to be told.
    pub(crate) fn take_refused(&mut self) -> Option<i32> {
        let error = core::mem::take(&mut self.refused);
        (error != 0).then_some(error)
    }
}

/// An answer of a poll, with the time it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) result: i32,
    pub(crate) more: bool,
    pub(crate) level: bool,
    pub(crate) stamp: Stamp,
    pub(crate) rotation: u32,
}

impl Answer {
    fn readiness(self) -> Readiness {
        readiness_of(self.result)
    }
}

/// What a poll's result means; one below zero has been dealt with.
fn readiness_of(result: i32) -> Readiness {
    let [low, ..] = result.to_le_bytes();
    Readiness::from_bits(low)
}
