//! A scenario, run on a kernel: whether it went as Linux goes.

use core::fmt;
use core::time::Duration;

use levelring::kernel::RingError;

use super::{Answers, Machine, RingKind, Scenario, Step};
use crate::Calls;

/// How often, and after what time, what happens *soon* is asked for again.
const ATTEMPTS: usize = 10_000;
const PAUSE: Duration = Duration::from_micros(500);
/// When *soon* is over, if nobody knows what to expect.
const LONG: Duration = Duration::from_millis(30);

/// Where a kernel answers what the scenario does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The scenario up to and with that step, as it was answered.
    pub story: Vec<String>,
    /// What was allowed.
    pub allowed: Vec<String>,
    /// What came.
    pub answer: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.story.iter().try_for_each(|line| writeln!(f, "      {line}"))?;
        writeln!(f, "    - allowed: {}", shown(&self.allowed.join(" or ")))?;
        write!(f, "    + answered: {}", shown(&self.answer))
    }
}

fn shown(answer: &str) -> &str {
    if answer.is_empty() { "(nothing to be told)" } else { answer }
}

/// Runs a scenario on a ring of that kind, and tells the answers. `done` is called when that has
/// come to an end, good or bad, and before anything is cleared away.
///
/// # Errors
///
/// There is no such ring.
pub fn attempt<K: Calls>(
    scenario: &Scenario,
    kind: RingKind,
    kernel: &K,
    done: impl FnOnce(),
) -> Result<Result<Vec<String>, Difference>, RingError> {
    let mut machine = Machine::new(kernel, kind, scenario.shape)?;
    let verdict = follow(&mut machine, &scenario.steps, kind, kernel);
    done();
    Ok(verdict)
}

/// Performs the steps up to the first whose answer is not allowed.
pub(super) fn follow<K: Calls>(
    machine: &mut Machine<'_, K>,
    steps: &[Step],
    kind: RingKind,
    kernel: &K,
) -> Result<Vec<String>, Difference> {
    let mut answers = Vec::new();
    for step in steps {
        let answer = perform(machine, step, kind, kernel);
        if !step.answers.allow(kind, &answer) {
            let lines = steps.iter().zip(&answers);
            let mut story: Vec<String> =
                lines.map(|(step, answer)| format!("{} => {answer}", step.op)).collect();
            story.push(step.op.to_string());
            return Err(Difference { story, allowed: step.answers.on(kind).to_vec(), answer });
        }
        answers.push(answer);
    }
    Ok(answers)
}

fn perform<K: Calls>(
    machine: &mut Machine<'_, K>,
    step: &Step,
    kind: RingKind,
    kernel: &K,
) -> String {
    if step.soon && step.answers.on(kind).is_empty() {
        // Being blessed.
        kernel.sleep(LONG);
    }
    let mut answer = machine.perform(&step.op);
    let first = answer.clone();
    for _ in 0..ATTEMPTS {
        if !step.soon || step.answers.on(kind).is_empty() || step.answers.allow(kind, &answer) {
            break;
        }
        kernel.sleep(PAUSE);
        answer = machine.perform(&step.op);
    }
    let late = step.soon && !step.answers.allow(kind, &answer) && answer != first;
    if late { format!("{first}, and later {answer}") } else { answer }
}

/// Writes a kernel's answers into a scenario, where they are not allowed yet.
///
/// # Errors
///
/// There is no ring of some kind.
pub fn bless<K: Calls>(scenario: &mut Scenario, kernel: &K) -> Result<(), RingError> {
    let mut columns = Vec::new();
    for kind in scenario.kinds.clone() {
        let mut machine = Machine::new(kernel, kind, scenario.shape)?;
        let answers: Vec<String> =
            scenario.steps.iter().map(|step| perform(&mut machine, step, kind, kernel)).collect();
        columns.push((kind, answers));
    }
    for (at, step) in scenario.steps.iter_mut().enumerate() {
        let row: Vec<(RingKind, &str)> =
            columns.iter().map(|(kind, answers)| (*kind, answers[at].as_str())).collect();
        if row.iter().any(|(kind, answer)| !step.answers.allow(*kind, answer)) {
            step.answers = pinned(&row);
        }
    }
    Ok(())
}

/// What the first kind answers is usual.
fn pinned(row: &[(RingKind, &str)]) -> Answers {
    let Some((_, usual)) = row.first() else { return Answers::default() };
    let list = |answer: &str| Vec::from_iter((!answer.is_empty()).then(|| answer.to_owned()));
    let others = row.iter().filter(|(_, answer)| answer != usual);
    let of = others.map(|(kind, answer)| (*kind, list(answer))).collect();
    Answers { usual: list(usual), of }
}

#[cfg(test)]
mod tests {
    use levelring::kernel::Linux;

    use super::*;
    use crate::SimKernel;

    /// A check is worth what it can catch.
    #[test]
    fn a_wrong_answer_is_told_by_both_kernels() {
        let text = "== a\n1\non none\npipe r w\nwrite w 1\npoll r IN => OUT\nread r 1\n";
        let scenario = &Scenario::read_all(text).expect("a scenario")[0];
        let expected = Difference {
            story: vec!["pipe r w => ".into(), "write w 1 => ".into(), "poll r IN".into()],
            allowed: vec!["OUT".into()],
            answer: "IN".into(),
        };
        let differs = Ok(Err(expected));
        assert_eq!(attempt(scenario, RingKind::None, &Linux::new(), || {}), differs);
        assert_eq!(attempt(scenario, RingKind::None, &SimKernel::new(), || {}), differs);
    }

    #[test]
    fn what_a_kernel_answers_is_pinned() {
        let text = "== a\n1\non none\npipe r w\npoll r IN\npoll w OUT => OUT\n";
        let mut scenario = Scenario::read_all(text).expect("a scenario").remove(0);
        assert_eq!(bless(&mut scenario, &SimKernel::new()), Ok(()));
        let answers: Vec<&[String]> =
            scenario.steps.iter().map(|step| step.answers.on(RingKind::None)).collect();
        assert_eq!(answers, [&[][..], &["-".to_owned()], &["OUT".to_owned()]]);
    }
}
