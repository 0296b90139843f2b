//! What the core wants told, put into the ring or the set.

use levelring_core::{Submission, Watch};

use super::routes::Route;
use super::{UringDriver, entries};
use crate::kernel::{Errno, Feature, Kernel, Ring, Wait};
use crate::operation::Decision;
use crate::registry::Registry;

impl<K: Kernel> UringDriver<K> {
    /// Queues all that the core wants told; enters only if the queue is full.
    pub(super) fn flush(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        if !registry.core.wants_submission() {
            return Ok(());
        }
        loop {
            while let Some(submission) = registry.core.next_submission(self.ring.room()) {
                self.submit(registry, submission);
            }
            if self.ring.queued() == 0 || !registry.core.wants_submission() {
                return Ok(());
            }
            self.enter(registry, Wait::Now)?;
        }
    }

    fn submit(&mut self, registry: &mut Registry, submission: Submission) {
        match submission {
            Submission::Arm { key, tag, interest, watch } => {
                let route = self.route_of(watch);
                self.routes.set(tag, route);
                if route == Route::Set {
                    return self.set.apply(registry, submission);
                }
                let fd = registry.descriptor(key).fd;
                self.push(entries::poll(fd, interest, watch, tag));
            }
            Submission::Rearm { key, target, by, tag, interest, watch } => {
                let route = self.routes.get(target);
                self.routes.set(tag, route);
                if route == Route::Set {
                    return self.set.apply(registry, submission);
                }
                let fd = registry.descriptor(key).fd;
                self.push(entries::replaced(target, by));
                self.push(entries::poll(fd, interest, watch, tag));
            }
            Submission::Disarm { target, by, .. } => {
                if self.routes.get(target) == Route::Set {
                    return self.set.apply(registry, submission);
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
                if let Some(entry) = self.requests.take(key) {
                    self.push(entries::operation(entry, tag, link));
                }
            }
            Submission::Cancel { target, by, .. } => self.push(entries::cancel(target, by)),
        }
    }

    fn route_of(&self, watch: Watch) -> Route {
        match watch {
            Watch::Level | Watch::Foreign => Route::Set,
            Watch::Multishot if !self.ring.features().has(Feature::Multishot) => Route::Set,
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
