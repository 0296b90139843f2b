//! Waiting for an epoll set on the ring.

use core::fmt;
use std::os::fd::RawFd;

use io_uring::{opcode, types};
use levelring_core::Tag;

use crate::kernel::{Cqe, EpollEvent, Ring, Wait, mask};
use crate::planted::planted;

/// The `user_data` of the wait, and of the request that ends it.
const WAIT: u64 = Tag::FIRST_DRIVERS_OWN | 1;
const END: u64 = Tag::FIRST_DRIVERS_OWN | 2;

/// How many events one wait can bring, at the least.
const FETCH: u32 = 64;

/// How often its end is waited for before its buffer is given up instead.
const ATTEMPTS: usize = 1000;

/// The one request that stands for a whole epoll set: EPOLL_WAIT, or a poll of the set's own
/// descriptor, where that is missing or the set is waited for outside. Both are level-triggered and
/// complete once.
pub(super) struct SetWait {
    /// Where the kernel writes events unless it is idle.
    events: Vec<EpollEvent>,
    state: State,
    fetches: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// Made in the present look, or in the last one that made any.
    Young,
    Old,
    /// Its set is to be given up, and it is to end before that.
    Forsaken,
}

/// Without the events: the kernel may be writing them.
impl fmt::Debug for SetWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetWait").field("state", &self.state).finish_non_exhaustive()
    }
}

/// What the wait brought.
pub(super) enum Seen {
    /// So many events: see [`SetWait::events`]. Whether they were fetched in the look that the wait
    /// was made for. Those of an older one may have been fetched while a handler ran: a plain ring
    /// does so when they come, and one that defers leaves it to a worker after 128 wake-ups in vain
    /// (APOLL_MAX_RETRY).
    Events { count: usize, fresh: bool },
    /// That there are some.
    Readable,
}

impl SetWait {
    pub(super) fn new(fetches: bool) -> Self {
        Self { events: Vec::new(), state: State::Idle, fetches }
    }

    /// Queues the wait, if it is not under way and there is room. It can bring as many events as
    /// there are `members`.
    pub(super) fn submit(&mut self, ring: &mut impl Ring, set: RawFd, members: usize) {
        if !self.is_idle() && !planted!(WaitedForTwice) {
            return;
        }
        let set = types::Fd(set);
        let entry = if self.fetches {
            let most = u32::try_from(members).unwrap_or(u32::MAX).max(FETCH);
            if self.events.len() < most as usize {
                self.events.resize(most.next_power_of_two() as usize, EpollEvent::default());
            }
            let buffer = self.events.as_mut_ptr().cast::<types::epoll_event>();
            opcode::EpollWait::new(set, buffer, most).build()
        } else {
            opcode::PollAdd::new(set, mask::IN).build()
        };
        // SAFETY: the buffer is on the heap and read or freed only when idle; `end`, which the
        // driver calls before it is dropped, sees to the latter.
        let taken = unsafe { ring.push(&entry.user_data(WAIT)) };
        self.state = if taken { State::Young } else { State::Idle };
    }

    /// Another look begins: what is under way was made before it. To be said before anything is
    /// taken from the ring.
    pub(super) fn grow_old(&mut self) {
        if self.state == State::Young {
            self.state = State::Old;
        }
    }

    /// Whether the kernel will tell of the next event in the set.
    pub(super) const fn is_under_way(&self) -> bool {
        matches!(self.state, State::Young | State::Old)
    }

    /// Takes one of the driver's own completions.
    pub(super) fn answered(&mut self, cqe: Cqe) -> Option<Seen> {
        if cqe.user_data != WAIT || self.is_idle() {
            return None;
        }
        let before = core::mem::replace(&mut self.state, State::Idle);
        let count = cqe.outcome().ok()?;
        Some(if self.fetches {
            let count = (count as usize).min(self.events.len());
            Seen::Events { count, fresh: before == State::Young }
        } else {
            Seen::Readable
        })
    }

    /// The first `count` events of the last wait.
    pub(super) fn events(&self, count: usize) -> &[EpollEvent] {
        if self.is_idle() { &self.events[..count] } else { &[] }
    }

    /// The set is to be given up: the kernel is asked to end the wait for it, if there is room. To
    /// ask once is enough: a wait that cannot be ended any more is just ending by itself.
    pub(super) fn forsake(&mut self, ring: &mut impl Ring) {
        if self.is_under_way() && ask_to_end(ring) {
            self.state = State::Forsaken;
        }
    }

    /// Whether the ring has nothing to do with the set.
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Ends the wait, so that the buffer is ours again.
    pub(super) fn end(&mut self, ring: &mut impl Ring) {
        let mut asked = false;
        for _ in 0..ATTEMPTS {
            if self.is_idle() {
                return;
            }
            if !asked {
                asked = ask_to_end(ring);
            }
            if ring.enter(Wait::Now).is_err() {
                break;
            }
            while let Some(cqe) = ring.pop() {
                self.answered(cqe);
            }
        }
        // The kernel may yet write there: nobody else may have it.
        core::mem::forget(core::mem::take(&mut self.events));
    }
}

fn ask_to_end(ring: &mut impl Ring) -> bool {
    let entry = opcode::AsyncCancel::new(WAIT).build().user_data(END);
    // SAFETY: a cancel points to no memory.
    unsafe { ring.push(&entry) }
}
