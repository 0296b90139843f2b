//! The committed scenarios: each was a failure once.

use std::fs;
use std::path::Path;

use levelring_sim::storm::{Script, replay};

#[test]
fn none_fails_again() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/storms");
    let mut files: Vec<_> = fs::read_dir(&room)
        .expect("the scenarios are there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "storm"))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        let script: Script = text.parse().unwrap_or_else(|error| panic!("{file:?}: {error}"));
        assert_eq!(replay(&script).failure, None, "{file:?}");
    }
}
