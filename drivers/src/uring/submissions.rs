//! What the core wants told, put into the ring or the set.

use levelring_core::{Interest, Key, Submission, Watch};

use super::routes::Route;
use super::{UringDriver, entries};
use crate::kernel::{Errno, Feature, Kernel, Ring, Wait};
use crate::operation::Decision;
use crate::planted::planted;
use crate::registry::Registry;

impl<K: Kernel> UringDriver<K> {
    /// Queues all that the core wants told; enters only if the queue is full.
    #[inline(always)]
    pub(super) fn flush(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        if registry.core.wants_submission() { self.flush_all(registry) } else { Ok(()) }
    }

    #[inline(never)]
    fn flush_all(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        // What is entered for may bring up what an earlier look was waiting for.
        self.set_wait.grow_old();
        loop {
            while let Some(submission) = registry.core.next_submission(self.ring.room()) {
                self.submit(registry, submission);
            }
            let queued = self.ring.queued();
            let full = queued > 0 && !planted!(FullQueueLeft);
            if !full || !registry.core.wants_submission() {
                return Ok(());
            }
            self.enter(registry, Wait::Now)?;
            if self.ring.queued() == queued {
                // The kernel takes nothing for now. The next look asks again.
                return Ok(());
            }
        }
    }

    fn submit(&mut self, registry: &mut Registry, submission: Submission) {
        match submission {
            Submission::Arm { key, tag, interest, watch } => {
                let route = self.route_of(key, interest, watch);
                self.routes.set(tag, route);
                if route == Route::Set {
                    return self.set.apply(&self.kernel, registry, submission);
                }
                let fd = registry.descriptor(key).fd;
                self.push(entries::poll(fd, interest, watch, tag));
            }
            Submission::Rearm { key, target, by, tag, interest, watch } => {
                let (from, to) = (self.routes.get(target), self.route_of(key, interest, watch));
                if from != to && !planted!(RoutesMixed) {
                    // Two mechanisms: what ends one poll cannot be linked to what makes the other.
                    self.submit(registry, Submission::Disarm { key, target, by, parked: false });
                    return self.submit(registry, Submission::Arm { key, tag, interest, watch });
                }
                if !planted!(RouteForgotten) {
                    self.routes.set(tag, to);
                }
                if to == Route::Set {
                    return self.set.apply(&self.kernel, registry, submission);
                }
                let fd = registry.descriptor(key).fd;
                self.push(entries::replaced(target, by));
                self.push(entries::poll(fd, interest, watch, tag));
            }
            Submission::Disarm { target, by, .. } => {
                if self.routes.get(target) == Route::Set {
                    return self.set.apply(&self.kernel, registry, submission);
                }
                self.push(entries::cancel(target, by));
            }
            Submission::Prepare { key } => {
                if self.requests.prepare(key) == Decision::Cancel {
                    // It is there: the core has just named it.
                    let _ = registry.core.cancel(key);
                    let _ = self.requests.take(key);
                }
            }
            Submission::Operation { key, tag, link } => {
                if let Some(request) = self.requests.take(key) {
                    self.operations += 1;
                    // The hook is dropped after it is pushed: that may panic.
                    self.push(entries::operation(request.entry.clone(), tag, link));
                }
            }
            Submission::Cancel { target, by, .. } => self.push(entries::cancel(target, by)),
        }
    }

    fn route_of(&self, key: Key, interest: Interest, watch: Watch) -> Route {
        match watch {
            Watch::Level | Watch::Foreign => Route::Set,
            Watch::Multishot if !self.ring.features().has(Feature::Multishot) => Route::Set,
            Watch::Oneshot | Watch::Multishot
                if !watchable(interest) && !planted!(UrgentOnRing) =>
            {
                Route::Set
            }
            Watch::Oneshot | Watch::Multishot if self.routes.is_refused(key) => Route::Set,
            Watch::Oneshot | Watch::Multishot => Route::Ring,
        }
    }

    fn push(&mut self, entry: io_uring::squeue::Entry) {
        // SAFETY: polls, removals and cancels point to no memory. An operation's memory is its
        // handler's, who keeps it until the last completion: `Requests::put` demands it.
        let taken = unsafe { self.ring.push(&entry) };
        assert!(taken, "the core hands out no more than there is room for");
        self.in_flight += 1;
    }
}

/// Whether a poll on the ring is woken for all of this, and for nothing else. It is not for urgent
/// data: POLLPRI does not count when a wake-up is matched against a poll, and is told whenever
/// ordinary data comes. And a file that is always ready will not be polled for less than that.
const fn watchable(interest: Interest) -> bool {
    let ordinary = Interest::from_bits(Interest::READ.bits() | Interest::WRITE.bits());
    interest.intersects(ordinary) && !interest.contains(Interest::PRIORITY)
}
