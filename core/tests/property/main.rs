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

/// Seeds of the bulk run, in two halves that run beside each other.
const SEEDS: u64 = 40000;
const STEPS: usize = 300;

/// What a run came to.
struct Outcome {
    probes: Probes,
    hash: u64,
}

fn run(mut entropy: Entropy, steps: usize, aloud: bool, sabotage: Sabotage) -> Outcome {
    let options = Options { sabotage, ..Options::draw(&mut entropy) };
    if aloud {
        println!("{options:?}");
    }
    let mut slots = vec![Slot::NEW; options.slots];
    let mut world = World::new(&mut slots, options, entropy);
    world.aloud = aloud;
    world.run(steps);
    Outcome { hash: world.hash(), probes: world.probes }
}

fn run_seed(seed: u64, aloud: bool) -> Outcome {
    let _says_which = SaysWhich(seed);
    run(Entropy::of_seed(seed), STEPS, aloud, Sabotage::Nothing)
}

/// Says on the way out of a failure how to see it again.
struct SaysWhich(u64);

impl Drop for SaysWhich {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "seed {0} failed; to see it step by step:\n  LEVELRING_SEED={0} cargo test \
                 -p levelring-core --test property replay -- --nocapture",
                self.0
            );
        }
    }
}

fn bulk(seeds: core::ops::Range<u64>) {
    let mut probes = Probes::default();
    for seed in seeds {
        probes.add(&run_seed(seed, false).probes);
    }
    println!("{probes:#?}");
    assert!(probes.steps >= 500_000, "half of a million steps, in each half");
    probes.assert_all_fired();
}

#[test]
fn a_million_steps_first_half() {
    bulk(0..SEEDS / 2);
}

#[test]
fn a_million_steps_second_half() {
    bulk(SEEDS / 2..SEEDS);
}

/// Tells the run of `LEVELRING_SEED` step by step; without one, a first run in silence.
#[test]
fn replay() {
    let seed = std::env::var("LEVELRING_SEED").ok();
    let number = seed.as_ref().map(|seed| seed.parse().expect("LEVELRING_SEED is a number"));
    run_seed(number.unwrap_or(0), number.is_some());
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
        run(Entropy::of_script(choices), usize::MAX, false, Sabotage::Nothing);
    }
}
