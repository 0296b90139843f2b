//! What a descriptor is ready for.

use crate::bits::flags;
use crate::interest::Interest;

flags! {
    /// What a descriptor is ready for.
    ///
    /// ```
    /// use levelring_core::{Interest, Readiness};
    /// let seen = Readiness::WRITE | Readiness::READ_HANGUP;
    /// // The peer's half-close is no news to those who only write.
    /// assert_eq!(seen.wanted_by(Interest::WRITE), Readiness::WRITE);
    /// assert!(seen.wanted_by(Interest::READ).is_empty());
    /// ```
    Readiness {
        /// Reading does not block (POLLIN).
        READ = 1;
        /// Writing does not block (POLLOUT).
        WRITE = 4;
        /// An exceptional condition (POLLPRI).
        PRIORITY = 2;
        /// The peer has closed its writing half (POLLRDHUP).
        READ_HANGUP = 64;
        /// An error is pending, or the reading end of a pipe is closed (POLLERR).
        ERROR = 8;
        /// Both directions are closed (POLLHUP).
        HANGUP = 16;
        /// The descriptor is not open (POLLNVAL). Never reaches a handler: the registration
        /// goes quiet instead.
        INVALID = 32;
    }
}

impl Readiness {
    /// The part of it that somebody with this interest is told.
    ///
    /// An empty interest is told nothing.
    #[must_use]
    pub const fn wanted_by(self, interest: Interest) -> Self {
        if interest.is_empty() {
            return Self::EMPTY;
        }
        let asked = interest.bits() & !Interest::ERROR.bits();
        let always = Self::ERROR.bits() | Self::HANGUP.bits();
        Self::from_bits(self.bits() & (asked | always))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hang_ups_and_errors_come_to_whoever_waits() {
        let bad = Readiness::HANGUP | Readiness::ERROR;
        for interest in [Interest::READ, Interest::WRITE, Interest::PRIORITY, Interest::ERROR] {
            assert_eq!(bad.wanted_by(interest), bad, "{interest:?}");
        }
        assert_eq!(bad.wanted_by(Interest::EMPTY), Readiness::EMPTY);
    }

    #[test]
    fn each_interest_is_answered_by_the_readiness_of_its_name() {
        for (interest, readiness) in [
            (Interest::READ, Readiness::READ),
            (Interest::WRITE, Readiness::WRITE),
            (Interest::PRIORITY, Readiness::PRIORITY),
            (Interest::READ_HANGUP, Readiness::READ_HANGUP),
        ] {
            assert_eq!(
                Readiness::from_bits(0xff).wanted_by(interest) - readiness,
                Readiness::ERROR | Readiness::HANGUP
            );
            assert!(readiness.wanted_by(interest) == readiness);
        }
    }

    #[test]
    fn interest_in_errors_only_asks_for_nothing_else() {
        assert_eq!(
            (Readiness::READ | Readiness::WRITE | Readiness::READ_HANGUP)
                .wanted_by(Interest::ERROR),
            Readiness::EMPTY
        );
    }
}
