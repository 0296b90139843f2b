//! What the fuzzers have kept, run again without them: corpora, and what has ever crashed.

#![expect(clippy::print_stdout, reason = "a test's words are its output")]

use std::fs;
use std::path::Path;

use levelring_sim::{differential, forge, roundtrip, storm};

/// Runs every file that a fuzz target has kept, and says how many there were.
fn each(target: &str, run: impl Fn(&[u8])) -> usize {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&kept)
        .expect("a corpus of each target is in the repository")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    for file in &files {
        println!("{}", file.display());
        run(&fs::read(file).expect("a file of bytes"));
    }
    assert!(!files.is_empty(), "nothing in {}", kept.display());
    files.len()
}

#[test]
fn hostile_input_does_no_harm() {
    let events = core::cell::Cell::new(0);
    each("forge", |bytes| events.set(events.get() + forge::run(bytes).events));
    assert!(events.get() > 0, "the corpus never came to an event");
}

#[test]
fn storms_are_weathered() {
    each("storm", |bytes| {
        let outcome = storm::run(bytes);
        assert!(outcome.failure.is_none(), "{}\n{:?}", outcome.script, outcome.failure);
    });
}

#[test]
fn every_kind_of_loop_keeps_the_same_promises() {
    each("differential", |bytes| {
        let different = differential::run(bytes);
        let told = different.map(|one| format!("{}\n{:?}", one.script, one.failure));
        assert_eq!(told, None);
    });
}

#[test]
fn what_is_written_is_read_as_it_was_meant() {
    each("scenario", roundtrip::text);
    each("tags", roundtrip::tag);
}
