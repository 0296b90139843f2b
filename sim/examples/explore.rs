//! Closes a small world.
//!
//! `cargo run --release -p levelring-sim --example explore -- 2x1,plain --jobs 2`

#![expect(clippy::print_stdout, reason = "what it is for")]
#![expect(clippy::disallowed_methods, reason = "it takes the time")]

use std::time::Instant;

use levelring_sim::explore::{Limits, Options, close};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut options = Options::new(2, 1);
    let mut limits = Limits::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().unwrap_or_default().parse::<usize>();
        match argument.as_str() {
            "--jobs" => limits.jobs = number()?.max(1),
            "--depth" => limits.depth = u32::try_from(number()?)?,
            "--states" => limits.states = number()?,
            world => options = world.parse()?,
        }
    }
    let start = Instant::now();
    let closure = close(&options, &limits);
    println!("{options}: {closure} ({:.1} s)", start.elapsed().as_secs_f64());
    println!("{:?}", closure.levels);
    Ok(())
}
