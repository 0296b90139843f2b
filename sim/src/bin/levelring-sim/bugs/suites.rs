//! Nets that are tests: run by cargo, with a bug planted.

use core::time::Duration;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use levelring_core::planted::{Bug, Net};

use super::Bugs;
use super::hunts::{Found, Row};

/// How long tests may take that are over in two or three seconds: a bug may hang them.
const PATIENCE: Duration = Duration::from_secs(20);

/// A test of a package, and which of its cases: all, if none is named.
pub(super) struct Suite {
    package: &'static str,
    test: &'static str,
    cases: &'static [&'static str],
}

pub(super) const LOOPS: Suite = Suite { package: "levelring-sim", test: "loops", cases: &[] };
pub(super) const OPERATIONS: Suite =
    Suite { package: "levelring", test: "operations", cases: &["pressure"] };
/// The whole of it takes minutes.
pub(super) const BEHAVIOUR: Suite = Suite {
    package: "levelring",
    test: "behaviour",
    cases: &["urgent_data", "changed_while_it_is_replaced"],
};

pub(super) const ALL: [Suite; 3] = [LOOPS, OPERATIONS, BEHAVIOUR];

fn cargo_test(package: &str, test: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--quiet", "--profile", "planted", "-p", package, "--test", test]);
    cargo
}

/// Builds a suite, so that no hunt takes its compiler for a test that hangs.
///
/// # Panics
/// If it cannot be built.
pub(super) fn build(suite: &Suite) {
    let status = cargo_test(suite.package, suite.test).arg("--no-run").status();
    assert!(status.expect("cargo runs").success(), "{} can be built", suite.test);
}

/// The core's property test, over all its bugs at once.
pub(super) fn property(rows: &mut [Row], options: &Bugs) {
    let names: Vec<&str> =
        rows.iter().filter(|row| row.net == Net::Property).map(|row| row.bug.name()).collect();
    if names.is_empty() {
        return;
    }
    let mut cargo = cargo_test("levelring-core", "property");
    cargo.args(["every_bug_is_found", "--", "--nocapture"]);
    cargo.env("LEVELRING_PLANTED", names.join(","));
    if let Some(seeds) = options.seeds {
        cargo.env("LEVELRING_SEEDS", seeds.to_string());
    }
    let output = cargo.output().expect("cargo runs");
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut words = line.splitn(3, '\t');
        let (Some(name), Some(seeds), Some(text)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Ok(seeds) = seeds.parse() else { continue };
        for row in rows.iter_mut().filter(|row| row.bug.name() == name) {
            let (by, text) = ("property".to_owned(), text.to_owned());
            row.found = Some(Found { seeds, by, text });
        }
    }
}

/// Tests that ask for no seed: that one fails is enough, if they pass without a bug, before they
/// would be said to hang.
pub(super) fn suite(bug: Option<Bug>, suite: &Suite) -> Option<Found> {
    let mut cargo = cargo_test(suite.package, suite.test);
    cargo.arg("--").args(suite.cases).stdout(Stdio::piped()).stderr(Stdio::null());
    cargo.envs(bug.map(|bug| ("LEVELRING_PLANT", bug.name())));
    let text = within(cargo)?;
    Some(Found { seeds: 1, by: suite.test.to_owned(), text })
}

/// The name of the first test that fails, or that it hangs.
#[expect(
    clippy::disallowed_methods,
    reason = "whether a process hangs is a question of the world's time"
)]
fn within(mut cargo: Command) -> Option<String> {
    use std::os::unix::process::CommandExt as _;
    let mut child = cargo.process_group(0).spawn().expect("cargo runs");
    let mut stdout = child.stdout.take().expect("a pipe");
    // Beside it: whoever says more than a pipe holds would be waiting, and taken to hang.
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = stdout.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    });
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().expect("it is ours") {
            let text = said.join().expect("it only reads");
            let failed = text.lines().find_map(|line| line.strip_prefix("---- "));
            let failed = failed.map_or("it fails", |line| line.trim_end_matches(" stdout ----"));
            return (!status.success()).then(|| failed.to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    // With the test that it runs: they are one group, and ours.
    let group = rustix::process::Pid::from_child(&child);
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    let _ = child.wait();
    Some("it hangs".to_owned())
}
