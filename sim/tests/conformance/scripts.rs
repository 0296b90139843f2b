//! Random scripts on both kernels.

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use levelring::kernel::Linux;
use levelring_sim::conformance::{Differ, Op, RingKind, Unlike, script, shrink};

/// How many, unless `LEVELRING_SCRIPTS` says otherwise.
const SCRIPTS: u64 = 10_000;
/// After how many differences there is no use in going on.
const ENOUGH: usize = 3;

/// From `LEVELRING_SEED` on, or from zero.
pub(crate) fn run() -> ExitCode {
    let number = |name| env::var(name).ok().map(|text| text.parse().expect("a number"));
    let first: u64 = number("LEVELRING_SEED").unwrap_or(0);
    let count = number("LEVELRING_SCRIPTS").unwrap_or(SCRIPTS);
    println!("scripts of {count} seeds from {first} on (LEVELRING_SEED, LEVELRING_SCRIPTS)");
    let mut failed = false;
    for kind in [RingKind::Plain, RingKind::Defer] {
        failed |= on(kind, first, count);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[expect(clippy::disallowed_methods, reason = "how long the test takes")]
fn on(kind: RingKind, first: u64, count: u64) -> bool {
    let linux = Linux::new();
    let mut differ = match Differ::new(&linux, kind) {
        Ok(differ) => differ,
        Err(error) => {
            println!("NOT RUN on Linux, {kind}: {count} scripts: {error}");
            return env::var_os("LEVELRING_REQUIRE_URING").is_some();
        }
    };
    let start = Instant::now();
    let (mut ops, mut ways, mut most, mut different) = (0, 0, 0, 0);
    for seed in first..first.saturating_add(count) {
        let script = script(seed);
        ops += script.len();
        match differ.run(&script) {
            Ok(runs) => {
                ways += runs;
                most = most.max(runs);
            }
            Err(unlike) => {
                different += 1;
                report(&mut differ, kind, seed, &script, &unlike);
            }
        }
        if different == ENOUGH {
            println!("enough of them");
            break;
        }
    }
    println!(
        "{kind}: {ops} operations, the model in {ways} ways, at most {most} for one script, \
         {different} scripts different, {:.1} s",
        start.elapsed().as_secs_f64()
    );
    different > 0
}

fn report(differ: &mut Differ<'_>, kind: RingKind, seed: u64, script: &[Op], unlike: &Unlike) {
    println!("DIFFERENT on {kind}: LEVELRING_SEED={seed} LEVELRING_SCRIPTS=1\n{unlike}");
    let shrunk = shrink(script, |script| differ.run(script).is_err());
    match differ.run(&shrunk) {
        Err(unlike) => println!("  shrunk:\n{unlike}"),
        Ok(_) => println!("  shrunk, it does not happen again"),
    }
}
