//! io_uring absent or forbidden, for real: in processes of their own, under seccomp filters and
//! limits, and with `LEVELRING_DRIVER` in their environment.

mod demanded;
mod exhausted;
mod features;
mod limited;
mod refused;
#[path = "../common/skipping.rs"]
mod skipping;
mod support;
