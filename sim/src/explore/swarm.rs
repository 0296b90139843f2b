//! Random walks through the same worlds, with all checks on: far from the first state sooner than
//! a search is, and in worlds that no search closes.
//!
//! Every run leaves some things out and does others more often, by weights of its own: what is
//! found by doing only two things over and over is not found by doing everything.

use core::fmt;
use core::hash::Hasher;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::thread;

use super::action::{Action, INTERESTS};
use super::hash::Folding;
use super::image::Reductions;
use super::options::Options;
use super::search::Failure;
use super::world::{Phase, World};
use crate::kernel::{Choices, Random};

/// How much is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swarm {
    /// The seed of the first run; the next has the next number.
    pub seed: u64,
    /// Runs.
    pub runs: u64,
    /// Steps of each.
    pub steps: u32,
    /// Threads. What is found does not depend on it.
    pub jobs: usize,
}

impl Default for Swarm {
    fn default() -> Self {
        Self { seed: 1, runs: 1000, steps: 1000, jobs: 1 }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swarmed {
    /// Steps that did something, each of which was checked.
    pub steps: u64,
    /// Of the last states of all runs: the same for the same seeds, on every machine and in every
    /// build.
    pub hash: u64,
    /// The first that failed: its seed, and how.
    pub failed: Option<(u64, Failure)>,
}

impl fmt::Display for Swarmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} steps, hash {:016x}", self.steps, self.hash)?;
        if let Some((seed, failure)) = &self.failed {
            write!(f, "\nseed {seed} failed: {failure}")?;
        }
        Ok(())
    }
}

/// Walks, on as many threads as told.
///
/// # Panics
/// If a thread cannot be had.
#[must_use]
pub fn swarm(options: &Options, swarm: &Swarm) -> Swarmed {
    let jobs = u64::try_from(swarm.jobs.max(1)).unwrap_or(1);
    let shares: Vec<Swarmed> = thread::scope(|scope| {
        let walk = |job| scope.spawn(move || walk_some(options, swarm, job, jobs));
        let threads: Vec<_> = (0..jobs).map(walk).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|share| share.expect("panics are caught within")).collect()
    });
    let mut all = Swarmed { steps: 0, hash: 0, failed: None };
    for share in shares {
        all.steps += share.steps;
        all.hash = all.hash.wrapping_add(share.hash);
        all.failed = match (all.failed, share.failed) {
            (Some(one), Some(other)) => Some(if one.0 < other.0 { one } else { other }),
            (one, other) => one.or(other),
        };
    }
    all
}

fn walk_some(options: &Options, swarm: &Swarm, first: u64, every: u64) -> Swarmed {
    let mut all = Swarmed { steps: 0, hash: 0, failed: None };
    let mut run = first;
    while run < swarm.runs {
        let seed = swarm.seed.wrapping_add(run);
        let mut walker = Walker::new(options, seed, None);
        let attempt = catch_unwind(AssertUnwindSafe(|| walker.walk(swarm.steps)));
        all.steps += walker.taken;
        if let Err(cause) = attempt {
            all.failed = Some((seed, walk(options, seed, swarm.steps)));
            drop(cause);
            return all;
        }
        let mut hasher = Folding::default();
        hasher.write_u64(seed);
        hasher.write_u64(
            walker.world.fingerprint(options, Reductions { slots: false, files: false }),
        );
        all.hash = all.hash.wrapping_add(hasher.finish());
        run += every;
    }
    all
}

/// One run again, with what was done; without a message if nothing was wrong.
#[must_use]
pub fn walk(options: &Options, seed: u64, steps: u32) -> Failure {
    let mut walker = Walker::new(options, seed, Some(Vec::new()));
    let attempt = catch_unwind(AssertUnwindSafe(|| walker.walk(steps)));
    let message = attempt.err().map_or_else(String::new, |cause| super::search::message(&*cause));
    Failure { message, actions: walker.story.unwrap_or_default() }
}

/// What can be done, by kind.
const KINDS: usize = 7;

struct Walker<'a> {
    options: &'a Options,
    world: World,
    random: Random,
    /// Which kind a number of six bits means.
    kinds: [u8; 64],
    taken: u64,
    story: Option<Vec<Action>>,
}

impl<'a> Walker<'a> {
    fn new(options: &'a Options, seed: u64, story: Option<Vec<Action>>) -> Self {
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut weights = [0_u32; KINDS];
        for weight in &mut weights {
            *weight = [0, 1, 2, 4, 8, 16][random.choose(6) as usize];
        }
        // A loop that never goes on, and nobody to call, are no use.
        weights[0] = weights[0].max(4);
        weights[2] = weights[2].max(1);
        let sum: u32 = weights.iter().sum();
        let mut kinds = [0; 64];
        for kind in &mut kinds {
            let mut drawn = random.choose(sum);
            for (number, weight) in (0..).zip(weights) {
                *kind = number;
                if drawn < weight {
                    break;
                }
                drawn -= weight;
            }
        }
        Self { options, world: World::new(options), random, kinds, taken: 0, story }
    }

    fn walk(&mut self, steps: u32) {
        for _ in 0..steps {
            let Some(action) = self.draw() else { continue };
            if let Some(story) = &mut self.story {
                story.push(action);
            }
            self.world.act(self.options, action, &mut self.random);
            self.world.check();
            self.taken += 1;
        }
    }

    /// Something to do, if what was drawn can be done.
    fn draw(&mut self) -> Option<Action> {
        let drawn = self.random.draw();
        let [kind, one, other, _] = drawn.to_le_bytes();
        let file = usize::from(one) % self.options.files;
        let slot = usize::from(one) % self.options.handlers;
        let program = self.world.phase == Phase::Program;
        let there = self.world.user.views[slot].is_some();
        match self.kinds[usize::from(kind) % 64] {
            0 => Some(Action::Go),
            1 => self.world.is_open(file).then_some(Action::Toggle { file }),
            2 if program => {
                let count = self.world.user.views.iter().flatten().count();
                let can = count < self.options.handlers && self.world.is_open(file);
                let interest = INTERESTS[usize::from(other) % 2];
                can.then_some(Action::Add { file, interest })
            }
            3 if program && there => {
                let interest = INTERESTS[usize::from(other) % INTERESTS.len()];
                Some(Action::Want { slot, interest })
            }
            4 if program && there => Some(Action::Remove { slot }),
            5 if program && self.options.closes => {
                Some(if self.world.is_open(file) { Action::Close { file } } else { Action::Open })
            }
            6 => matches!(self.world.phase, Phase::Asleep(_)).then_some(Action::TimeUp),
            _ => None,
        }
    }
}
