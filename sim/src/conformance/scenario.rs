//! Scripts with their answers, as they stand in `sim/scenarios`.
//!
//! ```text
//! == a pipe that is written to completes its poll, once
//! 1.1, s1 1a                             the source: section and probe
//! on plain coop defer                    (default: all three; `none` for no ring)
//! pipe r w
//! 1 arm r IN
//! run                => -
//! write w 1
//! look               => completions
//!   defer            => deferred work    where a ring answers differently
//! run                => 1:IN
//! soon poll w OUT    => OUT              asked again till it says so
//! ```
//!
//! Answers that Linux is free to choose from are separated by ` or `. A line after `#` is a remark.

use core::fmt;
use std::collections::BTreeMap;

use super::{Op, RingKind, RingShape};

/// A script, what Linux answers, and what it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// Where that was found.
    pub source: String,
    /// The rings it runs on.
    pub kinds: Vec<RingKind>,
    /// How those are shaped.
    pub shape: RingShape,
    /// One after another.
    pub steps: Vec<Step>,
}

/// An operation and its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Remarks before it.
    pub remarks: Vec<String>,
    /// Whether it is asked again until the answer is right.
    pub soon: bool,
    /// What is done.
    pub op: Op,
    /// What Linux says.
    pub answers: Answers,
}

/// What a kernel may answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// On most rings.
    pub usual: Vec<String>,
    /// Where it differs.
    pub of: BTreeMap<RingKind, Vec<String>>,
}

impl Answers {
    /// What may be answered on a ring of that kind. None at all: nothing was to be told.
    #[must_use]
    pub fn on(&self, kind: RingKind) -> &[String] {
        self.of.get(&kind).unwrap_or(&self.usual)
    }

    /// Whether a ring of that kind may answer so.
    #[must_use]
    pub fn allow(&self, kind: RingKind, answer: &str) -> bool {
        let answers = self.on(kind);
        answers.iter().any(|one| one == answer) || (answers.is_empty() && answer.is_empty())
    }
}

impl Scenario {
    /// Reads a file of scenarios.
    ///
    /// # Errors
    ///
    /// The line that is none, by number and with a reason.
    pub fn read_all(text: &str) -> Result<Vec<Self>, String> {
        let mut scenarios: Vec<Self> = Vec::new();
        let mut remarks = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_end();
            if let Some(name) = line.strip_prefix("== ") {
                scenarios.push(Self::named(name));
            } else if let Some(scenario) = scenarios.last_mut() {
                let read = scenario.line(line, &mut remarks);
                read.map_err(|reason| format!("line {number}: {reason}"))?;
            } else if !(line.is_empty() || line.starts_with('#')) {
                return Err(format!("line {number}: before the first scenario"));
            }
        }
        // Nothing is held to what has no grounds.
        match scenarios.iter().find(|scenario| scenario.source.is_empty()) {
            Some(Self { name, .. }) => Err(format!("{name}: no source")),
            None => Ok(scenarios),
        }
    }

    /// The same script, of which only these answers are allowed.
    #[must_use]
    pub fn answered(&self, answers: &[String]) -> Self {
        let mut scenario = self.clone();
        for (step, answer) in scenario.steps.iter_mut().zip(answers) {
            let usual = Vec::from_iter((!answer.is_empty()).then(|| answer.clone()));
            step.answers = Answers { usual, of: BTreeMap::new() };
        }
        scenario
    }

    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            source: String::new(),
            kinds: RingKind::RINGS.to_vec(),
            shape: RingShape::default(),
            steps: Vec::new(),
        }
    }

    fn line(&mut self, line: &str, remarks: &mut Vec<String>) -> Result<(), String> {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return Ok(());
        }
        if let Some(remark) = trimmed.strip_prefix('#') {
            remarks.push(remark.trim().to_owned());
            return Ok(());
        }
        if trimmed.starts_with("==") {
            return Err("a name out of its place".to_owned());
        }
        if self.source.is_empty() {
            trimmed.clone_into(&mut self.source);
            return Ok(());
        }
        let (words, answers) = match trimmed.split_once("=>") {
            None => (trimmed, Vec::new()),
            Some((words, answers)) => (words.trim(), read_answers(answers)?),
        };
        if line.starts_with("  ") {
            let step = self.steps.last_mut().ok_or("an answer to nothing")?;
            let kind = RingKind::from_name(words).ok_or("no kind of ring")?;
            if answers.is_empty() {
                return Err("a kind of ring without an answer".to_owned());
            }
            step.answers.of.insert(kind, answers);
            return Ok(());
        }
        if self.steps.is_empty() && self.setting(words)? {
            return Ok(());
        }
        let soon = words.strip_prefix("soon ");
        let op: Op = soon.unwrap_or(words).parse().map_err(|error| format!("{error}"))?;
        let answers = Answers { usual: answers, of: BTreeMap::new() };
        let remarks = core::mem::take(remarks);
        self.steps.push(Step { remarks, soon: soon.is_some(), op, answers });
        Ok(())
    }

    /// `on KIND..`, `cq N`, `sq N` or `one by one`.
    fn setting(&mut self, words: &str) -> Result<bool, String> {
        let number = |text: &str| text.parse().map_err(|_| "not a number".to_owned());
        if let Some(kinds) = words.strip_prefix("on ") {
            let kinds: Option<_> = kinds.split_whitespace().map(RingKind::from_name).collect();
            self.kinds = kinds.ok_or("no kind of ring")?;
        } else if let Some(entries) = words.strip_prefix("cq ") {
            self.shape.cq_entries = number(entries)?;
        } else if let Some(entries) = words.strip_prefix("sq ") {
            self.shape.entries = number(entries)?;
        } else if words == "one by one" {
            self.shape.submit_all = false;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// Answers with the word `or` between them. That there is none is an answer, but only by itself.
fn read_answers(text: &str) -> Result<Vec<String>, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let answers: Vec<String> = words.split(|word| *word == "or").map(|one| one.join(" ")).collect();
    if answers.len() > 1 && answers.iter().any(String::is_empty) {
        return Err("an `or` without an answer on both sides".to_owned());
    }
    Ok(answers)
}

/// Where the answers stand.
const COLUMN: usize = 28;

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "== {}\n{}", self.name, self.source)?;
        if self.kinds != RingKind::RINGS {
            let kinds: Vec<String> = self.kinds.iter().map(RingKind::to_string).collect();
            writeln!(f, "on {}", kinds.join(" "))?;
        }
        let usual = RingShape::default();
        if self.shape.entries != usual.entries {
            writeln!(f, "sq {}", self.shape.entries)?;
        }
        if self.shape.cq_entries != usual.cq_entries {
            writeln!(f, "cq {}", self.shape.cq_entries)?;
        }
        if !self.shape.submit_all {
            writeln!(f, "one by one")?;
        }
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for remark in &self.remarks {
            writeln!(f, "# {remark}")?;
        }
        let soon = if self.soon { "soon " } else { "" };
        line(f, &format!("{soon}{}", self.op), &self.answers.usual, false)?;
        for (kind, answers) in &self.answers.of {
            line(f, &format!("  {kind}"), answers, true)?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, words: &str, answers: &[String], always: bool) -> fmt::Result {
    if answers.is_empty() && !always {
        return writeln!(f, "{words}");
    }
    let text = format!("{words:COLUMN$} => {}", answers.join(" or "));
    writeln!(f, "{}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
== a name
1.1
on plain defer
cq 8
pipe r w
# why
run                          => 1:IN or -
  defer                      =>
soon poll r IN               => IN
";

    #[test]
    fn an_or_stands_between_answers() {
        for answers in ["or 1:IN", "1:IN or", "1:IN or or 2:IN", "or"] {
            let text = format!("== a name\n1.1\nrun => {answers}\n");
            let error = Scenario::read_all(&text).expect_err("an answer is missing");
            assert_eq!(error, "line 3: an `or` without an answer on both sides");
        }
        let text = "== a name\n1.1\nrun =>1:IN\tor   2:IN  1:IN\n";
        let scenarios = Scenario::read_all(text).expect("a scenario");
        assert_eq!(scenarios[0].steps[0].answers.usual, ["1:IN", "2:IN 1:IN"]);
    }

    #[test]
    fn a_scenario_is_read_as_it_is_written() {
        let scenarios = Scenario::read_all(TEXT).expect("a scenario");
        assert_eq!(scenarios[0].to_string(), TEXT);
        let answers = &scenarios[0].steps[1].answers;
        assert!(answers.allow(RingKind::Plain, "-") && answers.allow(RingKind::Plain, "1:IN"));
        assert!(!answers.allow(RingKind::Defer, "-") && answers.allow(RingKind::Defer, ""));
    }

    #[test]
    fn what_is_none_is_refused_with_its_line() {
        let text = "== a name\n1.1\npipe r w\npoke r\n";
        let error = Scenario::read_all(text).expect_err("no such operation");
        assert!(error.starts_with("line 4: "), "{error}");
    }
}
