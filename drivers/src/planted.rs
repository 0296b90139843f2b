//! Bugs planted on purpose: see `planted` in the core, which has the list.

#[cfg(all(levelring_planted, not(debug_assertions)))]
compile_error!("a build without debug assertions may be released: no bugs are planted in it");

/// Whether the bug of this name is in place. Never, in an ordinary build.
#[cfg(levelring_planted)]
macro_rules! planted {
    ($bug:ident) => {
        levelring_core::planted::Bug::$bug.is_planted()
    };
}

#[cfg(not(levelring_planted))]
macro_rules! planted {
    ($bug:ident) => {
        false
    };
}

pub(crate) use planted;
