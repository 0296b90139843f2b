//! All that the core remembers beside its slots.

use crate::freshness::Freshness;
use crate::list::{List, Place, Wants};
use crate::planted::planted;
use crate::registration::Stamps;
use crate::rotation::Rotation;

#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) free: List<Place>,
    pub(crate) rotation: Rotation,
    pub(crate) wants: List<Wants>,
    /// How many in the rotation may be ready; the others only keep their places.
    pub(crate) hinted: u32,
    /// The member of a chain that must be handed out next, before anything else.
    pub(crate) chain: Option<u32>,
    /// Which checks are worth something now.
    pub(crate) stamps: Stamps,
    /// Events that the checks of this batch may still serve.
    pub(crate) left: u16,
    /// How many candidates to check at once.
    pub(crate) window: u16,
    /// Whether a look was asked for, and not yet made.
    pub(crate) looking: bool,
    /// Which look that is, or was; wrapping.
    looks: u32,
    /// Whether those who wait have come since everybody had their turn: not before the next look.
    pub(crate) held_back: bool,
    /// How many events a check may serve.
    pub(crate) span: u16,
}

/// The most candidates worth checking in one call: a not-ready one costs as much as a ready one.
const WIDEST_WINDOW: u16 = 64;

impl State {
    pub(crate) const fn new(freshness: Freshness) -> Self {
        Self {
            free: List::new(),
            rotation: Rotation::new(),
            wants: List::new(),
            hinted: 0,
            chain: None,
            stamps: Stamps { batch: 1, event: 1 },
            left: freshness.span(),
            window: freshness.span(),
            looking: false,
            looks: 0,
            held_back: false,
            span: freshness.span(),
        }
    }

    /// Whose turn it is: nobody's within a look, for newcomers may come first.
    #[inline]
    pub(crate) fn first_waiting(&self) -> Option<u32> {
        let first = self.rotation.first_waiting()?;
        if self.held_back || self.looking { None } else { Some(first) }
    }

    /// The look that is being made.
    pub(crate) fn look(&self) -> Option<u32> {
        self.looking.then_some(self.looks)
    }

    /// A look is asked for. If an earlier one was begun and never finished, because the driver
    /// failed, the application may have used up what it brought.
    #[inline]
    pub(crate) fn begin_look(&mut self) {
        if self.looking && !planted!(FailedLookBelieved) {
            self.stamps.event += 1;
            self.renew();
        }
        self.looking = true;
        self.looks = self.looks.wrapping_add(1);
    }

    /// A look was made: everybody may have another turn.
    pub(crate) const fn begin_rotation(&mut self) {
        self.looking = false;
        self.held_back = false;
        self.rotation.begin();
    }

    /// An event is being handed out: checks age by it.
    #[inline]
    pub(crate) fn spend(&mut self) {
        self.window = self.span;
        self.stamps.event += 1;
        self.left -= 1;
        if self.left == 0 {
            self.renew();
        }
    }

    /// A check is about to be made: those of a batch begun earlier are not mixed with it.
    #[inline]
    pub(crate) fn begin_check(&mut self) {
        if self.left < self.span {
            self.renew();
        }
    }

    /// How many to check now; more each time that nobody was ready.
    #[inline]
    pub(crate) fn widen(&mut self) -> u16 {
        let window = self.window;
        self.window = window.saturating_mul(4).min(WIDEST_WINDOW).max(window);
        window
    }

    fn renew(&mut self) {
        self.stamps.batch += u64::from(!planted!(BatchNeverEnds));
        self.left = self.span;
    }
}
