//! A run as text: its options, what was done, and what the kernel chose meanwhile.
//!
//! ```text
//! options uring poll-add batch=1 ring=2/4 capacity=32
//! pipe d0 d1
//! watch r0 d0 held READ on l0
//! turn l0 [ write d1 1 ] { drain mine; say drained }   ! 0 1
//! ```
//!
//! What the kernel chose is behind the `!`; what is not there is the ordinary outcome. `#` begins
//! a comment.

use core::fmt;
use core::str::FromStr;

use super::op::Op;
use super::options::{Options, read_options};
use super::text::read_op;

/// An operation, and what the kernel chose while it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was done.
    pub op: Op,
    /// What the kernel chose.
    pub choices: Vec<u8>,
}

/// A run: what a seed or a fuzzer's bytes came to, or what somebody wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// What the run is like.
    pub options: Options,
    /// What is done in it.
    pub lines: Vec<Line>,
}

/// A text that is no script: the line that could not be read, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoScript {
    /// Its number.
    pub line: usize,
    /// Its text.
    pub text: String,
}

impl fmt::Display for NoScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: cannot read {:?}", self.line, self.text)
    }
}

impl core::error::Error for NoScript {}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.op)?;
        if self.choices.is_empty() {
            return Ok(());
        }
        f.write_str("   !")?;
        self.choices.iter().try_for_each(|choice| write!(f, " {choice}"))
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "options {}", self.options)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Script {
    type Err = NoScript;

    fn from_str(text: &str) -> Result<Self, NoScript> {
        let mut options = None;
        let mut lines = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.split('#').next().unwrap_or("").trim();
            let unreadable = || NoScript { line, text: text.to_owned() };
            if text.is_empty() {
                continue;
            }
            if options.is_none() {
                let text = text.strip_prefix("options ").ok_or_else(unreadable)?;
                options = Some(read_options(text).ok_or_else(unreadable)?);
            } else {
                lines.push(read_line(text).ok_or_else(unreadable)?);
            }
        }
        let nothing = || NoScript { line: 1, text: "no options".to_owned() };
        Ok(Self { options: options.ok_or_else(nothing)?, lines })
    }
}

fn read_line(text: &str) -> Option<Line> {
    let (op, choices) = text.split_once('!').unwrap_or((text, ""));
    let choices = choices.split_whitespace().map(|word| word.parse().ok());
    Some(Line { op: read_op(op)?, choices: choices.collect::<Option<_>>()? })
}
