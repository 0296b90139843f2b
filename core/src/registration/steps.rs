//! What the kernel should be told of a registration.

use super::Registration;
use crate::arm::{Arm, Part};
use crate::errno::{EALREADY, ENOENT};
use crate::lane::Lane;
use crate::planted::planted;
use crate::watch::Watch;

/// What the kernel should be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Arm(Lane),
    Rearm { from: Lane, to: Lane },
    Disarm { lane: Lane, parked: bool },
}

impl Registration {
    /// What the kernel should be told next, if anything.
    #[inline]
    pub(crate) fn step(&self) -> Option<Step> {
        if let Some(lane) = self.retry.first() {
            return Some(Step::Disarm { lane, parked: false });
        }
        let wanted = self.is_live() && (!self.interest.is_empty() || planted!(ArmsForNothing));
        match self.arm {
            Arm::Armed(_)
                if planted!(WideInterestKept)
                    && wanted
                    && self.armed_for.contains(self.interest) =>
            {
                None
            }
            Arm::Replacing(from)
                if planted!(RearmWhileDraining) && self.armed_for != self.interest =>
            {
                Some(Step::Rearm { from, to: from.other() })
            }
            Arm::Idle | Arm::Retiring(_) if wanted && !self.hint => self.free_lane().map(Step::Arm),
            Arm::Armed(lane) if !wanted || self.is_parked() => {
                Some(Step::Disarm { lane, parked: wanted })
            }
            Arm::Armed(from) if self.armed_for != self.interest => {
                let to = from.other();
                (!self.ending.has(to)).then_some(Step::Rearm { from, to })
            }
            Arm::Idle | Arm::Retiring(_) | Arm::Armed(_) | Arm::Replacing(_) => None,
        }
    }

    /// So busy that it costs less to ask in its turn than to be told.
    fn is_parked(&self) -> bool {
        self.watch == Watch::Level && self.hint && self.streak.is_busy()
    }

    /// A lane with no poll on it, and no request to end one: so whoever lives was not told to end.
    fn free_lane(&self) -> Option<Lane> {
        [Lane::A, Lane::B]
            .into_iter()
            .find(|&lane| self.arm.part(lane).is_none() && !self.ending.has(lane))
    }

    /// The step has been handed to the driver, for the present look if there is one.
    pub(crate) fn take(&mut self, step: Step, look: Option<u32>) {
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
            self.issued = look;
        }
    }

    /// The answer to a request to end the poll on `lane`; `false` if none was made.
    pub(crate) fn ended(&mut self, lane: Lane, result: i32) -> bool {
        if !self.ending.has(lane) {
            return false;
        }
        self.ending.drop(lane);
        if planted!(LostRemove) && self.arm.part(lane) == Some(Part::Draining) {
            self.arm = self.arm.complete(lane).unwrap_or(self.arm);
        }
        // EALREADY is not a promise: the poll may be armed again, silently, for good
        // (Linux 6.18, DEFER_TASKRUN). Nor is ENOENT an end: a poll that was linked behind another
        // request is not found until it is issued, which a look may leave undone. Whatever is
        // still there must be told once more.
        if planted!(EalreadyBelieved) {
            return true;
        }
        let denied = matches!(result, EALREADY | ENOENT);
        if denied && self.arm.part(lane) == Some(Part::Draining) {
            self.retry.add(lane);
        }
        if planted!(RetryOfTheDead) && denied {
            self.retry.add(lane);
        }
        true
    }
}
