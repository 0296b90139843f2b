//! What the application is told.

use crate::key::Key;
use crate::readiness::Readiness;

/// The one thing to handle in this turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The registration's descriptor is ready for something of its interest.
    Ready {
        /// Whose.
        key: Key,
        /// For what: never empty, and nothing that was not asked for but hang-ups and errors.
        readiness: Readiness,
    },
    /// The kernel refuses to watch the registration's descriptor, again and again. Told once;
    /// the registration is quiet from now on.
    Refused {
        /// Whose.
        key: Key,
        /// The error number, above zero.
        error: i32,
    },
    /// An operation has a result.
    Done {
        /// Which one. If not `outcome.more`, the key is stale from now on.
        key: Key,
        /// The result.
        outcome: Outcome,
    },
}

/// One result of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The kernel's result: below zero, minus an error number.
    pub result: i32,
    /// The kernel's flags (IORING_CQE_F_*).
    pub flags: u32,
    /// Whether the operation goes on (multishot).
    pub more: bool,
}
