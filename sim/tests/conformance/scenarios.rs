//! Runs the scenarios, and says how that went.

use std::env;
use std::process::ExitCode;

use levelring::kernel::{Linux, RingError};
use levelring_sim::conformance::{Difference, RingKind, Scenario, attempt, bless};

use crate::files::{self, File};

/// How many scenarios ran, and how.
#[derive(Default)]
struct Tally {
    scenarios: usize,
    runs: usize,
    skipped: usize,
    different: usize,
}

pub(crate) fn run() -> ExitCode {
    let wanted: Vec<String> =
        env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut files = files::all();
    for file in &mut files {
        let name = file.name.clone();
        file.scenarios.retain(|one| is_wanted(&wanted, &name, &one.name));
    }
    if env::var_os("LEVELRING_BLESS").is_some() {
        if wanted.is_empty() {
            return bless_all(files);
        }
        println!("only all scenarios can be blessed");
        return ExitCode::FAILURE;
    }
    let mut tally = Tally::default();
    for (file, scenario) in
        files.iter().flat_map(|file| file.scenarios.iter().map(move |one| (file, one)))
    {
        tally.scenarios += 1;
        for kind in &scenario.kinds {
            on_linux(&mut tally, file, scenario, *kind);
        }
    }
    println!(
        "{} scenarios, {} runs on Linux, {} not run, {} different",
        tally.scenarios, tally.runs, tally.skipped, tally.different
    );
    let required = env::var_os("LEVELRING_REQUIRE_URING").is_some();
    let failed = tally.different > 0 || (required && tally.skipped > 0);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn is_wanted(wanted: &[String], file: &str, scenario: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|part| file.contains(part) || scenario.contains(part))
}

fn on_linux(tally: &mut Tally, file: &File, scenario: &Scenario, kind: RingKind) {
    match attempt(scenario, kind, &Linux::new()) {
        Ok(Ok(())) => tally.runs += 1,
        Ok(Err(difference)) => {
            tally.runs += 1;
            tally.different += 1;
            report("Linux", file, scenario, kind, &difference);
        }
        Err(error) => {
            tally.skipped += 1;
            skipped(file, scenario, kind, error);
        }
    }
}

fn report(kernel: &str, file: &File, scenario: &Scenario, kind: RingKind, what: &Difference) {
    println!("DIFFERENT on {kernel}, {kind}: {}: {}\n{what}", file.name, scenario.name);
}

fn skipped(file: &File, scenario: &Scenario, kind: RingKind, error: RingError) {
    println!("NOT RUN on Linux, {kind}: {}: {}: {error}", file.name, scenario.name);
}

fn bless_all(files: Vec<File>) -> ExitCode {
    for mut file in files {
        for scenario in &mut file.scenarios {
            println!("{}: {}", file.name, scenario.name);
            bless(scenario, &Linux::new()).expect("a ring");
        }
        file.write();
    }
    ExitCode::SUCCESS
}
