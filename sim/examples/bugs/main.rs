//! Finds the bugs that were planted on purpose, and prints how: the checkers are checked.
//!
//! ```text
//! RUSTFLAGS='--cfg levelring_planted' \
//!     cargo run --profile planted -p levelring-sim --example bugs -- --all
//! ```
//!
//! | | |
//! | --- | --- |
//! | `--all` | every bug, by the net that it states, within the seeds that it states |
//! | `--only NAME,NAME` | these |
//! | `--seeds N` | within so many seeds instead |
//! | `--net storm` | by this net instead: `property`, `storm`, `forge`, `loops`, `operations` |
//! | `--jobs N` | so many at a time; 2 if nothing is said |
//! | `--write` | and writes the table to `sim/PLANTED.md` |
//!
//! It fails if a bug is not found, and if something is found where none is planted.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it is for")]

#[cfg(levelring_planted)]
mod child;
#[cfg(levelring_planted)]
mod hunts;
#[cfg(levelring_planted)]
mod options;
#[cfg(levelring_planted)]
mod suites;
#[cfg(levelring_planted)]
mod table;

use std::process::ExitCode;

#[cfg(not(levelring_planted))]
fn main() -> ExitCode {
    eprintln!("no bugs are planted in this build: RUSTFLAGS='--cfg levelring_planted' plants them");
    ExitCode::from(2)
}

#[cfg(levelring_planted)]
fn main() -> ExitCode {
    let options = match options::Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    if options.child {
        return child::run(&options);
    }
    let rows = hunts::all(&options);
    let text = table::table(&rows);
    println!("{text}");
    if options.write {
        table::write(&text);
    }
    let missed: Vec<&str> =
        rows.iter().filter(|row| row.found.is_none()).map(table::name).collect();
    if missed.is_empty() && hunts::nothing_is_found_where_nothing_is() {
        return ExitCode::SUCCESS;
    }
    eprintln!("not found within the stated number of seeds: {}", missed.join(", "));
    ExitCode::FAILURE
}
