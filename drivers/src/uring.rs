//! The uring driver: a ring, an epoll set, and poll(2) for verdicts.

use core::time::Duration;
use std::collections::VecDeque;
use std::os::fd::RawFd;

use levelring_core::{Disposition, Event, Key, Readiness, Submission, Tag, Watch};

use crate::driver::Driver;
use crate::judge::{Answer, Judge};
use crate::kernel::{
    Counts, Cqe, Errno, EventFd, Feature, FileIdentity, Kernel, Ring, RingError, RingFeatures,
    RingSetup, Wait,
};
use crate::operation::{Decision, Requests};
use crate::registry::Registry;
use crate::set::Set;
use crate::tenure::Tenure;
use crate::translate;
use crate::uring::routes::{Route, Routes};
use crate::uring::set_wait::{Seen, SetWait};
use crate::way::{DriverKind, Way};

mod entries;
mod routes;
mod set_wait;

/// How often a release looks for the kernel's last answer before it gives up: one look is enough,
/// unless completions have been held up by the thousand.
const RELEASE_LOOKS: usize = 1000;

/// After so many glances in vain the ring is asked to tell when there is something in the set. A
/// glance costs some 100 ns; to ask, and be told, costs as much as several.
const QUIET: u32 = 8;

/// How long the end of the loop waits for operations to end, each time, and how often in vain.
const PATIENCE: Duration = Duration::from_millis(50);
const PATIENT_LOOKS: usize = 200;

/// A loop on io_uring.
#[derive(Debug)]
pub(crate) struct UringDriver<K: Kernel> {
    way: Way,
    // Dropped before what it points into: see `SetWait`.
    ring: K::Ring,
    set_wait: SetWait,
    set: Set<K::Epoll>,
    /// Signalled by the ring, once it was needed.
    eventfd: Option<K::EventFd>,
    routes: Routes,
    requests: Requests,
    /// Results that the core had no room for.
    held: VecDeque<Cqe>,
    /// Requests that the ring owes a last answer to, our own wait for the set apart.
    in_flight: u64,
    /// Whether the set can ring at the ring: whether a change in the set, watched by a poll on the
    /// ring, shows in the ring's memory.
    rings: bool,
    /// Glances at the set that brought nothing, since one that did.
    quiet: u32,
    judge: Judge,
    kernel: K,
}

impl<K: Kernel> UringDriver<K> {
    /// # Errors
    /// [`RingError`] tells "absent or forbidden" from "out of resources".
    pub(crate) fn new(kernel: K, way: Way, setup: &RingSetup) -> Result<Self, (RingError, K)> {
        let ring = match kernel.ring(setup) {
            Ok(ring) => ring,
            Err(error) => return Err((error, kernel)),
        };
        let epoll = match kernel.epoll() {
            Ok(epoll) => epoll,
            Err(errno) => return Err((RingError::new(errno, "epoll_create1"), kernel)),
        };
        let features = *ring.features();
        let outside = matches!(way, Way::Auto | Way::EpollOutside);
        Ok(Self {
            way,
            set_wait: SetWait::new(!outside && features.has(Feature::EpollWait)),
            requests: Requests::new(features.sq_entries as usize),
            ring,
            set: Set::new(epoll),
            eventfd: None,
            routes: Routes::default(),
            held: VecDeque::new(),
            in_flight: 0,
            // Without DEFER_TASKRUN a poll interrupts the thread when it fires; without
            // TASKRUN_FLAG memory does not tell.
            rings: outside
                && features.has(Feature::DeferTaskrun)
                && features.has(Feature::TaskrunFlag),
            quiet: 0,
            judge: Judge::default(),
            kernel,
        })
    }

    /// What the ring can do.
    pub(crate) fn features(&self) -> &RingFeatures {
        self.ring.features()
    }

    /// How descriptors are watched.
    pub(crate) const fn way(&self) -> Way {
        self.way
    }

    /// Whether to wait on the ring, or in epoll_wait.
    fn waits_on_ring(&self) -> bool {
        match self.way {
            Way::PollAdd | Way::PollAddMultishot | Way::EpollOnRing => true,
            Way::Auto | Way::EpollOutside => self.set.is_empty() && self.in_flight > 0,
        }
    }

    /// Queues all that the core wants told; enters only if the queue is full.
    fn flush(&mut self, registry: &mut Registry) -> Result<(), Errno> {
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

    /// One enter, and all completions that are there after it.
    fn enter(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        self.ring.enter(wait)?;
        self.drain(registry).map(drop)
    }

    /// The same, and again while there are more: a ring that defers brings up twenty at a time,
    /// and all who are ready are to be known before anybody has a second turn.
    fn gather(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        let mut left = self.in_flight + 1;
        self.ring.enter(wait)?;
        loop {
            let brought = self.drain(registry)?;
            left = left.saturating_sub(brought);
            if brought == 0 || left == 0 || !self.ring.has_deferred_work() {
                return Ok(());
            }
            self.ring.enter(Wait::Now)?;
        }
    }

    /// Takes all completions that are there, and says how many.
    fn drain(&mut self, registry: &mut Registry) -> Result<u64, Errno> {
        let mut brought = 0;
        for _ in 0..self.held.len() {
            if let Some(cqe) = self.held.pop_front() {
                self.hand_in(registry, cqe);
            }
        }
        let most = self.ring.features().cq_entries as usize;
        while self.held.len() < most {
            let Some(cqe) = self.ring.pop() else { break };
            brought += 1;
            if cqe.user_data >= Tag::FIRST_DRIVERS_OWN {
                self.own(registry, cqe)?;
                continue;
            }
            self.in_flight -= u64::from(!cqe.has_more() && self.in_flight > 0);
            if !self.held.is_empty()
                && matches!(Tag::decode(cqe.user_data), Some(Tag::Operation(_)))
            {
                // Behind those that came before it.
                self.held.push_back(cqe);
                continue;
            }
            self.hand_in(registry, cqe);
        }
        Ok(brought)
    }

    fn hand_in(&mut self, registry: &mut Registry, cqe: Cqe) {
        let completion = match Tag::decode(cqe.user_data) {
            Some(Tag::Arm(..)) => translate::poll_completion(cqe),
            _ => translate::completion(cqe),
        };
        if registry.core.complete(completion) == Disposition::Busy {
            self.held.push_back(cqe);
        }
    }

    /// The answer to our own wait for the set.
    fn own(&mut self, registry: &mut Registry, cqe: Cqe) -> Result<(), Errno> {
        let Some(seen) = self.set_wait.answered(cqe) else { return Ok(()) };
        match seen {
            Seen::Events(count) => {
                // A ring that defers checks when it is entered; another when the event came.
                let level = self.ring.features().has(Feature::DeferTaskrun);
                let Self { set, set_wait, .. } = self;
                set.deal(registry, set_wait.events(count), level);
            }
            Seen::Readable => {
                self.quiet = 0;
                self.set.look(registry, Wait::Now)?;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn look_on_ring(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        if !self.set.is_empty() {
            if self.ring.room() == 0 {
                self.enter(registry, Wait::Now)?;
            }
            self.set_wait.submit(&mut self.ring, self.set.raw_fd(), self.set.len());
        }
        // Results that are held are not for the kernel to announce.
        let busy = registry.core.has_candidates() || !self.held.is_empty();
        let wait = if busy { Wait::Now } else { wait };
        let idle = wait == Wait::Now && self.ring.queued() == 0 && !self.ring.has_deferred_work();
        if idle { self.drain(registry).map(drop) } else { self.gather(registry, wait) }
    }

    #[inline(always)]
    fn look_outside(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        if self.in_flight > 0 {
            // Before the ring is looked at, so that nothing falls in between.
            self.listen()?;
        }
        self.serve_ring(registry)?;
        let wait = if registry.core.has_candidates() { Wait::Now } else { wait };
        if self.set.look(registry, wait)? {
            self.gather(registry, Wait::Now)?;
        }
        Ok(())
    }

    /// Submits what is queued and takes what is there, without asking the kernel if there is
    /// neither.
    fn serve_ring(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        if self.ring.queued() > 0 || self.ring.has_deferred_work() {
            self.gather(registry, Wait::Now)
        } else if self.ring.has_completions() || !self.held.is_empty() {
            self.drain(registry).map(drop)
        } else {
            Ok(())
        }
    }

    /// Has the ring wake the set.
    fn listen(&mut self) -> Result<(), Errno> {
        if self.eventfd.is_none() {
            let eventfd = self.kernel.eventfd()?;
            self.ring.register_eventfd(eventfd.raw_fd())?;
            self.set.add_ring(eventfd.raw_fd())?;
            self.eventfd = Some(eventfd);
        }
        Ok(())
    }

    /// There are newcomers, who come before the candidate that was judged beside them.
    fn look_beside(
        &mut self,
        registry: &mut Registry,
        judged: Option<(Key, Readiness)>,
    ) -> Result<Option<Event>, Errno> {
        if let Some((key, seen)) = judged {
            registry.core.judge(key, seen);
        }
        self.quiet = 0;
        if self.set.look(registry, Wait::Now)? {
            self.gather(registry, Wait::Now)?;
        }
        registry.core.looked();
        Ok(None)
    }

    /// A glance at what is beside the candidates: the ring here, the set in the same poll(2), or
    /// nowhere if the ring would have told of it.
    #[inline(always)]
    fn glance(&mut self, registry: &mut Registry) -> Result<Option<RawFd>, Errno> {
        self.flush(registry)?;
        if self.waits_on_ring() {
            self.look_on_ring(registry, Wait::Now)?;
            return Ok(None);
        }
        if self.rings && self.quiet >= QUIET {
            self.set_wait.submit(&mut self.ring, self.set.raw_fd(), 0);
        }
        self.serve_ring(registry)?;
        let would_tell = self.rings && self.set_wait.is_under_way();
        Ok((!would_tell).then(|| self.set.raw_fd()))
    }
}

impl<K: Kernel> Driver for UringDriver<K> {
    fn kind(&self) -> DriverKind {
        DriverKind::Uring
    }

    fn watch(&self, tenure: Tenure) -> Watch {
        match (tenure, self.way) {
            (Tenure::Foreign, _) => Watch::Foreign,
            (Tenure::Held, Way::PollAdd) => Watch::Oneshot,
            (Tenure::Held, Way::PollAddMultishot) => Watch::Multishot,
            (Tenure::Held, Way::Auto | Way::EpollOnRing | Way::EpollOutside) => Watch::Level,
        }
    }

    #[inline(always)]
    fn look(&mut self, registry: &mut Registry, wait: Wait) -> Result<Option<Event>, Errno> {
        self.flush(registry)?;
        if self.in_flight == 0 && self.held.is_empty() && !self.waits_on_ring() {
            let wait = if registry.core.has_candidates() { Wait::Now } else { wait };
            return self.set.look_for_one(registry, wait);
        }
        if self.waits_on_ring() {
            self.look_on_ring(registry, wait)?;
        } else {
            self.look_outside(registry, wait)?;
        }
        registry.core.looked();
        Ok(None)
    }

    #[inline(always)]
    fn judge(
        &mut self,
        registry: &mut Registry,
        count: usize,
        glance: bool,
    ) -> Result<Option<Event>, Errno> {
        let beside = if glance { self.glance(registry)? } else { None };
        let Self { set, judge, kernel, .. } = self;
        let Answer { sole, news } =
            judge.ask(kernel, registry, count, beside, |registry, key| {
                set.vouches(kernel, registry, key)
            })?;
        if news {
            return self.look_beside(registry, sole);
        }
        if glance {
            self.quiet += u32::from(beside.is_some());
            registry.core.looked();
        }
        Ok(sole.and_then(|(key, seen)| registry.core.decide(key, seen)))
    }

    fn release(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno> {
        for _ in 0..RELEASE_LOOKS {
            self.flush(registry)?;
            if !registry.core.is_pinned(key) {
                return Ok(());
            }
            // A cancelled poll lets go of its file when its last answer is brought up.
            self.enter(registry, Wait::Now)?;
        }
        Err(Errno::BUSY)
    }

    fn requests(&mut self) -> Option<&mut Requests> {
        Some(&mut self.requests)
    }

    fn abandon(&mut self, registry: &mut Registry) -> bool {
        let mut looks = 0;
        while self.in_flight > 0 && looks < PATIENT_LOOKS {
            if self.flush(registry).is_err() {
                return false;
            }
            let before = self.in_flight;
            if before > 0 && self.enter(registry, Wait::Until(PATIENCE)).is_err() {
                return false;
            }
            // There may be many, and the kernel brings up few at a time.
            looks += usize::from(self.in_flight >= before);
            // Results that nobody will be told must not hold up those behind them.
            self.held.clear();
            while registry.core.next_event().is_some() {}
        }
        self.in_flight == 0
    }

    fn identity(&self, fd: RawFd) -> Result<FileIdentity, Errno> {
        self.kernel.identity(fd)
    }

    fn now(&self) -> Duration {
        self.kernel.now()
    }

    fn counts(&self) -> Counts {
        self.kernel.counts()
    }
}

impl<K: Kernel> Drop for UringDriver<K> {
    /// The kernel writes into the set's buffer until its wait has ended.
    fn drop(&mut self) {
        self.set_wait.end(&mut self.ring);
    }
}
