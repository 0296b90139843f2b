//! Reductions: fewer states, the same verdicts.

use levelring_sim::explore::{Limits, Options, Reductions, Sabotage, Verdict, close};

const NONE: Reductions = Reductions { slots: false, files: false };

fn to(depth: u32, reductions: Reductions) -> Limits {
    Limits { depth, reductions, jobs: 2, ..Limits::default() }
}

#[test]
fn names_make_no_difference() {
    for world in ["2x1", "2x2,closes", "2x1,plain,harsh", "3x1"] {
        let options: Options = world.parse().expect("a world");
        let all = close(&options, &to(7, NONE));
        let fewer = close(&options, &to(7, Reductions::default()));
        assert_eq!((all.verdict, fewer.verdict), (Verdict::Cut, Verdict::Cut), "{world}");
        // No state stands for more than there are names: of three slots and two files, 12.
        assert!(fewer.states < all.states && all.states <= 12 * fewer.states, "{world}");
    }
}

/// The shortest way to a bug is as long with them as without.
#[test]
fn a_bug_is_as_near() {
    for sabotage in [Sabotage::LosesHints, Sabotage::BelievesHints, Sabotage::NeverEnds] {
        let options = Options { sabotage: Some(sabotage), ..Options::new(2, 2) };
        let lengths = [NONE, Reductions::default()].map(|reductions| {
            let Verdict::Failed(failure) = close(&options, &to(12, reductions)).verdict else {
                panic!("{sabotage:?} was not found");
            };
            failure.actions.len()
        });
        assert_eq!(lengths[0], lengths[1], "{sabotage:?}");
    }
}
