//! One program on every driver and way of watching.
//!
//! The reference promises the same whatever a loop stands on: which handler may be called, and
//! which must be, by when. So a program that was drawn for one is run on all, and each is held to
//! it.

use levelring::{DriverKind, Way};

use crate::storm::{self, Failure, Script};

/// A loop on which a program does not do what it does on others.
#[derive(Clone, Debug)]
pub struct Different {
    /// The program, and what that loop is like: to be run again.
    pub script: Script,
    /// What happened there.
    pub failure: Failure,
}

/// Every driver, and every way of the ring's.
fn stands() -> impl Iterator<Item = (DriverKind, Way)> {
    let ways = Way::ALL.into_iter().map(|way| (DriverKind::Uring, way));
    ways.chain([(DriverKind::Epoll, Way::Auto), (DriverKind::Poll, Way::Auto)])
}

/// Draws a program from these bytes, and runs it on every kind of loop; the first that fails.
#[must_use]
pub fn run(bytes: &[u8]) -> Option<Different> {
    let drawn = storm::run(bytes);
    let mut script = drawn.script;
    if let Some(failure) = drawn.failure {
        return Some(Different { script, failure });
    }
    stands().find_map(|(driver, way)| {
        (script.options.driver, script.options.way) = (driver, way);
        let failure = storm::replay(&script).failure?;
        Some(Different { script: script.clone(), failure })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entropy;

    #[test]
    fn every_kind_of_loop_keeps_the_same_promises() {
        for seed in 0..150 {
            let different = run(&Entropy::bytes_of_seed(seed));
            let told = different.map(|one| format!("{}\n{:?}", one.script, one.failure));
            assert_eq!(told, None, "seed {seed}");
        }
    }
}
