//! What is on a page.

use levelring_sim::storm::{
    Failure, FailureKind, Sabotage, Script, record, record_with, replay, run_seed, run_with,
};
use levelring_sim::{Entropy, timeline};

use super::markup::elements;
use super::{SCENARIO, recorded};

fn count(page: &str, class: &str) -> u64 {
    let class = format!("class=\"{class}");
    elements(page).iter().map(|tag| u64::from(tag.contains(&class))).sum()
}

#[test]
fn the_same_run_is_the_same_page() {
    let page = timeline::page("a", &recorded(SCENARIO), None);
    assert_eq!(page, timeline::page("a", &recorded(SCENARIO), None));
    assert_ne!(page, timeline::page("b", &recorded(SCENARIO), None));
}

#[test]
fn nothing_is_recorded_unless_it_is_asked_for_and_recording_changes_nothing() {
    for seed in 0..20 {
        let script = run_seed(seed).script;
        let (plain, told) = (replay(&script), record(&script));
        assert!(plain.recording.is_empty());
        assert!(!told.recording.is_empty());
        assert_eq!((plain.hash, plain.tally), (told.hash, told.tally), "seed {seed}");
    }
}

#[test]
fn each_call_of_a_handler_and_each_turn_is_drawn() {
    for seed in 0..20 {
        let outcome = record(&run_seed(seed).script);
        let page = timeline::page("a seed", &outcome, None);
        let (events, turns) = (outcome.tally.events, outcome.tally.turns);
        assert_eq!(count(&page, "i handler"), events, "seed {seed}");
        assert_eq!(count(&page, "i turn"), turns, "seed {seed}");
    }
}

#[test]
fn a_scenario_is_told_in_full() {
    let page = timeline::page("a scenario", &recorded(SCENARIO), None);
    for text in [
        "pipe d0 d1",
        "others</td><td>write d1 1",
        "handler</td><td>drain mine",
        "calls r0: READ",
        "says drained",
        "completion r0\u{b7}A: IN",
        "completion o0: ETIME",
        "completion o1: ECANCELED",
        "submission o0: TIMEOUT",
        "calls r1: READ|HANGUP",
        "poll(2) says of",
        "uring poll-add batch=1 ring=8/16 capacity=16 ordinary",
        env!("CARGO_PKG_VERSION"),
    ] {
        assert!(page.contains(text), "{text}");
    }
    // Each completion in words is drawn as well.
    let told = ["<td>", "<br/>"].map(|before| format!("{before}completion "));
    let told = told.iter().map(|text| page.matches(text).count()).sum::<usize>();
    assert_eq!(Ok(count(&page, "i cqe")), told.try_into());
    // Both lanes of both registrations.
    assert_eq!(page.matches("<span>lane A</span>").count(), 2);
    assert_eq!(page.matches("<span>lane B</span>").count(), 2);
    assert!(count(&page, "i arm") >= 4);
}

#[test]
fn a_page_needs_nothing_but_itself() {
    let page = timeline::page("a scenario", &recorded(SCENARIO), None);
    for elsewhere in ["http:", "https:", "src=", "url(", "@import", "<link", "href="] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
}

#[test]
fn hostile_names_are_text() {
    let hostile = "</title><script>alert('x')</script>&\"\u{0}\u{202e}<!--";
    let mut outcome = recorded(SCENARIO);
    let (kind, property) = (FailureKind::Crash, None);
    outcome.failure = Some(Failure { kind, property, text: hostile.to_owned(), line: 0 });
    let page = timeline::page(hostile, &outcome, None);
    let scripts = elements(&page).iter().filter(|tag| *tag == "script").count();
    assert_eq!(scripts, 1);
    assert!(!page.contains("alert('x')") && !page.contains('\u{0}') && !page.contains('\u{202e}'));
}

#[test]
fn a_failing_run_is_drawn_up_to_its_failure() {
    let lie = Sabotage::Swallow;
    let failing = |seed| {
        let outcome = run_with(&Entropy::bytes_of_seed(seed), lie);
        outcome.failure.is_some().then_some(outcome.script)
    };
    let script: Script = (0..200).find_map(failing).expect("the lie is noticed");
    let outcome = record_with(&script, lie);
    let page = timeline::page("a failing seed", &outcome, None);
    elements(&page);
    assert!(page.contains("it fails here") && page.contains("role=\"alert\""));
    let page = timeline::page("its beginning", &outcome, Some(0..5));
    assert!(!page.contains("it fails here") && page.contains("role=\"alert\""));
}

#[test]
fn a_part_of_a_run_is_a_page_as_well() {
    let outcome = recorded(SCENARIO);
    for (range, first, rows) in [(4..9, "s5", 5), (0..1, "s1", 1), (7..7, "", 0)] {
        let page = timeline::page("a part", &outcome, Some(range));
        let tags = elements(&page);
        let found: Vec<_> = tags.iter().filter(|tag| tag.starts_with("tr id")).collect();
        assert_eq!(found.len(), rows);
        assert!(found.first().is_none_or(|tag| tag.contains(&format!("\"{first}\""))));
    }
    elements(&timeline::page("beyond", &outcome, Some(9999..usize::MAX)));
}
