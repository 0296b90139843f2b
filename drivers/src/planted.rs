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

/// Puts the bug into place that `LEVELRING_PLANT` names, so that every test is a net.
///
/// # Panics
/// If there is none of that name.
#[cfg(levelring_planted)]
pub(crate) fn plant_as_asked() {
    use levelring_core::planted::{Bug, plant};
    if let Ok(name) = std::env::var("LEVELRING_PLANT") {
        plant(Some(Bug::named(&name).expect("LEVELRING_PLANT names a bug")));
    }
}

#[cfg(not(levelring_planted))]
pub(crate) const fn plant_as_asked() {}

pub(crate) use planted;
