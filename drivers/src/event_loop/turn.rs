//! A turn: at most one handler is called.

use core::time::Duration;

use levelring_core::{Event, Key, Outcome, Progress};

use super::EventLoop;
use crate::error::Error;
use crate::kernel::Kernel;
use crate::planted::planted;
use crate::seats::Handler;

impl<K: Kernel> EventLoop<'_, K> {
    /// Runs at most one handler, waiting for its event as long as `timeout` says (`None`: for
    /// ever); says whether one ran.
    ///
    /// # Errors
    /// [`Error::Nested`] within a handler; [`Error::Kernel`] with what the driver cannot mend.
    // Some 16 KB in each place where a loop is turned: too much to compile where nobody asks for
    // speed.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn turn(&mut self, timeout: Option<Duration>) -> Result<bool, Error> {
        if self.running {
            return Err(Error::Nested);
        }
        Ok(match self.reactor.next(timeout)? {
            None => false,
            // Made anew: to hand on what may be any event would be to copy all of it.
            Some(Event::Ready { key, readiness }) => {
                self.call(key, Event::Ready { key, readiness }, false)
            }
            Some(event @ Event::Refused { key, .. }) => self.call_seldom(key, event, false),
            Some(event @ Event::Done { key, outcome: Outcome { more, .. } }) => {
                self.call_seldom(key, event, !more)
            }
        })
    }

    /// The same as [`call`](Self::call), out of the way of the commonest.
    #[cold]
    fn call_seldom(&mut self, key: Key, event: Event, over: bool) -> bool {
        // Dropped when the handler was told: a hook's drop may panic.
        let _unsubmitted = if over { self.reactor.unsubmitted(key) } else { None };
        self.call(key, event, over)
    }

    /// Calls a handler, if there is one: for the last time, if that is `over`.
    #[inline(always)]
    fn call(&mut self, key: Key, event: Event, over: bool) -> bool {
        let Some(handler) = self.seats.lend(key) else { return false };
        self.running = true;
        let id = self.id;
        let mut running = Running { events: self, id, key, handler: Some(handler), over };
        let progress = running.run(event);
        running.conclude();
        // That was its drop, without a call.
        core::mem::forget(running);
        let progress = if planted!(SilenceIsDrained) { Progress::Drained } else { progress };
        if progress != Progress::Unknown && self.id == id {
            // Stale if the handler has removed itself.
            let _ = self.reactor.progress(key, progress);
        }
        true
    }
}

/// A handler that runs: put back when it returns, and when it panics. The kernel may yet use what
/// an operation's handler owns.
struct Running<'a, 'env, K: Kernel> {
    events: &'a mut EventLoop<'env, K>,
    id: u64,
    key: Key,
    handler: Option<Handler<'env, K>>,
    /// It is not to be called again.
    over: bool,
}

impl<K: Kernel> Running<'_, '_, K> {
    #[inline(always)]
    fn run(&mut self, event: Event) -> Progress {
        match &mut self.handler {
            Some(handler) => handler(self.events, event),
            None => Progress::Unknown,
        }
    }

    #[inline(always)]
    fn conclude(&mut self) {
        let Some(handler) = self.handler.take() else { return };
        if self.events.id != self.id {
            // Another loop was put here. The kernel may use what the handler owns.
            core::mem::forget(handler);
            return;
        }
        self.events.running = false;
        if self.over {
            drop(self.events.seats.take(self.key));
        } else {
            self.events.seats.give_back(self.key, handler);
        }
    }
}

impl<K: Kernel> Drop for Running<'_, '_, K> {
    fn drop(&mut self) {
        self.conclude();
    }
}
