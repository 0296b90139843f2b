//! Whether the nets hold: lies are told to the reference, and have to be noticed; what is found is
//! made short.

use levelring_sim::Entropy;
use levelring_sim::storm::{
    Failure, FailureKind, Property, Sabotage, Script, replay_with, run_with, shrink, shrink_bytes,
};

/// The first failure that a lie makes.
fn caught(lie: Sabotage) -> (Vec<u8>, Script, Failure) {
    for seed in 0..200 {
        let bytes = Entropy::bytes_of_seed(seed);
        let outcome = run_with(&bytes, lie);
        if let Some(failure) = outcome.failure {
            return (bytes, outcome.script, failure);
        }
    }
    panic!("{lie:?} was not noticed");
}

#[test]
fn each_lie_is_noticed() {
    for lie in Sabotage::ALL {
        let (_, script, failure) = caught(lie);
        assert_ne!(failure.kind, FailureKind::Crash, "{lie:?}: {failure:?}");
        let short = shrink(&script, &failure, lie);
        assert!(short.lines.len() <= 12, "{lie:?}: {short}");
        let again: Script = short.to_string().parse().expect("readable");
        let failure = replay_with(&again, lie).failure.expect("it fails again");
        println!("{lie:?}: {:?}: {}\n{short}", failure.property, failure.text);
    }
}

#[test]
fn an_event_that_is_swallowed_is_missed() {
    let (bytes, _, failure) = caught(Sabotage::Swallow);
    assert_eq!(failure.property, Some(Property::Response));
    let short = shrink_bytes(&bytes, &failure, Sabotage::Swallow);
    assert!(short.len() < bytes.len() / 2, "{} of {}", short.len(), bytes.len());
}
