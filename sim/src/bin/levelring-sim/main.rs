//! The simulator's command line.
//!
//! It exits with 0 if all is well, 1 for a mistake in its use, 2 when something bad happened
//! (safety), 3 when something good did not (liveness), 4 for a crash, and 5 when a campaign has
//! never exercised something that it should have.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

mod bugs;
mod campaign;
mod explore;
mod file;
mod progress;
mod replay;
mod report;
mod storm;
mod timeline;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Worlds around the production loop, at random, on a model kernel.
#[derive(Debug, Parser)]
#[command(name = "levelring-sim", version, about)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs many random worlds, until one fails.
    Storm(storm::Storm),
    /// Runs one world again, step by step.
    Replay(replay::Replay),
    /// Draws one world as a page, to be looked at in a browser.
    Timeline(timeline::Timeline),
    /// Makes a failing world shorter.
    Shrink(replay::Shrink),
    /// Closes a small world: visits every state that it can be in.
    Explore(explore::Explore),
    /// Hunts bugs that were planted on purpose.
    Bugs(bugs::Bugs),
}

/// How it exits when it is used wrongly.
const USAGE: u8 = 1;
/// And when a guarantee is broken.
const SAFETY: u8 = 2;

fn main() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => {
            let wrong = error.use_stderr();
            // Nobody may be listening.
            let _ = error.print();
            return if wrong { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match line.command {
        Command::Storm(storm) => storm.run(),
        Command::Replay(replay) => replay.run(),
        Command::Shrink(shrink) => shrink.run(),
        Command::Timeline(timeline) => timeline.run(),
        Command::Explore(explore) => explore.run(),
        Command::Bugs(bugs) => bugs.run(),
    }
}
