//! Scripts that run on any kernel, and what Linux answers to them.
//!
//! ```text
//!  sim/scenarios/*.txt ──► Scenario ──┐                    ┌──► Linux
//!                                     ├──► Op ──► Machine ─┤
//!  a seed ──► random script ──────────┘                    └──► the model
//! ```
//!
//! A script is a list of operations ([`Op`]), one a line; a [`Machine`] performs them one by one on
//! a kernel and gives each an answer, a short text. A [`Scenario`] is a script with the answers
//! that Linux gives, per kind of ring where they differ, and several where Linux is free.

mod differ;
mod encode;
mod entry;
mod machine;
mod op;
mod parse;
mod queues;
mod random;
mod request;
mod rings;
mod scenario;
mod search;
mod shrink;
mod submit;
mod verdict;
mod words;

pub use differ::{Alike, Differ, Unlike};
pub use machine::Machine;
pub use op::{Control, Name, Op, Which};
pub use parse::Unreadable;
pub use random::{Profile, Script, script};
pub use request::{Field, Link, Request, Submission, Timing};
pub use rings::{RingKind, RingShape};
pub use scenario::{Answers, Scenario, Step};
pub use search::{Failed, Found, search};
pub use shrink::shrink;
pub use verdict::{Difference, attempt, bless};
