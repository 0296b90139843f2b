//! Between two turns of one, every other that is ready has one.

use core::time::Duration;

use crate::loops::kinds;
use crate::work::{Work, Working};

/// Over any number of whole rotations nobody has had two turns more than another.
#[test]
fn the_spread_is_at_most_one() {
    for kind in kinds() {
        for work in [Work::Level(2), Work::Level(3), Work::Level(100), Work::Level(1000)] {
            let mut working = Working::new(kind, work);
            // The first rotation is still finding out who there is.
            working.turn(2 * work.handlers());
            for rotations in [1, 2, 5] {
                working.take_runs();
                working.turn(rotations * work.handlers());
                let runs = working.take_runs();
                let (least, most) = (runs.iter().min(), runs.iter().max());
                let spread = most.zip(least).map(|(most, least)| most - least);
                assert!(spread <= Some(1), "{kind}, {work}, {rotations} rotations: {runs:?}");
            }
        }
    }
}

/// From the very first: nobody twice before everybody once.
#[test]
fn the_first_rotation_is_one() {
    for kind in kinds() {
        let work = Work::Level(100);
        let mut working = Working::new(kind, work);
        working.turn(work.handlers());
        assert!(working.take_runs().iter().all(|runs| *runs == 1), "{kind}");
    }
}

/// All asleep, and then ready all at once, more than the kernel tells in one go: nobody twice
/// before everybody once.
#[test]
fn those_who_wake_together_have_their_turns_together() {
    for kind in kinds() {
        for count in [100, 1000] {
            let work = Work::Sleeping(count);
            let mut working = Working::new(kind, work);
            assert!(!working.events.turn(Some(Duration::from_millis(1))).expect("turn"));
            working.wake();
            working.turn(count);
            let runs = working.take_runs();
            assert!(runs.iter().all(|runs| *runs == 1), "{kind}, {work}: {runs:?}");
        }
    }
}

/// In a ring of pipes with all active, handlers wake one another; each is ready all the time.
#[test]
fn a_ring_goes_round_evenly() {
    for kind in kinds() {
        let work = Work::Ring(100, 100);
        let mut working = Working::new(kind, work);
        working.turn(1000);
        working.take_runs();
        working.turn(1000);
        let runs = working.take_runs();
        assert!(runs.iter().all(|runs| (9..=11).contains(runs)), "{kind}: {runs:?}");
    }
}
