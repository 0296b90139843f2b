//! What a ring can do, and which of it was forbidden on purpose.

use core::fmt;
use core::ops::BitOr;

macro_rules! features {
    ($($name:ident = $text:literal: $purpose:literal,)*) => {
        /// Something that newer kernels have and a ring can do without.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Feature {
            $(#[doc = concat!("`", $text, "`: ", $purpose, ".")] $name,)*
        }

        impl Feature {
            /// All of them, in the order of the report.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name by which it is reported and forbidden.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it is for, in a line.
            #[must_use]
            pub const fn purpose(self) -> &'static str {
                match self { $(Self::$name => $purpose,)* }
            }
        }
    };
}

features! {
    SingleIssuer = "SINGLE_ISSUER": "one thread submits, which saves the kernel a lock",
    DeferTaskrun = "DEFER_TASKRUN": "completions come only when asked for, none interrupts us",
    CoopTaskrun = "COOP_TASKRUN": "in place of DEFER_TASKRUN: at least no interrupt per completion",
    TaskrunFlag = "TASKRUN_FLAG": "deferred completions are announced in memory",
    SubmitAll = "SUBMIT_ALL": "one bad entry does not hold up those behind it",
    NoSqArray = "NO_SQARRAY": "entries are submitted without an index between",
    RegisteredRingFd = "REGISTERED_RING_FD": "the ring is entered without looking up its fd",
    NoIowait = "NO_IOWAIT": "a sleeping loop does not show as time waited for disks",
    CqeSkip = "CQE_SKIP": "a success that tells nothing new need not be reported",
    Multishot = "MULTISHOT": "a poll stays armed after its first completion",
    EpollWait = "EPOLL_WAIT": "an epoll set is waited for on the ring itself",
}

impl Feature {
    /// The feature of that [`name`](Self::name), whatever the case of its letters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|feature| feature.name().eq_ignore_ascii_case(name))
    }

    const fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// A set of features.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FeatureMask(u32);

impl FeatureMask {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// Whether `feature` is in the set.
    #[must_use]
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & feature.bit() != 0
    }

    /// The set with `feature` in it.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | feature.bit())
    }

    /// The set with `feature` in it if `present`.
    #[must_use]
    pub const fn with_if(self, feature: Feature, present: bool) -> Self {
        if present { self.with(feature) } else { self }
    }

    /// The set without `feature`.
    #[must_use]
    pub const fn without(self, feature: Feature) -> Self {
        Self(self.0 & !feature.bit())
    }

    /// The set without all those in `others`.
    #[must_use]
    pub const fn without_all(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Its members, in the order of the report.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.iter().copied().filter(move |feature| self.contains(*feature))
    }
}

impl From<Feature> for FeatureMask {
    fn from(feature: Feature) -> Self {
        Self::NONE.with(feature)
    }
}

impl FromIterator<Feature> for FeatureMask {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::NONE, Self::with)
    }
}

impl BitOr for FeatureMask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for FeatureMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A set of opcodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opcodes([u64; 4]);

impl Opcodes {
    /// Whether a ring performs the operation of that number.
    #[must_use]
    pub const fn contains(&self, opcode: u8) -> bool {
        self.0[opcode as usize / 64] & (1 << (opcode % 64)) != 0
    }
}

impl FromIterator<u8> for Opcodes {
    fn from_iter<I: IntoIterator<Item = u8>>(opcodes: I) -> Self {
        let mut words = [0; 4];
        for opcode in opcodes {
            words[usize::from(opcode / 64)] |= 1 << (opcode % 64);
        }
        Self(words)
    }
}

/// What one ring can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingFeatures {
    /// What it has and may use.
    pub present: FeatureMask,
    /// What it was told not to use, whether or not the kernel has it.
    pub forbidden: FeatureMask,
    /// The operations it performs.
    pub opcodes: Opcodes,
    /// How many submissions may be queued.
    pub sq_entries: u32,
    /// How many completions fit before the kernel has to set some aside.
    pub cq_entries: u32,
}

/// How it stands with one feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureState {
    /// There, and used where the way of watching has a use for it.
    Present,
    /// Not in this kernel, or not asked of it, because another feature stands in for it.
    Absent,
    /// Forbidden by [`RingSetup::forbid`](super::RingSetup::forbid).
    ForcedOff,
}

impl RingFeatures {
    /// Whether the ring has a feature and may use it.
    #[must_use]
    pub const fn has(&self, feature: Feature) -> bool {
        self.present.contains(feature)
    }

    /// How it stands with a feature.
    #[must_use]
    pub const fn state(&self, feature: Feature) -> FeatureState {
        if self.forbidden.contains(feature) {
            FeatureState::ForcedOff
        } else if self.present.contains(feature) {
            FeatureState::Present
        } else {
            FeatureState::Absent
        }
    }
}

/// The report: a line for the queues, and a line per feature.
impl fmt::Display for RingFeatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<20}", "queues")?;
        write!(f, "{} submissions, {} completions", self.sq_entries, self.cq_entries)?;
        for feature in Feature::ALL {
            let state = self.state(*feature);
            write!(f, "\n{:<20}{state:<12}{}", feature.name(), feature.purpose())?;
        }
        Ok(())
    }
}

impl fmt::Display for FeatureState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::ForcedOff => "forced off",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_bit_and_a_name_of_its_own() {
        let all: FeatureMask = Feature::ALL.iter().copied().collect();
        assert_eq!(all.iter().count(), Feature::ALL.len());
        for feature in Feature::ALL {
            assert_eq!(Feature::from_name(&feature.name().to_lowercase()), Some(*feature));
            assert!(!all.without(*feature).contains(*feature));
        }
        assert_eq!(Feature::from_name("LEVEL"), None);
    }

    #[test]
    fn opcodes_reach_to_the_last() {
        let some: Opcodes = [0, 59, 64, 255].into_iter().collect();
        let found: Vec<u8> = (0..=u8::MAX).filter(|opcode| some.contains(*opcode)).collect();
        assert_eq!(found, [0, 59, 64, 255]);
    }

    #[test]
    fn the_report_has_a_line_per_feature() {
        let features = RingFeatures {
            present: Feature::DeferTaskrun.into(),
            forbidden: Feature::EpollWait.into(),
            opcodes: Opcodes::default(),
            sq_entries: 8,
            cq_entries: 16,
        };
        let report = features.to_string();
        let lines: Vec<&str> = report.lines().collect();
        assert_eq!(lines.len(), Feature::ALL.len() + 1);
        assert_eq!(lines[0], "queues              8 submissions, 16 completions");
        assert!(report.contains("DEFER_TASKRUN       present     completions come only"));
        assert!(report.contains("EPOLL_WAIT          forced off  an epoll set"));
        assert!(report.contains("MULTISHOT           absent      a poll stays"));
    }
}
