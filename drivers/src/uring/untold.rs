//! Results that nobody will be told, when the loop ends.

use levelring_core::{Event, Key, Outcome, Readiness};

use super::UringDriver;
use crate::kernel::Kernel;
use crate::planted::planted;
use crate::registry::Registry;

impl<K: Kernel> UringDriver<K> {
    /// Takes all results that are to be told, and closes those that are descriptors. Those for
    /// which there was no room are told to the core as well, which has room now: behind an
    /// operation that is not known to have ended no other can be cancelled.
    pub(super) fn forgo_all(&mut self, registry: &mut Registry) {
        if planted!(HeldLeftOpen) {
            self.held.clear();
        }
        loop {
            self.forgo_known(registry);
            if self.held.is_empty() {
                return;
            }
            self.hand_in_held(registry);
        }
    }

    /// Those that the core knows. Nobody has any left.
    fn forgo_known(&self, registry: &mut Registry) {
        loop {
            while let Some(event) = registry.core.next_event() {
                if let Event::Done { key, outcome: Outcome { result, .. } } = event {
                    self.requests.forgo(&self.kernel, key, result);
                }
            }
            if !registry.core.has_candidates() {
                return;
            }
            // A result may have to wait for the next rotation, or behind somebody who is no
            // operation: nobody will be called any more, so nobody need be ready.
            registry.core.plan();
            registry.core.looked();
            let waiting: Vec<Key> = registry.core.candidates().map(|(key, _)| key).collect();
            for key in waiting {
                registry.core.judge(key, Readiness::EMPTY);
            }
        }
    }
}
