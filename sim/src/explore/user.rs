//! The reference: what the program was promised, kept apart from how the core keeps it.
//!
//! It knows keys, numbers, levels and interests, and nothing of lanes, lists or tags.

use levelring::{Event, Interest, Key, Readiness};

use super::options::{FILES, HANDLERS};

/// A registration as its program sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) key: Key,
    /// Which of the descriptors.
    pub(super) file: usize,
    pub(super) interest: Interest,
    /// Its descriptor was closed since: the program broke its word, and is promised no events.
    pub(super) broken: bool,
}

/// All that the program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    /// By the index of the key.
    pub(super) views: [Option<View>; HANDLERS],
    /// What each number was ready for, at some time since the last handler returned.
    pub(super) was: [Readiness; FILES],
}

impl User {
    pub(super) const fn new() -> Self {
        Self { views: [None; HANDLERS], was: [Readiness::EMPTY; FILES] }
    }

    pub(super) fn view(&self, key: Key) -> Option<&View> {
        self.views.get(key.index())?.as_ref().filter(|view| view.key == key)
    }

    /// S1 and S9: an event is for somebody who lives, for bits that are wanted, and true.
    pub(super) fn check(&self, event: Event) -> Key {
        let Event::Ready { key, readiness } = event else { panic!("unexpected: {event:?}") };
        let Some(view) = self.view(key) else {
            panic!("S1 identity: an event of {key:?}, which was removed");
        };
        assert!(!readiness.is_empty(), "S1 identity: an event of {key:?} for nothing");
        let wanted = readiness.wanted_by(view.interest);
        assert_eq!(wanted, readiness, "S1 identity: {key:?} does not want all of this");
        let true_bits = self.was[view.file];
        assert!(true_bits.contains(readiness), "S9 freshness: {key:?} is not {readiness:?}");
        key
    }
}
