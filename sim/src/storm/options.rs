//! The options of a run: each run draws its own, so that no two leave out the same (swarm).

use core::fmt;

use levelring::kernel::{Feature, FeatureMask};
use levelring::{Builder, DriverKind, EventLoop, Freshness, Way};

use super::op::Kind;
use super::request::Ask;
use super::words::Word;
use crate::{Entropy, Faults, Odds};

/// What a run is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The loops' driver.
    pub driver: DriverKind,
    /// How the ring watches.
    pub way: Way,
    /// How many handlers one check may serve; 1 is strict.
    pub batch: u16,
    /// The sizes of the ring's queues.
    pub ring: (u32, u32),
    /// What the loops do without.
    pub forbid: FeatureMask,
    /// How much each loop can hold.
    pub capacity: usize,
    /// What goes wrong, until the world settles.
    pub faults: Faults,
    /// How often the kernel's choices are the ordinary ones, of 256.
    pub calm: u8,
    /// How often each kind of operation is drawn; by [`Kind`].
    pub weights: [u8; Kind::ALL.len()],
    /// And each kind of request; by [`Ask`].
    pub asks: [u8; Ask::ALL.len()],
}

impl Options {
    /// The plainest.
    #[must_use]
    pub fn plain(driver: DriverKind) -> Self {
        Self {
            driver,
            way: Way::Auto,
            batch: 1,
            ring: (8, 16),
            forbid: FeatureMask::NONE,
            capacity: 64,
            faults: Faults::default(),
            calm: 0,
            weights: core::array::from_fn(|at| Kind::ALL[at].usual()),
            asks: core::array::from_fn(|at| Ask::ALL[at].usual()),
        }
    }

    /// Draws them.
    #[must_use]
    pub fn draw(entropy: &Entropy) -> Self {
        // Most of it is the ring.
        let driver = match entropy.below(8) {
            6 => DriverKind::Epoll,
            7 => DriverKind::Poll,
            _ => DriverKind::Uring,
        };
        let entries = entropy.pick(&[2, 2, 3, 4, 8, 32]).unwrap_or(2);
        let cq_entries = entries * entropy.pick(&[2, 1, 2, 4]).unwrap_or(2);
        let mut options = Self {
            way: entropy.pick(&Way::ALL).unwrap_or_default(),
            batch: entropy.pick(&[1, 1, 2, 3, 64]).unwrap_or(1),
            ring: (entries, cq_entries),
            capacity: entropy.pick(&[32, 32, 4, 8, 16]).unwrap_or(32),
            calm: entropy.pick(&[255, 240, 200, 128, 0]).unwrap_or(255),
            ..Self::plain(driver)
        };
        options.forbid = draw_features(entropy);
        options.faults = draw_faults(entropy);
        for (weight, kind) in options.weights.iter_mut().zip(Kind::ALL) {
            // Turns there must be.
            if *kind != Kind::Turn {
                swarm(entropy, weight);
            }
        }
        options.asks.iter_mut().for_each(|weight| swarm(entropy, weight));
        options
    }

    /// What makes such a loop, on its driver or on another.
    pub fn builder(&self, driver: Option<DriverKind>) -> Builder {
        EventLoop::builder()
            .driver(driver.unwrap_or(self.driver))
            .way(self.way)
            .freshness(Freshness::batch(self.batch))
            .capacity(self.capacity)
            .ring_size(self.ring.0, self.ring.1)
            .forbid(self.forbid)
    }

    /// Whether the ring does its work only when it is entered.
    #[must_use]
    pub fn defers(&self) -> bool {
        let gone = self.forbid | self.faults.missing;
        !gone.contains(Feature::DeferTaskrun) && !gone.contains(Feature::SingleIssuer)
    }

    /// Whether nothing goes wrong, and the kernel does nothing out of the ordinary.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        self.calm == u8::MAX
            && self.faults == Faults { missing: self.faults.missing, ..Faults::NONE }
    }
}

/// Some are drawn more often than usual, and some not at all.
fn swarm(entropy: &Entropy, weight: &mut u8) {
    let factor = entropy.pick(&[2, 0, 1, 2, 2, 6]).unwrap_or(2);
    *weight = weight.saturating_mul(factor).div_ceil(2);
}

fn draw_features(entropy: &Entropy) -> FeatureMask {
    if entropy.below(3) < 2 {
        // Everything, or everything but what defers.
        let defers = entropy.below(3) < 2;
        return FeatureMask::NONE.with_if(Feature::DeferTaskrun, !defers);
    }
    let mut mask = FeatureMask::NONE;
    for feature in Feature::ALL {
        mask = mask.with_if(*feature, entropy.below(3) == 1);
    }
    mask
}

fn draw_faults(entropy: &Entropy) -> Faults {
    let mut faults = Faults::default();
    if entropy.below(2) == 0 {
        return faults;
    }
    for odds in [
        &mut faults.interrupted,
        &mut faults.short_submit,
        &mut faults.busy,
        &mut faults.again,
        &mut faults.spurious_wake,
        &mut faults.spurious_cancel,
        &mut faults.spurious_invalid,
    ] {
        *odds = Odds(entropy.pick(&[0, 0, 0, 1, 3, 10, 30]).unwrap_or(0));
    }
    faults.cq_entries = entropy.pick(&[None, None, None, Some(1), Some(2), Some(3)]).flatten();
    if entropy.below(12) == 1 {
        faults.watches = 3;
    }
    if entropy.below(4) == 1 {
        faults.missing = draw_features(entropy);
    }
    faults
}

const ODDS: [&str; 7] = [
    "interrupted",
    "short-submit",
    "busy",
    "again",
    "spurious-wake",
    "spurious-cancel",
    "spurious-invalid",
];

fn odds(faults: &mut Faults) -> [&mut Odds; 7] {
    [
        &mut faults.interrupted,
        &mut faults.short_submit,
        &mut faults.busy,
        &mut faults.again,
        &mut faults.spurious_wake,
        &mut faults.spurious_cancel,
        &mut faults.spurious_invalid,
    ]
}

/// All but the weights: those are for drawing only.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { driver, way, batch, ring: (entries, cq_entries), capacity, .. } = self;
        write!(f, "{} {way} batch={batch} ring={entries}/{cq_entries}", driver.word())?;
        write!(f, " capacity={capacity}")?;
        let list = |mask: FeatureMask| mask.iter().map(Feature::name).collect::<Vec<_>>().join(",");
        if self.forbid != FeatureMask::NONE {
            write!(f, " forbid={}", list(self.forbid))?;
        }
        let mut faults = self.faults;
        if faults.missing != FeatureMask::NONE {
            write!(f, " missing={}", list(faults.missing))?;
        }
        if let Some(count) = faults.cq_entries {
            write!(f, " cq={count}")?;
        }
        if faults.watches > 0 {
            write!(f, " watches={}", faults.watches)?;
        }
        for (name, odds) in ODDS.iter().zip(odds(&mut faults)) {
            if odds.0 > 0 {
                write!(f, " {name}={}", odds.0)?;
            }
        }
        if self.is_ordinary() { f.write_str(" ordinary") } else { Ok(()) }
    }
}

pub(super) fn read_options(text: &str) -> Option<Options> {
    let mut words = text.split_whitespace();
    let mut options = Options::plain(Word::read(words.next()?)?);
    let way = words.next()?;
    options.way = Way::ALL.into_iter().find(|known| known.to_string() == way)?;
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            if word != "ordinary" {
                return None;
            }
            options.calm = u8::MAX;
            continue;
        };
        let list = || value.split(',').map(Feature::from_name).collect::<Option<FeatureMask>>();
        match name {
            "batch" => options.batch = value.parse().ok()?,
            "ring" => {
                let (entries, cq_entries) = value.split_once('/')?;
                options.ring = (entries.parse().ok()?, cq_entries.parse().ok()?);
            }
            "capacity" => options.capacity = value.parse().ok()?,
            "forbid" => options.forbid = list()?,
            "watches" => options.faults.watches = value.parse().ok()?,
            "missing" => options.faults.missing = list()?,
            "cq" => options.faults.cq_entries = Some(value.parse().ok()?),
            _ => {
                let at = ODDS.iter().position(|known| *known == name)?;
                *odds(&mut options.faults)[at] = Odds(value.parse().ok()?);
            }
        }
    }
    Some(options)
}
