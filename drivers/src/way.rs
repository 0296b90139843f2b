//! The drivers, and the ways of watching that the ring offers.

use core::fmt;
use core::str::FromStr;

/// A mechanism of the kernel that the loop stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DriverKind {
    /// io_uring: operations, and each [`Way`] of watching.
    Uring,
    /// epoll.
    Epoll,
    /// poll(2).
    Poll,
}

impl DriverKind {
    /// All of them, in the order of preference.
    pub const ALL: [Self; 3] = [Self::Uring, Self::Epoll, Self::Poll];
}

impl fmt::Display for DriverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Uring => "uring",
            Self::Epoll => "epoll",
            Self::Poll => "poll",
        })
    }
}

/// A name that is none of `uring`, `epoll`, `poll`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDriver(pub(crate) String);

impl fmt::Display for UnknownDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no driver is called {:?}: there are uring, epoll and poll", self.0)
    }
}

impl core::error::Error for UnknownDriver {}

impl FromStr for DriverKind {
    type Err = UnknownDriver;

    fn from_str(name: &str) -> Result<Self, UnknownDriver> {
        let found = Self::ALL.into_iter().find(|kind| kind.to_string() == name);
        found.ok_or_else(|| UnknownDriver(name.to_owned()))
    }
}

/// How the `uring` driver watches descriptors. Foreign ones are in an epoll set whatever the way,
/// because a poll on the ring would hold them open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Way {
    /// The cheapest sound one: today [`EpollOutside`](Self::EpollOutside), by measurement.
    #[default]
    Auto,
    /// A oneshot POLL_ADD per descriptor, made again when it was seen not ready. While operations
    /// are under way, which may use up what it saw, each answer is checked by poll(2).
    PollAdd,
    /// A multishot POLL_ADD per descriptor.
    PollAddMultishot,
    /// An epoll set that is waited for on the ring: by EPOLL_WAIT (Linux 6.15), else by a POLL_ADD
    /// of the set. One enter per turn serves descriptors and operations.
    EpollOnRing,
    /// An epoll set that is waited for by epoll_wait; while operations are under way, on the ring,
    /// by a POLL_ADD of the set.
    EpollOutside,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Auto, Self::PollAdd, Self::PollAddMultishot, Self::EpollOnRing, Self::EpollOutside];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::PollAdd => "poll-add",
            Self::PollAddMultishot => "poll-add-multishot",
            Self::EpollOnRing => "epoll-on-ring",
            Self::EpollOutside => "epoll-outside",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for kind in DriverKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        let refused = "iocp".parse::<DriverKind>();
        assert_eq!(refused, Err(UnknownDriver("iocp".to_owned())));
    }
}
