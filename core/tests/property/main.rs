//! A property test of the core: random commands and random completions, against a reference that
//! knows only what the application was promised.
//!
//! A run is a seed. It draws its options first (storage, files, ways of watching, how kind the
//! kernel is), then step after step what happens: a command of the application, a level that
//! changes, a turn of the driver, a completion late, doubled or forged. After every step the
//! invariants are checked, and each event against the guarantees:
//!
//! - **G1** only live keys, only wanted bits; **G2** true since the last handler returned (within
//!   the batch); **G3** two polls at most, one last answer for each request, nothing used again
//!   before; **G4** nobody ready sleeps, and with the world standing still whoever is ready has
//!   a turn within three rotations; **G5** see [`fairness`]; **G7** a look comes to rest;
//! - **G9** full at the bound only, and nothing changed; **G12** the same seed, the same run;
//!   and at the end of each run everything is given back.
//!
//! A failure prints its seed; `LEVELRING_SEED=... cargo test -p levelring-core --test property
//! replay -- --nocapture` tells that run step by step.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test prints what it counted, and names the cases it is about"
)]

mod application;
mod canary;
mod completions;
mod driver;
mod entropy;
mod fairness;
mod files;
mod hostile;
mod kernel;
mod options;
#[cfg(levelring_planted)]
mod planted;
mod probes;
mod submissions;
mod user;
mod work;
mod world;

use entropy::Entropy;
use levelring_core::Slot;
use options::{Options, Sabotage};
use probes::Probes;
use proptest::prelude::{ProptestConfig, any, proptest};
use world::World;

/// Runs of an ordinary test run, in two halves beside each other. `LEVELRING_RUNS` asks for more,
/// or for fewer, in which not everything need have happened.
const RUNS: u64 = 20_000;

/// What a run came to.
struct Outcome {
    probes: Probes,
    hash: u64,
}

/// One run, until the steps are over or the entropy is spent.
fn run(mut entropy: Entropy, aloud: bool, sabotage: Sabotage) -> Outcome {
    let mut options = Options { sabotage, ..Options::draw(&mut entropy) };
    if aloud {
        println!("{options:?}");
    }
    let mut slots = vec![Slot::NEW; options.slots];
    options.slots += usize::from(sabotage == Sabotage::SmallerStorage);
    let mut world = World::new(&mut slots, options, entropy);
    world.aloud = aloud;
    world.run();
    Outcome { hash: world.hash(), probes: world.probes }
}

fn run_seed(seed: u64, aloud: bool) -> Outcome {
    let _says_which = SaysWhich(seed, "replay");
    run(Entropy::of_seed(seed), aloud, Sabotage::Nothing)
}

/// Says on the way out of a failure how to see it again: the seed, and the test that takes it.
struct SaysWhich(u64, &'static str);

impl Drop for SaysWhich {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "seed {0} failed; to see it again:\n  LEVELRING_SEED={0} cargo test \
                 -p levelring-core --test property {1} -- --nocapture",
                self.0, self.1
            );
        }
    }
}

/// A number that the one who runs the tests has asked for.
fn asked(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().expect("it is a number"))
}

/// Every second seed.
fn bulk(first: u64) {
    let runs = asked("LEVELRING_RUNS").unwrap_or(RUNS);
    let mut probes = Probes::default();
    for seed in (first..runs).step_by(2) {
        probes.add(&run_seed(seed, false).probes);
    }
    println!("{probes:#?}");
    if runs >= RUNS {
        assert!(probes.steps >= 1_000_000, "a million steps, in each half");
        probes.assert_all_fired();
    }
}

#[test]
fn a_million_steps_first_half() {
    bulk(0);
}

#[test]
fn a_million_steps_second_half() {
    bulk(1);
}

/// Tells the run of `LEVELRING_SEED` step by step; without one, a first run in silence.
#[test]
fn replay() {
    let seed = asked("LEVELRING_SEED");
    run_seed(seed.unwrap_or(0), seed.is_some());
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..100 {
        let (one, other) = (run_seed(seed, false), run_seed(seed, false));
        assert_eq!(one.hash, other.hash, "G12 determinism: seed {seed}");
        assert_eq!(one.probes, other.probes, "G12 determinism: seed {seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The same by scripts of choices, which proptest makes shorter when one fails.
    #[test]
    fn scripts(choices in proptest::collection::vec(any::<u16>(), 0..1500)) {
        run(Entropy::of_script(choices), false, Sabotage::Nothing);
    }
}
