//! The model's rules, one by one: those of facts that were seen on Linux.

mod cancelling;
mod deferring;
mod files;
mod links;
mod polls;
mod sets;
mod stage;
mod storm;
mod timeouts;
