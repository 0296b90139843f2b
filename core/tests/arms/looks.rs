//! Which answers of a look are verdicts, and for how long.

use crate::bench::{Bench, READABLE, take_all};
use levelring_core::{
    Completion, Core, Event, Freshness, Interest, Key, Lane, Look, Progress, Readiness, Slot, Tag,
    Watch,
};

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

/// Of whoever had their turn, only a check that disproves them is of use for the next. That is
/// likely until they have been ready for some rotations.
#[test]
fn the_busy_are_checked_only_while_they_wait_for_a_turn() {
    let mut core = Core::new([Slot::NEW; 4], Freshness::Strict);
    let keys: Vec<Key> = (0..3)
        .map(|_| core.register(Watch::Multishot, Interest::READ).expect("there is room"))
        .collect();
    core.plan();
    take_all(&mut core);
    for key in &keys {
        let said = Completion::last(Tag::Arm(*key, Lane::A).encode(), READABLE);
        core.complete(Completion { more: true, ..said });
    }
    core.looked();
    let candidates =
        |core: &Core<[Slot; 4]>| -> Vec<Key> { core.candidates().map(|(key, _)| key).collect() };
    for rotation in 0..8 {
        for served in 0..3 {
            let waiting = &keys[served..];
            let had_it = if rotation < 3 { &keys[..served] } else { &[] };
            let expected = [waiting, had_it].concat();
            assert_eq!(candidates(&core), expected, "rotation {rotation}, {served} served");
            core.judge(keys[served], Readiness::READ);
            assert!(core.next_event().is_some());
        }
        assert_eq!(core.plan().look, Look::Glance);
        assert_eq!(candidates(&core), keys, "everybody's next turn");
        core.looked();
    }
}

/// A oneshot poll's answer is a check if it was made when the poll was, for the present look. If it
/// was woken, its mask is the waker's.
#[test]
fn a_poll_that_was_woken_is_but_a_hint() {
    let mut bench = Bench::new(Watch::Oneshot, Interest::READ);
    assert_eq!(bench.submissions(), "arm A READ Oneshot");
    let user_data = Tag::Arm(bench.key, Lane::A).encode();
    bench.core.complete(Completion::last(user_data, READABLE));
    assert_eq!(bench.event(Readiness::EMPTY), "checked, no event");
    assert_eq!(bench.submissions(), "arm A READ Oneshot");
    assert_eq!(bench.poll(Lane::A, READABLE, false), "hint");
    assert_eq!(bench.event(Readiness::EMPTY), "event READ", "it was checked when it was made");
}

/// A set's report of a foreign descriptor disarms it. If that comes while something else is wanted,
/// and is not listened to, then what was wanted before must not be waited for in vain.
#[test]
fn a_report_that_nobody_wanted_is_not_lost_when_it_is_wanted_again() {
    for watch in [Watch::Foreign, Watch::Multishot] {
        let mut bench = watched(watch);
        bench.interest(Interest::WRITE);
        assert_eq!(bench.poll(Lane::A, READABLE, true), "quiet");
        bench.interest(Interest::READ);
        assert_eq!(bench.event(Readiness::READ), "checked, event READ", "{watch:?}");
    }
}

/// Whatever a poll has said unheard, it is checked; a set that says it again is waited for.
#[test]
fn who_is_suspected_is_checked_unless_the_set_tells_again() {
    for watch in [Watch::Oneshot, Watch::Multishot, Watch::Foreign] {
        let mut bench = watched(watch);
        bench.core.plan();
        bench.core.suspect_all();
        bench.core.check_invariants();
        assert_eq!(bench.event(Readiness::READ), "checked, event READ", "{watch:?}");
    }
    let mut bench = watched(Watch::Level);
    bench.core.plan();
    bench.core.suspect_all();
    bench.core.check_invariants();
    assert_eq!(bench.event(Readiness::READ), "no event");
}

/// What was checked before may have been reported, and disarmed, since.
#[test]
fn a_suspicion_voids_the_check_before_it() {
    let mut bench = watched(Watch::Foreign);
    bench.core.plan();
    report(&mut bench);
    bench.core.suspect_all();
    bench.core.looked();
    assert_eq!(bench.core.next_event(), None);
    assert_eq!(bench.event(Readiness::READ), "checked, event READ");
}

/// A handler that has seen the end cannot deny what came after it looked.
#[test]
fn a_suspicion_is_not_denied_by_who_looked_before_it() {
    let mut bench = watched(Watch::Foreign);
    mention(&mut bench);
    assert_eq!(bench.event(Readiness::READ), "checked, event READ");
    bench.core.suspect_all();
    bench.core.progress(bench.key, Progress::Drained).expect("it is there");
    assert_eq!(bench.event(Readiness::READ), "checked, event READ");
}

/// Who has been removed, or wants nothing, stays as it is.
#[test]
fn who_wants_nothing_is_not_suspected() {
    let mut bench = watched(Watch::Oneshot);
    bench.interest(Interest::EMPTY);
    bench.core.plan();
    bench.core.suspect_all();
    bench.core.check_invariants();
    assert_eq!(bench.event(Readiness::READ), "no event");
    bench.core.remove(bench.key).expect("it is there");
    bench.core.suspect_all();
    bench.core.check_invariants();
    assert_eq!(bench.event(Readiness::READ), "no event");
}
