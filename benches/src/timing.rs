//! Nanoseconds per operation, and allocations.

use crate::allocator::allocations;
use crate::work::{Operation, Work};
use core::time::Duration;
use std::time::Instant;

/// Samples of each measurement.
const SAMPLES: usize = 9;
/// How long a sample takes, about.
const SAMPLE: Duration = Duration::from_millis(40);

/// What one operation costs at one number of registrations.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Nanoseconds: the median of the samples.
    pub ns: f64,
    /// The least and the most of the samples.
    pub spread: (f64, f64),
    /// Allocations of all samples.
    pub allocations: u64,
}

/// Measures one operation at one number of registrations.
#[must_use]
pub fn measure(operation: Operation, registrations: usize) -> Timing {
    let mut work = Work::new(operation, registrations);
    // Everything has been touched, and every branch taken, before anything is measured.
    work.run(2 * registrations + 10_000);
    let times = calibrate(&mut work);
    let before = allocations();
    let mut samples = [0.0; SAMPLES];
    for sample in &mut samples {
        *sample = time(&mut work, times);
    }
    let allocations = allocations() - before;
    samples.sort_by(f64::total_cmp);
    let spread = (samples[0], samples[SAMPLES - 1]);
    Timing { ns: samples[SAMPLES / 2], spread, allocations }
}

/// How many operations make a sample.
fn calibrate(work: &mut Work) -> usize {
    let mut times = 1000;
    loop {
        let ns = time(work, times);
        if ns * (times as f64) * 2.0 >= SAMPLE.as_nanos() as f64 {
            return times;
        }
        times *= 2;
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn time(work: &mut Work, times: usize) -> f64 {
    let start = Instant::now();
    work.run(times);
    start.elapsed().as_nanos() as f64 / times as f64
}
