//! Small worlds: the production core, a driver of one page and the model kernel, in which every
//! reachable state is visited, at whatever depth.
//!
//! ```
//! use levelring_sim::explore::{Limits, Options, Verdict, bounds};
//! let options: Options = "1x1,harsh".parse()?;
//! let (closure, bounds) = bounds(&options, &Limits::default());
//! assert_eq!(closure.verdict, Verdict::Closed);
//! assert_eq!(bounds.dispatch, 1);
//! # Ok::<(), levelring_sim::explore::UnknownWorld>(())
//! ```
//!
//! # What is in a world
//!
//! Up to three registrations (held, READ or WRITE or neither, on POLL_ADD, once or multishot) of up
//! to two eventfds that are either readable or writable. Between two calls that the loop makes
//! anybody may change a level; between two turns, and in handlers, the program may register, change
//! interests, remove, close descriptors that are watched and open others under their numbers. The
//! kernel chooses whatever Linux leaves open, takes part of what is submitted, and has a queue of
//! two completions: see [`Options`].
//!
//! # What is checked in every state
//!
//! The invariants of the core and of the model; and, against what the program was promised:
//! events are for the living, for wanted bits, and true since the last handler returned (S1, S9);
//! two polls of a registration at most, no number twice (S2); what the ring owes is what the core
//! waits for, and slots are given back (S3); nobody who is ready sleeps (S4); when a removal
//! returns, nothing is left of it in the kernel (S5); completions that overflow are not lost (S6).
//! A program that closes what it has registered as held breaks its word; it is promised no more
//! events then, but all the rest.
//!
//! # What takes how long at most
//!
//! Over all states of the worlds in [`SMALL`] and [`LARGE`], with everybody else standing still
//! (H registrations; [`Bounds`] says what is counted):
//!
//! | | a ring that defers | a plain one |
//! | --- | --- | --- |
//! | an event of whoever is ready, turns | H | H + 1 |
//! | events of another before it | H - 1 | H |
//! | until a loop with nobody ready sleeps, calls | 5 | 6 |
//! | until a removal returns, calls | 3 | 3 |
//!
//! (A plain ring may leave its work to the end of the next system call, which is one turn more.)
//!
//! # What is taken for the same
//!
//! Steps are those of the loop and its program, not of instructions. States are the same if they
//! differ only in counts that ever grow, generations, the names of lanes, of slots and of files,
//! the order of what has none, and in how long a registration was ready, as long as that does not
//! make it busy ([`World::outcomes`] takes each step for all lengths). Tests hold that
//! [`Reductions`] change no verdict.

mod action;
mod bounds;
mod checks;
mod driver;
mod golden;
mod hash;
mod image;
mod options;
mod search;
mod step;
mod swarm;
mod table;
mod trail;
mod user;
mod world;

pub use action::Action;
pub use bounds::{Bounds, bounds};
pub use golden::{Golden, HARDEST, LARGE, SMALL};
pub use hash::Folding;
pub use image::Reductions;
pub use options::{Options, Sabotage, UnknownWorld};
pub use search::{Closure, Failure, Limits, Verdict, close};
pub use swarm::{Swarm, Swarmed, swarm, walk};
pub use trail::Trail;
pub use world::World;
