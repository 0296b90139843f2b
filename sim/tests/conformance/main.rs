//! The model is held to Linux: every scenario of `sim/scenarios`, on every kind of ring, on both.
//!
//! `cargo test -p levelring-sim --test conformance -- overflow` runs the scenarios whose names or
//! files have "overflow" in them. `LEVELRING_BLESS=1` writes Linux's answers into the files, to be
//! read before they are kept. `LEVELRING_REQUIRE_URING=1` turns what cannot run into failures.
//! `LEVELRING_SCRIPTS=250000 LEVELRING_SEED=9000000` runs a million random scripts, a quarter on
//! each arm, of which none was different on Linux 6.18; `LEVELRING_ARM=epoll` runs those of one.

#![expect(clippy::print_stdout, reason = "a test without a harness tells by itself")]

mod files;
mod scenarios;
mod scripts;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = env::args().skip(1);
    let wanted: Vec<String> = arguments.filter(|argument| !argument.starts_with('-')).collect();
    if env::var_os("LEVELRING_BLESS").is_some() {
        return scenarios::bless_all();
    }
    let mut ends = vec![scenarios::run(&wanted)];
    if wanted.is_empty() {
        ends.push(scripts::run());
    }
    let good = ends.iter().all(|end| *end == ExitCode::SUCCESS);
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
