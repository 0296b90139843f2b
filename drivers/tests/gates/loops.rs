//! Every driver, every way, both policies.

use core::fmt;

use levelring::{Builder, DriverKind, Freshness, Way};

use crate::skipping::skipped;

/// A kind of loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) driver: DriverKind,
    pub(crate) way: Way,
    pub(crate) freshness: Freshness,
}

impl Kind {
    pub(crate) fn builder(self) -> Builder {
        Builder::default().driver(self.driver).way(self.way).freshness(self.freshness)
    }

    pub(crate) const fn is_strict(self) -> bool {
        matches!(self.freshness, Freshness::Strict)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let freshness = if self.is_strict() { "strict" } else { "batch-64" };
        match self.driver {
            DriverKind::Uring => write!(f, "uring {} {freshness}", self.way),
            driver @ (DriverKind::Epoll | DriverKind::Poll) => write!(f, "{driver} {freshness}"),
        }
    }
}

/// All kinds that are to be had here.
pub(crate) fn kinds() -> Vec<Kind> {
    let ring = Builder::default().driver(DriverKind::Uring).build();
    if let Err(error) = &ring {
        skipped(error);
    }
    let ring = ring.is_ok();
    let ways = Way::ALL.into_iter().filter(|_| ring).map(|way| (DriverKind::Uring, way));
    let others = [DriverKind::Epoll, DriverKind::Poll].map(|driver| (driver, Way::Auto));
    ways.chain(others)
        .flat_map(|(driver, way)| {
            let kind = move |freshness| Kind { driver, way, freshness };
            [Freshness::Strict, Freshness::batch(64)].map(kind)
        })
        .collect()
}
