//! Counted gates: what a loop costs, in system calls and allocations per event, and how even its
//! rotation is. Counts, not times, so that they hold on any machine; CI runs them in release.

mod allocations;
mod calls;
mod fairness;
mod idle;
mod loops;
#[path = "../common/skipping.rs"]
mod skipping;
mod work;
