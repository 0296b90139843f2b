//! A model kernel for [`levelring`], held to Linux.

mod calls;
mod kernel;

pub use calls::{Calls, Half};
pub use kernel::{
    Asleep, Blunders, Choices, Control, Faults, Odds, Plain, Random, RingId, RingMade, Script,
    Step, System,
};
