//! Which answers of a look are verdicts, and for how long.

use crate::bench::{Bench, READABLE};
use levelring_core::{Completion, Event, Interest, Lane, Look, Readiness, Tag, Watch};

/// What a level-triggered set reports.
fn report(bench: &mut Bench) {
    let user_data = Tag::Arm(bench.key, Lane::A).encode();
    let said = Completion { user_data, result: READABLE, more: true, level: true, flags: 0 };
    bench.core.complete(said);
}

/// The same, as a hint.
fn mention(bench: &mut Bench) {
    bench.poll(Lane::A, READABLE, true);
}

fn watched(watch: Watch) -> Bench {
    let mut bench = Bench::new(watch, Interest::READ);
    assert_eq!(bench.submissions(), "arm A READ ".to_owned() + &format!("{watch:?}"));
    bench.core.looked();
    bench
}

fn ready(bench: &Bench) -> Option<Event> {
    Some(Event::Ready { key: bench.key, readiness: Readiness::READ })
}

/// A set reports a foreign descriptor once, and disarms it; to check it arms it again. A second
/// report in the same look comes after the check, and so another must follow.
#[test]
fn a_later_report_voids_the_check_of_a_foreign_one() {
    let mut bench = watched(Watch::Foreign);
    assert_eq!(bench.core.plan().look, Look::Wait);
    report(&mut bench);
    mention(&mut bench);
    bench.core.looked();
    assert_eq!(bench.core.next_event(), None, "disarmed, and not checked since");
    assert_eq!(bench.core.candidates().count(), 1);
    assert_eq!(bench.event(Readiness::READ), "checked, event READ");
}

/// Of a held one the set goes on reporting: a hint takes nothing away.
#[test]
fn a_later_hint_changes_nothing_of_a_held_one() {
    let mut bench = watched(Watch::Level);
    bench.core.plan();
    report(&mut bench);
    mention(&mut bench);
    bench.core.looked();
    assert_eq!(bench.core.next_event(), ready(&bench));
}

/// A handler runs, and has the driver take the kernel's answers, as a removal does; then it uses up
/// what they tell of.
#[test]
fn a_report_between_two_looks_is_but_a_hint() {
    for watch in [Watch::Level, Watch::Foreign] {
        let mut bench = watched(watch);
        report(&mut bench);
        assert_eq!(bench.core.next_event(), None, "{watch:?}");
        assert_eq!(bench.event(Readiness::EMPTY), "checked, no event", "{watch:?}");
    }
}

/// The driver fails within a look, and the application goes on: it may have used up what the look
/// had brought by then, and what a poll made for it will say.
#[test]
fn a_look_that_failed_leaves_no_verdicts() {
    for watch in [Watch::Level, Watch::Foreign] {
        let mut bench = watched(watch);
        bench.core.plan();
        report(&mut bench);
        // No `looked`.
        assert_eq!(bench.core.next_event(), None, "{watch:?}");
        assert_eq!(bench.core.plan().look, Look::Glance, "{watch:?}");
        bench.core.looked();
        assert_eq!(bench.core.next_event(), None, "{watch:?}");
        assert_eq!(bench.event(Readiness::READ), "checked, event READ", "{watch:?}");
    }
    let mut bench = Bench::new(Watch::Oneshot, Interest::READ);
    assert_eq!(bench.submissions(), "arm A READ Oneshot");
    bench.core.plan();
    assert_eq!(bench.poll(Lane::A, READABLE, false), "hint");
    bench.core.looked();
    assert_eq!(bench.core.next_event(), None, "made for a look that failed");
    assert_eq!(bench.event(Readiness::READ), "checked, event READ");
}
