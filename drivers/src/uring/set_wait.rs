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
/// descriptor where that is missing. Both are level-triggered and complete once.
pub(super) struct SetWait {
    /// Where the kernel writes events while `under_way`.
    events: Vec<EpollEvent>,
    under_way: bool,
    /// Made in the present look, or in the last one that made any.
    young: bool,
    fetches: bool,
}

/// Without the events: the kernel may be writing them.
impl fmt::Debug for SetWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetWait").field("under_way", &self.under_way).finish_non_exhaustive()
    }
}

/// What the wait brought.
pub(super) enum Seen {
    /// So many events: see [`SetWait::events`].
    Events(usize),
    /// That there are some.
    Readable,
}

impl SetWait {
    pub(super) fn new(fetches: bool) -> Self {
        Self { events: Vec::new(), under_way: false, young: false, fetches }
    }

    /// Queues the wait, if it is not under way and there is room. It can bring as many events as
    /// there are `members`.
    pub(super) fn submit(&mut self, ring: &mut impl Ring, set: RawFd, members: usize) {
        if self.under_way && !planted!(WaitedForTwice) {
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
        // SAFETY: the buffer is on the heap and read or freed only when not under way; `end`,
        // which the driver calls before it is dropped, sees to the latter.
        self.under_way = unsafe { ring.push(&entry.user_data(WAIT)) };
        self.young = self.under_way;
    }

    /// Another look begins: what is under way was made before it. To be said before anything is
    /// taken from the ring.
    pub(super) const fn grow_old(&mut self) {
        self.young = false;
    }

    /// Whether its events were fetched in the look it was made for. Those of an older wait may
    /// have been fetched while a handler ran: a plain ring does so when they come, and one that
    /// defers leaves it to a worker after 128 wake-ups in vain (APOLL_MAX_RETRY).
    pub(super) const fn is_young(&self) -> bool {
        self.young
    }

    /// Whether the kernel will tell of the next event in the set.
    pub(super) const fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// Takes one of the driver's own completions.
    pub(super) fn answered(&mut self, cqe: Cqe) -> Option<Seen> {
        if cqe.user_data != WAIT || !self.under_way {
            return None;
        }
        self.under_way = false;
        let count = cqe.outcome().ok()?;
        Some(if self.fetches {
            Seen::Events((count as usize).min(self.events.len()))
        } else {
            Seen::Readable
        })
    }

    /// The first `count` events of the last wait.
    pub(super) fn events(&self, count: usize) -> &[EpollEvent] {
        if self.under_way { &[] } else { &self.events[..count] }
    }

    /// Ends the wait, so that the buffer is ours again.
    pub(super) fn end(&mut self, ring: &mut impl Ring) {
        let entry = opcode::AsyncCancel::new(WAIT).build().user_data(END);
        let mut asked = false;
        for _ in 0..ATTEMPTS {
            if !self.under_way {
                return;
            }
            if !asked {
                // SAFETY: a cancel points to no memory.
                asked = unsafe { ring.push(&entry) };
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
