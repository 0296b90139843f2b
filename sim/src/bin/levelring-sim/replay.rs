//! `replay` and `shrink`: one world, from its seed or its file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use levelring_sim::storm::{Outcome, Sabotage, Script, replay, replay_aloud, run_seed, shrink};

use crate::{USAGE, file, report};

/// Which world.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// That of a seed.
    #[arg(long)]
    seed: Option<u64>,
    /// That of a scenario's file.
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct Shrink {
    #[command(flatten)]
    which: Which,
}

impl Which {
    fn script(&self) -> Result<(String, Script), ExitCode> {
        if let Some(seed) = self.seed {
            return Ok((format!("seed {seed}"), run_seed(seed).script));
        }
        let path = self.file.clone().unwrap_or_default();
        match file::read(&path) {
            Ok(script) => Ok((path.display().to_string(), script)),
            Err(error) => {
                eprintln!("{error}");
                Err(ExitCode::from(USAGE))
            }
        }
    }
}

impl Replay {
    pub(crate) fn run(&self) -> ExitCode {
        let (origin, script) = match self.which.script() {
            Ok(found) => found,
            Err(code) => return code,
        };
        let Outcome { failure, story, hash, .. } = replay_aloud(&script);
        println!("options {}", script.options);
        for line in story {
            println!("{line}");
        }
        match failure {
            None => {
                println!("all is well: {hash:016x}");
                ExitCode::SUCCESS
            }
            Some(failure) => {
                report::print(&origin, &script, &failure);
                report::code(&failure)
            }
        }
    }
}

impl Shrink {
    pub(crate) fn run(&self) -> ExitCode {
        let (origin, script) = match self.which.script() {
            Ok(found) => found,
            Err(code) => return code,
        };
        let Some(failure) = replay(&script).failure else {
            println!("{origin}: all is well, there is nothing to be made shorter");
            return ExitCode::SUCCESS;
        };
        report::print(&origin, &script, &failure);
        report::scenario(&shrink(&script, &failure, Sabotage::Nothing), &failure);
        report::code(&failure)
    }
}
