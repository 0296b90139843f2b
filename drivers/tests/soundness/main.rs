//! What safe code tried to do to the loop, and must not be able to: have the kernel write into
//! memory that was freed, use a parent's ring in its child, or leave a loop that never ends. The
//! tests of operations run nothing where there is no io_uring, and say so.

mod forking;
mod numbers;
mod panicking;
#[path = "../common/skipping.rs"]
mod skipping;
mod support;
mod swapping;
