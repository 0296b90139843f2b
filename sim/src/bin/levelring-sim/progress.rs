//! How far a campaign is: a line that changes on a terminal, lines from time to time elsewhere.

use core::time::Duration;
use std::io::{IsTerminal, Write, stderr};

/// How often it is told.
#[derive(Debug)]
pub(crate) struct Progress {
    terminal: bool,
    last: Duration,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { terminal: stderr().is_terminal(), last: Duration::ZERO }
    }

    /// Tells, if it is time: how much is done, in hundredths, and what else there is to say.
    pub(crate) fn tell(&mut self, now: Duration, done: u64, say: impl FnOnce() -> String) {
        let pause = Duration::from_millis(if self.terminal { 200 } else { 10_000 });
        if now < self.last + pause {
            return;
        }
        self.last = now;
        let said = say();
        if self.terminal {
            let filled = usize::try_from(done.min(100) / 4).unwrap_or(0);
            let bar = format!("{:<25}", "#".repeat(filled));
            eprint!("\r[{bar}] {said}\x1b[K");
            // Nobody may be looking.
            let _ = stderr().flush();
        } else {
            eprintln!("{said}");
        }
    }

    /// Leaves the line as it is.
    pub(crate) fn end(&self) {
        if self.terminal {
            eprintln!();
        }
    }
}
