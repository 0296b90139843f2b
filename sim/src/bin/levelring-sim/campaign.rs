//! Many runs, on all processors.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use levelring_sim::storm::{Failure, FailureKind, Outcome, Property, Tally, run_seed};

use crate::progress::Progress;

/// How much is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) first: u64,
    pub(crate) seeds: u64,
    pub(crate) time: Option<Duration>,
    pub(crate) jobs: usize,
    /// Goes on after a failure.
    pub(crate) keep_going: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    pub(crate) tally: Tally,
    pub(crate) seeds: u64,
    /// With their seeds, the lowest first.
    pub(crate) failures: Vec<(u64, Outcome)>,
    pub(crate) took: Duration,
}

/// One seed in so many is run twice, and has to come to the same.
const AGAIN: u64 = 16;

/// Runs them.
pub(crate) fn run(extent: Extent) -> Sum {
    let (next, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let sum = Mutex::new(Sum::default());
    let began = now();
    let expired = || extent.time.is_some_and(|time| began.elapsed() >= time);
    let work = || {
        while !over.load(Ordering::Relaxed) && !expired() {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= extent.seeds {
                break;
            }
            let seed = extent.first + number;
            let outcome = one(seed);
            let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
            sum.tally += &outcome.tally;
            sum.seeds += 1;
            if outcome.failure.is_some() {
                sum.failures.push((seed, outcome));
                over.fetch_or(!extent.keep_going, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..extent.jobs).map(|_| scope.spawn(work)).collect();
        let mut progress = Progress::new();
        while workers.iter().any(|worker| !worker.is_finished()) {
            thread::park_timeout(Duration::from_millis(100));
            let sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
            let took = began.elapsed();
            progress.tell(took, hundredths(extent, &sum, took), || describe(&sum, took));
        }
        progress.end();
    });
    let mut sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    sum.failures.sort_by_key(|(seed, _)| *seed);
    sum.took = began.elapsed();
    sum
}

#[expect(clippy::disallowed_methods, reason = "how fast it goes is the real world's affair")]
fn now() -> Instant {
    Instant::now()
}

fn one(seed: u64) -> Outcome {
    let mut outcome = run_seed(seed);
    if seed.is_multiple_of(AGAIN) && outcome.failure.is_none() {
        let again = run_seed(seed);
        let same = again.hash == outcome.hash && again.tally == outcome.tally;
        outcome.tally.checked(Property::Determinism);
        if !same {
            let (kind, property) = (FailureKind::Safety, Some(Property::Determinism));
            let text = format!("seed {seed} came to {:x}, then to {:x}", outcome.hash, again.hash);
            let line = outcome.script.lines.len();
            outcome.failure = Some(Failure { kind, property, text, line });
        }
    }
    outcome
}

fn hundredths(extent: Extent, sum: &Sum, took: Duration) -> u64 {
    let by_seeds = sum.seeds.saturating_mul(100) / extent.seeds.max(1);
    let by_time = extent.time.map_or(0, |time| {
        let [took, time] = [took, time].map(|one| u64::try_from(one.as_millis()).unwrap_or(0));
        took * 100 / time.max(1)
    });
    by_seeds.max(by_time)
}

/// In one line.
pub(crate) fn describe(sum: &Sum, took: Duration) -> String {
    let Tally { steps, turns, .. } = sum.tally;
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    let (all, never) = (sum.tally.counts().count(), sum.tally.never().count());
    format!(
        "{} seeds, {steps} steps ({}/s), {turns} turns ({}/s), been at {} of {all} places",
        sum.seeds,
        steps * 1000 / millis,
        turns * 1000 / millis,
        all - never,
    )
}
