//! A run as it is drawn: steps, and what goes on in them.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::os::fd::RawFd;

use levelring::Key;

use crate::kernel::RingSeen;

/// A run.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) steps: Vec<Step>,
    pub(super) program: Vec<Span>,
    pub(super) others: Vec<Span>,
    pub(super) loops: BTreeMap<u8, Looping>,
    pub(super) registrations: Vec<Registered>,
    pub(super) requests: Vec<Requested>,
    /// By what they are known as in surveys.
    pub(super) files: BTreeMap<u32, Opened>,
}

/// One thing after another.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) now: Duration,
    pub(super) who: String,
    pub(super) what: String,
    /// What followed from it.
    pub(super) notes: Vec<String>,
    pub(super) subjects: Vec<Subject>,
}

/// What a thing in the picture is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Registration(usize),
    Request(usize),
    File(u32),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registration(at) => write!(f, "r{at}"),
            Self::Request(at) => write!(f, "o{at}"),
            Self::File(id) => write!(f, "f{id}"),
        }
    }
}

/// From the beginning of one step to that of another.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) from: usize,
    /// Nothing while it is open.
    pub(super) to: Option<usize>,
    pub(super) class: &'static str,
    pub(super) label: String,
    pub(super) title: String,
    pub(super) subjects: Vec<Subject>,
}

/// In one step.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) at: usize,
    pub(super) class: &'static str,
    pub(super) label: String,
    pub(super) title: String,
    pub(super) subjects: Vec<Subject>,
}

/// A loop, and its ring.
#[derive(Debug, Default)]
pub(super) struct Looping {
    pub(super) driver: String,
    pub(super) turns: Vec<Span>,
    pub(super) handlers: Vec<Span>,
    pub(super) calls: Vec<Span>,
    pub(super) submissions: Vec<Mark>,
    pub(super) completions: Vec<Mark>,
    /// Requests of the driver's own: its wait for its epoll set.
    pub(super) waits: Vec<Span>,
    /// From which step on.
    pub(super) depth: Vec<(usize, RingSeen)>,
}

/// A registration.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) on: u8,
    pub(super) key: Key,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) fd: RawFd,
    pub(super) alive: bool,
    pub(super) subjects: Vec<Subject>,
    pub(super) interests: Vec<Span>,
    pub(super) lanes: [Vec<Span>; 2],
    /// When an epoll set knew its number.
    pub(super) set: Vec<Span>,
    pub(super) marks: Vec<Mark>,
}

/// A request of the ring.
#[derive(Debug)]
pub(super) struct Requested {
    pub(super) on: u8,
    pub(super) key: Key,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) subjects: Vec<Subject>,
    /// Asked for, then under way.
    pub(super) spans: Vec<Span>,
    pub(super) marks: Vec<Mark>,
}

/// An open file.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) kind: &'static str,
    /// As the program calls its descriptors.
    pub(super) names: Vec<String>,
    pub(super) bands: Vec<Band>,
}

/// How a file is for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Band {
    pub(super) from: usize,
    pub(super) to: Option<usize>,
    pub(super) level: u32,
    pub(super) numbers: Vec<RawFd>,
    pub(super) others: usize,
}

impl Run {
    /// The step at hand.
    pub(super) const fn at(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    /// The latest registration of a loop under this key.
    pub(super) fn registration(&self, on: u8, key: Key) -> Option<usize> {
        self.registrations.iter().rposition(|one| one.on == on && one.key == key)
    }

    /// The latest request of a loop under this key.
    pub(super) fn request(&self, on: u8, key: Key) -> Option<usize> {
        self.requests.iter().rposition(|one| one.on == on && one.key == key)
    }
}

impl Span {
    /// One that has begun.
    pub(super) fn open(from: usize, class: &'static str, label: String) -> Self {
        let (title, subjects) = (label.clone(), Vec::new());
        Self { from, to: None, class, label, title, subjects }
    }

    /// What it is about.
    pub(super) fn about(mut self, subjects: &[Subject]) -> Self {
        self.subjects = subjects.to_vec();
        self
    }
}
