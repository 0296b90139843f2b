//! Planted bugs are found, by searching and by walking.

use levelring_sim::explore::{Limits, Options, Sabotage, Swarm, Verdict, close, swarm};

const BUGS: [(Sabotage, &str); 3] = [
    (Sabotage::LosesHints, "S4 lost wake-up"),
    (Sabotage::BelievesHints, "S9 freshness"),
    (Sabotage::NeverEnds, "S4 lost wake-up"),
];

#[test]
fn a_search_finds_them_by_name() {
    for (sabotage, name) in BUGS {
        let options = Options { sabotage: Some(sabotage), ..Options::new(1, 1) };
        let Verdict::Failed(failure) = close(&options, &Limits::default()).verdict else {
            panic!("{sabotage:?} was not found");
        };
        assert!(failure.message.contains(name), "{sabotage:?}: {failure}");
        assert!(failure.actions.len() <= 12, "{sabotage:?}: {failure}");
    }
}

#[test]
fn a_swarm_finds_them_too_and_the_same_each_time() {
    for (sabotage, _) in BUGS {
        let options = Options { sabotage: Some(sabotage), ..Options::new(2, 2) };
        let walks = Swarm { runs: 50, ..Swarm::default() };
        let walked = swarm(&options, &walks);
        assert!(walked.failed.is_some(), "{sabotage:?} was not found");
        assert_eq!(walked.failed, swarm(&options, &walks).failed);
    }
}
