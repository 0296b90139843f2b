//! The loop without handlers: one event at a time.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring_core::{Event, Freshness, Interest, Key, Outcome, Progress, Stale};

use crate::driver::AnyDriver;
use crate::error::{AddError, Error, OperationError, Refusal, RemoveError};
use crate::kernel::{Counts, Errno, Kernel, Linux};
use crate::operation::{Chain, Request};
use crate::registry::{Descriptor, Registry};
use crate::report::Report;
use crate::tenure::Tenure;

/// The loop without handlers: register descriptors, and ask for the next event.
///
/// ```
/// use std::io::Write;
/// use std::os::fd::AsRawFd;
/// use levelring::{Builder, Event, Interest, Readiness, Tenure};
///
/// let mut reactor = Builder::default().build_reactor()?;
/// let (reader, mut writer) = std::io::pipe()?;
/// let key = reactor.register(reader.as_raw_fd(), Tenure::Held, Interest::READ)?;
/// writer.write_all(b"x")?;
/// let event = reactor.next_event(None)?;
/// assert_eq!(event, Some(Event::Ready { key, readiness: Readiness::READ }));
/// reactor.remove(key)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reactor<K: Kernel = Linux> {
    registry: Registry,
    driver: AnyDriver<K>,
    report: Report,
    /// Of the operation whose last event was told last: to drop it may panic, which must not cost
    /// an event.
    leftover: Option<Box<Request>>,
}

impl<K: Kernel> Reactor<K> {
    pub(crate) fn new(
        driver: AnyDriver<K>,
        report: Report,
        capacity: usize,
        freshness: Freshness,
    ) -> Self {
        Self { registry: Registry::new(capacity, freshness), driver, report, leftover: None }
    }

    /// What was chosen, and why.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The system calls that the loop has made.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.driver.kernel().counts()
    }

    /// Watches a descriptor. Any number of registrations may share one.
    ///
    /// # Errors
    /// [`Refusal::Full`] at the capacity; [`Refusal::BadDescriptor`] if a foreign number names no
    /// open file (a held one is taken on trust); [`Refusal::Kernel`] if the kernel will not take it
    /// into its set.
    pub fn register(
        &mut self,
        fd: RawFd,
        tenure: Tenure,
        interest: Interest,
    ) -> Result<Key, AddError<RawFd>> {
        let refused = |reason| AddError { source: fd, reason };
        if fd < 0 {
            return Err(refused(Refusal::BadDescriptor));
        }
        let by_kernel = |errno| {
            refused(match errno {
                Errno::BADF => Refusal::BadDescriptor,
                errno => Refusal::Kernel(errno),
            })
        };
        let identity = match tenure {
            Tenure::Held => None,
            Tenure::Foreign => Some(self.driver.kernel().identity(fd).map_err(by_kernel)?),
        };
        let descriptor = Descriptor { fd, tenure };
        let watch = self.driver.watch(tenure);
        let key = self
            .registry
            .register(descriptor, identity, watch, interest)
            .map_err(|_| refused(Refusal::Full))?;
        if tenure == Tenure::Foreign
            && let Err(errno) = self.driver.adopt(&mut self.registry, key)
        {
            // It is there, and nothing of it is with the kernel.
            let _ = self.registry.core.remove(key);
            return Err(by_kernel(errno));
        }
        Ok(key)
    }

    /// Changes what a registration waits for: from now on it has no event for anything else. An
    /// empty interest waits for nothing, not even hang-ups.
    ///
    /// # Errors
    /// [`Stale`].
    pub fn set_interest(&mut self, key: Key, interest: Interest) -> Result<(), Stale> {
        self.registry.core.set_interest(key, interest)
    }

    /// Ends a registration. When this returns, the kernel holds nothing of its descriptor: to close
    /// it takes effect at once.
    ///
    /// # Errors
    /// [`RemoveError::Stale`]; [`RemoveError::Kernel`] when the kernel would not let go.
    pub fn remove(&mut self, key: Key) -> Result<(), RemoveError> {
        self.registry.core.remove(key)?;
        if self.driver.kernel().forked() {
            // What the kernel holds is the parent's.
            return Ok(());
        }
        self.driver.release(&mut self.registry, key).map_err(RemoveError::Kernel)
    }

    /// What a registration waits for; `None` if there is none of this key.
    #[must_use]
    pub fn interest(&mut self, key: Key) -> Option<Interest> {
        self.registry.core.interest(key)
    }

    /// Whether a registration is known to have gone quiet, because its descriptor was closed or the
    /// kernel refused to watch it; `None` if there is none of this key. A refusal is known when it
    /// was told. A close has no event, and is known
    ///
    /// - on the poll driver after the next look; or, if the number names another file by then, when
    ///   that is ready;
    /// - with an epoll set (on the epoll driver, and for foreign descriptors on the uring driver)
    ///   when the loop next has to ask: before an event that there would be, at a change of
    ///   interest, or if it was closed before the set was told of it. The kernel tells nobody that
    ///   a closed descriptor has left the set: one that was idle is silent from then on, and this
    ///   stays `false`.
    #[must_use]
    pub fn is_quiet(&mut self, key: Key) -> Option<bool> {
        self.registry.core.is_quiet(key)
    }

    /// What was done about the last event, if that can save a check.
    ///
    /// # Errors
    /// [`Stale`].
    pub fn progress(&mut self, key: Key, progress: Progress) -> Result<(), Stale> {
        self.registry.core.progress(key, progress)
    }

    /// How many registrations, operations and results yet to be told there are.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.registry.core.in_use()
    }

    /// Takes operations, to be submitted together. The keys are in their order.
    ///
    /// # Errors
    /// [`OperationError`]; nothing is changed, and the chain is dropped.
    pub fn submit(&mut self, chain: Chain) -> Result<Vec<Key>, OperationError> {
        let kind = self.driver.kind();
        let requests = self.driver.requests().ok_or(OperationError::Unsupported(kind))?;
        chain.hand_over(&mut self.registry.core, requests)
    }

    /// Cancels an operation; its last event tells whether that came in time.
    ///
    /// # Errors
    /// [`Stale`].
    pub fn cancel(&mut self, key: Key) -> Result<(), Stale> {
        self.registry.core.cancel(key)
    }

    /// The next event, waiting for it as long as `timeout` says; `None` waits for ever. Being
    /// interrupted by a signal does not end the wait, nor lengthen it.
    ///
    /// What an operation leaves behind that was never submitted, its hook, is dropped in the call
    /// after the one that tells its end: should that panic, no event is lost.
    ///
    /// # Errors
    /// [`Error::Kernel`] with what the driver cannot mend.
    #[inline]
    pub fn next_event(&mut self, timeout: Option<Duration>) -> Result<Option<Event>, Error> {
        drop(self.leftover.take());
        let event = self.next(timeout)?;
        if let Some(Event::Done { key, outcome: Outcome { more: false, .. } }) = event {
            self.leftover = self.unsubmitted(key).map(Box::new);
        }
        Ok(event)
    }

    /// What is left of an operation that is over: cancelled before it was submitted, its entry and
    /// hook are still there. To drop them may panic.
    pub(crate) fn unsubmitted(&mut self, key: Key) -> Option<Request> {
        self.driver.requests()?.take(key)
    }

    /// The next event; if it is an operation's last, [`unsubmitted`](Self::unsubmitted) is to be
    /// asked for.
    #[inline(always)]
    pub(crate) fn next(&mut self, timeout: Option<Duration>) -> Result<Option<Event>, Error> {
        self.driver.next_event(&mut self.registry, timeout)
    }

    /// Recomputes whatever the core keeps twice: for those who test it.
    ///
    /// # Panics
    /// At the first invariant that does not hold, whatever the caller did.
    #[doc(hidden)]
    pub fn check_invariants(&self) {
        self.registry.core.check_invariants();
    }

    /// Ends these operations and registrations without telling; `false` if the kernel may still
    /// use the operations' memory.
    pub(crate) fn abandon(&mut self, keys: &[Key]) -> bool {
        for key in keys {
            let core = &mut self.registry.core;
            // It is one or the other.
            let _ = core.cancel(*key).or_else(|Stale| core.remove(*key));
        }
        self.driver.abandon(&mut self.registry)
    }
}

impl<K: Kernel> Drop for Reactor<K> {
    /// Ends what is watched, so that the kernel holds no descriptor open when this returns: a ring
    /// that is closed lets go in its own time. Operations are not ended: see [`Chain::push`].
    fn drop(&mut self) {
        if self.driver.kernel().forked() {
            return;
        }
        for key in self.registry.core.registrations().collect::<Vec<Key>>() {
            // There is nobody left to be told that the kernel would not let go.
            let _ = self.remove(key);
        }
    }
}
