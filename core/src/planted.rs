//! Bugs planted on purpose, so that the checkers are checked.
//!
//! Where an engineer could have gone wrong, the code asks `planted!(Name)`: in an ordinary build
//! that is `false`, and nothing is left of it. With `--cfg levelring_planted` it is whether that
//! one bug is in place, for the whole process.

#[cfg(levelring_planted)]
mod bugs;

#[cfg(levelring_planted)]
pub use bugs::{Bug, Net, plant};

#[cfg(all(levelring_planted, not(debug_assertions)))]
compile_error!("a build without debug assertions may be released: no bugs are planted in it");

/// Whether the bug of this name is in place.
#[cfg(levelring_planted)]
macro_rules! planted {
    ($bug:ident) => {
        $crate::planted::Bug::$bug.is_planted()
    };
}

#[cfg(not(levelring_planted))]
macro_rules! planted {
    ($bug:ident) => {
        false
    };
}

pub(crate) use planted;
