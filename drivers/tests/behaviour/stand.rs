//! What a scenario stands on.

use core::fmt;

use levelring::kernel::{Feature, FeatureMask};
use levelring::{Builder, DriverKind, Error, EventLoop, Freshness, Way};

/// A kind of loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand {
    pub(crate) driver: DriverKind,
    pub(crate) way: Way,
    pub(crate) freshness: Freshness,
    /// Features of io_uring to do without.
    pub(crate) forbid: FeatureMask,
}

/// Which stands a scenario is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// All of them.
    Every,
    /// Those that lack no feature.
    Plain,
    /// What takes long, or has nothing to do with freshness: one of each way under Strict, and
    /// the oldest kernel's ring.
    Few,
}

/// Features whose lack is felt only together.
const TOGETHER: [&[Feature]; 5] = [
    &[Feature::DeferTaskrun, Feature::CoopTaskrun],
    &[Feature::DeferTaskrun, Feature::TaskrunFlag],
    &[Feature::DeferTaskrun, Feature::EpollWait],
    &[Feature::Multishot, Feature::EpollWait],
    Feature::ALL,
];

/// All stands: every way of every driver under both kinds of freshness, and every way on a ring
/// that lacks something.
pub(crate) fn stands() -> Vec<Stand> {
    let mut stands = Vec::new();
    let mut add = |driver, way, freshness, forbid| {
        stands.push(Stand { driver, way, freshness, forbid });
    };
    for freshness in [Freshness::Strict, Freshness::batch(64)] {
        add(DriverKind::Poll, Way::Auto, freshness, FeatureMask::NONE);
        add(DriverKind::Epoll, Way::Auto, freshness, FeatureMask::NONE);
        for way in Way::ALL {
            add(DriverKind::Uring, way, freshness, FeatureMask::NONE);
        }
    }
    let one_by_one = Feature::ALL.iter().map(|feature| FeatureMask::from(*feature));
    let together = TOGETHER.iter().map(|features| features.iter().copied().collect());
    for forbid in one_by_one.chain(together) {
        for way in Way::ALL {
            add(DriverKind::Uring, way, Freshness::Strict, forbid);
        }
    }
    stands
}

impl Stand {
    /// A loop of this kind, to be made more particular.
    pub(crate) fn builder(&self) -> Builder {
        EventLoop::builder()
            .driver(self.driver)
            .way(self.way)
            .freshness(self.freshness)
            .forbid(self.forbid)
    }

    /// Whether there are such loops here.
    pub(crate) fn try_out(&self) -> Result<(), Error> {
        self.builder().build().map(drop)
    }

    pub(crate) fn is_for(&self, on: On) -> bool {
        let all: FeatureMask = Feature::ALL.iter().copied().collect();
        match on {
            On::Every => true,
            On::Plain => self.forbid == FeatureMask::NONE,
            On::Few => self.is_strict() && (self.forbid == FeatureMask::NONE || self.forbid == all),
        }
    }

    /// Whether the ring itself is what such a loop sleeps on.
    pub(crate) fn waits_on_ring(&self) -> bool {
        self.driver == DriverKind::Uring
            && matches!(self.way, Way::PollAdd | Way::PollAddMultishot | Way::EpollOnRing)
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.freshness == Freshness::Strict
    }
}

impl fmt::Display for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.driver)?;
        if self.driver == DriverKind::Uring {
            write!(f, "/{}", self.way)?;
        }
        match self.freshness {
            Freshness::Strict => write!(f, "/strict")?,
            Freshness::Batch(n) => write!(f, "/batch-{n}")?,
        }
        let mut sign = '/';
        let missing = self.forbid.iter().count();
        if missing == Feature::ALL.len() {
            return write!(f, "/without-any-feature");
        }
        for feature in self.forbid.iter() {
            write!(f, "{sign}without-{}", feature.name())?;
            sign = '+';
        }
        Ok(())
    }
}
