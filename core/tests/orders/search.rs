//! The search: breadth first, to the end or as far as the rules say.

use crate::act::{Said, actions};
use crate::world::{Rules, World};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// More states than any of these searches finds.
const TOO_MANY: usize = 20_000;

/// Visits every state, and compares what was counted with what is known.
pub(crate) fn search<const N: usize>(rules: &Rules, known: &str) {
    let first = World::<N>::new(rules);
    let mut seen = BTreeSet::from([first.image()]);
    let mut said: BTreeMap<Said, u64> = BTreeMap::new();
    let mut newest = vec![first];
    for _ in 0..rules.calls {
        if newest.is_empty() {
            break;
        }
        let mut next = Vec::new();
        for world in newest {
            for action in actions(&world, rules) {
                let mut world = world.clone();
                *said.entry(world.act(action)).or_default() += 1;
                world.core.check_invariants();
                world.shorten();
                if seen.insert(world.image()) {
                    next.push(world);
                    assert!(seen.len() < TOO_MANY, "no end of states");
                }
            }
        }
        newest = next;
    }
    let mut found = format!("{} states, {} of them new at last\n", seen.len(), newest.len());
    for (words, times) in said {
        writeln!(found, "{times:>7} {words}").expect("a string has room");
    }
    assert_eq!(found, known, "all of it as it is now:\n{found}");
}
