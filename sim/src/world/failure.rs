//! A failure: what happened, and how to see it again.

use core::fmt;

use super::options::Options;
use super::recording::Recording;
use super::trials::REPLAY_VARIABLE;

/// A run that failed. Its [`Display`](fmt::Display) is for people: what to run again, why it
/// failed, and what happened until then.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What makes it again.
    pub recording: Recording,
    /// With what it panicked, and where.
    pub reason: String,
    /// How many runs there were before it.
    pub passed: u64,
    /// What happened, a line each.
    pub trace: Vec<String>,
    /// A hash of what happened.
    pub trace_hash: u64,
    /// Everything that was drawn.
    pub record: Vec<u8>,
    pub(super) options: Options,
}

impl Failure {
    /// What comes first, before anything else can go wrong: by what it is found again.
    #[must_use]
    pub fn heading(&self) -> String {
        format!(
            "a world failed: {REPLAY_VARIABLE}={} (after {} that passed), levelring-sim {}\n{:?}",
            self.recording,
            self.passed,
            env!("CARGO_PKG_VERSION"),
            self.options,
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.trace {
            writeln!(f, "{line}")?;
        }
        writeln!(f, "{}", self.reason)?;
        let [drawn, odd] = [self.record.len(), self.record.iter().filter(|b| **b != 0).count()];
        writeln!(
            f,
            "{drawn} choices, {odd} of them not the ordinary ones. To see this again, run"
        )?;
        write!(f, "the same program with {REPLAY_VARIABLE}={}", self.recording)
    }
}

impl core::error::Error for Failure {}
