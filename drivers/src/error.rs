//! What can go wrong.

use core::fmt;

use levelring_core::{Full, Stale, SubmitError};

use crate::kernel::Errno;
use crate::way::{DriverKind, UnknownDriver};

/// Why there is no loop, or why it cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The driver that was demanded is absent or forbidden here.
    Unavailable {
        /// Which one.
        driver: DriverKind,
        /// What the kernel said.
        errno: Errno,
        /// To what.
        reason: &'static str,
    },
    /// `LEVELRING_DRIVER` names no driver.
    Unknown(UnknownDriver),
    /// The kernel refused what it cannot do without: out of descriptors, or of memory.
    Kernel(Errno),
    /// A turn was asked for within a handler.
    Nested,
    /// This process is a forked child of the one that made the loop: ring and set are the parent's.
    /// Drop the loop, which does not touch them, and make a new one.
    Forked,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { driver, errno, reason } => {
                write!(f, "the {driver} driver is not to be had here: {reason}: {errno}")
            }
            Self::Unknown(name) => write!(f, "LEVELRING_DRIVER: {name}"),
            Self::Kernel(errno) => write!(f, "the kernel refused: {errno}"),
            Self::Forked => f.write_str("a forked child must make a loop of its own"),
            Self::Nested => f.write_str("a handler must not turn the loop that called it"),
        }
    }
}

impl core::error::Error for Error {}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Self::Kernel(errno)
    }
}

/// Why a descriptor was not taken; what was given comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AddError<S> {
    /// What was to be watched.
    pub source: S,
    /// Why it is not.
    pub reason: Refusal,
}

/// Why a descriptor was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The loop's capacity is reached. Nothing was changed.
    Full,
    /// The number names no open file that can be watched.
    BadDescriptor,
    /// The kernel could not say.
    Kernel(Errno),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => Full.fmt(f),
            Self::BadDescriptor => f.write_str("no such file descriptor, or none to be watched"),
            Self::Kernel(errno) => errno.fmt(f),
        }
    }
}

impl core::error::Error for Refusal {}

impl<S> fmt::Debug for AddError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<S> fmt::Display for AddError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<S> core::error::Error for AddError<S> {}

/// Why a registration was not removed, or not in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveError {
    /// It was removed before, or never was.
    Stale,
    /// It is removed, and no handler of it will run; but the kernel has not let go of its
    /// descriptor.
    Kernel(Errno),
}

impl fmt::Display for RemoveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => Stale.fmt(f),
            Self::Kernel(errno) => write!(f, "removed, but not let go of: {errno}"),
        }
    }
}

impl core::error::Error for RemoveError {}

impl From<Stale> for RemoveError {
    fn from(Stale: Stale) -> Self {
        Self::Stale
    }
}

/// Why operations were not taken. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OperationError {
    /// Only the uring driver has operations.
    Unsupported(DriverKind),
    /// The loop's capacity is reached.
    Full,
    /// The chain is longer than the ring's submission queue.
    TooLong {
        /// How many operations can be linked.
        longest: usize,
    },
    /// A chain of no operations.
    Empty,
}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(driver) => {
                write!(f, "the {driver} driver has no operations: they need io_uring")
            }
            Self::Full => Full.fmt(f),
            Self::TooLong { longest } => write!(f, "a chain has at most {longest} operations"),
            Self::Empty => SubmitError::Empty.fmt(f),
        }
    }
}

impl core::error::Error for OperationError {}

impl From<SubmitError> for OperationError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Full => Self::Full,
            SubmitError::Empty => Self::Empty,
        }
    }
}
