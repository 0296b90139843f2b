//! One watched descriptor: what is wanted of it, what is known of it, what the kernel holds of it.
//!
//! Two predicates are read off it, and nothing else decides: [`Registration::is_hinted`],
//! whether it is a candidate, and [`Registration::step`], what the kernel should be told next.

mod image;
mod steps;
mod verdicts;

pub(crate) use image::Present;
pub(crate) use steps::Step;
pub(crate) use verdicts::Recalled;

use crate::arm::{Arm, Part};
use crate::errno::EBADF;
use crate::interest::Interest;
use crate::lane::{Lane, Lanes};
use crate::planted::planted;
use crate::readiness::Readiness;
use crate::streak::Streak;
use crate::watch::Watch;

/// How often in a row, without any readiness between, the kernel may refuse or end a poll before
/// the application is told. High, because not each is a refusal: up to Linux 7.2 every tcsetattr()
/// ends the polls of its terminal with EINVAL.
pub(crate) const MAX_REFUSALS: u8 = 16;

/// Counts the moments at which earlier checks lost their worth. 64 bits do not wrap.
type Stamp = u64;

/// Which check is worth something: one made since both counts were reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamps {
    /// Counts events under `Strict`, and batches otherwise.
    pub(crate) batch: Stamp,
    /// Counts events. Who a foreign descriptor is, a batch cannot know: any handler may close it.
    pub(crate) event: Stamp,
}

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
    /// How long it has been ready without a break.
    streak: Streak,
    /// The last check's answer, valid as of `judged`.
    verdict: Readiness,
    judged: Stamp,
    /// The look for which its poll was made. (Wrapping: an answer after exactly 2^32 looks would be
    /// taken for one in time.)
    issued: Option<u32>,
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
            streak: Streak::NEW,
            verdict: Readiness::EMPTY,
            judged: 0,
            issued: None,
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
    #[inline]
    pub(crate) fn is_hinted(&self) -> bool {
        match self.life {
            Life::Live => self.hint && !self.interest.is_empty(),
            Life::Gone => self.refused != 0,
            Life::Removed => planted!(EventOfTheRemoved) && self.hint,
        }
    }

    /// The way in which its next poll should watch.
    pub(crate) fn way(&self) -> Watch {
        if planted!(RdhupSpin) {
            return self.watch;
        }
        if self.half_closed && self.watch == Watch::Oneshot { Watch::Multishot } else { self.watch }
    }

    /// Whether its poll, having told of a level, need not tell of it again.
    pub(crate) fn tells_once(&self) -> bool {
        matches!(self.way(), Watch::Multishot | Watch::Foreign)
    }

    pub(crate) fn set_interest(&mut self, interest: Interest) {
        if planted!(ChangeForgotten) && matches!(self.arm, Arm::Replacing(_)) {
            return;
        }
        if interest != self.interest {
            // A handler's `More` was said of the old one.
            if !planted!(MoreOfOldInterest) {
                self.judged = 0;
            }
            // Back to what its poll waits for, before that was changed: a poll that tells of
            // changes, or once at a time, may have told meanwhile, and not been listened to.
            if !planted!(ToggleUnheard) {
                self.hint |= self.tells_once() && self.armed_for == interest;
            }
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

    /// It may be ready, and its poll have said so unheard: it must be checked, and no earlier check
    /// may serve, as in `seen`. A level-triggered set says it again.
    pub(crate) fn suspect(&mut self) {
        if self.watch != Watch::Level {
            self.hint = true;
            self.hinted_since = true;
            self.judged = 0;
        }
    }

    /// An answer of the poll on `lane`: `Some` whether it was a hint, `None` if there is no such
    /// poll.
    pub(crate) fn answered(&mut self, lane: Lane, answer: Answer) -> Option<bool> {
        let part = self.arm.part(lane)?;
        let missed = planted!(MultishotEndMissed) && self.way() == Watch::Multishot;
        let stuck = planted!(LaneNeverDrains) && part == Part::Draining;
        if !answer.more && !missed && !stuck {
            self.arm = self.arm.complete(lane)?;
            self.retry.drop(lane);
        }
        // What a draining poll says is of an older interest, or even (when the number was used
        // again) of another file: it only counts as ended.
        if (part == Part::Draining && !planted!(ReusedNumberUnderToggle)) || !self.is_live() {
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
        if self.refusals > MAX_REFUSALS || planted!(RefusedAtOnce) {
            self.life = Life::Gone;
            self.refused = result.saturating_neg();
        }
    }

    fn seen(&mut self, answer: Answer) -> bool {
        if answer.readiness().contains(Readiness::INVALID) {
            self.vanish();
            return false;
        }
        let wanted = if planted!(EventOutsideInterest) && !self.interest.is_empty() {
            answer.readiness()
        } else {
            answer.readiness().wanted_by(self.interest)
        };
        if wanted.is_empty() {
            // An answer to the interest before this one says nothing of that.
            self.half_closed |= !answer.more && self.armed_for == self.interest;
            return false;
        }
        self.refusals = 0;
        if !self.hint {
            // The look that ends a rotation comes before the next one is counted.
            self.streak.seen(self.ran == answer.rotation);
        }
        self.hint = true;
        self.hinted_since = true;
        // Outside a look a handler may be running, and use up what it brings; and a poll that ends
        // with its answer was checked when it was made.
        let in_time = answer.look.is_some() && (answer.more || self.issued == answer.look);
        let old = planted!(OldPollBelieved) && !answer.more && answer.look.is_some();
        let outside = planted!(BelievedOutsideALook) && answer.level;
        if (answer.level && in_time) || old || outside {
            self.verdict = wanted;
            self.judged = self.stamp(answer.stamps);
        } else if self.watch == Watch::Foreign {
            // Its report has disarmed it. No earlier check may serve: to check it again arms it.
            if !planted!(ReportVoidsNoCheck) {
                self.judged = 0;
            }
        }
        true
    }

    /// The count that a check of it goes by.
    fn stamp(&self, stamps: Stamps) -> Stamp {
        if planted!(BatchVouches) {
            return stamps.batch;
        }
        if self.watch == Watch::Foreign { stamps.event } else { stamps.batch }
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
    pub(crate) stamps: Stamps,
    pub(crate) rotation: u32,
    /// The present look, if there is one.
    pub(crate) look: Option<u32>,
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
