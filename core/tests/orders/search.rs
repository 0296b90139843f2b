//! The search: breadth first, to the end or as far as the rules say.

use crate::act::{Said, actions};
use crate::world::{Rules, World};
use core::fmt::Write;
use std::collections::{BTreeMap, BTreeSet};

/// More states than any of these searches finds.
const TOO_MANY: usize = 20_000;

const ROOM: &str = "a string has room";

/// Visits every state, and compares what was counted with what is known: as soon as may be, so that
/// a difference is told where it begins.
pub(crate) fn search<const N: usize>(rules: &Rules, known: &str) {
    let first = World::<N>::new(rules);
    let mut seen = BTreeSet::from([first.image()]);
    let mut said: BTreeMap<Said, u64> = BTreeMap::new();
    let mut newest = vec![first];
    let mut found = String::new();
    for calls in 1..=rules.calls {
        let mut next = Vec::new();
        for world in newest {
            for action in actions(&world, rules) {
                let mut world = world.clone();
                *said.entry(world.act(action)).or_default() += 1;
                world.core.check_invariants();
                world.shorten();
                if seen.insert(world.image()) {
                    world.check_shortcuts();
                    next.push(world);
                    assert!(seen.len() < TOO_MANY, "no end of states");
                }
            }
        }
        newest = next;
        writeln!(found, "{:>7} states within {calls} calls", seen.len()).expect(ROOM);
        assert!(known.starts_with(&found), "not so many as were known:\n{found}");
        if newest.is_empty() {
            writeln!(found, "        and never more").expect(ROOM);
            break;
        }
    }
    for (words, times) in said {
        writeln!(found, "{times:>7} {words}").expect(ROOM);
    }
    assert_eq!(found, known, "all of it as it is now:\n{found}");
}
