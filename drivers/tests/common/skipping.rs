//! What cannot run here is told, and counted; or is a failure, where it must run.

use core::fmt::Display;
use core::sync::atomic::{AtomicU32, Ordering};
use std::env;
use std::io::Write;

/// Set where io_uring is there, so that nothing that needs it is left out.
const REQUIRE: &str = "LEVELRING_REQUIRE_URING";

/// A test, or a part of one, cannot run.
///
/// # Panics
/// If it must.
pub(crate) fn skipped(why: impl Display) {
    static SKIPPED: AtomicU32 = AtomicU32::new(0);
    let required = env::var(REQUIRE).is_ok_and(|value| !value.is_empty() && value != "0");
    assert!(!required, "{REQUIRE} is set, and this cannot run: {why}");
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    // Not eprintln, which is held back when a test passes. A closed stderr cannot be helped.
    let _ = writeln!(std::io::stderr(), "SKIPPED ({count} so far): {why}");
}
