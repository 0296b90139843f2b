//! Nets thrown at a loop in which a bug was planted on purpose.
//!
//! `levelring_core::planted` has the list of bugs; each states the net that must find it, and
//! within how many seeds. The command `bugs` holds them to that.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use levelring_core::planted::{Bug, Net, plant};

use crate::storm::{Failure, FailureKind, Property};
use crate::{Entropy, explore, forge, storm};

/// How a bug was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How many seeds it took.
    pub seeds: u64,
    /// What noticed it: of a storm, which of its nets.
    pub by: &'static str,
    /// What was said.
    pub text: String,
}

/// Plants a bug and throws a net, seed after seed, until it finds something that is not there
/// without the bug. Says each seed before it is run.
///
/// # Panics
/// If that is a test, and a process of its own.
pub fn hunt(bug: Option<Bug>, net: Net, seeds: u64, mut next: impl FnMut(u64)) -> Option<Found> {
    (0..seeds).find_map(|seed| {
        next(seed);
        plant(bug);
        let (by, text) = throw(net, seed)?;
        plant(None);
        if bug.is_some() && throw(net, seed).is_some() {
            return None;
        }
        let text = text.lines().next().unwrap_or_default().to_owned();
        Some(Found { seeds: seed + 1, by, text })
    })
}

/// Who noticed what, if anybody did.
fn throw(net: Net, seed: u64) -> Option<(&'static str, String)> {
    match net {
        Net::Storm => storm::run_seed(seed).failure.map(|failure| describe(&failure)),
        Net::Forge => forge(seed),
        Net::Explorer => explore(seed),
        Net::Property | Net::Loops | Net::Operations | Net::Behaviour => {
            unreachable!("a test of its own")
        }
    }
}

fn forge(seed: u64) -> Option<(&'static str, String)> {
    let run = || forge::run(&Entropy::bytes_of_seed(seed));
    let thrown = catch_unwind(AssertUnwindSafe(run)).err()?;
    let text = thrown.downcast_ref::<String>().cloned();
    let text = text.or_else(|| thrown.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    Some(("forge", text.unwrap_or_default()))
}

/// Walks of a thousand steps, through one world after another.
fn explore(seed: u64) -> Option<(&'static str, String)> {
    let worlds =
        ["2x1,plain,harsh", "2x2,harsh", "2x2,multishot,harsh", "3x2,plain,multishot,harsh"];
    let world = usize::try_from(seed).unwrap_or_default() % worlds.len();
    let options = worlds[world].parse().ok()?;
    let message = explore::walk(&options, seed, 1000).message;
    (!message.is_empty()).then_some(("explorer", message))
}

/// Which of the storm's nets it was, and what did not hold.
fn describe(failure: &Failure) -> (&'static str, String) {
    let name = failure.property.map_or("panic", Property::name);
    (net_of(failure), format!("{name}: {}", failure.text))
}

fn net_of(failure: &Failure) -> &'static str {
    match (failure.property, failure.kind) {
        (None, _) | (Some(Property::Invariants), _) => "storm: invariants",
        (Some(Property::Lanes | Property::Unique | Property::Pins), _) => "storm: kernel side",
        (Some(Property::Reclaim | Property::Memory), _) => "storm: drains",
        (_, FailureKind::Safety | FailureKind::Crash) => "storm: reference, safety",
        (_, FailureKind::Liveness) => "storm: reference, liveness",
    }
}
