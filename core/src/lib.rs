//! The sans-I/O core of levelring: level-triggered event dispatch, one event at a time, in strict
//! rotation, as a state machine that makes every decision and does no I/O.
//!
//! `no_std`, no `unsafe`, no clock, no callback, no descriptor, and no allocation unless the
//! embedder chooses storage that grows.
//!
//! # The idea
//!
//! What the kernel says is only a **hint**: "look at this registration". It may be late, doubled,
//! stale or spurious, and costs one check at most. An event is handed out only on a **verdict**: a
//! level check made since the event before ([`Freshness::Strict`]) or within the present batch.
//! Registrations with a hint not yet disproved are the **candidates**; they have their turns in
//! rotation.
//!
//! # The contract
//!
//! Four kinds of methods, and who calls them:
//!
//! | | |
//! | --- | --- |
//! | the application asks | [`register`], [`set_interest`], [`remove`], [`submit`], [`cancel`] |
//! | the driver tells the kernel | [`next_submission`] until `None`, then one system call |
//! | the driver tells the core | [`complete`], [`judge`], [`looked`], [`vanish`] |
//! | the application is told | [`next_event`]: exactly one; its handler may tell [`progress`] |
//!
//! Anything may be called at any time, a handler included; the order that makes events is this:
//!
//! 1. [`next_event`]. If there is one, run its handler, tell its [`progress`] if it said any, and
//!    that was the turn.
//! 2. Else [`plan`]. If it says [`Look::Wait`] or [`Look::Glance`], hand the kernel every
//!    [`next_submission`], look for answers and [`complete`] each; wait for one only at `Wait`, and
//!    only while [`has_candidates`] says no. Then call [`looked`]: there is no event before. (If
//!    the kernel fails in between, the look is to be made again, and what it brought was hints.)
//! 3. Check the level of up to [`Plan::judge`] of the [`candidates`], from the first, and [`judge`]
//!    each. (At `Glance`, one poll(2) may do both: of the candidates and of an epoll set.) Between
//!    the check and the judging no event may be handed out, and nothing completed.
//! 4. Begin again at 1.
//!
//! For what is common there are calls that stand for several of these, and do the same for less:
//! [`next_turn`] for 1 and 2, [`deliver`] for a look that brings one report of a level-triggered
//! set, [`decide`] for 3 with one candidate.
//!
//! What is owed to the core:
//!
//! - Each request that a [`Submission`] stands for is answered, in whatever order, by completions
//!   carrying its tag, of which exactly one is without `more`. A mechanism that answers at once, as
//!   epoll_ctl does, is no exception.
//! - The members of a chain, and the two halves of a [`Submission::Rearm`], go to the kernel in one
//!   submission, next to each other.
//! - A completion is called [`level`](Completion::level) only if it is a level check. Of a poll
//!   that was made since the last handler returned, it must have been made since as well; and no
//!   operation on the same ring may have used up since what it saw.
//!
//! Nothing else can do harm: an answer that is doubled, forged, late, or out of range is a value
//! ([`Disposition::Stale`], [`Disposition::Foreign`]); the caller's mistakes are errors ([`Full`],
//! [`Stale`]); only a broken core panics.
//!
//! `examples/by_hand.rs` is a driver in one page.
//!
//! [`register`]: Core::register
//! [`set_interest`]: Core::set_interest
//! [`remove`]: Core::remove
//! [`submit`]: Core::submit
//! [`cancel`]: Core::cancel
//! [`progress`]: Core::progress
//! [`next_submission`]: Core::next_submission
//! [`complete`]: Core::complete
//! [`judge`]: Core::judge
//! [`looked`]: Core::looked
//! [`vanish`]: Core::vanish
//! [`next_event`]: Core::next_event
//! [`plan`]: Core::plan
//! [`next_turn`]: Core::next_turn
//! [`deliver`]: Core::deliver
//! [`decide`]: Core::decide
//! [`candidates`]: Core::candidates
//! [`has_candidates`]: Core::has_candidates

#![no_std]
#![forbid(unsafe_code)]

/// Its examples are run with the crate's own.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(levelring_planted)]
pub mod planted;
#[cfg(not(levelring_planted))]
mod planted;

mod bits;
mod errno;
mod error;
mod freshness;
mod interest;
mod key;
mod lane;
mod progress;
mod readiness;
mod streak;
mod watch;

mod completion;
mod event;
mod operation;
mod plan;
mod submission;
mod tag;
mod turn;

mod arm;

mod list;
mod registration;
mod rotation;
mod slot;
mod state;
mod storage;

mod candidates;
mod machine;

mod check;
mod image;

mod dispatch;

pub use crate::candidates::Candidates;
pub use crate::completion::{Completion, Disposition};
pub use crate::dispatch::Core;
pub use crate::error::{Full, Stale, SubmitError};
pub use crate::event::{Event, Outcome};
pub use crate::freshness::Freshness;
pub use crate::interest::Interest;
pub use crate::key::Key;
pub use crate::lane::Lane;
pub use crate::operation::{Link, Request};
pub use crate::plan::{Look, Plan};
pub use crate::progress::Progress;
pub use crate::readiness::Readiness;
pub use crate::slot::Slot;
#[cfg(feature = "alloc")]
pub use crate::storage::Growing;
pub use crate::storage::Storage;
pub use crate::submission::Submission;
pub use crate::tag::Tag;
pub use crate::turn::Turn;
pub use crate::watch::Watch;
