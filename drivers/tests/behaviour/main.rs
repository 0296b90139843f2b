//! The behaviour of the loop on the real kernel: every scenario on every stand.
//!
//! A *stand* is a driver, a way of watching, a freshness, and features of io_uring to do without; a
//! *scenario* is a function of a stand; a *cell* is one scenario on one stand. The cells run one
//! after another, because descriptors' numbers, signals and the clock belong to the whole process.
//!
//! `cargo test -p levelring --test behaviour -- rotation` runs the scenarios whose names have
//! "rotation" in them; `LEVELRING_STANDS=poll-add` those stands whose names have "poll-add" in
//! them. `LEVELRING_REQUIRE_URING=1` turns stands that are skipped into failures.

mod closing;
mod ending;
mod files;
mod freshness;
mod hangups;
mod interests;
mod level;
mod limits;
mod loops;
mod numbers;
mod odd_files;
mod progress;
mod random;
mod removal;
mod rotation;
mod runner;
mod sharing;
mod stand;
mod time;
mod trial;
mod wakeups;

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::run(&[
        level::SCENARIOS,
        rotation::SCENARIOS,
        sharing::SCENARIOS,
        freshness::SCENARIOS,
        wakeups::SCENARIOS,
        removal::SCENARIOS,
        closing::SCENARIOS,
        numbers::SCENARIOS,
        interests::SCENARIOS,
        random::SCENARIOS,
        hangups::SCENARIOS,
        odd_files::SCENARIOS,
        limits::SCENARIOS,
        time::SCENARIOS,
        progress::SCENARIOS,
        loops::SCENARIOS,
        ending::SCENARIOS,
    ])
}
