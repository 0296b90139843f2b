//! Storms: random worlds around the production loop on the model kernel.
//!
//! A run is a byte string. It draws its options first, then operation after operation, and the
//! kernel's choices in between; four nets are under it all the while:
//!
//! - the core's invariants, and the model's, after every step;
//! - the kernel's side of the ring: names, numbers of polls, references, what was malformed;
//! - everything drains at the end;
//! - the reference, which knows what the user was promised (see [`Property`]): a safety phase with
//!   faults, and liveness phases without.
//!
//! ```
//! let outcome = levelring_sim::storm::run_seed(42);
//! assert_eq!(outcome.failure, None);
//! println!("{}", outcome.script); // the same as text, which can be run again
//! ```

mod act;
mod closing;
mod draw;
mod ending;
mod hash;
mod nets;
mod noting;
mod op;
mod options;
mod probe;
pub(crate) mod property;
mod registering;
mod request;
mod requesting;
mod results;
mod run;
mod sabotage;
mod script;
mod settling;
mod shrink;
mod stage;
mod tally;
mod text;
mod turning;
mod words;

pub use noting::Recording;
pub use op::{D, Kind, L, LOOPS, ME, MINE, NAMES, O, Op, R, Turn, Watch};
pub use options::Options;
pub use probe::Probe;
pub(crate) use property::must;
pub use property::{Failure, FailureKind, Property};
pub use request::{Ask, Member, Request};
pub use run::{
    Outcome, record, record_with, replay, replay_aloud, replay_with, run, run_seed, run_with,
};
pub use sabotage::Sabotage;
pub use script::{Line, NoScript, Script};
pub use settling::{CALLS, QUIET, RESPONSE};
pub use shrink::{shrink, shrink_bytes};
pub use tally::Tally;
