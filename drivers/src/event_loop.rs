//! The loop with handlers.

mod turn;

use core::fmt;
use core::mem::ManuallyDrop;
use core::sync::atomic::{AtomicU64, Ordering};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::rc::Rc;

use levelring_core::{Event, Interest, Key, Link, Progress, Readiness, Stale};

use crate::builder::Builder;
use crate::error::{AddError, Error, OperationError, RemoveError};
use crate::handle::{Completed, Fired, Handle, Name};
use crate::kernel::{Counts, Errno, Kernel, Linux};
use crate::operation::{Linked, Operation, Product};
use crate::reactor::Reactor;
use crate::report::Report;
use crate::seats::Seats;
use crate::tenure::Tenure;

/// A loop that calls handlers: at most one per turn, in strict rotation, each only while its
/// descriptor is ready.
///
/// Handlers and sources may borrow whatever outlives `'env`. A handler is given the loop and may
/// add, change and remove anything, itself included; it may not turn the loop.
///
/// ```
/// use std::cell::Cell;
/// use std::io::{Read, Write};
/// use levelring::{EventLoop, Fired, Interest};
///
/// let received = Cell::new(0);
/// let (reader, mut writer) = std::io::pipe()?;
/// let mut events = EventLoop::new()?;
/// events.add(reader, Interest::READ, |events, Fired { mut source, key, .. }| {
///     let mut byte = [0];
///     match source.read(&mut byte) {
///         Ok(0) | Err(_) => events.discard(key).expect("it is being called, so it is there"),
///         Ok(_) => received.set(received.get() + 1),
///     }
/// })?;
/// writer.write_all(b"level")?;
/// drop(writer);
/// events.run()?; // until nothing is left
/// assert_eq!(received.get(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EventLoop<'env, K: Kernel = Linux> {
    /// Which loop this is: a handler may put another in its place.
    id: u64,
    reactor: Reactor<K>,
    seats: Seats<'env, K>,
    running: bool,
    stopped: bool,
}

impl EventLoop<'_> {
    /// A loop on the best driver to be had. [`builder`](Self::builder) has the choices.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// What kind of loop it shall be.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl<'env, K: Kernel> EventLoop<'env, K> {
    /// A loop on a reactor, which may have been made on another kernel than Linux. Events of what
    /// was registered there before have no handler, and are passed over.
    #[must_use]
    pub fn on(reactor: Reactor<K>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { id, reactor, seats: Seats::default(), running: false, stopped: false }
    }

    /// Watches a source: one that the loop shall own (an `OwnedFd`, a `TcpStream`), or borrow (a
    /// reference to one). Its handler returns nothing, or a [`Progress`].
    ///
    /// The descriptor must stay the source's own for as long as it is here; a source that swaps it
    /// for another is watched by the old number.
    ///
    /// # Errors
    /// [`AddError`] has the reason, and gives the source back.
    pub fn add<S, F, R>(
        &mut self,
        source: S,
        interest: Interest,
        mut handler: F,
    ) -> Result<Handle<S>, AddError<S>>
    where
        S: AsFd + 'env,
        F: FnMut(&mut Self, Fired<'_, S>) -> R + 'env,
        R: Into<Progress>,
    {
        let fd = source.as_fd().as_raw_fd();
        let key = match self.reactor.register(fd, Tenure::Held, interest) {
            Ok(key) => key,
            Err(AddError { reason, .. }) => return Err(AddError { source, reason }),
        };
        let source = Rc::new(source);
        let handle = Handle::new(self.id, key, Rc::downgrade(&source));
        let call = move |events: &mut Self, event| {
            let (readiness, refused) = ready(event);
            handler(events, Fired { key, source: &source, readiness, refused }).into()
        };
        drop(self.seats.put(key, Box::new(call)));
        Ok(handle)
    }

    /// Watches a descriptor that other code may close at any time, and whose number may come to
    /// name another file. The loop never holds it open; once it is closed its handler is not called
    /// again, and the registration is quiet until removed.
    ///
    /// On the poll driver the file is told by fstat, to which all files without an inode of their
    /// own (eventfds, timerfds, epoll sets) are alike: one of them in the place of another is not
    /// noticed there. (To fstat the two ends of a pipe are alike as well.)
    ///
    /// # Errors
    /// [`AddError`] has the reason.
    pub fn add_foreign<F, R>(
        &mut self,
        fd: RawFd,
        interest: Interest,
        mut handler: F,
    ) -> Result<Key, AddError<RawFd>>
    where
        F: FnMut(&mut Self, Fired<'_, RawFd>) -> R + 'env,
        R: Into<Progress>,
    {
        let key = self.reactor.register(fd, Tenure::Foreign, interest)?;
        let call = move |events: &mut Self, event| {
            let (readiness, refused) = ready(event);
            handler(events, Fired { key, source: &fd, readiness, refused }).into()
        };
        drop(self.seats.put(key, Box::new(call)));
        Ok(key)
    }

    /// Changes what a registration waits for, at once. An empty interest waits for nothing, not
    /// even hang-ups.
    ///
    /// # Errors
    /// [`Stale`], also for a handle of another loop.
    pub fn set_interest(&mut self, name: impl Name, interest: Interest) -> Result<(), Stale> {
        self.reactor.set_interest(self.own(name)?, interest)
    }

    /// Removes a registration and hands back its source, which the kernel holds no more: to drop it
    /// is to close it, now. (Within its own handler, when that returns.)
    ///
    /// # Errors
    /// [`RemoveError`]. A handle of another loop is [`RemoveError::Stale`] here.
    pub fn remove<S>(&mut self, handle: &Handle<S>) -> Result<Rc<S>, RemoveError> {
        let source = handle.source().ok_or(RemoveError::Stale)?;
        self.discard(handle)?;
        Ok(source)
    }

    /// Removes a registration and drops its source. (Within its own handler, when that returns.)
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    pub fn discard(&mut self, name: impl Name) -> Result<(), RemoveError> {
        let key = self.own(name)?;
        let removed = self.reactor.remove(key);
        if removed != Err(RemoveError::Stale) {
            drop(self.seats.take(key));
        }
        removed
    }

    /// What a registration waits for; `None` if there is none of this name.
    #[must_use]
    pub fn interest(&mut self, name: impl Name) -> Option<Interest> {
        self.reactor.interest(self.own(name).ok()?)
    }

    /// Whether a registration is known to have gone quiet: its descriptor was closed, or the kernel
    /// refused to watch it. `None` if there is none of this name.
    ///
    /// When a close becomes known is the driver's affair: see [`Reactor::is_quiet`].
    #[must_use]
    pub fn is_quiet(&mut self, name: impl Name) -> Option<bool> {
        self.reactor.is_quiet(self.own(name).ok()?)
    }

    /// The key behind a name, unless that is known to be another loop's.
    fn own(&self, name: impl Name) -> Result<Key, Stale> {
        if name.events().is_some_and(|id| id != self.id) { Err(Stale) } else { Ok(name.key()) }
    }

    /// Starts an operation; its handler is called with each of its results.
    ///
    /// # Errors
    /// [`OperationError`]; nothing is started, and what was given is dropped.
    pub fn submit<B: 'static, P: Product>(
        &mut self,
        operation: Operation<B, P>,
        handler: impl FnMut(&mut Self, Completed<B, P>) + 'env,
    ) -> Result<Key, OperationError> {
        let keys = self.submit_linked(Linked::new().then(operation, Link::None, handler))?;
        keys.first().copied().ok_or(OperationError::Full)
    }

    /// Starts linked operations together. The keys are in their order.
    ///
    /// # Errors
    /// [`OperationError`]; nothing is started, and what was given is dropped.
    pub fn submit_linked(&mut self, linked: Linked<'env, K>) -> Result<Vec<Key>, OperationError> {
        let (chain, handlers) = linked.into_parts();
        // Once the core has them, they are submitted whatever unwinds: what they own must live.
        let mut handlers = ManuallyDrop::new(handlers.into_iter());
        let taken = self.reactor.submit(chain);
        let mut before = Vec::new();
        for (key, handler) in taken.iter().flatten().zip(handlers.by_ref()) {
            before.extend(self.seats.put(*key, handler));
        }
        drop(ManuallyDrop::into_inner(handlers));
        taken
    }

    /// Cancels an operation: its last result comes as soon as may be, and says whether the
    /// cancelling came in time (ECANCELED).
    ///
    /// # Errors
    /// [`Stale`].
    pub fn cancel(&mut self, operation: Key) -> Result<(), Stale> {
        self.reactor.cancel(operation)
    }

    /// Turns until nothing is left that could have an event, or [`stop`](Self::stop) was called.
    ///
    /// Registrations that wait for nothing, or have gone quiet, count as left: somebody may yet
    /// change or remove them.
    ///
    /// # Errors
    /// As [`turn`](Self::turn).
    pub fn run(&mut self) -> Result<(), Error> {
        if self.running {
            return Err(Error::Nested);
        }
        self.stopped = false;
        while !self.stopped && !self.is_empty() {
            self.turn(None)?;
        }
        Ok(())
    }

    /// Has [`run`](Self::run) return after the present turn.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether there are neither registrations nor operations.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// How many registrations and operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// See [`Reactor::check_invariants`].
    ///
    /// # Panics
    /// At the first invariant that does not hold, whatever the caller did.
    #[doc(hidden)]
    pub fn check_invariants(&self) {
        self.reactor.check_invariants();
    }

    /// What was chosen, and why.
    #[must_use]
    pub const fn report(&self) -> &Report {
        self.reactor.report()
    }

    /// The system calls that the loop has made; its handlers' own are not among them.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.reactor.counts()
    }
}

impl<K: Kernel> fmt::Debug for EventLoop<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("EventLoop");
        debug.field("driver", &self.report().chosen).field("len", &self.len());
        debug.finish_non_exhaustive()
    }
}

impl<K: Kernel> Drop for EventLoop<'_, K> {
    /// Ends everything, and waits until the kernel has let go of it: of operations, because it may
    /// use their memory until then; of descriptors, so that to close them takes effect at once.
    /// An operation that will not end in ten seconds keeps its memory for ever. Descriptors that
    /// operations have opened, and nobody was told of, are closed.
    fn drop(&mut self) {
        let seats = ManuallyDrop::new(core::mem::take(&mut self.seats));
        if self.reactor.abandon(&seats.keys()) {
            drop(ManuallyDrop::into_inner(seats));
        }
    }
}

fn ready(event: Event) -> (Readiness, Option<Errno>) {
    match event {
        Event::Ready { readiness, .. } => (readiness, None),
        Event::Refused { error, .. } => (Readiness::EMPTY, Some(Errno(error))),
        Event::Done { .. } => (Readiness::EMPTY, None),
    }
}
