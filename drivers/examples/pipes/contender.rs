//! Who takes part: the catalogue of ways, and what a contender has to do.

use core::fmt;

use crate::hand::{EpollWait, Floor, PollLoop};
use crate::levelring::{LevelringLoop, ROUTES, Route};
use crate::world::World;

/// One loop, set up on pipes of its own.
pub(crate) trait Contender {
    /// Dispatches `events` events or a few more (a batch once begun is finished), and says how
    /// many system calls the loop itself made for it.
    fn run(&mut self, events: u64) -> Result<u64, String>;
}

/// How new the readiness is on which a handler is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Nobody looks: there is no loop.
    Unchecked,
    /// Newer than the handler that ran before.
    Strict,
    /// From within the batch of up to 64 that is being worked off.
    Batch64,
    /// As old as the batch, and nobody notices what was removed meanwhile.
    Hints,
}

impl fmt::Display for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if *self == Self::Unchecked { "none" } else { self.word() })
    }
}

impl Freshness {
    /// One of three words: with the floor, as with hints, nobody checks anything.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Batch64 => "batch-64",
            Self::Unchecked | Self::Hints => "hints",
        }
    }

    /// Whether the loop looks again before every single event, as the first table's ways do.
    pub(crate) const fn one_at_a_time(self) -> bool {
        matches!(self, Self::Unchecked | Self::Strict)
    }
}

/// One line of the catalogue: a way of watching, with a freshness.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Its name, on the command line and in every table.
    pub(crate) way: &'static str,
    /// What it promises.
    pub(crate) freshness: Freshness,
    recipe: Recipe,
}

#[derive(Clone, Copy, Debug)]
enum Recipe {
    Floor,
    EpollWait1,
    EpollWait64,
    Poll,
    Levelring(&'static Route),
}

impl Entry {
    /// Sets the contender up on these pipes.
    pub(crate) fn build<'w>(&self, world: &'w World) -> Result<Box<dyn Contender + 'w>, String> {
        Ok(match self.recipe {
            Recipe::Floor => Box::new(Floor::new(world)?),
            Recipe::EpollWait1 => Box::new(EpollWait::<1>::new(world)?),
            Recipe::EpollWait64 => Box::new(EpollWait::<64>::new(world)?),
            Recipe::Poll => Box::new(PollLoop::new(world)?),
            Recipe::Levelring(route) => Box::new(LevelringLoop::new(route, self.freshness, world)?),
        })
    }

    /// Whether this is the one that all ratios refer to.
    pub(crate) const fn is_baseline(&self) -> bool {
        matches!(self.recipe, Recipe::EpollWait1)
    }
}

/// Every contender; the baseline comes first.
fn catalogue() -> Vec<Entry> {
    let entry = |way, freshness, recipe| Entry { way, freshness, recipe };
    let mut all = vec![
        entry("epoll-wait-1", Freshness::Strict, Recipe::EpollWait1),
        entry("floor", Freshness::Unchecked, Recipe::Floor),
        entry("epoll-wait-64", Freshness::Hints, Recipe::EpollWait64),
        entry("poll-2", Freshness::Hints, Recipe::Poll),
    ];
    for freshness in [Freshness::Strict, Freshness::Batch64] {
        all.extend(ROUTES.iter().map(|route| Entry {
            way: route.name,
            freshness,
            recipe: Recipe::Levelring(route),
        }));
    }
    all
}

/// The contenders that go by one of these names (all, if there is none), and the baseline.
pub(crate) fn chosen(ways: &[String]) -> Result<Vec<Entry>, String> {
    let mut entries = catalogue();
    if let Some(unknown) = ways.iter().find(|way| entries.iter().all(|entry| entry.way != **way)) {
        let mut names: Vec<_> = entries.iter().map(|entry| entry.way).collect();
        names.dedup();
        names.truncate(4 + ROUTES.len());
        return Err(format!("no such way: {unknown}; there are {}", names.join(", ")));
    }
    entries.retain(|entry| {
        ways.is_empty() || entry.is_baseline() || ways.iter().any(|way| way == entry.way)
    });
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_is_always_there_and_first() {
        for ways in [vec![], vec!["auto".to_owned()], vec!["epoll-wait-1".to_owned()]] {
            let entries = chosen(&ways).expect("known ways");
            assert!(entries[0].is_baseline());
            assert_eq!(entries.iter().filter(|entry| entry.is_baseline()).count(), 1);
        }
    }

    #[test]
    fn a_way_brings_both_its_freshnesses() {
        let entries = chosen(&["auto".to_owned()]).expect("a known way");
        let autos: Vec<_> = entries
            .iter()
            .filter(|entry| entry.way == "auto")
            .map(|entry| entry.freshness)
            .collect();
        assert_eq!(autos, [Freshness::Strict, Freshness::Batch64]);
    }

    #[test]
    fn an_unknown_way_is_answered_with_the_known_ones() {
        let why = chosen(&["epol".to_owned()]).expect_err("a wrong name");
        assert!(why.contains("epoll-wait-64"), "{why}");
    }
}
