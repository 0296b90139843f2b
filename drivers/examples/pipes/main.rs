//! The pipe table: what one event costs, on the kernel this runs on.
//!
//! Every driver and way of watching of levelring, next to hand-written `epoll_wait` and `poll`
//! loops and to the floor (the handlers alone), all doing the same work on real pipes.
//!
//! ```text
//! cargo run --release -p levelring --example pipes
//! cargo run --release -p levelring --example pipes -- --work pipes-50 --way auto --seconds 5
//! ```
//!
//! # What makes the comparison fair
//!
//! - **The same handlers.** [`World::register_all`](world::World::register_all) makes them for all:
//!   a real `read` of one byte, a real `write` of one byte, or both. Every contender, the floor
//!   included, calls them through one boxed closure, because a loop worth the name does not know
//!   its handlers when it is compiled. Hand-written loops keep theirs in a plain array, indexed by
//!   the epoll data. The handlers' system calls are the very same machine code for everybody.
//! - **The same system call wrappers.** All go through rustix, which issues the call in line.
//! - **The same number of wake-up callbacks.** Each contender has pipes of its own: a pipe that
//!   several loops watch would call back into all of them at every write.
//! - **The same moments.** All contenders of a work are set up together and take turns in slices of
//!   a few milliseconds, in another order each round; a ratio compares two slices of one round.
//! - **The same luck.** Now and then everybody gets new pipes, lying elsewhere in memory.
//! - **CPU time of the whole process**, so that a kernel thread working for a ring counts too. The
//!   process has one thread: a second one would make every fd lookup dearer.
//! - **Checked.** The handlers count themselves, and a handler called for nothing is reported.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

mod chart;
mod contender;
mod hand;
mod json;
mod levelring;
mod limits;
mod machine;
mod measured;
mod meter;
mod options;
mod progress;
mod random;
mod report;
mod rounds;
mod schedule;
mod stats;
mod table;
mod work;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use crate::machine::Machine;
use crate::measured::Measured;
use crate::options::Options;
use crate::progress::Progress;
use crate::schedule::Schedule;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("pipes: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let entries = contender::chosen(&options.ways)?;
    let works = options.works();
    let room = limits::raise_open_files()?;
    let schedule = Schedule::draw_up(&works, &entries, room, options);
    if schedule.parts.is_empty() {
        return Err(schedule.refused.join("\n"));
    }
    let machine = Machine::ask();

    println!("{}", report::header(&machine, &schedule));
    let mut progress = Progress::new(schedule.slices());
    let mut measured = Measured::default();
    for part in &schedule.parts {
        rounds::measure(part, &schedule, &mut progress, &mut measured)?;
    }
    progress.done();

    println!("{}", report::body(&works, &entries, &measured));
    if let Some(path) = &options.json {
        json::write(path, &machine, &schedule, &measured)
            .map_err(|why| format!("{}: {why}", path.display()))?;
        println!("\nThe same as JSON: {}", path.display());
    }
    Ok(())
}
