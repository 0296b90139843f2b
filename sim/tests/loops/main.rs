//! The production loop on the model kernel, on every driver and every way of watching.

mod beside;
mod closing;
mod doorbell;
mod level;
mod operations;
mod support;
mod time;
mod trouble;
