//! System calls per event, against pinned bounds.
//!
//! Measured on Linux 6.18, and the same on every run: the loop decides by what is ready, not by
//! the clock. Why they are what they are:
//!
//! - Strict owes each event a check of its own: one poll(2), or the epoll_wait or enter that
//!   brought it. So 1, wherever hint and verdict come from one call.
//! - A POLL_ADD that has to be made for each event costs an enter beside the check: 2, where one is
//!   ready at a time. A multishot one tells of every change, also where nobody asked.
//! - Batch(64) judges up to 64 at once, and looks for newcomers once a rotation: of 100 ready ones,
//!   two polls and a look, 0.03.
//! - A ring that defers brings up 20 completions per enter: of 100, five enters, 0.05.
//! - The poll driver asks about all there are at each glance: one more call per rotation, which is
//!   two handlers of one pipe, and one of a ring of one.

use levelring::{DriverKind, Way};

use crate::loops::{Kind, kinds};
use crate::work::{Work, Working};

/// What a rotation may end with, and a call that was interrupted.
const SLACK: f64 = 0.005;

const EVENTS: u32 = 10_000;

/// System calls per event, and how many of them are enters.
type Calls = (f64, f64);

/// Of one work: by the way of watching, and the policy.
struct Bounds {
    work: Work,
    /// The set is waited for by epoll_wait: auto, epoll-outside, the epoll driver.
    outside: [Calls; 2],
    /// By an enter: epoll-on-ring.
    on_ring: [Calls; 2],
    poll_add: [Calls; 2],
    multishot: [Calls; 2],
    poll: [Calls; 2],
}

/// Strict and Batch(64) of each.
const BOUNDS: [Bounds; 6] = [
    Bounds {
        work: Work::Pipes(1),
        outside: [(1.0, 0.0), (0.5, 0.0)],
        on_ring: [(1.0, 0.0), (0.5, 0.0)],
        poll_add: [(1.0, 0.0), (0.5, 0.0)],
        multishot: [(1.5, 0.5), (1.0, 0.5)],
        poll: [(1.5, 0.0), (1.0, 0.0)],
    },
    Bounds {
        work: Work::Pipes(50),
        outside: [(1.0, 0.0), (0.03, 0.0)],
        on_ring: [(1.0, 0.0), (0.03, 0.01)],
        poll_add: [(1.0, 0.0), (0.03, 0.01)],
        multishot: [(1.03, 0.03), (0.05, 0.03)],
        poll: [(1.01, 0.0), (0.03, 0.0)],
    },
    Bounds {
        work: Work::Ring(1, 1),
        outside: [(1.0, 0.0), (1.0, 0.0)],
        on_ring: [(1.0, 0.0), (1.0, 0.0)],
        poll_add: [(1.0, 0.0), (1.0, 0.0)],
        multishot: [(2.0, 1.0), (2.0, 1.0)],
        poll: [(2.0, 0.0), (2.0, 0.0)],
    },
    Bounds {
        work: Work::Ring(100, 1),
        outside: [(1.0, 0.0), (1.0, 0.0)],
        on_ring: [(1.0, 1.0), (1.0, 1.0)],
        poll_add: [(2.0, 1.0), (2.0, 1.0)],
        multishot: [(2.5, 1.0), (2.0, 1.0)],
        poll: [(1.0, 0.0), (1.0, 0.0)],
    },
    Bounds {
        work: Work::Ring(100, 100),
        outside: [(1.0, 0.0), (0.03, 0.0)],
        on_ring: [(1.0, 0.0), (0.03, 0.01)],
        poll_add: [(1.0, 0.0), (0.03, 0.01)],
        multishot: [(1.05, 0.05), (0.07, 0.05)],
        poll: [(1.01, 0.0), (0.03, 0.0)],
    },
    Bounds {
        work: Work::Ring(1000, 100),
        outside: [(1.0, 0.0), (0.02, 0.0)],
        on_ring: [(1.0, 0.01), (0.02, 0.01)],
        poll_add: [(1.04, 0.04), (0.06, 0.04)],
        // Those who had their turn tell of it: some of what they bring is judged in vain.
        multishot: [(1.1, 0.05), (0.09, 0.05)],
        poll: [(1.0, 0.0), (0.02, 0.0)],
    },
];

impl Bounds {
    fn of(&self, kind: Kind) -> Calls {
        let policies = match (kind.driver, kind.way) {
            (DriverKind::Poll, _) => self.poll,
            (DriverKind::Epoll, _) | (DriverKind::Uring, Way::Auto | Way::EpollOutside) => {
                self.outside
            }
            (DriverKind::Uring, Way::EpollOnRing) => self.on_ring,
            (DriverKind::Uring, Way::PollAdd) => self.poll_add,
            (DriverKind::Uring, Way::PollAddMultishot) => self.multishot,
        };
        policies[usize::from(!kind.is_strict())]
    }
}

fn measured(kind: Kind, work: Work) -> Calls {
    let mut working = Working::new(kind, work);
    working.turn(2000);
    let before = working.events.counts();
    working.turn(EVENTS as usize);
    let calls = working.events.counts() - before;
    let per_event = |calls: u64| f64::from(u32::try_from(calls).expect("few")) / f64::from(EVENTS);
    (per_event(calls.total()), per_event(calls.enters))
}

#[test]
fn no_event_costs_more_than_it_did() {
    let mut complaints = String::new();
    for bounds in &BOUNDS {
        for kind in kinds() {
            let (calls, enters) = measured(kind, bounds.work);
            let (most_calls, most_enters) = bounds.of(kind);
            let (work, name) = (bounds.work.to_string(), kind.to_string());
            println!("{work:<14}{name:<34}{calls:.4} calls per event, {enters:.4} enters");
            if calls > most_calls + SLACK || enters > most_enters + SLACK {
                complaints += &format!(
                    "\n{work}, {kind}: {calls:.4} calls of which {enters:.4} enters, \
                     not {most_calls} and {most_enters}",
                );
            }
        }
    }
    assert!(complaints.is_empty(), "system calls per event:{complaints}");
}
