//! The uring driver: a ring, an epoll set, and poll(2) for verdicts.

use core::time::Duration;
use std::collections::VecDeque;

use levelring_core::{Event, Key, Watch};

use crate::driver::Driver;
use crate::judge::Judge;
use crate::kernel::{Cqe, Errno, Feature, Kernel, Ring, RingError, RingFeatures, RingSetup, Wait};
use crate::operation::Requests;
use crate::planted::planted;
use crate::registry::Registry;
use crate::set::Set;
use crate::tenure::Tenure;
use crate::uring::routes::Routes;
use crate::uring::set_wait::SetWait;
use crate::way::{DriverKind, Way};

mod completions;
mod entries;
mod looks;
mod routes;
mod set_wait;
mod submissions;
mod untold;

/// How often a release looks for the kernel's last answer before it gives up: one look is enough,
/// unless completions have been held up by the thousand.
const RELEASE_LOOKS: usize = 1000;

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
    routes: Routes,
    requests: Requests,
    /// Results that the core had no room for.
    held: VecDeque<Cqe>,
    /// Requests that the ring owes a last answer to, our own wait for the set apart.
    in_flight: u64,
    /// How many of these are operations.
    operations: u64,
    /// An operation is under way in the present look, or may be submitted in it, and use up what
    /// was seen.
    disturbed: bool,
    /// Whether what the ring has answered came of an enter that waited for nobody.
    promptly: bool,
    /// Whether the set can ring at the ring: whether a change in the set, watched by a poll on the
    /// ring, shows in the ring's memory.
    rings: bool,
    /// The ring has told of the set, which was not looked at since.
    rung: bool,
    /// Glances at the set that brought nothing, since one that did.
    quiet: u32,
    judge: Judge,
    kernel: K,
}

impl<K: Kernel> UringDriver<K> {
    /// # Errors
    /// [`RingError`] tells "absent or forbidden" from "out of resources".
    pub(crate) fn new(kernel: K, way: Way, setup: &RingSetup) -> Result<Self, (RingError, K)> {
        // What ends a poll and what replaces it go to the kernel together.
        let setup = RingSetup { entries: setup.entries.max(2), ..*setup };
        let ring = match kernel.ring(&setup) {
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
            routes: Routes::default(),
            held: VecDeque::new(),
            in_flight: 0,
            operations: 0,
            disturbed: false,
            promptly: false,
            // Without DEFER_TASKRUN a poll interrupts the thread when it fires; without
            // TASKRUN_FLAG memory does not tell.
            rings: outside
                && features.has(Feature::DeferTaskrun)
                && features.has(Feature::TaskrunFlag),
            rung: false,
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
}

impl<K: Kernel> Driver for UringDriver<K> {
    type Kernel = K;

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

    fn adopt(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno> {
        self.set.adopt(&self.kernel, registry, key)
    }

    #[inline(always)]
    fn look(&mut self, registry: &mut Registry, wait: Wait) -> Result<Option<Event>, Errno> {
        self.begin_look(registry)?;
        if self.in_flight == 0 && self.held.is_empty() && !self.waits_on_ring() {
            let wait = if self.must_not_sleep(registry) { Wait::Now } else { wait };
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
        let answer = judge.ask(kernel, registry, count, beside, |registry, key| {
            set.vouches(kernel, registry, key)
        })?;
        if answer.news {
            answer.judge(registry);
            self.look_beside(registry)?;
            return Ok(None);
        }
        if glance {
            self.quiet = self.quiet.saturating_add(beside.is_some().into());
            registry.core.looked();
        }
        Ok(answer.decide(registry))
    }

    fn release(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno> {
        self.set.forget(registry, key);
        for _ in 0..RELEASE_LOOKS {
            self.flush(registry)?;
            if !registry.core.is_pinned(key) || planted!(ClosePinned) {
                return Ok(());
            }
            // A cancelled poll lets go of its file when its last answer is brought up: from behind
            // operations' results, if need be, for which there is no room.
            self.ring.enter(Wait::Now)?;
            let more = if planted!(RemovalNeedsRoom) { 0 } else { self.held.len() };
            self.drain_beyond(registry, more)?;
        }
        Err(Errno::BUSY)
    }

    fn requests(&mut self) -> Option<&mut Requests> {
        Some(&mut self.requests)
    }

    fn abandon(&mut self, registry: &mut Registry) -> bool {
        if self.kernel.forked() {
            // The kernel writes into the parent's memory, not into this copy of it. What has
            // been accepted is open here as well.
            self.forgo_all(registry);
            return true;
        }
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
            self.forgo_all(registry);
        }
        self.forgo_all(registry);
        self.in_flight == 0
    }

    #[inline(always)]
    fn kernel(&self) -> &K {
        &self.kernel
    }
}

impl<K: Kernel> Drop for UringDriver<K> {
    /// The kernel writes into the set's buffer until its wait has ended.
    fn drop(&mut self) {
        if !self.kernel.forked() {
            self.set_wait.end(&mut self.ring);
        }
    }
}
