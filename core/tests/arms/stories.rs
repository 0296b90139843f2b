//! The stories behind the rows, and behind the bugs that were found.

use crate::bench::{
    Bench, EALREADY, EBADF, ECANCELED, EINVAL, ENOENT, READABLE, WRITABLE, take_all,
};
use levelring_core::{
    Completion, Core, Disposition, Event, Freshness, Interest, Lane, Link, Look, Progress,
    Readiness, Request, Slot, Stale, Submission, Tag, Watch,
};

#[test]
fn a_refusal_is_told_once_after_seventeen_in_a_row() {
    for error in [EINVAL, ECANCELED] {
        let mut bench = Bench::new(Watch::Oneshot, Interest::READ);
        for _ in 0..16 {
            assert_eq!(bench.submissions(), "arm A READ Oneshot");
            assert_eq!(bench.poll(Lane::A, error, false), "quiet");
            assert_eq!(bench.event(Readiness::READ), "no event");
        }
        assert_eq!(bench.submissions(), "arm A READ Oneshot");
        assert_eq!(bench.poll(Lane::A, error, false), "quiet");
        assert_eq!(bench.event(Readiness::READ), format!("refused {}", -error));
        assert_eq!(bench.event(Readiness::READ), "no event");
        assert_eq!((bench.submissions().as_str(), bench.state()), ("", "quiet"));
    }
}

#[test]
fn a_ready_poll_between_refusals_is_forgiveness() {
    let mut bench = Bench::new(Watch::Oneshot, Interest::READ);
    for round in 0..20 {
        assert_eq!(bench.submissions(), "arm A READ Oneshot", "round {round}");
        let result = if round % 8 == 7 { READABLE } else { EINVAL };
        bench.poll(Lane::A, result, false);
        let expected = if result == READABLE { "event READ" } else { "no event" };
        assert_eq!(bench.event(Readiness::READ), expected, "round {round}");
    }
}

/// The request to end a poll and the poll itself are answered in either order, whatever the
/// answers are; in the end one poll is held, for the last interest, and none in between.
#[test]
fn interests_coalesce_while_the_old_poll_drains() {
    for ended in [0, ENOENT, EALREADY] {
        for said in [ECANCELED, READABLE, EINVAL] {
            for target_first in [false, true] {
                let mut bench = Bench::new(Watch::Oneshot, Interest::READ);
                bench.submissions();
                bench.interest(Interest::WRITE);
                assert_eq!(bench.submissions(), "rearm A to B WRITE Oneshot");
                bench.interest(Interest::READ);
                bench.interest(Interest::PRIORITY);
                assert_eq!(bench.submissions(), "", "both lanes are in use");
                if target_first {
                    assert_eq!(bench.poll(Lane::A, said, false), "quiet");
                    assert_eq!(bench.submissions(), "", "the answer about A is still owed");
                    assert_eq!(bench.ended(Lane::A, ended), "control");
                } else {
                    assert_eq!(bench.ended(Lane::A, ended), "control");
                    let told = if ended == 0 { "" } else { "disarm A" };
                    assert_eq!(bench.submissions(), told);
                    assert_eq!(bench.poll(Lane::A, said, false), "quiet");
                    if ended != 0 {
                        assert_eq!(bench.submissions(), "", "the answer about A is still owed");
                        assert_eq!(bench.ended(Lane::A, ENOENT), "control");
                    }
                }
                assert_eq!(bench.submissions(), "rearm B to A PRIORITY Oneshot");
            }
        }
    }
}

/// POLL_REMOVE said EALREADY, and the poll was armed again in silence: it is told until it ends.
#[test]
fn ealready_is_not_a_promise() {
    for watch in [Watch::Oneshot, Watch::Multishot] {
        let mut bench = Bench::new(watch, Interest::READ);
        bench.submissions();
        bench.core.remove(bench.key).expect("it is alive");
        for _ in 0..5 {
            assert_eq!(bench.submissions(), "disarm A");
            assert_eq!(bench.ended(Lane::A, EALREADY), "control");
            assert_eq!(bench.state(), "removed, held");
        }
        assert_eq!(bench.submissions(), "disarm A");
        assert_eq!(bench.ended(Lane::A, 0), "control");
        assert_eq!(bench.poll(Lane::A, ECANCELED, false), "quiet");
        assert_eq!((bench.submissions().as_str(), bench.state()), ("", "gone"));
    }
}

/// A poll that was linked behind another request is not found before it is issued: one that was
/// told to end in between is told again, or it would be armed for good, for an old interest.
#[test]
fn enoent_is_not_an_end() {
    let mut bench = Bench::new(Watch::Oneshot, Interest::READ);
    bench.submissions();
    bench.interest(Interest::WRITE);
    assert_eq!(bench.submissions(), "rearm A to B WRITE Oneshot");
    assert_eq!(bench.poll(Lane::A, READABLE, false), "quiet");
    bench.interest(Interest::EMPTY);
    assert_eq!(bench.submissions(), "disarm B");
    assert_eq!(bench.ended(Lane::A, ENOENT), "control");
    assert_eq!(bench.ended(Lane::B, ENOENT), "control");
    bench.interest(Interest::READ);
    assert_eq!(bench.submissions(), "disarm B, arm A READ Oneshot");
    assert_eq!(bench.ended(Lane::B, 0), "control");
    assert_eq!(bench.poll(Lane::B, ECANCELED, false), "quiet");
    assert_eq!(bench.poll(Lane::A, READABLE, false), "hint");
    assert_eq!(bench.event(Readiness::READ), "event READ");
}

/// The number was closed, and used again, before the new poll was made: the old poll's EBADF is
/// no news of the new file.
#[test]
fn ebadf_of_a_draining_poll_is_of_another_file() {
    let mut bench = Bench::new(Watch::Oneshot, Interest::READ);
    bench.submissions();
    bench.interest(Interest::WRITE);
    assert_eq!(bench.submissions(), "rearm A to B WRITE Oneshot");
    assert_eq!(bench.poll(Lane::A, EBADF, false), "quiet");
    assert_eq!(bench.poll(Lane::B, WRITABLE, false), "hint");
    assert_eq!(bench.event(Readiness::WRITE), "event WRITE");
}

#[test]
fn a_half_closed_socket_is_watched_by_multishot() {
    let half_closed = i32::from(Readiness::READ_HANGUP.bits());
    let mut bench = Bench::new(Watch::Oneshot, Interest::WRITE);
    assert_eq!(bench.submissions(), "arm A WRITE Oneshot");
    assert_eq!(bench.poll(Lane::A, half_closed, false), "quiet");
    assert_eq!(bench.submissions(), "arm A WRITE Multishot");
    assert_eq!(bench.poll(Lane::A, half_closed, true), "quiet");
    assert_eq!(bench.submissions(), "", "and sleeps");
    assert_eq!(bench.poll(Lane::A, half_closed | WRITABLE, true), "hint");
    assert_eq!(bench.event(Readiness::WRITE), "checked, event WRITE");
    assert_eq!(bench.event(Readiness::EMPTY), "checked, no event");
    assert_eq!(bench.submissions(), "");
}

/// A oneshot poll that was made for another interest says nothing of half-closes.
#[test]
fn an_answer_to_an_older_interest_does_not_change_the_way() {
    let mut bench = Bench::new(Watch::Oneshot, Interest::READ);
    bench.submissions();
    bench.interest(Interest::WRITE);
    assert_eq!(bench.poll(Lane::A, READABLE, false), "quiet");
    assert_eq!(bench.submissions(), "arm A WRITE Oneshot");
}

/// A multishot poll tells of a change once. What it told while something else was wanted is not
/// lost when the interest comes back before the kernel heard of it.
#[test]
fn a_change_told_under_another_interest_is_not_lost() {
    for checked_meanwhile in [false, true] {
        let mut bench = Bench::new(Watch::Multishot, Interest::READ);
        bench.submissions();
        if checked_meanwhile {
            assert_eq!(bench.poll(Lane::A, READABLE, true), "hint");
            bench.interest(Interest::WRITE);
            assert_eq!(bench.event(Readiness::READ), "checked, no event");
        } else {
            bench.interest(Interest::WRITE);
            assert_eq!(bench.poll(Lane::A, READABLE, true), "quiet");
        }
        bench.interest(Interest::READ);
        assert_eq!(bench.submissions(), "", "the poll is for that already");
        assert_eq!(bench.event(Readiness::READ), "checked, event READ");
    }
}

/// `More` is said of what the handler was told, not of an interest it never had.
#[test]
fn more_does_not_outlive_its_interest() {
    let mut bench = Bench::new(Watch::Oneshot, Interest::READ | Interest::WRITE);
    bench.submissions();
    bench.poll(Lane::A, READABLE | WRITABLE, false);
    assert_eq!(bench.event(Readiness::EMPTY), "event READ|WRITE");
    bench.core.progress(bench.key, Progress::More).expect("it is alive");
    bench.interest(Interest::READ);
    assert_eq!(bench.event(Readiness::WRITE), "checked, no event");
}

#[test]
fn one_that_is_busy_in_a_level_triggered_set_is_parked_until_it_is_not() {
    let mut bench = Bench::new(Watch::Level, Interest::READ);
    assert_eq!(bench.submissions(), "arm A READ Level");
    let mut told = String::new();
    let mut rotations = 0;
    while told.is_empty() {
        assert!(rotations < 100, "never parked");
        bench.poll(Lane::A, READABLE, true);
        assert_eq!(bench.event(Readiness::READ), "checked, event READ");
        told = bench.submissions();
        rotations += 1;
    }
    assert!(rotations > 2, "parked after {rotations} rotations");
    assert_eq!(told, "park A");
    bench.ended(Lane::A, 0);
    bench.poll(Lane::A, ECANCELED, false);
    for _ in 0..100 {
        assert_eq!(bench.event(Readiness::READ), "checked, event READ");
        assert_eq!(bench.submissions(), "");
    }
    assert_eq!(bench.event(Readiness::EMPTY), "checked, no event");
    assert_eq!(bench.submissions(), "arm A READ Level");
}

fn core() -> Core<[Slot; 4]> {
    Core::new([Slot::NEW; 4], Freshness::Strict)
}

const ALONE: Request = Request { link: Link::None, prepare: false };

#[test]
fn after_its_last_result_an_operations_key_is_stale_while_its_cancelling_is_not_answered() {
    let mut core = core();
    let key = core.submit(&[ALONE]).expect("room");
    core.next_submission(8);
    core.cancel(key).expect("it is alive");
    assert!(matches!(core.next_submission(8), Some(Submission::Cancel { .. })));
    core.complete(Completion::last(Tag::Operation(key).encode(), 0));
    core.plan();
    core.looked();
    assert!(matches!(core.next_event(), Some(Event::Done { .. })));
    assert_eq!(core.cancel(key), Err(Stale));
    assert_eq!(core.in_use(), 1, "the kernel owes an answer under this key");
    core.complete(Completion::last(Tag::Cancel(key).encode(), ENOENT));
    assert_eq!(core.in_use(), 0);
}

#[test]
fn no_answer_can_be_that_of_a_member_not_yet_handed_out() {
    let mut core = core();
    let chain = [Request { link: Link::Hard, prepare: false }, ALONE];
    let first = core.submit(&chain).expect("room");
    let second = core.linked_after(first).expect("two members");
    assert!(matches!(core.next_submission(8), Some(Submission::Operation { .. })));
    let forged = Completion::last(Tag::Operation(second).encode(), 0);
    assert_eq!(core.complete(forged), Disposition::Stale);
    let said = core.next_submission(8);
    assert!(matches!(said, Some(Submission::Operation { key, .. }) if key == second), "{said:?}");
    assert_eq!(core.complete(forged), Disposition::Result);
}

#[test]
fn a_chain_with_a_gap_is_handed_out_whole() {
    let mut core = core();
    let first = core.submit(&[ALONE, ALONE, ALONE]).expect("room");
    assert_eq!(core.next_submission(2), None, "three do not fit into two");
    let handed = core::iter::from_fn(|| core.next_submission(3));
    assert_eq!(handed.count(), 3, "the chain of {first:?}");
}

/// A handler that starts an operation and cancels it at once, for ever, has one turn in each
/// rotation like everybody else: the kernel is looked at.
#[test]
fn an_endless_row_of_cancelled_operations_starves_nobody() {
    let mut core = core();
    let mut looks = 0;
    for _ in 0..20 {
        if core.next_event().is_some() || core.in_use() == 0 {
            let key = core.submit(&[ALONE]).expect("room");
            core.cancel(key).expect("it is alive");
            continue;
        }
        looks += u32::from(core.plan().look != Look::No);
        core.looked();
    }
    assert!(looks >= 5, "{looks} looks in twenty turns");
}

/// One that was seen not ready after its turn, and is ready again before the next, has its turn
/// before those who had theirs later.
#[test]
fn a_place_is_kept_for_the_rest_of_the_rotation() {
    let mut core = core();
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(core.register(Watch::Multishot, Interest::READ).expect("room"));
    }
    take_all(&mut core);
    let hint = |core: &mut Core<_>, at: usize| {
        let user_data = Tag::Arm(keys[at], Lane::A).encode();
        let more = Completion { more: true, ..Completion::last(user_data, READABLE) };
        assert_eq!(core.complete(more), Disposition::Hint);
    };
    let ready = |core: &mut Core<_>, at: usize| {
        core.plan();
        core.judge(keys[at], Readiness::READ);
        core.looked();
        match core.next_event() {
            Some(Event::Ready { key, .. }) => keys.iter().position(|&other| other == key),
            other => panic!("{other:?}"),
        }
    };
    (0..3).for_each(|at| hint(&mut core, at));
    assert_eq!(ready(&mut core, 0), Some(0));
    core.judge(keys[0], Readiness::EMPTY);
    assert_eq!(ready(&mut core, 1), Some(1));
    assert_eq!(ready(&mut core, 2), Some(2));
    core.plan();
    hint(&mut core, 0);
    core.looked();
    assert_eq!(ready(&mut core, 0), Some(0));
}

/// One that had its turn when nobody else had one has its next before any who came after it.
#[test]
fn whoever_ran_alone_is_not_passed_over() {
    let mut core = core();
    let first = core.register(Watch::Level, Interest::READ).expect("room");
    let other = core.register(Watch::Level, Interest::READ).expect("room");
    take_all(&mut core);
    let ready = |key| {
        let last = Completion::last(Tag::Arm(key, Lane::A).encode(), READABLE);
        Completion { more: true, level: true, ..last }
    };
    let told = |key| Some(Event::Ready { key, readiness: Readiness::READ });

    core.plan();
    core.complete(ready(first));
    core.looked();
    assert_eq!(core.next_event(), told(first));
    // The other is found before the next look: its turn is in the next rotation.
    core.complete(ready(other));
    assert_eq!(core.next_event(), None);
    core.plan();
    core.complete(ready(first));
    core.looked();
    core.judge(other, Readiness::READ);
    assert_eq!(core.next_event(), told(other));
    core.judge(first, Readiness::READ);
    assert_eq!(core.next_event(), told(first));
}
