//! Trying a program in many worlds.

use std::env;

use super::failure::Failure;
use super::options::Options;
use super::panics::catch;
use super::recording::Recording;
use super::shrink::shrink;
use super::{Choices, World};

/// The environment variable that has [`check`] run one world only: a seed, or what a failure was
/// shrunk to.
pub const REPLAY_VARIABLE: &str = "LEVELRING_WORLD";

/// Runs a program in a world for each seed: it puts hosts into the world, starts their programs,
/// runs it, and panics if anything is not as it should be.
///
/// ```
/// use levelring_sim::{check, world::Rest};
///
/// check(0..100, |world| {
///     let host = world.host("lonely");
///     world.start(&host, |events| assert!(events.is_empty()));
///     assert_eq!(world.run(), Rest::Quiet);
/// });
/// ```
///
/// # Panics
/// If a run does, of a seed that is printed first. Then the run is shrunk, and what remains is the
/// message: what happened, a line each, and how to see it again.
pub fn check(seeds: impl IntoIterator<Item = u64>, program: impl FnMut(&mut World)) {
    Trials::new().check(seeds, program);
}

/// How a program is tried in many worlds.
///
/// ```
/// use levelring_sim::world::{Options, Recording, Trials};
///
/// let trials = Trials::new().options(Options::calm());
/// let program = |world: &mut levelring_sim::World| {
///     assert!((0..8).any(|_| world.choose(2) == 0), "all heads");
/// };
/// let failure = trials.find(0..5000, program).expect_err("it does not always pass");
/// let simplest = trials.shrink(&failure, program);
/// assert_eq!(simplest.recording, Recording::Bytes(vec![1; 8]));
/// assert!(trials.replay(&simplest.recording, program).is_err());
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Trials {
    options: Options,
}

impl Trials {
    /// Of ordinary options.
    pub fn new() -> Self {
        Self::default()
    }

    /// In worlds of this kind.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Runs all seeds, or the one that the environment demands.
    ///
    /// # Panics
    /// As [`check`].
    #[expect(clippy::print_stderr, reason = "what makes the failure again is to be seen first")]
    pub fn check(&self, seeds: impl IntoIterator<Item = u64>, mut program: impl FnMut(&mut World)) {
        let (found, again) = match env::var(REPLAY_VARIABLE) {
            Ok(text) => {
                let recording = text.parse().unwrap_or_else(|bad| panic!("{text:?}: {bad}"));
                (self.replay(&recording, &mut program), true)
            }
            Err(_) => (self.find(seeds, &mut program).map(drop), false),
        };
        let Err(failure) = found else { return };
        eprintln!("{}", failure.heading());
        let is_seed = matches!(failure.recording, Recording::Seed(_));
        let failure =
            if again && !is_seed { failure } else { self.shrink(&failure, program).into() };
        panic!("\n{failure}");
    }

    /// Runs seeds until one fails; says how many there were.
    ///
    /// # Errors
    /// The first failure.
    pub fn find(
        &self,
        seeds: impl IntoIterator<Item = u64>,
        mut program: impl FnMut(&mut World),
    ) -> Result<u64, Box<Failure>> {
        let mut passed = 0;
        for seed in seeds {
            if let Err(failure) = self.replay(&Recording::Seed(seed), &mut program) {
                return Err(Box::new(Failure { passed, ..*failure }));
            }
            passed += 1;
        }
        Ok(passed)
    }

    /// Makes a run again.
    ///
    /// # Errors
    /// If it fails, as it did the first time.
    pub fn replay(
        &self,
        recording: &Recording,
        program: impl FnMut(&mut World),
    ) -> Result<(), Box<Failure>> {
        let Some(outcome) = self.attempt(recording.choices(), program) else { return Ok(()) };
        Err(Box::new(Failure { recording: recording.clone(), ..outcome }))
    }

    /// The simplest run that fails like this one.
    pub fn shrink(&self, failure: &Failure, mut program: impl FnMut(&mut World)) -> Failure {
        let mut simplest = None;
        let record = shrink(failure.record.clone(), |bytes| {
            let recording = Recording::Bytes(bytes.to_vec());
            let failed = self.attempt(recording.choices(), &mut program)?;
            // Another failure is another's business: one seed, one bug.
            let alike = place(&failed.reason) == place(&failure.reason);
            alike.then_some(failed.record)
        });
        let recording = Recording::Bytes(record);
        if let Some(outcome) = self.attempt(recording.choices(), program) {
            simplest = Some(Failure { recording, passed: failure.passed, ..outcome });
        }
        simplest.unwrap_or_else(|| failure.clone())
    }

    /// A run: its failure, whose recording is yet to be said.
    fn attempt(
        &self,
        choices: Box<dyn Choices>,
        mut program: impl FnMut(&mut World),
    ) -> Option<Failure> {
        let mut world = World::new(choices, self.options.clone());
        let ran = catch(|| program(&mut world));
        let failed = ran.err().map(|reason| (reason, world.trace(), world.trace_hash()));
        let record = world.record();
        // What ends with the world is a part of it: programs are dropped, and may panic.
        let ended = catch(|| drop(world));
        let (reason, trace, trace_hash) = match (failed, ended) {
            (Some(failed), _) => failed,
            (None, Err(reason)) => (reason, Vec::new(), 0),
            (None, Ok(())) => return None,
        };
        let (recording, options) = (Recording::Bytes(Vec::new()), self.options.clone());
        Some(Failure { recording, reason, passed: 0, trace, trace_hash, record, options })
    }
}

/// Where it panicked.
fn place(reason: &str) -> Option<&str> {
    reason.rsplit_once(" (").map(|(_, place)| place)
}
