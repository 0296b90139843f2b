//! Generic operations on the real ring: on every way of watching, and with each feature of the ring
//! forced off in turn. Where there is no io_uring, nothing is run here.

mod accepting;
mod any;
mod basics;
mod cancelling;
mod chains;
mod ending;
mod eventfds;
mod hooks;
mod numbers;
mod pressure;
mod refused;
mod rotation;
#[path = "../common/skipping.rs"]
mod skipping;
mod stale;
mod support;
mod unannounced;
mod without;
