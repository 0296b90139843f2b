//! A model kernel for [`levelring`], held to Linux.

mod calls;
pub mod conformance;
mod kernel;
mod linux;

pub use calls::{Calls, Half};
pub use kernel::{
    Asleep, Blunders, Choices, Control, Environment, Faults, Odds, Plain, Random, RingId, RingMade,
    Script, SimEpoll, SimEventFd, SimFile, SimKernel, SimRing, Step, System,
};
