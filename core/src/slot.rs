//! One place of the storage.

use crate::event::Outcome;
use crate::key::Key;
use crate::list::{Linked, Links, Place, Wants};
use crate::operation::Operation;
use crate::registration::Registration;

/// One place of the core's storage: a registration, an operation, or free.
///
/// Opaque: the embedder provides an array of [`Slot::NEW`] and never looks inside.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub(crate) generation: u32,
    place: Links,
    wants: Links,
    pub(crate) home: Home,
    /// Whether it is on the list of those that want a submission.
    pub(crate) wanting: bool,
    /// Whether it is counted among those that may be ready.
    pub(crate) hinted: bool,
    pub(crate) body: Body,
}

/// Which list a slot's place is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// None: in use, and not a candidate.
    Idle,
    /// The free list.
    Free,
    /// The rotation.
    Rotation,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    Free,
    Registration(Registration),
    Operation(Operation),
    /// A result that waits behind an earlier one of the same operation.
    Waiting(Waiting),
}

/// A result of an operation that nobody has been told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) outcome: Outcome,
    /// The slot of the result after it.
    pub(crate) after: u32,
}

impl Slot {
    /// A place that nothing was ever stored in.
    pub const NEW: Self = Self {
        generation: 0,
        place: Links::NONE,
        wants: Links::NONE,
        home: Home::Idle,
        wanting: false,
        hinted: false,
        body: Body::Free,
    };

    pub(crate) const fn key(&self, index: u32) -> Key {
        Key::new(index, self.generation)
    }

    pub(crate) const fn registration(&self) -> Option<&Registration> {
        match &self.body {
            Body::Registration(registration) => Some(registration),
            Body::Free | Body::Operation(_) | Body::Waiting(_) => None,
        }
    }

    pub(crate) const fn registration_mut(&mut self) -> Option<&mut Registration> {
        match &mut self.body {
            Body::Registration(registration) => Some(registration),
            Body::Free | Body::Operation(_) | Body::Waiting(_) => None,
        }
    }

    pub(crate) const fn operation(&self) -> Option<&Operation> {
        match &self.body {
            Body::Operation(operation) => Some(operation),
            Body::Free | Body::Registration(_) | Body::Waiting(_) => None,
        }
    }

    pub(crate) const fn operation_mut(&mut self) -> Option<&mut Operation> {
        match &mut self.body {
            Body::Operation(operation) => Some(operation),
            Body::Free | Body::Registration(_) | Body::Waiting(_) => None,
        }
    }
}

impl Linked<Place> for Slot {
    #[inline]
    fn links(&self) -> &Links {
        &self.place
    }

    #[inline]
    fn links_mut(&mut self) -> &mut Links {
        &mut self.place
    }
}

impl Linked<Wants> for Slot {
    #[inline]
    fn links(&self) -> &Links {
        &self.wants
    }

    #[inline]
    fn links_mut(&mut self) -> &mut Links {
        &mut self.wants
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::NEW
    }
}

// A cache line: the storage of a million registrations is 64 MB.
const _: () = assert!(size_of::<Slot>() == 64);
