//! The command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::SCENARIO;

fn timeline(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_levelring-sim"));
    command.arg("timeline").args(arguments).output().expect("it runs")
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn a_scenario_becomes_a_page() {
    let (scenario, page) = (scratch("a<b>.storm"), scratch("a.html"));
    fs::write(&scenario, SCENARIO).expect("room for it");
    let [from, to] = [&scenario, &page].map(|path| path.to_str().expect("plain"));
    let made = timeline(&["--file", from, "-o", to, "--steps", "2..12"]);
    assert!(made.status.success(), "{made:?}");
    let text = fs::read_to_string(&page).expect("it is there");
    assert!(text.contains("<h1>a&lt;b&gt;.storm</h1>"));
    assert!(text.contains("steps 2\u{2013}12 of"));
    // Where it was made is nobody's business.
    assert!(!text.contains(env!("CARGO_TARGET_TMPDIR")));
}

#[test]
fn a_wrong_use_is_refused() {
    for wrong in [
        &["--seed", "1", "--steps", "5..2"][..],
        &["--seed", "1", "--steps", "0..2"],
        &["--seed", "1", "--steps", "x"],
        &["--file", "there/is/no/such/file"],
        &["--seed", "1", "--file", "a"],
        &[],
    ] {
        assert_eq!(timeline(wrong).status.code(), Some(1), "{wrong:?}");
    }
}
