//! Runs the scenarios on both kernels, and says how that went.

use core::panic::AssertUnwindSafe;
use std::env;
use std::panic::catch_unwind;
use std::process::ExitCode;

use levelring::kernel::{Linux, RingError};
use levelring_sim::conformance::{Difference, RingKind, Scenario, attempt, bless, search};

use crate::files::{self, File};

/// How many ways the model may go before it is said to differ.
const MOST_RUNS: usize = 20_000;

/// How many scenarios ran, and how.
#[derive(Default)]
struct Tally {
    scenarios: usize,
    on_linux: usize,
    not_run: usize,
    on_model: usize,
    different: usize,
    /// Outcomes that Linux was free to choose from, and those it chose.
    free: usize,
    searched: usize,
}

/// A scenario on one kind of ring.
struct Case<'a> {
    file: &'a File,
    scenario: &'a Scenario,
    kind: RingKind,
}

pub(crate) fn run(wanted: &[String]) -> ExitCode {
    let mut files = files::all();
    for file in &mut files {
        let name = file.name.clone();
        file.scenarios.retain(|one| is_wanted(wanted, &name, &one.name));
    }
    let mut tally = Tally::default();
    for file in &files {
        for scenario in &file.scenarios {
            tally.scenarios += 1;
            for kind in scenario.kinds.iter().copied() {
                Case { file, scenario, kind }.run(&mut tally);
            }
        }
    }
    if tally.free > 0 {
        println!("{} answers were free: those above were seen", tally.free);
    }
    if tally.not_run > 0 {
        println!("{} NOT RUN ON LINUX: no io_uring here", tally.not_run);
    }
    println!(
        "{} scenarios, {} on Linux, {} on the model in {} ways (counting each kind of ring), \
         {} different",
        tally.scenarios, tally.on_linux, tally.on_model, tally.searched, tally.different
    );
    let required = env::var_os("LEVELRING_REQUIRE_URING").is_some();
    let failed = tally.different > 0 || (required && tally.not_run > 0);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn is_wanted(wanted: &[String], file: &str, scenario: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|part| file.contains(part) || scenario.contains(part))
}

impl Case<'_> {
    /// On Linux, and then on the model what Linux answered, or should have answered.
    fn run(&self, tally: &mut Tally) {
        let exact = match attempt(self.scenario, self.kind, &Linux::new(), || {}) {
            Ok(Ok(answers)) => {
                tally.on_linux += 1;
                self.say_choices(tally, &answers);
                Some(self.scenario.answered(&answers))
            }
            Ok(Err(difference)) => {
                tally.on_linux += 1;
                tally.different += 1;
                self.report("Linux", &difference.to_string());
                None
            }
            Err(error) => {
                tally.not_run += 1;
                self.skipped(error);
                None
            }
        };
        self.on_model(tally, exact.as_ref().unwrap_or(self.scenario));
    }

    fn on_model(&self, tally: &mut Tally, scenario: &Scenario) {
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let run = |kernel: &_, done: &dyn Fn()| match attempt(scenario, self.kind, kernel, done)
            {
                Ok(verdict) => verdict,
                Err(error) => panic!("the model has no ring: {error}"),
            };
            search(MOST_RUNS, run, |difference: &Difference| difference.story.len())
        }));
        tally.on_model += 1;
        match looked {
            Ok(Ok(found)) => tally.searched += found.runs,
            Ok(Err(failed)) => {
                tally.searched += failed.runs;
                tally.different += 1;
                let all = if failed.exhausted { "all" } else { "not all" };
                let head = format!("      ({} ways, {all} there are)\n", failed.runs);
                self.report("the model", &(head + &failed.closest.to_string()));
            }
            Err(_) => {
                tally.different += 1;
                self.report("the model", "    + a panic");
            }
        }
    }

    /// Says which answers came where more were allowed.
    fn say_choices(&self, tally: &mut Tally, answers: &[String]) {
        for (step, answer) in self.scenario.steps.iter().zip(answers) {
            let allowed = step.answers.on(self.kind).len();
            if allowed > 1 {
                tally.free += 1;
                println!(
                    "free: {}: {}: {}: {answer}, one of {allowed}",
                    self.file.name, self.scenario.name, self.kind
                );
            }
        }
    }

    fn report(&self, kernel: &str, what: &str) {
        let Self { file, scenario, kind } = self;
        println!("DIFFERENT on {kernel}, {kind}: {}: {}\n{what}", file.name, scenario.name);
    }

    fn skipped(&self, error: RingError) {
        let Self { file, scenario, kind } = self;
        println!("NOT RUN on Linux, {kind}: {}: {}: {error}", file.name, scenario.name);
    }
}

/// Writes Linux's answers into the files.
pub(crate) fn bless_all() -> ExitCode {
    for mut file in files::all() {
        for scenario in &mut file.scenarios {
            println!("{}: {}", file.name, scenario.name);
            bless(scenario, &Linux::new()).expect("a ring");
        }
        file.write();
    }
    ExitCode::SUCCESS
}
