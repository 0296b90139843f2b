//! Results that nobody will be told, when the loop ends.

use levelring_core::{Event, Key, Outcome, Readiness, Tag};

use super::UringDriver;
use crate::kernel::Kernel;
use crate::planted::planted;
use crate::registry::Registry;

impl<K: Kernel> UringDriver<K> {
    /// Takes all results that are to be told from the core, and closes those that are descriptors.
    /// So those behind them are not held up either.
    pub(super) fn forgo_all(&mut self, registry: &mut Registry) {
        for cqe in self.held.drain(..) {
            if let Some(Tag::Operation(key)) = Tag::decode(cqe.user_data)
                && !planted!(HeldLeftOpen)
            {
                self.requests.forgo(&self.kernel, key, cqe.result);
            }
        }
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
