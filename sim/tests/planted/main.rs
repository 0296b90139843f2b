//! A canary: with a bug planted the nets must find something, and nothing where there is none.
//! (All of the bugs are hunted by `levelring-sim bugs --all`; some of them hang a process.)

#![cfg(levelring_planted)]

use levelring_core::planted::{Bug, Net};
use levelring_sim::planted::hunt;

/// One test, as a bug is planted in the whole process.
#[test]
fn a_handful_is_found_and_nothing_without_one() {
    for net in [Net::Storm, Net::Forge] {
        let found = hunt(None, net, 100, |_| ());
        assert_eq!(found, None, "where no bug is planted");
    }
    for bug in [
        Bug::DoubleWait,
        Bug::ClosePinned,
        Bug::RecycledEntry,
        Bug::CancelByRemove,
        Bug::CancelEnds,
        Bug::NumberTrusted,
        Bug::OldHandlerSits,
        Bug::CandidatesSleptOn,
    ] {
        let (net, seeds) = bug.stated();
        let found = hunt(Some(bug), net, seeds, |_| ());
        assert!(found.is_some(), "{} within {seeds} seeds", bug.name());
    }
}
