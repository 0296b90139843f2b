//! What the ring answers, handed to the core.

use levelring_core::{Disposition, Tag};

use super::UringDriver;
use super::set_wait::Seen;
use crate::kernel::{Cqe, Errno, Kernel, Ring, Wait};
use crate::planted::planted;
use crate::registry::Registry;
use crate::translate;

impl<K: Kernel> UringDriver<K> {
    /// One enter, and all completions that are there after it.
    pub(super) fn enter(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        self.promptly = wait == Wait::Now;
        self.ring.enter(wait)?;
        self.drain(registry).map(drop)
    }

    /// The same, and again while there are more: a ring that defers brings up twenty at a time,
    /// and all who are ready are to be known before anybody has a second turn.
    pub(super) fn gather(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        // Beside those, our own wait and what ends it.
        let mut left = self.in_flight + 2;
        self.promptly = wait == Wait::Now;
        self.ring.enter(wait)?;
        loop {
            let brought = self.drain(registry)?;
            left = left.saturating_sub(brought);
            let all = left == 0 || planted!(TwentyAtATime);
            if brought == 0 || all || !self.ring.has_deferred_work() {
                return Ok(());
            }
            self.ring.enter(Wait::Now)?;
        }
    }

    /// Takes all completions that are there, and says how many.
    pub(super) fn drain(&mut self, registry: &mut Registry) -> Result<u64, Errno> {
        self.drain_beyond(registry, 0)
    }

    /// The same, where so many results more than usual may be held for want of room.
    pub(super) fn drain_beyond(
        &mut self,
        registry: &mut Registry,
        more: usize,
    ) -> Result<u64, Errno> {
        let mut brought = 0;
        self.hand_in_held(registry);
        let most = self.most_held() + more;
        while self.held.len() < most {
            let Some(cqe) = self.ring.pop() else { break };
            brought += 1;
            if cqe.user_data >= Tag::FIRST_DRIVERS_OWN {
                self.own(registry, cqe)?;
                continue;
            }
            let last = !cqe.has_more() || planted!(MoreCountedAsLast);
            let of_operation = matches!(Tag::decode(cqe.user_data), Some(Tag::Operation(_)));
            self.in_flight -= u64::from(last && self.in_flight > 0);
            self.operations -= u64::from(last && of_operation && self.operations > 0);
            if !self.held.is_empty() && of_operation && !planted!(HeldOvertaken) {
                // Behind those that came before it.
                self.held.push_back(cqe);
                continue;
            }
            self.hand_in(registry, cqe);
        }
        Ok(brought)
    }

    /// How many results are held at most. More are left in the queue, whose bound ends whoever has
    /// so many.
    fn most_held(&self) -> usize {
        self.ring.features().cq_entries as usize
    }

    /// Whether there are completions behind results for which there is no room.
    pub(super) fn is_stopped_up(&self) -> bool {
        self.held.len() >= self.most_held() && self.ring.has_completions()
    }

    /// Those for which there was no room, in their order.
    pub(super) fn hand_in_held(&mut self, registry: &mut Registry) {
        for _ in 0..self.held.len() {
            if let Some(cqe) = self.held.pop_front() {
                self.hand_in(registry, cqe);
            }
        }
    }

    fn hand_in(&mut self, registry: &mut Registry, cqe: Cqe) {
        let completion = match Tag::decode(cqe.user_data) {
            Some(Tag::Arm(key, _)) => {
                if cqe.result == -Errno::INVAL.0 && !planted!(RefusalForgotten) {
                    // Every tcsetattr() ends the polls of its terminal so, up to Linux 7.2.
                    self.routes.refuse(key);
                }
                translate::poll_completion(cqe, self.promptly && self.is_undisturbed())
            }
            _ => translate::completion(cqe),
        };
        let disposition = registry.core.complete(completion);
        if disposition == Disposition::Busy && !planted!(BusyDropped) {
            self.held.push_back(cqe);
        }
    }

    /// Whether what the ring has seen in this look is a verdict: no operation of the same look may
    /// use it up. (On a ring that does not defer, one may at any time, as another process may.)
    fn is_undisturbed(&self) -> bool {
        !self.disturbed || planted!(OperationsIgnored)
    }

    /// The answer to our own wait for the set.
    fn own(&mut self, registry: &mut Registry, cqe: Cqe) -> Result<(), Errno> {
        let Some(seen) = self.set_wait.answered(cqe) else { return Ok(()) };
        match seen {
            Seen::Events { count, fresh } => {
                let level = (fresh && self.is_undisturbed()) || planted!(OldWaitIsLevel);
                let Self { set, set_wait, .. } = self;
                let events = set_wait.events(count);
                set.deal(registry, events, level);
                if level {
                    set.beware(registry, events);
                }
                // Who is ready now, what was fetched before does not tell, nor what operations may
                // yet use up.
                self.rung |= !level;
            }
            // When the ring is done with: it may yet use up what is there.
            Seen::Readable => (self.quiet, self.rung) = (0, true),
        }
        Ok(())
    }
}
