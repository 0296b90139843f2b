//! Progress on stderr: a line that counts up on a terminal, a line per work elsewhere.

use std::io::{IsTerminal as _, Write as _, stderr};

use crate::work::Work;

/// How far the run has come.
#[derive(Debug)]
pub(crate) struct Progress {
    style: Style,
    slices: u64,
    finished: u64,
    work: Option<Work>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Counting,
    Plain,
    #[cfg(test)]
    Silent,
}

impl Progress {
    /// Of so many slices.
    pub(crate) fn new(slices: u64) -> Self {
        let style = if stderr().is_terminal() { Style::Counting } else { Style::Plain };
        Self { style, slices, finished: 0, work: None }
    }

    /// For tests.
    #[cfg(test)]
    pub(crate) const fn silent() -> Self {
        Self { style: Style::Silent, slices: 0, finished: 0, work: None }
    }

    /// This comes next.
    pub(crate) fn at(&mut self, work: Work) {
        if self.work.replace(work) != Some(work) {
            self.show();
        }
    }

    /// A slice is over.
    pub(crate) fn step(&mut self) {
        let before = self.percent();
        self.finished += 1;
        // A terminal that scrolls takes CPU time from what is being measured: hence no more often.
        if self.style == Style::Counting && self.percent() != before {
            self.show();
        }
    }

    fn show(&self) {
        let (percent, Some(work)) = (self.percent(), self.work) else { return };
        match self.style {
            Style::Counting => {
                eprint!("\r{percent:3} %  {work:<20}");
                _ = stderr().flush();
            }
            Style::Plain => eprintln!("{percent:3} %  {work}"),
            #[cfg(test)]
            Style::Silent => {}
        }
    }

    /// How many slices are over.
    pub(crate) const fn finished(&self) -> u64 {
        self.finished
    }

    /// Everything is over: the counting line makes room for the tables.
    pub(crate) fn done(self) {
        match self.style {
            Style::Counting => eprint!("\r{:27}\r", ""),
            Style::Plain => eprintln!("{:3} %  done", self.percent()),
            #[cfg(test)]
            Style::Silent => {}
        }
    }

    const fn percent(&self) -> u64 {
        match (100 * self.finished).checked_div(self.slices) {
            Some(percent) => percent,
            None => 100,
        }
    }
}
