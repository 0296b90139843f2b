//! What is known of a registration's level, and what its handler made of it.

use super::{Registration, Stamps};
use crate::arm::Arm;
use crate::interest::Interest;
use crate::lane::Lane;
use crate::planted::planted;
use crate::progress::Progress;
use crate::readiness::Readiness;
use crate::watch::Watch;

/// What is known of one whose turn has come.
pub(crate) enum Recalled {
    /// It is ready, and has had its turn.
    Ready(Readiness),
    /// Nothing: its level is to be checked, for this.
    Unknown(Interest),
    /// More than its level matters.
    Otherwise,
}

impl Registration {
    /// The report of a poll that lives on, for a handler that is called at once because nobody
    /// else is there: `answered` and `dispatched` in one, for the case in which nothing but that
    /// happens. Else `None`, and nothing is changed.
    #[inline(always)]
    pub(crate) fn pass(&mut self, lane: Lane, seen: Readiness, ended: u32) -> Option<Readiness> {
        let steady = self.arm == Arm::Armed(lane)
            && self.armed_for == self.interest
            && self.is_live()
            && matches!(self.watch, Watch::Level | Watch::Foreign)
            && !self.hint;
        let wanted = seen.wanted_by(self.interest);
        let mut streak = self.streak;
        streak.seen(self.ran == ended);
        let parks = self.watch == Watch::Level && streak.is_busy();
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
    #[inline]
    pub(crate) fn judge(&mut self, readiness: Readiness, stamps: Stamps, rotation: u32) {
        if readiness.contains(Readiness::INVALID) && !planted!(InvalidIsNoNews) {
            return self.vanish();
        }
        self.verdict = readiness.wanted_by(self.interest);
        self.judged = self.stamp(stamps);
        if self.verdict.is_empty() {
            self.hint = false;
            self.streak.disproved();
            // One that has had its turn keeps its place: it may be ready again before those who
            // had theirs later have another.
            self.keeps_place &= self.ran == rotation;
            if planted!(PlaceLostAtOnce) {
                self.keeps_place = false;
            }
        }
    }

    /// Its next turn will be a newcomer's.
    pub(crate) fn lose_place(&mut self) {
        self.keeps_place = false;
        self.streak.broken();
    }

    /// The answer of a level check, for a handler that is called at once: `judge` and `dispatched`
    /// in one, for the case in which nothing but that happens. Else `None`, and nothing is changed.
    #[inline]
    pub(crate) fn serve(&mut self, seen: Readiness, rotation: u32) -> Option<Readiness> {
        let stays =
            self.is_live() && self.hint && self.watch == Watch::Level && self.streak.is_busy();
        let wanted = seen.wanted_by(self.interest);
        if !stays || wanted.is_empty() || seen.contains(Readiness::INVALID) {
            return None;
        }
        self.verdict = wanted;
        self.judged = 0;
        self.hinted_since = false;
        self.keeps_place = true;
        self.ran = rotation;
        self.streak.goes_on();
        Some(wanted)
    }

    /// The same for one whose turn has come, by what was seen of it in this batch.
    #[inline]
    pub(crate) fn recall(&mut self, stamps: Stamps, rotation: u32) -> Recalled {
        if !(self.is_live() && self.is_hinted() && self.watch == Watch::Level) {
            return Recalled::Otherwise;
        }
        if self.judged != stamps.batch {
            return Recalled::Unknown(self.interest);
        }
        self.serve(self.verdict, rotation).map_or(Recalled::Otherwise, Recalled::Ready)
    }

    /// Whether its level is to be checked before it can have a turn; if it is not `waiting` for
    /// one, whether a check is likely to say that it need not.
    #[inline]
    pub(crate) fn needs_check(&self, stamps: Stamps, waiting: bool) -> bool {
        let matters = (waiting && !planted!(BusyNeverJudged)) || !self.streak.is_busy();
        matters && self.is_live() && self.is_hinted() && self.verdict(stamps).is_none()
    }

    /// What it is ready for, if that is known well enough to call its handler.
    #[inline]
    pub(crate) fn verdict(&self, stamps: Stamps) -> Option<Readiness> {
        if self.judged != self.stamp(stamps) && !planted!(VerdictForEver) {
            return None;
        }
        if planted!(EventOutsideInterest) && !self.verdict.is_empty() {
            return Some(self.verdict);
        }
        let wanted = self.verdict.wanted_by(self.interest);
        (!wanted.is_empty()).then_some(wanted)
    }

    /// Its handler is being called: whether it stays a candidate depends on what its arm owes.
    /// If it is `alone` there is no place to keep.
    pub(crate) fn dispatched(&mut self, rotation: u32, alone: bool) {
        self.hint = match self.way() {
            Watch::Multishot => !planted!(EdgeTakenForLevel),
            Watch::Level | Watch::Oneshot => self.streak.is_busy(),
            Watch::Foreign => false,
        };
        self.hinted_since = false;
        self.keeps_place = !alone;
        if planted!(PlaceNotKept) {
            self.keeps_place = false;
        }
        self.judged = 0;
        self.ran = rotation;
        if self.hint {
            self.streak.goes_on();
        }
    }

    /// What its handler said.
    pub(crate) fn progress(&mut self, progress: Progress, stamps: Stamps) {
        match progress {
            Progress::Unknown => {}
            // Nobody speaks for a foreign one: it may be closed before its next turn.
            Progress::More if self.watch == Watch::Foreign && !planted!(ForeignMore) => {}
            Progress::Drained => {
                // A hint that came after the handler looked is not its to deny.
                self.hint = self.hinted_since;
                if planted!(ReadinessLost) {
                    self.hint = false;
                }
                if self.hint {
                    self.streak.broken();
                } else {
                    // As good as a check that says so.
                    self.streak.disproved();
                }
            }
            Progress::More => {
                if !self.hint {
                    self.streak.goes_on();
                }
                self.hint = true;
                self.judged = self.stamp(stamps);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_had_a_turn_keeps_a_place_until_it_is_lost() {
        let mut one = Registration::new(Watch::Oneshot, Interest::READ, 0);
        assert!(!one.is_in_rotation());
        one.dispatched(0, false);
        assert!(one.is_in_rotation() && !one.is_hinted());
        one.lose_place();
        assert!(!one.is_in_rotation());
    }
}
