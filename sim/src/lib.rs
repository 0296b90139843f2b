//! A model kernel for [`levelring`], held to Linux.

mod calls;
pub mod conformance;
mod linux;

pub use calls::{Calls, Half};
