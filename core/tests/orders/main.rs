//! The core alone, by *every order of calls*, up to so many in a row.
//!
//! Nothing is honest here but the number of last answers: any call comes at any time, checks and
//! reports say anything. In every state the invariants hold, and calls that stand for several do
//! what those do. How many states there are, and what was said how often, is pinned: a change of
//! what the core does moves these numbers, and whoever makes it says why.
//!
//! The explorer of `sim` closes worlds with a kernel and a driver in them. This is for what only
//! nonsense reaches, and takes a moment.

mod act;
mod search;
mod shortcuts;
mod world;

use levelring_core::{Freshness, Interest, Link, Request, Watch};
use search::search;
use world::Rules;

const READ: &[Interest] = &[Interest::READ];

/// One registration, in each way of watching, and all that can be said of it.
const ALONE: Rules = Rules {
    watch: Watch::Oneshot,
    interests: &[Interest::READ, Interest::WRITE, Interest::EMPTY],
    chains: &[],
    freshness: Freshness::Strict,
    calls: 9,
    refuses: false,
    plain: false,
};

/// The usual only.
const PLAIN: Rules = Rules { interests: READ, plain: true, ..ALONE };

const fn request(link: Link, prepare: bool) -> Request {
    Request { link, prepare }
}

const CHAINS: &[&[Request]] = &[
    &[request(Link::None, true)],
    &[request(Link::Soft, false), request(Link::None, false)],
    &[request(Link::Hard, true), request(Link::Hard, false), request(Link::None, false)],
];

/// Two and more results at a time need slots of their own, of which there are too few.
fn chains(which: usize, known: &str) {
    let chains = &CHAINS[which..=which];
    search::<3>(&Rules { interests: &[], chains, calls: 11, ..ALONE }, known);
}

#[test]
fn a_oneshot_poll() {
    search::<1>(&Rules { watch: Watch::Oneshot, ..ALONE }, include_str!("oneshot.txt"));
}

#[test]
fn a_multishot_poll() {
    search::<1>(&Rules { watch: Watch::Multishot, ..ALONE }, include_str!("multishot.txt"));
}

#[test]
fn a_member_of_a_set() {
    search::<1>(&Rules { watch: Watch::Level, ..ALONE }, include_str!("level.txt"));
}

#[test]
fn a_foreign_one() {
    search::<1>(&Rules { watch: Watch::Foreign, ..ALONE }, include_str!("foreign.txt"));
}

/// To the end: the refusals are counted, and the last of them is told.
#[test]
fn one_that_is_refused() {
    search::<1>(&Rules { refuses: true, calls: 1000, ..PLAIN }, include_str!("refused.txt"));
}

#[test]
fn two_oneshot_polls() {
    search::<2>(&Rules { calls: 11, ..PLAIN }, include_str!("two.txt"));
}

#[test]
fn two_members_of_a_set() {
    let rules = Rules { watch: Watch::Level, calls: 9, ..PLAIN };
    search::<2>(&rules, include_str!("pair.txt"));
}

#[test]
fn two_in_batches_of_two() {
    let rules = Rules { watch: Watch::Level, freshness: Freshness::batch(2), ..PLAIN };
    search::<2>(&rules, include_str!("batches.txt"));
}

#[test]
fn an_operation() {
    chains(0, include_str!("operation.txt"));
}

#[test]
fn a_soft_chain() {
    chains(1, include_str!("soft.txt"));
}

#[test]
fn a_hard_chain() {
    chains(2, include_str!("hard.txt"));
}
