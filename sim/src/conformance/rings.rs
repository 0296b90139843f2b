//! The rings that scripts run on.

use core::fmt;

use levelring::kernel::{Feature, FeatureMask, RingSetup};

/// How a ring does its deferred work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RingKind {
    /// No ring: the script needs none.
    None,
    /// No flags: at the end of any system call.
    Plain,
    /// COOP_TASKRUN: likewise, but nothing is interrupted for it.
    Coop,
    /// SINGLE_ISSUER and DEFER_TASKRUN: in enter, and only there.
    Defer,
}

impl RingKind {
    /// The kinds that are rings.
    pub const RINGS: [Self; 3] = [Self::Plain, Self::Coop, Self::Defer];

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Plain, Self::Coop, Self::Defer]
            .into_iter()
            .find(|kind| kind.to_string() == name)
    }

    fn forbidden(self) -> FeatureMask {
        let defer = FeatureMask::from(Feature::DeferTaskrun).with(Feature::SingleIssuer);
        match self {
            Self::None | Self::Plain => defer.with(Feature::CoopTaskrun),
            Self::Coop => defer,
            Self::Defer => FeatureMask::NONE,
        }
    }
}

impl fmt::Display for RingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Plain => "plain",
            Self::Coop => "coop",
            Self::Defer => "defer",
        })
    }
}

/// What else a ring is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingShape {
    /// Submissions that fit.
    pub entries: u32,
    /// Completions that fit.
    pub cq_entries: u32,
    /// Whether a bad submission does not hold up those behind it.
    pub submit_all: bool,
}

impl Default for RingShape {
    fn default() -> Self {
        Self { entries: 64, cq_entries: 256, submit_all: true }
    }
}

impl RingShape {
    /// What to ask a kernel for.
    #[must_use]
    pub fn setup(self, kind: RingKind) -> RingSetup {
        let forbid = kind.forbidden();
        let forbid = if self.submit_all { forbid } else { forbid.with(Feature::SubmitAll) };
        RingSetup { entries: self.entries, cq_entries: self.cq_entries, forbid }
    }
}
