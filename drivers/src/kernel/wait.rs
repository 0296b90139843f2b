//! How long to wait.

use core::ffi::c_int;
use core::time::Duration;

/// How long a call may sleep when it finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    /// Not at all.
    Now,
    /// Until so much time has passed. Never less: where a clock is coarser, it is rounded up.
    Until(Duration),
    /// Until something happens.
    Forever,
}

/// The longest wait that is passed on as a number (68 years); more is for ever. It fits every
/// `time_t`, and cannot overflow when the kernel adds the current time to it.
const LONGEST: Duration = Duration::from_secs(0x7fff_ffff);

impl Wait {
    /// The same wait with the two ends of `Until` folded into their cheap spellings.
    #[must_use]
    #[inline]
    pub const fn normalized(self) -> Self {
        match self {
            Self::Until(time) if time.is_zero() => Self::Now,
            Self::Until(time) if time.as_secs() > LONGEST.as_secs() => Self::Forever,
            Self::Now | Self::Until(_) | Self::Forever => self,
        }
    }

    /// This wait as `poll` and `epoll_wait` spell it, where that is exact: 0, -1, or a whole
    /// number of milliseconds. They are cheaper than their cousins with a `timespec`.
    #[inline]
    pub(super) fn exact_millis(self) -> Option<c_int> {
        match self.normalized() {
            Self::Now => Some(0),
            Self::Forever => Some(-1),
            Self::Until(time) if time.subsec_nanos() % 1_000_000 == 0 => {
                c_int::try_from(time.as_millis()).ok()
            }
            Self::Until(_) => None,
        }
    }

    /// This wait in milliseconds, rounded up. Cut at 24 days, after which a caller finds that it
    /// is not time yet and waits again.
    pub(super) fn rounded_millis(self) -> c_int {
        match self.normalized() {
            Self::Now => 0,
            Self::Forever => -1,
            Self::Until(time) => {
                c_int::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(c_int::MAX)
            }
        }
    }

    /// This wait for `ppoll` and `epoll_pwait2`; nothing means for ever.
    pub(super) fn timespec(self) -> Option<libc::timespec> {
        let time = match self.normalized() {
            Self::Now => Duration::ZERO,
            Self::Until(time) => time,
            Self::Forever => return None,
        };
        let seconds = i32::try_from(time.as_secs()).unwrap_or(i32::MAX);
        // Below a thousand million, so it fits whatever `tv_nsec` is.
        let nanos = i32::try_from(time.subsec_nanos()).unwrap_or(0);
        Some(libc::timespec { tv_sec: seconds.into(), tv_nsec: nanos.into() })
    }
}

impl From<Option<Duration>> for Wait {
    /// `None` is for ever, as everywhere in event loops.
    #[inline]
    fn from(timeout: Option<Duration>) -> Self {
        timeout.map_or(Self::Forever, Self::Until).normalized()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NANO: Duration = Duration::from_nanos(1);

    #[test]
    fn the_ends_fold_into_now_and_for_ever() {
        assert_eq!(Wait::Until(Duration::ZERO).normalized(), Wait::Now);
        assert_eq!(Wait::Until(Duration::MAX).normalized(), Wait::Forever);
        assert_eq!(Wait::Until(LONGEST).normalized(), Wait::Until(LONGEST));
        assert_eq!(Wait::from(None), Wait::Forever);
        assert_eq!(Wait::from(Some(Duration::ZERO)), Wait::Now);
    }

    #[test]
    fn milliseconds_are_used_only_where_exact() {
        let cases = [
            (Wait::Now, Some(0)),
            (Wait::Forever, Some(-1)),
            (Wait::Until(Duration::from_millis(7)), Some(7)),
            (Wait::Until(NANO), None),
            (Wait::Until(LONGEST), None),
        ];
        for (wait, millis) in cases {
            assert_eq!(wait.exact_millis(), millis, "{wait:?}");
        }
    }

    #[test]
    fn rounding_never_shortens() {
        assert_eq!(Wait::Until(NANO).rounded_millis(), 1);
        assert_eq!(Wait::Until(Duration::from_millis(5) + NANO).rounded_millis(), 6);
        assert_eq!(Wait::Until(LONGEST).rounded_millis(), c_int::MAX);
        assert_eq!(Wait::Until(Duration::MAX).rounded_millis(), -1);
    }

    #[test]
    fn a_timespec_keeps_every_nanosecond() {
        let spec = Wait::Until(Duration::new(3, 999_999_999)).timespec().expect("finite");
        assert_eq!((spec.tv_sec, spec.tv_nsec), (3, 999_999_999));
        assert!(Wait::Forever.timespec().is_none());
    }
}
