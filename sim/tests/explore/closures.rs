//! The counts and bounds of worlds that are closed in a moment.

use levelring_sim::explore::{Golden, Limits, SMALL, Verdict, bounds};

#[test]
fn small_worlds_are_closed_and_as_known() {
    for golden in SMALL {
        let options = golden.world.parse().expect("a world");
        let (closure, bounds) = bounds(&options, &Limits { jobs: 2, ..Limits::default() });
        assert_eq!(closure.verdict, Verdict::Closed, "{options}");
        let found = Golden {
            world: golden.world,
            states: closure.states,
            transitions: closure.transitions,
            depth: closure.depth,
            bounds: Some(bounds),
        };
        assert_eq!(found, *golden);
    }
}

#[test]
fn the_counts_do_not_depend_on_the_number_of_threads() {
    let options = "1x2,harsh".parse().expect("a world");
    let by = |jobs| levelring_sim::explore::close(&options, &Limits { jobs, ..Limits::default() });
    assert_eq!(by(1), by(3));
}
