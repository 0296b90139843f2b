//! A run as one picture: what the program did, what the loop asked, what the kernel held, in time.
//!
//! ```
//! use levelring_sim::{storm, timeline};
//!
//! let script = "options uring poll-add batch=1 ring=8/16 capacity=8 ordinary\n\
//!               pipe d0 d1\n\
//!               watch r0 d0 held READ on l0\n\
//!               turn l0 5ms [ write d1 1 ] { drain mine }";
//! let outcome = storm::record(&script.parse()?);
//! let page = timeline::page("three lines", &outcome, None);
//! assert!(page.starts_with("<!DOCTYPE html>"));
//! # Ok::<(), storm::NoScript>(())
//! ```
//!
//! The page needs nothing but itself. Time goes from left to right in *steps*: an operation, a
//! turn, a call of a handler, a system call, and a sleeper that looks again are one step each. All
//! that the kernel does within a step is drawn in that step.

mod chart;
mod items;
mod markup;
mod page;
mod reading;
mod rows;
mod run;
mod table;
mod words;

use core::ops::Range;

use crate::storm::Outcome;

/// The page of a recorded run: all of it, or the steps of a range.
///
/// `origin` says where the run is from: its seed, or the name of its file.
#[must_use]
pub fn page(origin: &str, outcome: &Outcome, steps: Option<Range<usize>>) -> String {
    let run = reading::read(&outcome.recording.0);
    page::write(origin, outcome, &run, steps)
}
