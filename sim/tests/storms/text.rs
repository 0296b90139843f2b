//! What a seed came to can be written down, and read, and comes to the same again.

use levelring_sim::storm::{Script, replay, run, run_seed};

#[test]
fn a_run_as_text_is_the_same_run() {
    for seed in 0..60 {
        let outcome = run_seed(seed);
        let text = outcome.script.to_string();
        let read: Script = text.parse().expect("it was written by the same hand");
        assert_eq!(read.to_string(), text, "seed {seed}");
        assert_eq!(read.lines, outcome.script.lines, "seed {seed}");
        assert_eq!(replay(&read).hash, outcome.hash, "seed {seed}");
    }
}

#[test]
fn what_cannot_be_read_is_said_by_its_line() {
    let error = "options poll auto\n\n# a comment\npipe d0\n".parse::<Script>();
    assert_eq!(
        error.expect_err("a pipe has two ends").to_string(),
        "line 4: cannot read \"pipe d0\""
    );
    assert!("pipe d0 d1".parse::<Script>().is_err(), "options come first");
}

#[test]
fn no_bytes_are_a_run_as_well() {
    assert_eq!(run(&[]).failure, None);
    assert_eq!(run(&[255; 500]).failure, None);
}
