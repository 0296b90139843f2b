//! `storm`: many random worlds.

use core::time::Duration;
use std::process::ExitCode;
use std::thread;

use clap::Args;
use levelring_sim::storm::{Failure, Outcome, Sabotage, shrink};

use crate::campaign::{self, Extent, Sum};
use crate::report;

#[derive(Debug, Args)]
pub(crate) struct Storm {
    /// How many seeds, if no time is given.
    #[arg(long)]
    seeds: Option<u64>,
    /// For how many seconds.
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// On how many processors; all, unless told.
    #[arg(long)]
    jobs: Option<usize>,
    /// Goes on after a failure, and tells the first of each property in the end.
    #[arg(long)]
    keep_going: bool,
    /// Does not mind what was never exercised: for short campaigns.
    #[arg(long)]
    lenient: bool,
    /// Tells how often each property was checked, and each probe fired.
    #[arg(long)]
    counts: bool,
}

/// As many seeds as an ordinary campaign has.
const USUAL: u64 = 20_000;

impl Storm {
    pub(crate) fn run(&self) -> ExitCode {
        let usual = if self.time.is_some() { u64::MAX } else { USUAL };
        let extent = Extent {
            first: self.first,
            seeds: self.seeds.unwrap_or(usual),
            time: self.time.map(Duration::from_secs),
            jobs: self.jobs.unwrap_or_else(processors).max(1),
            keep_going: self.keep_going,
        };
        let sum = campaign::run(extent);
        println!("{}", campaign::describe(&sum, sum.took));
        println!("longest wait for a turn in a world at rest: {}", sum.tally.longest_response);
        if self.counts {
            println!("{}", sum.tally);
        }
        if let Some(code) = tell_failures(&sum) {
            return code;
        }
        let never: Vec<_> = sum.tally.never().collect();
        if never.is_empty() || self.lenient {
            return ExitCode::SUCCESS;
        }
        println!("never exercised: {}", never.join(", "));
        report::never()
    }
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, core::num::NonZero::get)
}

/// The first failure of each property, made short.
fn tell_failures(sum: &Sum) -> Option<ExitCode> {
    let mut told: Vec<&Failure> = Vec::new();
    for (seed, Outcome { script, failure, .. }) in &sum.failures {
        let Some(failure) = failure else { continue };
        let same = |other: &&Failure| {
            other.property == failure.property
                && (other.property.is_some() || other.text == failure.text)
        };
        if told.iter().any(same) {
            continue;
        }
        told.push(failure);
        report::print(&format!("\nseed {seed}"), script, failure);
        report::scenario(&shrink(script, failure, Sabotage::Nothing), failure);
        println!("\nto see it again:\n  levelring-sim replay --seed {seed}");
    }
    told.first().map(|first| report::code(first))
}
