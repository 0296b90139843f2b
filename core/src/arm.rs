//! What a registration has in the kernel.
//!
//! ```text
//!            1            3
//!   Idle ───────► Armed ───────► Replacing ◄──┐     1 arm        5 complete, live lane
//!    ▲ ◄───────── │ ▲ ◄───────── │            │     2 complete   6 disarm
//!    │     2      │       4      │            │ 8   3 rearm      7 complete, draining lane
//!    │            │ 6            │ 5          │     4 complete,  8 arm, on the free lane
//!    │     7      ▼              ▼            │       draining lane
//!    └─────────── Retiring ◄─────┘ ───────────┘
//! ```

use crate::lane::Lane;
use crate::planted::planted;

/// The polls that a registration has in the kernel: at most one live and one draining.
///
/// A state names the lane that matters: of `Armed` and `Replacing` the live one (in `Replacing`
/// the other lane drains), of `Retiring` the one that drains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Arm {
    Idle,
    Armed(Lane),
    Replacing(Lane),
    Retiring(Lane),
}

/// Which of a registration's polls an answer belonged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The poll that stands for the registration.
    Live,
    /// A poll that was told to end.
    Draining,
}

impl Arm {
    /// 1, 8: a new poll, on `lane`. `None` if there is a live one, or the lane is in use.
    pub(crate) fn arm(self, lane: Lane) -> Option<Self> {
        match self {
            Self::Idle => Some(Self::Armed(lane)),
            Self::Retiring(draining) if draining != lane => Some(Self::Replacing(lane)),
            Self::Retiring(_) | Self::Armed(_) | Self::Replacing(_) => None,
        }
    }

    /// 3: the live poll is told to end, and a new one made on the other lane.
    pub(crate) fn rearm(self) -> Option<Self> {
        match self {
            Self::Armed(live) => Some(Self::Replacing(live.other())),
            Self::Replacing(live) if planted!(RearmWhileDraining) => {
                Some(Self::Replacing(live.other()))
            }
            Self::Idle | Self::Replacing(_) | Self::Retiring(_) => None,
        }
    }

    /// 6: the live poll is told to end.
    pub(crate) fn disarm(self) -> Option<Self> {
        match self {
            Self::Armed(live) => Some(Self::Retiring(live)),
            Self::Idle | Self::Replacing(_) | Self::Retiring(_) => None,
        }
    }

    /// 2, 4, 5, 7: the last answer of the poll on `lane`. `None` if there is no such poll.
    pub(crate) fn complete(self, lane: Lane) -> Option<Self> {
        match (self, self.part(lane)?) {
            (Self::Replacing(live), Part::Live) => Some(Self::Retiring(live.other())),
            (Self::Replacing(live), Part::Draining) => Some(Self::Armed(live)),
            (Self::Idle | Self::Armed(_) | Self::Retiring(_), _) => Some(Self::Idle),
        }
    }

    /// Which poll is on `lane`, if any.
    pub(crate) fn part(self, lane: Lane) -> Option<Part> {
        match self {
            Self::Armed(live) if live == lane => Some(Part::Live),
            Self::Replacing(live) if live == lane => Some(Part::Live),
            Self::Replacing(_) => Some(Part::Draining),
            Self::Retiring(draining) if draining == lane => Some(Part::Draining),
            Self::Idle | Self::Armed(_) | Self::Retiring(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Arm::{Armed, Idle, Replacing, Retiring};
    use Lane::{A, B};

    #[derive(Clone, Copy, Debug)]
    enum Input {
        Arm(Lane),
        Rearm,
        Disarm,
        Complete(Lane),
    }

    fn step(arm: Arm, input: Input) -> Option<Arm> {
        match input {
            Input::Arm(lane) => arm.arm(lane),
            Input::Rearm => arm.rearm(),
            Input::Disarm => arm.disarm(),
            Input::Complete(lane) => arm.complete(lane),
        }
    }

    /// Every state times every input. The rows are states, the columns
    /// arm on A, arm on B, rearm, disarm, complete A, complete B.
    #[test]
    fn every_state_times_every_input() {
        let inputs = [
            Input::Arm(A),
            Input::Arm(B),
            Input::Rearm,
            Input::Disarm,
            Input::Complete(A),
            Input::Complete(B),
        ];
        let no = None;
        #[rustfmt::skip]
        let table = [
            (Idle,         [Some(Armed(A)),     Some(Armed(B)),     no, no, no, no]),
            (Armed(A),     [no, no, Some(Replacing(B)), Some(Retiring(A)), Some(Idle), no]),
            (Armed(B),     [no, no, Some(Replacing(A)), Some(Retiring(B)), no, Some(Idle)]),
            (Replacing(A), [no, no, no, no, Some(Retiring(B)), Some(Armed(A))]),
            (Replacing(B), [no, no, no, no, Some(Armed(B)), Some(Retiring(A))]),
            (Retiring(A),  [no, Some(Replacing(B)), no, no, Some(Idle), no]),
            (Retiring(B),  [Some(Replacing(A)), no, no, no, no, Some(Idle)]),
        ];
        for (state, row) in table {
            for (input, expected) in inputs.into_iter().zip(row) {
                assert_eq!(step(state, input), expected, "{state:?} {input:?}");
            }
        }
    }

    #[test]
    fn a_lane_has_a_part_exactly_when_it_can_complete() {
        let states =
            [Idle, Armed(A), Armed(B), Replacing(A), Replacing(B), Retiring(A), Retiring(B)];
        for state in states {
            for lane in [A, B] {
                assert_eq!(state.part(lane).is_some(), state.complete(lane).is_some());
            }
        }
    }
}
