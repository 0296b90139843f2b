//! Random scripts on both kernels.

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use levelring::kernel::Linux;
use levelring_sim::conformance::{Differ, Profile, RingKind, Script, Unlike, script, shrink};

/// How many on each arm, unless `LEVELRING_SCRIPTS` says otherwise.
const SCRIPTS: u64 = 10_000;
/// After how many differences there is no use in going on.
const ENOUGH: usize = 3;

/// One mechanism of Linux, beside the model of it.
#[derive(Clone, Copy)]
struct Arm {
    name: &'static str,
    profile: Profile,
    kind: RingKind,
}

const ARMS: [Arm; 4] = [
    Arm { name: "a plain ring", profile: Profile::Ring, kind: RingKind::Plain },
    Arm { name: "a ring with DEFER_TASKRUN", profile: Profile::Ring, kind: RingKind::Defer },
    Arm { name: "epoll", profile: Profile::Sets, kind: RingKind::None },
    Arm { name: "poll(2)", profile: Profile::Polls, kind: RingKind::None },
];

/// What scripts did on an arm.
#[derive(Default)]
struct Tally {
    scripts: usize,
    ops: usize,
    ways: usize,
    most: usize,
    late: usize,
    different: usize,
}

/// From `LEVELRING_SEED` on, or from zero; on the arms with `LEVELRING_ARM` in their names.
pub(crate) fn run() -> ExitCode {
    let number = |name| env::var(name).ok().map(|text| text.parse().expect("a number"));
    let first: u64 = number("LEVELRING_SEED").unwrap_or(0);
    let count = number("LEVELRING_SCRIPTS").unwrap_or(SCRIPTS);
    let wanted = env::var("LEVELRING_ARM").unwrap_or_default();
    println!("scripts of {count} seeds from {first} on (LEVELRING_SEED, LEVELRING_SCRIPTS)");
    let mut failed = false;
    for arm in ARMS.into_iter().filter(|arm| arm.name.contains(&wanted)) {
        failed |= arm.run(first, count);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Arm {
    /// Whether that failed.
    #[expect(clippy::disallowed_methods, reason = "how long the test takes")]
    fn run(self, first: u64, count: u64) -> bool {
        let linux = Linux::new();
        let mut differ = match Differ::new(&linux, self.kind) {
            Ok(differ) => differ,
            Err(error) => {
                println!("NOT RUN on Linux, {}: {count} scripts: {error}", self.name);
                return env::var_os("LEVELRING_REQUIRE_URING").is_some();
            }
        };
        let start = Instant::now();
        let mut tally = Tally::default();
        for seed in first..first.saturating_add(count) {
            self.one(&mut differ, seed, &mut tally);
            if tally.different == ENOUGH {
                println!("enough of them");
                break;
            }
        }
        let Tally { scripts, ops, ways, most, late, different } = tally;
        println!(
            "{}: {scripts} scripts, {ops} operations, the model in {ways} ways, at most {most} \
             for one script, Linux late with {late}, {different} different, {:.1} s",
            self.name,
            start.elapsed().as_secs_f64()
        );
        different > 0
    }

    fn one(self, differ: &mut Differ<'_>, seed: u64, tally: &mut Tally) {
        let script = script(self.profile, seed);
        tally.scripts += 1;
        tally.ops += script.ops.len();
        match differ.run(&script) {
            Ok(alike) => {
                tally.ways += alike.ways;
                tally.most = tally.most.max(alike.ways);
                tally.late += usize::from(alike.late > 0);
            }
            Err(unlike) => {
                tally.different += 1;
                self.report(differ, seed, &script, &unlike);
            }
        }
    }

    fn report(self, differ: &mut Differ<'_>, seed: u64, script: &Script, unlike: &Unlike) {
        let name = self.name;
        println!("DIFFERENT on {name}: LEVELRING_SEED={seed} LEVELRING_SCRIPTS=1\n{unlike}");
        let shrunk = shrink(script, |script| differ.run(script).is_err());
        match differ.run(&shrunk) {
            Err(unlike) => println!("  shrunk, on a ring of {:?}:\n{unlike}", script.shape),
            Ok(_) => println!("  shrunk, it does not happen again"),
        }
    }
}
