//! The checks are checked: the same runs with one thing broken must be reported, by the check that
//! is there for it.

use crate::entropy::Entropy;
use crate::options::Sabotage;
use crate::probes::Probes;
use std::collections::BTreeSet;
use std::panic::catch_unwind;

/// Seeds within which a broken world must be noticed.
const SEEDS: u64 = 300;

/// Panics unless some run with this sabotage fails with this message.
fn noticed(sabotage: Sabotage, expected: &str) {
    let mut others = BTreeSet::new();
    for seed in 0..SEEDS {
        let Err(panic) = catch_unwind(|| crate::run(Entropy::of_seed(seed), false, sabotage))
        else {
            continue;
        };
        let message = panic.downcast::<String>().map_or_else(
            |panic| panic.downcast::<&str>().map(|text| (*text).to_owned()).unwrap_or_default(),
            |text| *text,
        );
        if message.contains(expected) {
            return;
        }
        others.insert(message.lines().next().unwrap_or_default().to_owned());
    }
    panic!("{sabotage:?} was never reported as {expected:?}, only as {others:#?}");
}

macro_rules! canaries {
    ($($name:ident: $sabotage:ident, $expected:literal;)*) => {
        $(#[test]
        fn $name() {
            noticed(Sabotage::$sabotage, $expected);
        })*
    };
}

canaries! {
    a_check_that_says_ready: JudgeSaysReady, "G2 freshness";
    a_check_that_says_idle: JudgeSaysIdle, "G4 no lost wake-up";
    a_lost_hint: DropHint, "G4 no lost wake-up";
    a_lost_answer: DropDisarmAnswer, "reclaim";
    a_lost_poll: DropArm, "G4 no lost wake-up";
    a_poll_too_many: ArmTwice, "G3 accounting";
    an_event_after_removal: EventAfterRemoval, "G1 identity: an event of";
    unwanted_bits: UnwantedBits, "G1 identity: an event of";
    an_event_told_twice: EventTwice, "G5 fairness";
    a_changed_result: ChangedResult, "come as they were";
    a_chain_in_pieces: CutChain, "a chain is cut";
    a_half_close_that_spins: HalfCloseSpins, "G7 no busy turn";
    a_kernel_never_looked_at: NeverLook, "have had no turn";
    a_candidate_never_checked: NeverJudge, "G10 totality";
    less_room_than_said: SmallerStorage, "G9 bounds: there was room";
    a_slot_never_given_back: Leak, "reclaim";
}

/// What the test of determinism compares tells runs apart.
#[test]
fn another_seed_is_another_run() {
    let hash = |seed| crate::run_seed(seed, false).hash;
    let hashes: BTreeSet<u64> = (0..100).map(hash).collect();
    assert!(hashes.len() > 90, "only {} of 100 runs differ", hashes.len());
}

#[test]
#[should_panic(expected = "never fired")]
fn a_probe_that_never_fired() {
    Probes::default().assert_all_fired();
}
