//! How long a turn may wait.

use core::time::Duration;

use crate::kernel::Wait;
use crate::planted::planted;

/// How long a turn may wait in all. The kernel may be asked to wait several times, when it is woken
/// in vain: each time for what is left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    whole: Wait,
    /// When it ends; known from the first wait on.
    end: Option<Duration>,
}

impl Patience {
    #[inline]
    pub(crate) fn of(timeout: Option<Duration>) -> Self {
        Self { whole: Wait::from(timeout), end: None }
    }

    /// What is left of it. A turn that finds somebody at once reads no clock.
    #[inline]
    pub(crate) fn left(&mut self, now: impl FnOnce() -> Duration) -> Wait {
        let Wait::Until(time) = self.whole else { return self.whole };
        let Some(end) = self.end.filter(|_| !planted!(FalseHintRestarts)) else {
            self.end = Some(now().saturating_add(time));
            return self.whole;
        };
        Wait::Until(end.saturating_sub(now())).normalized()
    }

    /// Whether nothing is left of it, after a wait that was [`left`](Self::left).
    #[inline]
    pub(crate) fn is_over(self, now: impl FnOnce() -> Duration) -> bool {
        match self.whole {
            Wait::Now => true,
            Wait::Forever => false,
            Wait::Until(_) => self.end.is_some_and(|end| now() >= end || planted!(TurnEndsEarly)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn each_wait_is_for_what_is_left() {
        let mut patience = Patience::of(Some(at(100)));
        assert_eq!(patience.left(|| at(1000)), Wait::Until(at(100)));
        assert!(!patience.is_over(|| at(1099)));
        assert_eq!(patience.left(|| at(1099)), Wait::Until(at(1)));
        assert!(patience.is_over(|| at(1100)));
        assert_eq!(patience.left(|| at(1100)), Wait::Now);
        assert_eq!(patience.left(|| at(5000)), Wait::Now);
    }

    #[test]
    fn the_ends_need_no_clock() {
        let no_clock = || panic!("nobody need know the time");
        let mut at_once = Patience::of(Some(Duration::ZERO));
        assert_eq!(at_once.left(no_clock), Wait::Now);
        assert!(at_once.is_over(no_clock));
        let mut for_ever = Patience::of(None);
        assert_eq!(for_ever.left(no_clock), Wait::Forever);
        assert!(!for_ever.is_over(no_clock));
    }
}
