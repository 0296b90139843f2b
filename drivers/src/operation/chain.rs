//! Entries to be submitted together.

use core::fmt;

use io_uring::squeue::Entry;
use levelring_core::{Core, Key, Link, Request, Storage};

use super::{Hook, Requests};
use crate::error::OperationError;

/// Entries to be submitted together, in order. [`Reactor`](crate::Reactor) takes it;
/// [`EventLoop`](crate::EventLoop) makes it of [`Operation`](crate::Operation)s, each with its
/// handler.
#[derive(Default)]
pub struct Chain {
    links: Vec<Member>,
}

struct Member {
    entry: Entry,
    hook: Option<Hook>,
    link: Link,
    /// Whether a result that is not told is to be closed.
    opens: bool,
}

impl Chain {
    /// Adds an entry behind the others, and says how the one behind it will be linked to it.
    ///
    /// # Safety
    /// All memory that `entry` points to, also after `hook` has changed it, stays valid and is left
    /// alone until its last event. To drop the reactor, or give it to
    /// [`EventLoop::on`](crate::EventLoop::on), ends no operation: memory whose last event was not
    /// told must be leaked, and a descriptor that would have been told is.
    /// What [`Operation::new`](crate::Operation::new) demands holds here too.
    pub unsafe fn push(&mut self, entry: Entry, hook: Option<Hook>, link: Link) {
        // SAFETY: the same promise.
        unsafe { self.add(entry, hook, link, false) };
    }

    /// The same; with `opens`, a result that is no error and will not be told is closed.
    ///
    /// # Safety
    /// As for [`push`](Self::push). If it `opens`, such results are descriptors that nobody else
    /// owns.
    pub(super) unsafe fn add(&mut self, entry: Entry, hook: Option<Hook>, link: Link, opens: bool) {
        self.links.push(Member { entry, hook, link, opens });
    }

    pub(crate) fn hand_over<S: Storage>(
        self,
        core: &mut Core<S>,
        requests: &mut Requests,
    ) -> Result<Vec<Key>, OperationError> {
        let longest = requests.longest_chain();
        if self.links.len() > longest {
            return Err(OperationError::TooLong { longest });
        }
        let wanted: Vec<Request> = self
            .links
            .iter()
            .map(|member| Request { link: member.link, prepare: member.hook.is_some() })
            .collect();
        let mut member = Some(core.submit(&wanted)?);
        let mut keys = Vec::with_capacity(wanted.len());
        let mut before = Vec::new();
        for Member { entry, hook, opens, .. } in self.links {
            let Some(key) = member else { break };
            // SAFETY: the same promise, made to `push` or `add`.
            before.extend(unsafe { requests.put(key, entry, hook) });
            requests.set_opens(key, opens);
            keys.push(key);
            member = core.linked_after(key);
        }
        Ok(keys)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("length", &self.links.len()).finish()
    }
}
