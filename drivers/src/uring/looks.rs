//! Looking: on the ring, or in the set.

use std::os::fd::RawFd;

use super::UringDriver;
use crate::kernel::{Errno, Kernel, Ring, Wait};
use crate::planted::planted;
use crate::registry::Registry;
use crate::way::Way;

/// After so many glances in vain the ring is asked to tell when there is something in the set. A
/// glance costs some 100 ns; to ask, and be told, costs as much as several.
const QUIET: u32 = 8;

impl<K: Kernel> UringDriver<K> {
    /// What any look begins with: from now on what was brought before counts as old, and the kernel
    /// is told what the core wants told.
    #[inline(always)]
    pub(super) fn begin_look(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        self.set_wait.grow_old();
        self.disturbed = self.operations > 0 || !self.requests.is_empty();
        if self.set.is_spoilt() {
            self.renew_set(registry)?;
        }
        self.flush(registry)
    }

    /// The set is made anew, when what waits for the old one on the ring has ended. While that has
    /// not, each look tries again: until then the loop works, but does not sleep.
    #[cold]
    fn renew_set(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        if self.ring.room() == 0 {
            self.enter(registry, Wait::Now)?;
        }
        if planted!(OldSetWaitedFor) {
            self.set.renew(&self.kernel, registry);
            return Ok(());
        }
        self.set_wait.forsake(&mut self.ring);
        if !self.set_wait.is_idle() {
            self.enter(registry, Wait::Now)?;
        }
        if self.set_wait.is_idle() {
            self.set.renew(&self.kernel, registry);
        }
        Ok(())
    }

    /// Whether to wait on the ring, or in epoll_wait.
    pub(super) fn waits_on_ring(&self) -> bool {
        match self.way {
            Way::PollAdd | Way::PollAddMultishot | Way::EpollOnRing => true,
            Way::Auto | Way::EpollOutside => self.set.is_empty() && self.in_flight > 0,
        }
    }

    #[inline(never)]
    pub(super) fn look_on_ring(
        &mut self,
        registry: &mut Registry,
        wait: Wait,
    ) -> Result<(), Errno> {
        if !self.set.is_empty() {
            if self.ring.room() == 0 {
                self.enter(registry, Wait::Now)?;
            }
            self.set_wait.submit(&mut self.ring, self.set.raw_fd(), self.set.len());
        }
        // The kernel would not make room for it, or has yet to end one for an older set: nobody in
        // the set would wake us.
        let unheard = !self.set.is_empty() && !self.set_wait.is_under_way();
        let sleepless = unheard || self.must_not_sleep(registry);
        let wait = if sleepless { Wait::Now } else { wait };
        let idle = wait == Wait::Now && self.ring.queued() == 0 && !self.ring.has_deferred_work();
        if idle { self.drain(registry).map(drop) } else { self.gather(registry, wait) }?;
        if self.rung && planted!(SetNotLast) {
            self.look_at_set(registry, Wait::Now)?;
        }
        self.look_again(registry)?;
        let stopped_up = self.is_stopped_up() && !planted!(StoppedUp);
        if stopped_up {
            registry.core.suspect_all();
            self.set.suspect_sharers(registry);
        }
        // Or the kernel has not taken it.
        let unheard = unheard || (!self.set.is_empty() && self.ring.queued() > 0);
        // Last, when the ring is done with: its operations may use up what was seen.
        if self.rung || stopped_up || (unheard && !planted!(UnheardUnasked)) {
            self.look_at_set(registry, Wait::Now)?;
        }
        Ok(())
    }

    /// What the answers ask for is a part of the same look: a poll that waited for the end of the
    /// one before it would else be a look late, while others have a second turn.
    fn look_again(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        if !registry.core.wants_submission() {
            return Ok(());
        }
        self.flush(registry)?;
        self.gather(registry, Wait::Now)?;
        // What was put into the set only now, nobody has been asked about.
        let unasked = !self.set.is_empty() && !self.set_wait.is_under_way();
        self.rung |= unasked && !planted!(LateMemberUnasked);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn look_outside(
        &mut self,
        registry: &mut Registry,
        wait: Wait,
    ) -> Result<(), Errno> {
        self.serve_ring(registry)?;
        let sleepless = self.rung || self.must_not_sleep(registry);
        let wait = if sleepless { Wait::Now } else { wait.normalized() };
        if wait != Wait::Now && self.in_flight > 0 && !planted!(WakeUpLost) {
            return self.sleep_on_ring(registry, wait);
        }
        self.look_at_set(registry, wait)
    }

    /// Sleeps on the ring, which a poll of the set tells when there is something in it. The other
    /// way round, with the ring's eventfd in the set, it might sleep for ever: while another one
    /// wakes a ring that defers, that is signalled milliseconds later, and after the first time
    /// never (Linux 6.18). What the kernel would not take or bring up, it is asked for again.
    fn sleep_on_ring(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        self.set_wait.submit(&mut self.ring, self.set.raw_fd(), 0);
        let asked = self.set_wait.is_under_way();
        self.gather(registry, if asked { wait } else { Wait::Now })?;
        if self.would_tell() { Ok(()) } else { self.look_at_set(registry, Wait::Now) }
    }

    #[inline(always)]
    fn look_at_set(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        self.rung = false;
        self.set.look(registry, wait)
    }

    /// Whether the kernel has said nothing of the set because there is nothing in it: its answer is
    /// neither behind results for which there is no room, nor yet to be brought up.
    fn would_tell(&self) -> bool {
        let queued = self.ring.queued() > 0 && !planted!(DoorbellQueued);
        let deferred = self.ring.has_deferred_work() && !planted!(DoorbellDeferred);
        self.set_wait.is_under_way() && !queued && !deferred && !self.is_stopped_up()
    }

    /// Whether there is something to do that the kernel will not announce: somebody may be ready,
    /// the answers so far ask for something, results are held for want of room, or the set is not
    /// to be relied on.
    #[inline(always)]
    pub(super) fn must_not_sleep(&self, registry: &Registry) -> bool {
        let ready = registry.core.has_candidates() && !planted!(CandidatesSleptOn);
        let wants = registry.core.wants_submission() && !planted!(AnswersSleptOn);
        let held = !self.held.is_empty() && !planted!(HeldSleptOn);
        ready || wants || held || self.set.is_spoilt()
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

    /// There are newcomers in the set, who come first.
    #[inline(never)]
    pub(super) fn look_beside(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        self.quiet = 0;
        self.look_at_set(registry, Wait::Now)?;
        registry.core.looked();
        Ok(())
    }

    /// A glance at what is beside the candidates: the ring here, the set in the same poll(2), or
    /// nowhere if the ring would have told of it.
    #[inline(never)]
    pub(super) fn glance(&mut self, registry: &mut Registry) -> Result<Option<RawFd>, Errno> {
        self.begin_look(registry)?;
        if self.waits_on_ring() {
            self.look_on_ring(registry, Wait::Now)?;
            return Ok(None);
        }
        if self.rings && self.quiet >= QUIET {
            self.set_wait.submit(&mut self.ring, self.set.raw_fd(), 0);
        }
        self.serve_ring(registry)?;
        let told = self.rings && self.would_tell();
        Ok((!told).then(|| self.set.raw_fd()))
    }
}
