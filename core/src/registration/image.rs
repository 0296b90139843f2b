//! A registration as far as it matters for what will happen: counts that only ever grow are
//! compared with the present, and what nobody will ask for again is left out.

use super::{Life, Registration, Stamps};
use crate::arm::{Arm, Part};
use crate::lane::{Lane, Lanes};

/// What the counts of a registration are compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present {
    pub(crate) stamps: Stamps,
    pub(crate) rotation: u32,
    pub(crate) look: Option<u32>,
}

impl Registration {
    /// Whether the lanes have changed places: a registration that is as another but for the names
    /// of its lanes behaves as that one. The live poll's lane comes first, or else the one beside
    /// the draining poll's.
    pub(crate) fn lanes_turned(&self) -> bool {
        match self.arm {
            Arm::Armed(live) | Arm::Replacing(live) => live == Lane::B,
            Arm::Retiring(draining) => draining == Lane::A,
            Arm::Idle => self.ending.has(Lane::A) && !self.ending.has(Lane::B),
        }
    }

    /// Everything that matters of it, but for the error that its application is to be told.
    pub(crate) fn image(&self, present: Present) -> u64 {
        let turned = self.lanes_turned();
        let in_kernel = match self.arm {
            Arm::Idle => 0,
            Arm::Armed(_) => 1,
            Arm::Replacing(_) => 2,
            Arm::Retiring(_) => 3,
        };
        let [first, second] = if turned { [Lane::B, Lane::A] } else { [Lane::A, Lane::B] };
        let pair = |lanes: Lanes| u64::from(lanes.has(first)) | u64::from(lanes.has(second)) << 1;
        let has_live =
            [Lane::A, Lane::B].iter().any(|&lane| self.arm.part(lane) == Some(Part::Live));
        let armed_for = if has_live || self.tells_once() { self.armed_for.bits() } else { 0 };
        let is_fresh = self.judged == self.stamp(present.stamps);
        let verdict = if is_fresh { self.verdict.bits() } else { 0 };
        let issued_now = has_live && present.look.is_some() && self.issued == present.look;
        let fields = [
            (2, self.watch as u64),
            (7, self.interest.bits().into()),
            (7, armed_for.into()),
            (2, in_kernel),
            (2, pair(self.ending)),
            (2, pair(self.retry)),
            (2, self.life.number()),
            (5, self.refusals.into()),
            (1, self.hint.into()),
            (1, self.keeps_place.into()),
            (1, self.hinted_since.into()),
            (1, self.half_closed.into()),
            (1, is_fresh.into()),
            (7, verdict.into()),
            (1, issued_now.into()),
            (1, (self.ran == present.rotation).into()),
            (11, self.streak.image()),
        ];
        fields.into_iter().fold(0, |image, (bits, field)| {
            debug_assert!(field >> bits == 0, "a field is wider than its place");
            image << bits | field
        })
    }

    /// The error that its application is to be told, or 0.
    pub(crate) const fn untold(&self) -> i32 {
        self.refused
    }

    /// How often it must yet be seen ready in a row to be taken for busy.
    pub(crate) const fn until_busy(&self) -> u8 {
        self.streak.until_busy()
    }

    /// As if it had been ready so long that `left` more times make it busy.
    pub(crate) const fn assume_until_busy(&mut self, left: u8) {
        self.streak.assume_until_busy(left);
    }
}

impl Life {
    const fn number(self) -> u64 {
        match self {
            Self::Live => 0,
            Self::Gone => 1,
            Self::Removed => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interest::Interest;
    use crate::watch::Watch;
    use Lane::{A, B};

    /// Whether they have changed places, of one that has this in the kernel.
    fn turned(arm: Arm, ending: &[Lane]) -> bool {
        let mut one = Registration::new(Watch::Oneshot, Interest::READ, 0);
        one.arm = arm;
        ending.iter().for_each(|&lane| one.ending.add(lane));
        one.lanes_turned()
    }

    #[test]
    fn the_lane_of_the_live_poll_comes_first() {
        assert_eq!([A, B].map(|live| turned(Arm::Armed(live), &[A])), [false, true]);
        assert_eq!([A, B].map(|live| turned(Arm::Replacing(live), &[A])), [false, true]);
        // Of one that drains the other lane is free for the next.
        assert_eq!([A, B].map(|draining| turned(Arm::Retiring(draining), &[A])), [true, false]);
        let idle = [&[][..], &[A], &[B], &[A, B]];
        let [none, first, second, both] = idle.map(|ending| turned(Arm::Idle, ending));
        assert_eq!((none, both), (false, false));
        assert_ne!(first, second, "one stands for both");
    }

    #[test]
    fn an_error_that_is_to_be_told_is_told_apart() {
        let mut one = Registration::new(Watch::Oneshot, Interest::READ, 0);
        assert_eq!(one.untold(), 0);
        one.refused = 22;
        assert_eq!(one.untold(), 22);
    }
}
