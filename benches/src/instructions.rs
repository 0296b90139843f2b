//! Instructions per operation, counted by valgrind: the difference of two runs, so that setting up
//! does not count.

use crate::work::Operation;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Operations of the shorter run; the longer does twice as many.
const TIMES: u64 = 10_000;

/// Whether valgrind is there.
#[must_use]
pub fn is_available() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Instructions per operation of `program`, which is this package's.
///
/// # Errors
/// When valgrind cannot be run, or does not say what it counted.
pub fn measure(program: &Path, operation: Operation, registrations: usize) -> io::Result<f64> {
    let shorter = collected(program, operation, registrations, TIMES)?;
    let longer = collected(program, operation, registrations, 2 * TIMES)?;
    Ok(longer.saturating_sub(shorter) as f64 / TIMES as f64)
}

fn collected(
    program: &Path,
    operation: Operation,
    registrations: usize,
    times: u64,
) -> io::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["callgrind", operation.name(), &times.to_string()])
        .args(["--registrations", &registrations.to_string()])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let refused = || io::Error::other(format!("valgrind did not count: {said}"));
    if !output.status.success() {
        return Err(refused());
    }
    parse(&said).ok_or_else(refused)
}

/// The number in `==123== Collected : 456`.
fn parse(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callgrind_says_is_understood() {
        let said = "==7== Events    : Ir\n==7== Collected : 123456\n==7==\n";
        assert_eq!(parse(said), Some(123_456));
        assert_eq!(parse("==7== Collected : much"), None);
        assert_eq!(parse(""), None);
    }
}
