//! The model kernel.
//!
//! ```text
//!        SimKernel                     the handle: implements the loop's traits, sleeps, has
//!            │                         a world around it (Environment)
//!         System                       the kernel as one plain value; each method is one step
//!   ┌────────┼─────────┐
//! descriptors, files   rings           who keeps a file open; what it is ready for; who is told
//!   level, wake, set   submit ► issue ► arm ► work ► post
//! ```

mod arm;
mod aside;
mod blunders;
mod cancel;
mod check;
mod choices;
mod connections;
mod counter;
mod descriptors;
mod enter;
mod errno;
mod faults;
mod file;
mod handle;
mod image;
mod issue;
mod level;
mod memory;
mod pipe;
mod prepare;
mod record;
mod regular;
mod request;
mod ring;
mod set;
mod slab;
mod socket;
mod submit;
mod survey;
mod system;
mod task;
mod terminal;
mod timeout;
mod transfer;
mod wake;
mod wire;
mod witness;
mod work;

pub use blunders::Blunders;
pub use choices::{Choices, Plain, Random, Script};
pub use enter::{Asleep, Step};
pub use faults::{Faults, Odds};
pub use handle::{Environment, SimEpoll, SimEventFd, SimFile, SimKernel, SimRing};
pub(crate) use handle::{Restless, poll_each};
pub(crate) use record::{By, Doing, Fact, Note, Noted, Registration};
pub use ring::{RingId, RingMade};
pub use set::Control;
pub(crate) use survey::{FileSeen, RingSeen, Survey};
pub use system::System;
pub(crate) use wire::{Near, Wire};
pub use witness::{Sight, Witness};
