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

    /// What the ring has and watching descriptors this way has no use for. That a success need not
    /// be reported, nobody uses: to each request the core expects an answer.
    fn unused(&self, features: &RingFeatures) -> impl Iterator<Item = Feature> {
        let way = self.way.unwrap_or_default();
        features.present.iter().filter(move |feature| match feature {
            Feature::CqeSkip => true,
            // A half-closed descriptor is watched by one, also where others are by oneshot polls.
            Feature::Multishot => !matches!(way, Way::PollAdd | Way::PollAddMultishot),
            Feature::EpollWait => way != Way::EpollOnRing,
            Feature::SingleIssuer
            | Feature::DeferTaskrun
            | Feature::CoopTaskrun
            | Feature::TaskrunFlag
            | Feature::SubmitAll
            | Feature::NoSqArray
            | Feature::RegisteredRingFd
            | Feature::NoIowait => false,
        })
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
            Some(features) => {
                let unused: Vec<&str> = self.unused(features).map(Feature::name).collect();
                let unused = if unused.is_empty() { "none".into() } else { unused.join(", ") };
                write!(f, "io_uring:\n{features}\nunused:   {unused}")
            }
            None => writeln!(f, "io_uring: not used; operations are refused"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{FeatureMask, Opcodes};

    #[test]
    fn what_is_there_and_not_used_is_said() {
        let features = RingFeatures {
            present: Feature::ALL.iter().copied().collect(),
            forbidden: FeatureMask::NONE,
            opcodes: Opcodes::default(),
            sq_entries: 8,
            cq_entries: 16,
        };
        let last_line = |way, features| {
            let ring = Report { chosen: DriverKind::Uring, ..Report::new("it is the best") };
            let text = Report { way, features: Some(features), ..ring }.to_string();
            text.lines().last().map(str::to_owned)
        };
        for (way, unused) in [
            (Way::Auto, "CQE_SKIP, MULTISHOT, EPOLL_WAIT"),
            (Way::EpollOutside, "CQE_SKIP, MULTISHOT, EPOLL_WAIT"),
            (Way::EpollOnRing, "CQE_SKIP, MULTISHOT"),
            (Way::PollAdd, "CQE_SKIP, EPOLL_WAIT"),
            (Way::PollAddMultishot, "CQE_SKIP, EPOLL_WAIT"),
        ] {
            assert_eq!(
                last_line(Some(way), features),
                Some(format!("unused:   {unused}")),
                "{way}"
            );
        }
        // What is not there cannot be used, which is said above.
        let old = RingFeatures { present: Feature::SubmitAll.into(), ..features };
        assert_eq!(last_line(Some(Way::Auto), old).as_deref(), Some("unused:   none"));
    }
}
