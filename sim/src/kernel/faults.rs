//! What goes wrong on demand.

use levelring::kernel::{Errno, FeatureMask};

use super::choices::Choices;

/// How often something goes wrong: never, or one time in so many and one.
///
/// It is a choice like any other: with `Odds(1)` an explorer tries both outcomes, and a random
/// source takes the bad one every second time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Odds(pub u8);

impl Odds {
    /// Whether it goes wrong this time.
    pub(crate) fn strike(self, choices: &mut impl Choices) -> bool {
        let odds = u32::from(self.0);
        odds > 0 && choices.choose(odds + 1) == odds
    }
}

/// The faults of a kernel; by default there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// A call that would sleep is interrupted by a signal (EINTR).
    pub interrupted: Odds,
    /// An enter takes fewer submissions than it was given, and does not wait.
    pub short_submit: Odds,
    /// An enter is refused with EBUSY, and does nothing.
    pub busy: Odds,
    /// An enter is refused with EAGAIN, and does nothing.
    pub again: Odds,
    /// A sleep ends with nothing to show for it.
    pub spurious_wake: Odds,
    /// A poll that fired ends with ECANCELED instead.
    pub spurious_cancel: Odds,
    /// A poll that fired ends with EINVAL instead.
    pub spurious_invalid: Odds,
    /// No ring is to be had, for this reason.
    pub setup: Option<Errno>,
    /// Every ring's completion queue has this size, whatever was asked for.
    pub cq_entries: Option<u32>,
    /// What this kernel has not.
    pub missing: FeatureMask,
    /// How many entries all epoll sets may have (ENOSPC beyond); 0 for no limit.
    pub watches: u16,
    /// How many descriptors there may be (EMFILE beyond); 0 for 1024.
    pub descriptors: u16,
}

impl Faults {
    /// A kernel in which nothing goes wrong.
    pub const NONE: Self = Self {
        interrupted: Odds(0),
        short_submit: Odds(0),
        busy: Odds(0),
        again: Odds(0),
        spurious_wake: Odds(0),
        spurious_cancel: Odds(0),
        spurious_invalid: Odds(0),
        setup: None,
        cq_entries: None,
        missing: FeatureMask::NONE,
        watches: 0,
        descriptors: 0,
    };
}

impl Default for Faults {
    fn default() -> Self {
        Self::NONE
    }
}

/// Faults do not change while a world is explored, and so tell no two states apart.
impl core::hash::Hash for Faults {
    fn hash<H: core::hash::Hasher>(&self, _: &mut H) {}
}

#[cfg(test)]
mod tests {
    use super::super::choices::Script;
    use super::*;

    #[test]
    fn zero_is_ordinary_and_the_last_option_is_the_fault() {
        let mut script = Script::new([0, 1, 2, 3]);
        assert!(!Odds(0).strike(&mut script));
        assert_eq!(script.asked(), 0, "what cannot happen is no choice");
        let struck: Vec<bool> = (0..4).map(|_| Odds(2).strike(&mut script)).collect();
        assert_eq!(struck, [false, false, true, false]);
    }
}
