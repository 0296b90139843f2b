//! Operations with their handlers, linked to one another.

use core::fmt;

use io_uring::squeue::Entry;
use levelring_core::{Event, Link, Outcome, Progress};

use super::{Chain, Hook, Operation, Product};
use crate::event_loop::EventLoop;
use crate::handle::Completed;
use crate::kernel::{Cqe, Kernel, Linux};
use crate::seats::Handler;

/// Operations that are started together, each linked to the one behind it.
///
/// ```
/// use levelring::{EventLoop, Link, Linked, Operation};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut events = EventLoop::new()?;
/// let pair = Linked::new()
///     .then(Operation::nop(), Link::Soft, |_, _| println!("first"))
///     .then(Operation::nop(), Link::None, |_, _| println!("second"));
/// match events.submit_linked(pair) {
///     Ok(keys) => assert_eq!(keys.len(), 2),
///     Err(error) => println!("{error}"), // not on io_uring
/// }
/// events.run()?;
/// # Ok(())
/// # }
/// ```
pub struct Linked<'env, K: Kernel = Linux> {
    members: Vec<Member<'env, K>>,
}

struct Member<'env, K: Kernel> {
    entry: Entry,
    hook: Option<Hook>,
    link: Link,
    /// Whether its results are descriptors.
    opens: bool,
    handler: Handler<'env, K>,
}

impl<K: Kernel> Default for Linked<'_, K> {
    fn default() -> Self {
        Self { members: Vec::new() }
    }
}

impl<'env, K: Kernel> Linked<'env, K> {
    /// No operations yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an operation behind the others, and says how the next one is linked to it. The last
    /// one's link is ignored.
    #[must_use]
    pub fn then<B: 'static, P: Product>(
        mut self,
        operation: Operation<B, P>,
        link: Link,
        mut handler: impl FnMut(&mut EventLoop<'env, K>, Completed<B, P>) + 'env,
    ) -> Self {
        let Operation { entry, kept, hook, .. } = operation;
        let mut kept = Some(kept);
        let call = move |events: &mut EventLoop<'env, K>, event| {
            if let Event::Done { key, outcome: Outcome { result, flags, more } } = event {
                let result = Cqe { user_data: 0, result, flags }.outcome();
                // SAFETY: the operation was made for it; each event is handed out once, to here.
                let result = result.map(|result| unsafe { P::of(result) });
                let kept = if more { None } else { kept.take() };
                handler(events, Completed { key, result, flags, more, kept });
            }
            Progress::Unknown
        };
        let (opens, handler) = (P::IS_DESCRIPTOR, Box::new(call));
        self.members.push(Member { entry, hook, link, opens, handler });
        self
    }
}

impl<'env, K: Kernel> Linked<'env, K> {
    pub(crate) fn into_parts(self) -> (Chain, Vec<Handler<'env, K>>) {
        let mut chain = Chain::default();
        let mut handlers = Vec::with_capacity(self.members.len());
        for Member { entry, hook, link, opens, handler } in self.members {
            // SAFETY: what the entry points to is owned by the handler, and the loop keeps that
            // until the last event: in its seat, or for ever if the loop is dropped and cannot
            // wait for it.
            unsafe { chain.add(entry, hook, link, opens) };
            handlers.push(handler);
        }
        (chain, handlers)
    }
}

impl<K: Kernel> fmt::Debug for Linked<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").field("length", &self.members.len()).finish()
    }
}
