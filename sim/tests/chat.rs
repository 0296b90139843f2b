//! The chat of the example in a thousand worlds: without its bug all pass, with it one does not.

#[path = "../examples/chat/client.rs"]
mod client;
#[path = "../examples/chat/outbox.rs"]
mod outbox;
#[path = "../examples/chat/server.rs"]
mod server;
#[path = "../examples/chat/trial.rs"]
mod trial;

use levelring_sim::world::{Options, Recording, Trials};
use levelring_sim::{Odds, World};

#[test]
fn a_thousand_worlds_have_nothing_to_complain_of() {
    Trials::new().check(0..1000, |world| trial::chat(world, false));
}

#[test]
fn connections_that_are_reset_tear_no_line_of_others() {
    let options = Options { resets: Odds(31), ..Options::default() };
    Trials::new().options(options).check(0..300, |world| trial::chat(world, false));
}

#[test]
fn the_bug_is_found_replayed_and_shrunk() {
    let hasty = |world: &mut World| trial::chat(world, true);
    let trials = Trials::new();
    let failure = trials.find(0..1000, hasty).expect_err("the bug is found");
    let shows = |seed: &u64| trials.replay(&Recording::Seed(*seed), hasty).is_err();
    let count = (0..1000).filter(shows).count();
    println!("{}\n{count} of 1000 worlds show the bug", failure.heading());

    let again = trials.replay(&failure.recording, hasty).expect_err("it fails again");
    assert_eq!(again.trace_hash, failure.trace_hash, "in the same way");

    let simplest = trials.shrink(&failure, hasty);
    println!("{simplest}");
    assert!(simplest.trace.len() <= failure.trace.len());
    assert!(simplest.record.len() < failure.record.len());
    let again = trials.replay(&simplest.recording, hasty).expect_err("it still fails");
    assert_eq!(again.trace_hash, simplest.trace_hash);
    let sound = trials.replay(&simplest.recording, |world| trial::chat(world, false));
    assert!(sound.is_ok(), "the bug is the only reason");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..20 {
        let run = || {
            let mut world = World::new(levelring_sim::Random::new(seed), Default::default());
            trial::chat(&mut world, false);
            (world.trace_hash(), world.record())
        };
        assert_eq!(run(), run());
    }
}
