//! The names of what a loop watches and does.

use core::fmt;
use std::rc::{Rc, Weak};

use levelring_core::Key;

/// Names a registration of one loop, and its source for as long as that has it.
///
/// Does not keep the source alive: only the loop does, until the registration is removed. To any
/// other loop it is stale.
pub struct Handle<S> {
    /// Whose it is.
    events: u64,
    key: Key,
    source: Weak<S>,
}

impl<S> Handle<S> {
    pub(crate) const fn new(events: u64, key: Key, source: Weak<S>) -> Self {
        Self { events, key, source }
    }

    /// The registration's key, which does not know its loop: see [`Name`].
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// What is watched, unless it was removed. Whoever keeps it keeps it open.
    #[must_use]
    pub fn source(&self) -> Option<Rc<S>> {
        self.source.upgrade()
    }
}

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self { events: self.events, key: self.key, source: self.source.clone() }
    }
}

impl<S> fmt::Debug for Handle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({:?})", self.key)
    }
}

impl<S> From<&Handle<S>> for Key {
    fn from(handle: &Handle<S>) -> Self {
        handle.key
    }
}

/// Names a registration of a loop: a [`Handle`], or a bare [`Key`].
///
/// A handle is known by all loops but its own to be none of theirs. A key is not: each loop counts
/// its own, so that a key of one may be that of something else in another. Whoever has several
/// loops, and keeps keys, keeps them apart.
pub trait Name: sealed::Name {}

impl Name for Key {}

impl<S> Name for &Handle<S> {}

pub(crate) mod sealed {
    use levelring_core::Key;

    pub trait Name {
        fn key(&self) -> Key;

        /// Which loop's it is, if that is known.
        fn events(&self) -> Option<u64>;
    }

    impl Name for Key {
        fn key(&self) -> Key {
            *self
        }

        fn events(&self) -> Option<u64> {
            None
        }
    }

    impl<S> Name for &super::Handle<S> {
        fn key(&self) -> Key {
            self.key
        }

        fn events(&self) -> Option<u64> {
            Some(self.events)
        }
    }
}

/// What a handler is told: what became ready, and for what.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fired<'a, S> {
    /// The registration's key.
    pub key: Key,
    /// What is watched.
    pub source: &'a S,
    /// For what it is ready: never empty, unless the kernel refuses to watch it.
    pub readiness: levelring_core::Readiness,
    /// Why the kernel refuses to watch it any longer, if so: told once.
    pub refused: Option<crate::kernel::Errno>,
}

/// One result of an operation, whose success brings a `P`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Completed<B, P = u32> {
    /// The operation's key; stale from now on unless `more`.
    pub key: Key,
    /// The kernel's result. A descriptor is owned here: to drop it is to close it.
    pub result: Result<P, crate::kernel::Errno>,
    /// The kernel's flags (IORING_CQE_F_*).
    pub flags: u32,
    /// Whether there will be further results (multishot).
    pub more: bool,
    /// With the last result: what the operation was given.
    pub kept: Option<B>,
}
