//! `timeline`: one world as a page to be looked at.

use core::ops::Range;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use levelring_sim::storm::{Script, record, run_seed};
use levelring_sim::timeline;

use crate::{USAGE, file, report};

/// Which world.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// That of a seed.
    #[arg(long)]
    seed: Option<u64>,
    /// That of a scenario's file.
    #[arg(long)]
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Timeline {
    #[command(flatten)]
    which: Which,
    /// Where the page is written to.
    #[arg(short, long, default_value = "timeline.html")]
    output: PathBuf,
    /// Only these steps, the first being 1.
    #[arg(long, value_name = "FROM..TO", value_parser = read_steps)]
    steps: Option<Range<usize>>,
}

impl Timeline {
    pub(crate) fn run(&self) -> ExitCode {
        let (origin, script) = match self.which.script() {
            Ok(found) => found,
            Err(error) => return refuse(&error),
        };
        let outcome = record(&script);
        let page = timeline::page(&origin, &outcome, self.steps.clone());
        if let Err(error) = fs::write(&self.output, page) {
            return refuse(&format!("{}: {error}", self.output.display()));
        }
        println!("{origin}: {}", self.output.display());
        match outcome.failure {
            None => ExitCode::SUCCESS,
            Some(failure) => {
                report::print(&origin, &script, &failure);
                report::code(&failure)
            }
        }
    }
}

impl Which {
    fn script(&self) -> Result<(String, Script), String> {
        if let Some(seed) = self.seed {
            return Ok((format!("seed {seed}"), run_seed(seed).script));
        }
        let path = self.file.clone().unwrap_or_default();
        // The page is to be passed on, and need not say where it was made.
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
        Ok((name, file::read(&path)?))
    }
}

fn refuse(error: &str) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(USAGE)
}

/// `FROM..TO`, both inclusive, from 1; either can be left out.
fn read_steps(text: &str) -> Result<Range<usize>, String> {
    let wrong = || format!("{text:?} is not FROM..TO");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str, missing| {
        if text.is_empty() { Ok(missing) } else { text.parse::<usize>().map_err(|_| wrong()) }
    };
    let (from, to) = (number(from, 1)?, number(to, usize::MAX)?);
    if from == 0 || to < from { Err(wrong()) } else { Ok(from - 1..to) }
}
