//! A gate: what the core executes for an event, and for a change of interest, does not depend on
//! how many registrations there are. Counted, so that no noise of the machine is in it.

use levelring_bench::work::Operation;
use levelring_bench::{SIZES, instructions};
use std::path::Path;
use std::thread;

#[test]
fn the_instructions_are_as_many_for_one_as_for_a_million() {
    if !instructions::is_available() {
        eprintln!("SKIPPED: valgrind is not installed, so instructions cannot be counted");
        return;
    }
    thread::scope(|scope| {
        scope.spawn(|| is_flat(Operation::Event));
        scope.spawn(|| is_flat(Operation::Interest));
    });
}

fn is_flat(operation: Operation) {
    let program = Path::new(env!("CARGO_BIN_EXE_levelring-bench"));
    let counts = SIZES.map(|size| {
        instructions::measure(program, operation, size).expect("valgrind counts what runs")
    });
    let [least, most] =
        [f64::min, f64::max].map(|pick| counts.into_iter().reduce(pick).expect("three"));
    assert!(least > 10.0, "{operation:?} at {SIZES:?} takes {counts:?}: was anything done?");
    // Among many there are lists to be in.
    assert!(most < 1.05 * least, "{operation:?} at {SIZES:?} takes {counts:?}");
}
