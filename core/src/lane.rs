//! The two places a registration has in the kernel.

/// One of the two polls that a registration may have in the kernel at a time.
///
/// While an old poll drains on one lane, its successor lives on the other; the lane is part of
/// the tag, so the two are told apart in whatever order they complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The first lane.
    A,
    /// The second lane.
    B,
}

impl Lane {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// A set of lanes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lanes(u8);

impl Lanes {
    pub(crate) const NONE: Self = Self(0);

    const fn bit(lane: Lane) -> u8 {
        match lane {
            Lane::A => 1,
            Lane::B => 2,
        }
    }

    pub(crate) const fn has(self, lane: Lane) -> bool {
        self.0 & Self::bit(lane) != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn add(&mut self, lane: Lane) {
        self.0 |= Self::bit(lane);
    }

    pub(crate) const fn drop(&mut self, lane: Lane) {
        self.0 &= !Self::bit(lane);
    }

    /// Some lane of the set.
    pub(crate) const fn first(self) -> Option<Lane> {
        if self.has(Lane::A) {
            Some(Lane::A)
        } else if self.has(Lane::B) {
            Some(Lane::B)
        } else {
            None
        }
    }
}
