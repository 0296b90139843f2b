//! A model kernel for [`levelring`], held to Linux.

mod calls;

pub use calls::{Calls, Half};
