//! Event dispatch for programs that must never lose an event, never deliver a dead one, and never
//! starve anybody: level-triggered, one handler per turn, in strict rotation, safe against close(),
//! on io_uring, with epoll and poll as full citizens.
//!
//! [`EventLoop`] calls handlers; [`Reactor`] beneath it hands out events, for those who want no
//! closures; [`levelring_core`] beneath that makes every decision and does no I/O.
//!
//! | who may close it | how to watch it | how to let go |
//! | --- | --- | --- |
//! | the loop, which owns or borrows it | [`add`](EventLoop::add) | [`remove`](EventLoop::remove) |
//! | anybody, at any time | [`add_foreign`](EventLoop::add_foreign) | close() |

mod builder;
mod driver;
mod epoll;
mod error;
mod event_loop;
mod handle;
mod journey;
mod judge;
pub mod kernel;
mod operation;
mod patience;
mod planted;
mod poll;
mod reactor;
mod registry;
mod report;
mod seats;
mod set;
mod slices;
mod tenure;
mod translate;
mod uring;
mod way;

pub use builder::{Builder, DRIVER_VARIABLE};
pub use error::{AddError, Error, OperationError, Refusal, RemoveError};
pub use event_loop::EventLoop;
pub use handle::{Completed, Fired, Handle, Name};
pub use io_uring;
pub use levelring_core::{
    Event, Freshness, Interest, Key, Link, Outcome, Progress, Readiness, Stale, Watch,
};
pub use operation::{Chain, Decision, Hook, Linked, Operation, Product};
pub use reactor::Reactor;
pub use report::{Attempt, Report};
pub use tenure::Tenure;
pub use way::{DriverKind, UnknownDriver, Way};

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
