//! The table itself: rows of "state | what comes | what follows".

use crate::bench::{Bench, EALREADY, EBADF, ECANCELED, EINVAL, ENOENT, READABLE};
use levelring_core::{Interest, Lane, Readiness, Tag, Watch};

type Makes = fn(Watch) -> Bench;
type Does = fn(&mut Bench) -> String;

/// How a registration that waits to read comes into each state, by public calls alone.
const STATES: [(&str, Makes); 9] = [
    // Nothing wanted, nothing held.
    ("idle", |watch| Bench::new(watch, Interest::EMPTY)),
    // Seen ready, and nothing held: its poll has ended.
    ("hinted", |watch| then(armed(watch), |bench| bench.poll(Lane::A, READABLE, false))),
    ("armed", armed),
    // Seen ready, and the poll lives on.
    ("armed, hinted", |watch| then(armed(watch), |bench| bench.poll(Lane::A, READABLE, true))),
    // The old poll drains on A, the new one lives on B; two answers of A are owed.
    ("replacing", replacing),
    // As before, but the request that ends A has been answered.
    ("replacing, told", |watch| then(replacing(watch), |bench| bench.ended(Lane::A, 0))),
    // Nothing wanted; the poll drains on A, and its two answers are owed.
    ("retiring", retiring),
    // As before, but the answer was EALREADY: A must be told again.
    ("retiring, already", |watch| then(retiring(watch), |bench| bench.ended(Lane::A, EALREADY))),
    // Nothing held but the answer to the request that ended A.
    ("ending", |watch| then(retiring(watch), |bench| bench.poll(Lane::A, ECANCELED, false))),
];

const EVENTS: [(&str, Does); 26] = [
    ("interest nothing", |bench| bench.interest(Interest::EMPTY)),
    ("interest READ", |bench| bench.interest(Interest::READ)),
    ("interest WRITE", |bench| bench.interest(Interest::WRITE)),
    ("remove", |bench| bench.core.remove(bench.key).map_or("error".into(), |()| String::new())),
    ("vanish", |bench| bench.core.vanish(bench.key).map_or("error".into(), |()| String::new())),
    ("A ready", |bench| bench.poll(Lane::A, READABLE, false)),
    ("A ready, more", |bench| bench.poll(Lane::A, READABLE, true)),
    ("A EBADF", |bench| bench.poll(Lane::A, EBADF, false)),
    ("A ECANCELED", |bench| bench.poll(Lane::A, ECANCELED, false)),
    ("A EINVAL", |bench| bench.poll(Lane::A, EINVAL, false)),
    ("A invalid", |bench| bench.poll(Lane::A, i32::from(Readiness::INVALID.bits()), false)),
    ("B ready", |bench| bench.poll(Lane::B, READABLE, false)),
    ("B ready, more", |bench| bench.poll(Lane::B, READABLE, true)),
    ("B EBADF", |bench| bench.poll(Lane::B, EBADF, false)),
    ("B ECANCELED", |bench| bench.poll(Lane::B, ECANCELED, false)),
    ("B EINVAL", |bench| bench.poll(Lane::B, EINVAL, false)),
    ("B invalid", |bench| bench.poll(Lane::B, i32::from(Readiness::INVALID.bits()), false)),
    ("A ended", |bench| bench.ended(Lane::A, 0)),
    ("A ended ENOENT", |bench| bench.ended(Lane::A, ENOENT)),
    ("A ended EALREADY", |bench| bench.ended(Lane::A, EALREADY)),
    ("B ended", |bench| bench.ended(Lane::B, 0)),
    ("B ended ENOENT", |bench| bench.ended(Lane::B, ENOENT)),
    ("B ended EALREADY", |bench| bench.ended(Lane::B, EALREADY)),
    ("forged operation", |bench| bench.forged(Tag::Operation(bench.key).encode())),
    ("forged cancel", |bench| bench.forged(Tag::Cancel(bench.key).encode())),
    ("forged generation", |bench| bench.forged(Tag::Arm(bench.key, Lane::A).encode() + (1 << 28))),
];

fn then(mut bench: Bench, does: Does) -> Bench {
    does(&mut bench);
    bench
}

fn armed(watch: Watch) -> Bench {
    then(Bench::new(watch, Interest::READ), Bench::submissions)
}

fn replacing(watch: Watch) -> Bench {
    then(
        then(armed(watch), |bench| bench.interest(Interest::READ | Interest::WRITE)),
        Bench::submissions,
    )
}

fn retiring(watch: Watch) -> Bench {
    then(then(armed(watch), |bench| bench.interest(Interest::EMPTY)), Bench::submissions)
}

/// What follows: how it was taken, what the kernel is told, the event when the level is "can be
/// read", what the kernel is told then, and what it holds.
fn row(watch: Watch, state: (&str, Makes), event: (&str, Does)) -> String {
    let mut bench = (state.1)(watch);
    bench.core.check_invariants();
    let taken = (event.1)(&mut bench);
    bench.core.check_invariants();
    let told = bench.submissions();
    let happened = bench.event(Readiness::READ);
    let told_then = bench.submissions();
    let words = [taken, told, happened, told_then, bench.state().to_owned()];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{} | {} | {}", state.0, event.0, words.join("; "))
}

fn holds(watch: Watch, table: &str) {
    let rows = |state| EVENTS.iter().map(move |&event| row(watch, state, event));
    let found: Vec<String> = STATES.iter().flat_map(|&state| rows(state)).collect();
    let expected: Vec<&str> = table.lines().collect();
    assert_eq!(found, expected, "the whole table as it is now:\n{}", found.join("\n"));
}

#[test]
fn every_state_times_every_event() {
    holds(Watch::Oneshot, include_str!("oneshot.txt"));
}

#[test]
fn every_state_times_every_event_of_polls_that_live_on() {
    holds(Watch::Multishot, include_str!("multishot.txt"));
}
