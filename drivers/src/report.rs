//! What the kernel offers, and what was chosen, and why.

use core::fmt;

use crate::kernel::{Errno, Feature, RingFeatures};
use crate::way::{DriverKind, Way};

/// What the kernel offers, what was chosen of it, and why. Its `Display` is for people.
#[derive(Clone, Debug)]
pub struct Report {
    /// The driver the loop stands on.
    pub chosen: DriverKind,
    /// Why this one.
    pub because: &'static str,
    /// Those that were tried before it, in order.
    pub attempts: Vec<Attempt>,
    /// What the ring can do, if there is one.
    pub features: Option<RingFeatures>,
    /// How the ring's driver watches descriptors.
    pub way: Option<Way>,
}

/// A driver that was not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which one.
    pub driver: DriverKind,
    /// What the kernel said.
    pub errno: Errno,
    /// To what.
    pub reason: &'static str,
}

impl Report {
    pub(crate) const fn new(because: &'static str) -> Self {
        Self { chosen: DriverKind::Poll, because, attempts: Vec::new(), features: None, way: None }
    }

    fn watching(&self) -> &'static str {
        let epoll_wait = self.features.is_some_and(|features| features.has(Feature::EpollWait));
        match (self.chosen, self.way.unwrap_or_default()) {
            (DriverKind::Poll, _) => "poll(2) over all that is idle, and over the head of the rest",
            (DriverKind::Epoll, _) => "a level-triggered epoll set; poll(2) for whoever is busy",
            (DriverKind::Uring, Way::Auto) => {
                "a level-triggered epoll set, waited for by epoll_wait, and on the ring while \
                 operations are under way; poll(2) for whoever is busy. By measurement the \
                 cheapest: a POLL_ADD costs more than the epoll_wait it saves"
            }
            (DriverKind::Uring, Way::PollAdd) => "oneshot POLL_ADD; foreign fds in an epoll set",
            (DriverKind::Uring, Way::PollAddMultishot) => {
                "multishot POLL_ADD; foreign fds in an epoll set"
            }
            (DriverKind::Uring, Way::EpollOnRing) if epoll_wait => {
                "a level-triggered epoll set, waited for on the ring by EPOLL_WAIT"
            }
            (DriverKind::Uring, Way::EpollOnRing) => {
                "a level-triggered epoll set, waited for on the ring by POLL_ADD of the set, as \
                 EPOLL_WAIT is missing"
            }
            (DriverKind::Uring, Way::EpollOutside) => {
                "a level-triggered epoll set, waited for by epoll_wait, and on the ring while \
                 operations are under way; poll(2) for whoever is busy"
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Attempt { driver, errno, reason } in &self.attempts {
            writeln!(f, "driver:   {driver} is not to be had: {reason}: {errno}")?;
        }
        writeln!(f, "driver:   {} ({})", self.chosen, self.because)?;
        if let Some(way) = self.way {
            writeln!(f, "way:      {way}")?;
        }
        writeln!(f, "watching: {}", self.watching())?;
        match &self.features {
            Some(features) => write!(f, "io_uring:\n{features}"),
            None => writeln!(f, "io_uring: not used; operations are refused"),
        }
    }
}
