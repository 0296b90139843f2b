//! What is said of a failure: first what was run, then what came of it, then how to see it again.

use std::process::ExitCode;

use levelring_sim::storm::{Failure, FailureKind, Script};

/// Prints a failure.
pub(crate) fn print(origin: &str, script: &Script, failure: &Failure) {
    println!("{origin}");
    println!("options {}", script.options);
    println!("levelring-sim {}", env!("CARGO_PKG_VERSION"));
    println!("{}: {}", name(failure), failure.text);
}

/// Prints a scenario that can be committed.
pub(crate) fn scenario(script: &Script, failure: &Failure) {
    println!("\n# {}: {}", name(failure), failure.text);
    print!("{script}");
}

/// The exit code of a failure.
pub(crate) fn code(failure: &Failure) -> ExitCode {
    ExitCode::from(match failure.kind {
        FailureKind::Safety => 2,
        FailureKind::Liveness => 3,
        FailureKind::Crash => 4,
    })
}

/// The exit code of a campaign that has not been everywhere.
pub(crate) fn never() -> ExitCode {
    ExitCode::from(5)
}

fn name(failure: &Failure) -> &'static str {
    failure.property.map_or("crash", |property| property.name())
}
