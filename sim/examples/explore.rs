//! Closes a small world; or says what takes how long at most in it; or walks through it at random.
//!
//! `cargo run --release -p levelring-sim --example explore -- 2x1,plain --jobs 2`
//! `cargo run --release -p levelring-sim --example explore -- 2x1 --bounds`
//! `cargo run --release -p levelring-sim --example explore -- --golden --jobs 2`
//! `cargo run --release -p levelring-sim --example explore -- 2x2,harsh --runs 100000 --seed 7`

#![expect(clippy::print_stdout, reason = "what it is for")]
#![expect(clippy::disallowed_methods, reason = "it takes the time")]

use std::time::Instant;

use levelring_sim::explore::{
    Golden, HARDEST, LARGE, Limits, Options, Swarm, Verdict, bounds, close, swarm,
};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut options = Options::new(2, 1);
    let mut limits = Limits::default();
    let mut walks = Swarm { runs: 0, ..Swarm::default() };
    let mut with_bounds = false;
    let mut golden: &[Golden] = &[];
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().unwrap_or_default().parse::<usize>();
        match argument.as_str() {
            "--bounds" => with_bounds = true,
            "--golden" => golden = LARGE,
            "--hardest" => golden = HARDEST,
            "--depth" => limits.depth = u32::try_from(number()?)?,
            "--jobs" => limits.jobs = number()?.max(1),
            "--runs" => walks.runs = number()? as u64,
            "--seed" => walks.seed = number()? as u64,
            "--states" => limits.states = number()?,
            "--steps" => walks.steps = u32::try_from(number()?)?,
            world => options = world.parse()?,
        }
    }
    if !golden.is_empty() {
        return golden.iter().try_for_each(|known| compare(known, &limits));
    }
    let start = Instant::now();
    if walks.runs > 0 {
        let walked = swarm(&options, &Swarm { jobs: limits.jobs, ..walks });
        let seconds = start.elapsed().as_secs_f64();
        println!("{options}: {walked}");
        println!("{:.2} million steps per second", walked.steps as f64 / seconds / 1e6);
        return if walked.failed.is_some() { Err("a walk failed".into()) } else { Ok(()) };
    }
    let closure = if with_bounds {
        let (closure, bounds) = bounds(&options, &limits);
        println!("{options}: {bounds}");
        closure
    } else {
        close(&options, &limits)
    };
    println!("{options}: {closure} ({:.1} s)", start.elapsed().as_secs_f64());
    println!("new at each level: {:?}", closure.levels);
    let failed = matches!(closure.verdict, Verdict::Failed(_));
    if failed { Err("a guarantee is broken".into()) } else { Ok(()) }
}

/// Closes a world of which everything is known.
fn compare(known: &Golden, limits: &Limits) -> Result<(), Box<dyn core::error::Error>> {
    let options = known.world.parse()?;
    let (closure, found) = if known.bounds.is_some() {
        let (closure, bounds) = bounds(&options, limits);
        (closure, Some(bounds))
    } else {
        (close(&options, limits), None)
    };
    println!("{}: {closure}", known.world);
    let counts = (closure.states, closure.transitions, closure.depth, found);
    if counts == (known.states, known.transitions, known.depth, known.bounds)
        && closure.verdict == Verdict::Closed
    {
        return Ok(());
    }
    Err(format!("{}: {counts:?} is not {known:?}", known.world).into())
}
