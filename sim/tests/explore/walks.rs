//! Random walks: nothing is wrong, and a seed is a run.

use levelring_sim::explore::{Options, Swarm, Swarmed, swarm};

/// Of debug builds and of optimised ones.
const HASH: u64 = 0xabf0_080f_277f_d3fc;

#[test]
fn the_same_seeds_are_the_same_runs_in_every_build() {
    let options = Options::new(2, 2).harsh();
    let walks = Swarm { runs: 100, ..Swarm::default() };
    let walked = swarm(&options, &walks);
    assert_eq!(walked.failed, None);
    assert_eq!(walked.hash, HASH, "{:016x}", walked.hash);
    assert_eq!(walked, swarm(&options, &Swarm { jobs: 3, ..walks }));
}

#[test]
fn nothing_is_wrong_in_any_world() {
    for world in ["2x1,plain,harsh", "2x2,multishot,harsh", "3x2,plain,multishot,harsh", "3x2"] {
        let options = world.parse().expect("a world");
        let Swarmed { failed, steps, .. } =
            swarm(&options, &Swarm { runs: 200, ..Swarm::default() });
        assert_eq!(failed, None, "{world}");
        assert!(steps > 50_000, "{world}: {steps} steps");
    }
}
