//! Finds the bugs that were planted on purpose, and prints how: the checkers are checked.
//!
//! ```text
//! RUSTFLAGS='--cfg levelring_planted' \
//!     cargo run --profile planted -p levelring-sim -- bugs --all
//! ```

#[cfg(levelring_planted)]
mod child;
#[cfg(levelring_planted)]
mod hunts;
#[cfg(levelring_planted)]
mod suites;
#[cfg(levelring_planted)]
mod table;

use std::process::ExitCode;

use clap::Args;

/// Hunts planted bugs, each by the net that it states, within the seeds that it states. Fails if
/// one is not found, or if something is found where none is planted.
#[derive(Clone, Debug, Args)]
pub(crate) struct Bugs {
    /// Every bug.
    #[arg(long)]
    all: bool,
    /// These bugs.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// Within so many seeds, whatever is stated.
    #[arg(long)]
    seeds: Option<u64>,
    /// By this net, whatever is stated: property, storm, forge, explorer, loops, operations or
    /// behaviour.
    #[arg(long)]
    net: Option<String>,
    /// So many hunts at a time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Writes the table to sim/PLANTED.md.
    #[arg(long)]
    write: bool,
    /// Hunts one bug for another process.
    #[arg(long, hide = true)]
    child: bool,
}

#[cfg(not(levelring_planted))]
impl Bugs {
    pub(crate) fn run(&self) -> ExitCode {
        eprintln!(
            "no bugs are planted in this build. To plant them:\n  RUSTFLAGS='--cfg \
             levelring_planted' cargo run --profile planted -p levelring-sim -- bugs --all"
        );
        ExitCode::from(crate::USAGE)
    }
}

#[cfg(levelring_planted)]
use levelring_core::planted::{Bug, Net};

#[cfg(levelring_planted)]
impl Bugs {
    pub(crate) fn run(&self) -> ExitCode {
        let chosen = match (self.bugs(), self.net()) {
            (Ok(bugs), Ok(_)) if !bugs.is_empty() => bugs,
            (Ok(_), Ok(_)) => return usage("--all, or --only NAME,NAME?"),
            (Err(text), _) | (_, Err(text)) => return usage(&text),
        };
        if self.child {
            return child::run(chosen[0], self.hunt_of(chosen[0]));
        }
        let rows = hunts::all(&chosen, self);
        let text = table::table(&rows);
        println!("{text}");
        if self.write {
            table::write(&text);
        }
        let missed: Vec<&str> =
            rows.iter().filter(|row| row.found.is_none()).map(table::name).collect();
        let clean = hunts::nothing_is_found_where_nothing_is();
        if missed.is_empty() && clean {
            println!("{} planted bugs, all found", rows.len());
            return ExitCode::SUCCESS;
        }
        if !missed.is_empty() {
            eprintln!("not found within the stated number of seeds: {}", missed.join(", "));
        }
        ExitCode::FAILURE
    }

    fn bugs(&self) -> Result<Vec<Bug>, String> {
        if self.all {
            return Ok(Bug::ALL.to_vec());
        }
        let named = |name: &String| Bug::named(name).ok_or(format!("no such bug: {name}"));
        self.only.iter().map(named).collect()
    }

    fn net(&self) -> Result<Option<Net>, String> {
        let Some(name) = &self.net else { return Ok(None) };
        Net::named(name).map(Some).ok_or(format!("no such net: {name}"))
    }

    /// By which net a bug is to be hunted, and within how many seeds.
    fn hunt_of(&self, bug: Bug) -> (Net, u64) {
        let (net, seeds) = bug.stated();
        (self.net().ok().flatten().unwrap_or(net), self.seeds.unwrap_or(seeds))
    }
}

#[cfg(levelring_planted)]
fn usage(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::from(crate::USAGE)
}
