//! Scenarios in files.

use std::fs;
use std::path::Path;

use levelring_sim::storm::Script;

/// The scenario of a file.
pub(crate) fn read(path: &Path) -> Result<Script, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse().map_err(|error| format!("{}: {error}", path.display()))
}
