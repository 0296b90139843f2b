//! The caller's mistakes, as values.

use core::fmt;

/// The storage is full: nothing was changed.
///
/// Remove something, or give the core larger storage, and try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no room: every slot of the core's storage is in use")
    }
}

impl core::error::Error for Full {}

/// The key names nothing that is alive: it was removed, has finished, or never was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale;

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stale key: what it named has been removed or has finished")
    }
}

impl core::error::Error for Stale {}

/// Why operations were not taken. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// Not enough free slots for the whole chain.
    Full,
    /// A chain of no operations.
    Empty,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => Full.fmt(f),
            Self::Empty => f.write_str("a chain needs at least one operation"),
        }
    }
}

impl core::error::Error for SubmitError {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn each_says_what_is_wrong() {
        assert_eq!(Full.to_string(), "no room: every slot of the core's storage is in use");
        assert_eq!(SubmitError::Full.to_string(), Full.to_string());
        assert_eq!(SubmitError::Empty.to_string(), "a chain needs at least one operation");
        assert_eq!(Stale.to_string(), "stale key: what it named has been removed or has finished");
    }
}
