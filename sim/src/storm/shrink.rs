//! Makes a failing run shorter: first its bytes, then its text.

use super::op::Op;
use super::property::Failure;
use super::run::{replay_with, run_with};
use super::sabotage::Sabotage;
use super::script::{Line, Script};

/// Whether it is the same failure: of the same property, or a crash with the same words.
fn is_same(one: &Failure, other: Option<&Failure>) -> bool {
    other.is_some_and(|other| {
        let words = |failure: &Failure| failure.text.split(char::is_numeric).next().map(str::len);
        one.property == other.property && (one.property.is_some() || words(one) == words(other))
    })
}

/// Shorter bytes with the same failure: chunks are left out, then bytes made 0, then lower.
#[must_use]
pub fn shrink_bytes(bytes: &[u8], failure: &Failure, sabotage: Sabotage) -> Vec<u8> {
    let fails = |bytes: &[u8]| is_same(failure, run_with(bytes, sabotage).failure.as_ref());
    let mut bytes = without_chunks(bytes.to_vec(), 8, fails);
    for at in 0..bytes.len() {
        for lower in [0, bytes[at] / 2, bytes[at].saturating_sub(1)] {
            let mut other = bytes.clone();
            other[at] = lower;
            if lower < bytes[at] && fails(&other) {
                bytes = other;
                break;
            }
        }
    }
    bytes
}

/// A shorter script with the same failure.
#[must_use]
pub fn shrink(script: &Script, failure: &Failure, sabotage: Sabotage) -> Script {
    let mut script = script.clone();
    script.lines.truncate(failure.line + 1);
    let options = script.options.clone();
    let run = |lines: &[Line]| {
        let script = Script { options: options.clone(), lines: lines.to_vec() };
        is_same(failure, replay_with(&script, sabotage).failure.as_ref())
    };
    if !run(&script.lines) {
        // The end matters.
        return script;
    }
    let mut lines = script.lines;
    loop {
        let before = size(&lines);
        lines = without_chunks(lines, 1, run);
        lines = without_pairs(lines, run);
        lines = simpler(lines, run);
        if size(&lines) == before {
            break;
        }
    }
    Script { options, lines }
}

/// What is to become less.
fn size(lines: &[Line]) -> (usize, usize, usize) {
    let choices = lines.iter().flat_map(|line| &line.choices).filter(|one| **one > 0).count();
    let words = lines.iter().map(|line| line.op.to_string().len()).sum();
    (lines.len(), words, choices)
}

fn without_chunks<T: Clone>(
    mut all: Vec<T>,
    least: usize,
    mut fails: impl FnMut(&[T]) -> bool,
) -> Vec<T> {
    let mut chunk = all.len().div_ceil(2);
    while chunk >= least {
        let mut at = 0;
        while at < all.len() {
            let end = (at + chunk).min(all.len());
            let shorter = [&all[..at], &all[end..]].concat();
            if fails(&shorter) {
                all = shorter;
            } else {
                at = end;
            }
        }
        chunk /= 2;
    }
    all
}

/// Two at a time: what opens and what closes.
fn without_pairs(mut all: Vec<Line>, mut fails: impl FnMut(&[Line]) -> bool) -> Vec<Line> {
    /// Beyond this it takes too long.
    const FEW: usize = 40;
    let mut one = 0;
    while one < all.len() && all.len() <= FEW {
        let mut other = one + 1;
        while other < all.len() {
            let mut shorter = all.clone();
            shorter.remove(other);
            shorter.remove(one);
            if fails(&shorter) {
                all = shorter;
            } else {
                other += 1;
            }
        }
        one += 1;
    }
    all
}

/// Line by line: without choices, without what others do, with simpler arguments.
fn simpler(mut all: Vec<Line>, mut fails: impl FnMut(&[Line]) -> bool) -> Vec<Line> {
    for at in 0..all.len() {
        for candidate in candidates(&all[at]) {
            let mut other = all.clone();
            other[at] = candidate;
            if fails(&other) {
                all = other;
            }
        }
        for choice in 0..all[at].choices.len() {
            let mut other = all.clone();
            other[at].choices[choice] = 0;
            while other[at].choices.last() == Some(&0) {
                other[at].choices.pop();
            }
            if other[at] != all[at] && choice < all[at].choices.len() && fails(&other) {
                all = other;
            }
        }
    }
    all
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only what has parts can lose some")]
fn candidates(line: &Line) -> Vec<Line> {
    let mut found = Vec::new();
    let mut add = |op: Op| found.push(Line { op, choices: line.choices.clone() });
    match &line.op {
        Op::Turn(turn) => {
            for at in 0..turn.deed.len() {
                let mut less = turn.clone();
                less.deed.remove(at);
                add(Op::Turn(less));
            }
            for at in 0..turn.meanwhile.len() {
                let mut less = turn.clone();
                less.meanwhile.remove(at);
                add(Op::Turn(less));
            }
            let mut less = turn.clone();
            less.deed.clear();
            less.meanwhile.clear();
            add(Op::Turn(less.clone()));
            less.wait = Some(0);
            add(Op::Turn(less));
        }
        Op::Submit(on, members) => {
            for at in 0..members.len() {
                let mut less = members.clone();
                less.remove(at);
                if !less.is_empty() {
                    add(Op::Submit(*on, less));
                }
            }
        }
        _ => {}
    }
    if !line.choices.is_empty() {
        found.push(Line { op: line.op.clone(), choices: Vec::new() });
    }
    found
}
