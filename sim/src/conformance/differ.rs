//! A script, on Linux and on the model: whether the model may do what Linux did.

use core::fmt;

use levelring::kernel::{Linux, RingError};

use super::verdict::{Difference, follow};
use super::{Answers, Failed, Machine, Op, RingKind, RingShape, Script, Step, search};

/// How many ways the model may go before it is said to differ.
const MOST_RUNS: usize = 5_000;
/// How often Linux may be late with a script before that is a difference.
const LATE: usize = 10;

/// Rings of Linux, used again and again, and the model beside them.
#[derive(Debug)]
pub struct Differ<'a> {
    kernel: &'a Linux,
    kind: RingKind,
    machines: Vec<(RingShape, Machine<'a, Linux>)>,
}

/// How a script went that is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The ways that the model went until it did the same.
    pub ways: usize,
    /// How often before Linux was late: of a network that delivers when it has time to, the model
    /// knows only the quickest.
    pub late: usize,
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
    /// With rings of that kind.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn new(kernel: &'a Linux, kind: RingKind) -> Result<Self, RingError> {
        let usual = RingShape::default();
        let machine = Machine::new(kernel, kind, usual)?;
        Ok(Self { kernel, kind, machines: vec![(usual, machine)] })
    }

    /// Runs a script on both; tells what the model had to try until it did the same.
    ///
    /// # Errors
    ///
    /// It never did.
    ///
    /// # Panics
    ///
    /// If requests of Linux do not come to an end, or there is no further ring.
    pub fn run(&mut self, script: &Script) -> Result<Alike, Unlike> {
        let most = if script.may_be_late() { LATE } else { 0 };
        let mut late = 0;
        loop {
            let steps = self.on_linux(script);
            match self.on_model(script.shape, &steps) {
                Ok(ways) => return Ok(Alike { ways, late }),
                Err(unlike) if late == most => return Err(unlike),
                Err(_) => late += 1,
            }
        }
    }

    fn on_model(&self, shape: RingShape, steps: &[Step]) -> Result<usize, Unlike> {
        let run = |kernel: &_, done: &dyn Fn()| {
            let machine = Machine::new(kernel, self.kind, shape);
            let mut machine = machine.expect("the model has rings");
            let verdict = follow(&mut machine, steps, self.kind, kernel);
            done();
            verdict
        };
        let found = search(MOST_RUNS, run, |difference: &Difference| difference.story.len());
        found.map(|found| found.runs).map_err(Unlike)
    }

    /// The script, with what Linux answers.
    fn on_linux(&mut self, script: &Script) -> Vec<Step> {
        let mut fresh = script.fresh.then(|| self.machine(script.shape));
        let machine = match &mut fresh {
            Some(machine) => machine,
            None => self.used(script.shape),
        };
        let steps = script.ops.iter().map(|op: &Op| {
            let answer = machine.perform(op);
            let usual = Vec::from_iter((!answer.is_empty()).then_some(answer));
            let answers = Answers { usual, ..Answers::default() };
            Step { remarks: Vec::new(), soon: false, op: op.clone(), answers }
        });
        let steps = steps.collect();
        assert!(machine.clear(), "requests that have no end");
        steps
    }

    fn used(&mut self, shape: RingShape) -> &mut Machine<'a, Linux> {
        let at = self.machines.iter().position(|(other, _)| *other == shape);
        let at = at.unwrap_or_else(|| {
            self.machines.push((shape, self.machine(shape)));
            self.machines.len() - 1
        });
        &mut self.machines[at].1
    }

    fn machine(&self, shape: RingShape) -> Machine<'a, Linux> {
        Machine::new(self.kernel, self.kind, shape).expect("there was a ring")
    }
}
