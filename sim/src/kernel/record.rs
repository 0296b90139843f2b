//! What happened, one thing after another, for those who want to see a run and not only its end.
//!
//! The kernel sees all of it: what the loop asks, what is submitted and completed, who keeps a file
//! open. What it cannot know, the names of things and whose handler runs, it is told. Nothing is
//! written down unless somebody asked for it.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring::{Interest, Key, Tenure};

use super::survey::Survey;
use super::system::System;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// When, on the kernel's clock.
    pub(crate) now: Duration,
    pub(crate) what: Noted,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Somebody begins to do something.
    Begins(Doing),
    /// The last that was begun and not ended has ended, and this came of it.
    Ends(String),
    /// A sleeper looks again.
    Wakes(&'static str),
    /// What the kernel cannot know.
    Told(Fact),
    /// A ring has taken a submission.
    Submitted { ring: u16, user_data: u64, opcode: u8, fd: RawFd, asked: u32 },
    /// A ring has a completion; `last` if the request has ended, `spills` if the queue was full.
    Completed { ring: u16, user_data: u64, result: i32, last: bool, spills: bool },
    /// A request has ended without one.
    Vanished { ring: u16, user_data: u64 },
    /// A ring is gone, with all that it had under way.
    RingGone { ring: u16 },
    /// An epoll set was told of a number: what it is to be watched for, if it is.
    Set { set: u16, fd: RawFd, events: Option<u32> },
    /// An epoll set has told of a number.
    Hinted { fd: RawFd, events: u32 },
    /// poll(2) has judged a number.
    Judged { fd: RawFd, seen: u32 },
    /// How things are; noted when it has changed.
    Surveyed(Survey),
}

/// Something that takes a while, and within which other things happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// An operation, in its words.
    Operation { by: By, text: String },
    /// A turn of a loop.
    Turn { on: u8, wait: Option<Duration> },
    /// A handler runs, for this.
    Handler { on: u8, key: Option<Key>, name: String, told: String },
    /// The loop's system call.
    Call { ring: Option<u16>, name: &'static str, asked: String },
}

/// Who does an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The program, outside of its handlers.
    Program,
    /// The program, in a handler.
    Handler,
    /// Others, while the program sleeps.
    Others,
}

/// What the kernel is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// A loop is made: the rings that follow are its own.
    Loop { on: u8, driver: String },
    /// The program uses a loop: the system calls that follow are its own, unless others turn.
    Uses { on: u8 },
    /// How the program calls its descriptors.
    Names(Vec<(u8, RawFd)>),
    /// A registration was made.
    Registered(Registration),
    /// It is to be called for something else.
    Interest { on: u8, key: Key, interest: Interest },
    /// It was removed.
    Removed { on: u8, key: Key },
    /// A loop has ended, with all that was its own.
    Dropped { on: u8 },
    /// Something was asked of the ring.
    Asked { on: u8, key: Key, name: String, text: String },
}

/// A registration, when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(crate) on: u8,
    pub(crate) key: Key,
    pub(crate) name: u8,
    pub(crate) fd: RawFd,
    pub(crate) tenure: Tenure,
    pub(crate) interest: Interest,
}

/// Who writes it down.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    notes: Vec<Note>,
    last: Survey,
}

impl System {
    /// Whether somebody wants to know.
    pub(super) const fn is_recording(&self) -> bool {
        self.recorder.0.is_some()
    }

    /// Writes down what happens from now on.
    pub(super) fn record(&mut self) {
        self.recorder.0 = Some(Box::default());
    }

    /// What has been written down; nothing more is.
    pub(super) fn recorded(&mut self) -> Vec<Note> {
        if !self.is_recording() {
            return Vec::new();
        }
        let last = self.survey();
        self.note(|| Noted::Surveyed(last));
        self.recorder.0.take().map_or_else(Vec::new, |recorder| recorder.notes)
    }

    /// Something happened. What begins something is preceded by how things were.
    #[inline]
    pub(super) fn note(&mut self, what: impl FnOnce() -> Noted) {
        if self.is_recording() {
            self.write_down(what());
        }
    }

    #[cold]
    #[inline(never)]
    fn write_down(&mut self, what: Noted) {
        let now = self.now();
        let survey = matches!(what, Noted::Begins(_) | Noted::Wakes(_)).then(|| self.survey());
        let Some(recorder) = &mut self.recorder.0 else { return };
        if let Some(survey) = survey.filter(|survey| *survey != recorder.last) {
            recorder.last.clone_from(&survey);
            recorder.notes.push(Note { now, what: Noted::Surveyed(survey) });
        }
        recorder.notes.push(Note { now, what });
    }
}
