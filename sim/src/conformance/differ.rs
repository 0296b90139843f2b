//! A script, on Linux and on the model: whether the model may do what Linux did.

use core::fmt;

use levelring::kernel::{Linux, RingError};

use super::verdict::{Difference, follow};
use super::{Answers, Failed, Machine, Op, RingKind, RingShape, Step, search};

/// How many ways the model may go before it is said to differ.
const MOST_RUNS: usize = 5_000;

/// A ring of Linux, used again and again, and the model beside it.
#[derive(Debug)]
pub struct Differ<'a> {
    kind: RingKind,
    linux: Machine<'a, Linux>,
}

/// What Linux did and the model may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlike(Failed<Difference>);

impl fmt::Display for Unlike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = if self.0.exhausted { "all" } else { "not all" };
        writeln!(f, "      ({} ways, {all} there are)\n{}", self.0.runs, self.0.closest)
    }
}

impl<'a> Differ<'a> {
    /// With a ring of that kind.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn new(linux: &'a Linux, kind: RingKind) -> Result<Self, RingError> {
        Ok(Self { kind, linux: Machine::new(linux, kind, RingShape::default())? })
    }

    /// Runs a script on both; tells how many ways the model went until it did the same.
    ///
    /// # Errors
    ///
    /// It never did.
    ///
    /// # Panics
    ///
    /// If requests of Linux do not come to an end.
    pub fn run(&mut self, script: &[Op]) -> Result<usize, Unlike> {
        let steps = self.on_linux(script);
        let run = |kernel: &_, done: &dyn Fn()| {
            let machine = Machine::new(kernel, self.kind, RingShape::default());
            let mut machine = machine.expect("the model has rings");
            let verdict = follow(&mut machine, &steps, self.kind, kernel);
            done();
            verdict
        };
        let found = search(MOST_RUNS, run, |difference: &Difference| difference.story.len());
        found.map(|found| found.runs).map_err(Unlike)
    }

    /// The script, with what Linux answers.
    fn on_linux(&mut self, script: &[Op]) -> Vec<Step> {
        let steps = script.iter().map(|op| {
            let answer = self.linux.perform(op);
            let usual = Vec::from_iter((!answer.is_empty()).then_some(answer));
            let answers = Answers { usual, ..Answers::default() };
            Step { remarks: Vec::new(), soon: false, op: op.clone(), answers }
        });
        let steps = steps.collect();
        assert!(self.linux.clear(), "requests that have no end");
        steps
    }
}
