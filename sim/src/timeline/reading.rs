//! From notes to a run.

use core::time::Duration;
use std::collections::BTreeMap;
use std::os::fd::RawFd;

use super::run::{Run, Span, Step, Subject};
use super::words;
use crate::kernel::{By, Doing, Note, Noted, Survey};

mod facts;
mod files;
mod rings;

/// Reads what was written down.
pub(super) fn read(notes: &[Note]) -> Run {
    let mut reader = Reader::default();
    for note in notes {
        reader.take(note);
    }
    reader.finish()
}

#[derive(Debug, Default)]
struct Reader {
    run: Run,
    /// What was begun and has not ended, the innermost last.
    open: Vec<Open>,
    survey: Survey,
    /// The program's names of numbers.
    names: BTreeMap<RawFd, u8>,
    /// Whose rings and sets they are.
    rings: BTreeMap<u16, u8>,
    sets: BTreeMap<u16, u8>,
    /// Requests under way, by ring and user_data: where their span is.
    flying: BTreeMap<(u16, u64), Flying>,
    /// Who is turned when nobody is.
    on: u8,
}

/// Where the span of a request is.
#[derive(Clone, Copy, Debug)]
enum Flying {
    Arm { registration: usize, lane: usize },
    Operation { request: usize },
    Own { on: u8, at: usize },
}

/// Something that has not ended.
#[derive(Clone, Copy, Debug)]
enum Open {
    Program(usize),
    Others(usize),
    Turn(u8, usize),
    Handler(u8, usize),
    Call { on: u8, at: usize, submitted: usize, completed: usize },
}

impl Reader {
    fn take(&mut self, note: &Note) {
        match &note.what {
            Noted::Begins(doing) => self.begin(note, doing),
            Noted::Ends(outcome) => self.end(outcome),
            Noted::Wakes(why) => {
                let who = format!("l{}", self.turning());
                self.step(note, who, format!("asleep: {why}"));
            }
            Noted::Told(fact) => self.told(fact),
            Noted::Surveyed(survey) => self.surveyed(survey),
            Noted::Submitted { ring, user_data, opcode, fd, asked } => {
                self.submitted((*ring, *user_data), *opcode, *fd, *asked);
            }
            Noted::Completed { ring, user_data, result, last, spills } => {
                self.completed((*ring, *user_data), *result, *last, *spills);
            }
            Noted::Vanished { ring, user_data } => self.landed((*ring, *user_data), "done, unsaid"),
            Noted::RingGone { ring } => self.ring_gone(*ring),
            Noted::Set { set, fd, events } => self.set_changed(*set, *fd, *events),
            Noted::Hinted { fd, events } => self.hinted(*fd, *events),
            Noted::Judged { fd, seen } => self.judged(*fd, *seen),
        }
    }

    fn step(&mut self, note: &Note, who: String, what: String) -> usize {
        let (notes, subjects) = (Vec::new(), Vec::new());
        self.run.steps.push(Step { now: note.now, who, what, notes, subjects });
        self.run.at()
    }

    /// Something follows from the step at hand.
    fn remark(&mut self, text: String, subjects: &[Subject]) {
        if let Some(step) = self.run.steps.last_mut() {
            step.notes.push(text);
            step.subjects.extend(subjects);
        }
    }

    fn begin(&mut self, note: &Note, doing: &Doing) {
        let open = match doing {
            Doing::Operation { by, text } => self.operation(note, *by, text),
            Doing::Turn { on, wait } => {
                let wait = match wait {
                    None => "waits for ever".to_owned(),
                    Some(Duration::ZERO) => "does not wait".to_owned(),
                    Some(time) => format!("waits {} at most", words::time(*time)),
                };
                let at = self.step(note, format!("l{on}"), format!("a turn, {wait}"));
                let turns = &mut self.run.loops.entry(*on).or_default().turns;
                let label = format!("turn {}", turns.len() + 1);
                let mut span = Span::open(at, "turn", label);
                span.title = format!("{}, {wait}", span.label);
                turns.push(span);
                Open::Turn(*on, turns.len() - 1)
            }
            Doing::Handler { on, key, name, told } => {
                let subjects = key.map_or_else(Vec::new, |key| self.subjects_of(*on, key, name));
                let at = self.step(note, format!("l{on}"), format!("calls {name}: {told}"));
                self.remark_subjects(&subjects);
                self.mark_run(&subjects, at, told);
                let handlers = &mut self.run.loops.entry(*on).or_default().handlers;
                let span = Span::open(at, "handler", format!("{name} {told}")).about(&subjects);
                handlers.push(span);
                Open::Handler(*on, handlers.len() - 1)
            }
            Doing::Call { ring, name, asked } => {
                let known = ring.and_then(|ring| self.rings.get(&ring).copied());
                let on = known.unwrap_or_else(|| self.turning());
                let at = self.step(note, format!("l{on}"), format!("{name} {asked}"));
                let calls = &mut self.run.loops.entry(on).or_default().calls;
                let mut span = Span::open(at, "call", (*name).to_owned());
                span.title = format!("{name} {asked}");
                calls.push(span);
                Open::Call { on, at: calls.len() - 1, submitted: 0, completed: 0 }
            }
        };
        self.open.push(open);
    }

    fn operation(&mut self, note: &Note, by: By, text: &str) -> Open {
        let (who, class) = match by {
            By::Program => ("program", "op"),
            By::Handler => ("handler", "op within"),
            By::Others => ("others", "op others"),
        };
        let at = self.step(note, who.to_owned(), text.to_owned());
        let span = Span::open(at, class, text.to_owned());
        let (list, open): (_, fn(usize) -> Open) = match by {
            By::Program | By::Handler => (&mut self.run.program, Open::Program),
            By::Others => (&mut self.run.others, Open::Others),
        };
        list.push(span);
        open(list.len() - 1)
    }

    fn end(&mut self, outcome: &str) {
        let Some(open) = self.open.pop() else { return };
        let to = self.run.steps.len();
        let Some(from) = self.span_mut(open).map(|span| span.from) else { return };
        // It is about whatever it has touched.
        let touched = self.run.steps.get(from).map(|step| step.subjects.clone());
        let Some(span) = self.span_mut(open) else { return };
        span.to = Some(to);
        if matches!(open, Open::Program(_) | Open::Others(_) | Open::Call { .. }) {
            span.subjects.extend(touched.into_iter().flatten());
            span.subjects.sort_unstable();
            span.subjects.dedup();
        }
        if !outcome.is_empty() {
            span.title = format!("{}\n{outcome}", span.title);
        }
        match open {
            Open::Call { submitted, completed, .. } => {
                span.label = match span.label.as_str() {
                    "enter" => format!("enter \u{25b2}{submitted} \u{25bc}{completed}"),
                    "epoll_ctl" => briefly(&span.title, "ctl", 2),
                    "fstat" => briefly(&span.title, "fstat", 1),
                    name => format!("{name} \u{2192} {}", first_word(outcome)),
                };
                self.remark(format!("answer: {outcome}"), &[]);
            }
            Open::Handler(..) | Open::Turn(..) if !outcome.is_empty() => {
                self.remark(outcome.to_owned(), &[]);
            }
            Open::Handler(..) | Open::Turn(..) | Open::Program(_) | Open::Others(_) => {}
        }
    }

    fn span_mut(&mut self, open: Open) -> Option<&mut Span> {
        match open {
            Open::Program(at) => self.run.program.get_mut(at),
            Open::Others(at) => self.run.others.get_mut(at),
            Open::Turn(on, at) => self.run.loops.get_mut(&on)?.turns.get_mut(at),
            Open::Handler(on, at) => self.run.loops.get_mut(&on)?.handlers.get_mut(at),
            Open::Call { on, at, .. } => self.run.loops.get_mut(&on)?.calls.get_mut(at),
        }
    }

    /// Whose turn it is.
    fn turning(&self) -> u8 {
        let turns = self.open.iter().rev();
        let mut turns = turns.filter_map(|open| match open {
            Open::Turn(on, _) => Some(*on),
            Open::Program(_) | Open::Others(_) | Open::Handler(..) | Open::Call { .. } => None,
        });
        turns.next().unwrap_or(self.on)
    }

    /// What is open is open to the end.
    fn finish(mut self) -> Run {
        self.files_end();
        for step in &mut self.run.steps {
            step.subjects.sort_unstable();
            step.subjects.dedup();
        }
        self.run
    }
}

/// A call with its first words only.
fn briefly(title: &str, name: &str, words: usize) -> String {
    let words = title.split_whitespace().skip(1).take(words);
    words.fold(name.to_owned(), |text, word| format!("{text} {word}"))
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or(text)
}
