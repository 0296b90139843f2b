//! Operations that wait to be submitted.

use core::fmt;
use std::os::fd::{FromRawFd, OwnedFd};

use io_uring::squeue::Entry;
use levelring_core::Key;

use crate::kernel::Kernel;
use crate::planted::planted;

/// What an operation's last-moment hook decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Submit it, as it now is.
    Submit,
    /// Do not: it ends with ECANCELED.
    Cancel,
}

/// Called at the last moment before an operation is submitted: to put a timestamp into it, say,
/// or to call it off.
pub type Hook = Box<dyn FnMut(&mut Entry) -> Decision>;

/// The entries of operations that the core has taken and not yet handed out.
#[derive(Default)]
pub(crate) struct Requests {
    /// By [`Key::index`].
    pending: Vec<Option<Request>>,
    /// How many of them there are.
    waiting: usize,
    /// By [`Key::index`]: the operation, if its results are descriptors.
    openers: Vec<Option<Key>>,
    /// The most that one submission can hold.
    longest_chain: usize,
}

pub(crate) struct Request {
    pub(crate) entry: Entry,
    hook: Option<Hook>,
}

impl Requests {
    pub(crate) fn new(longest_chain: usize) -> Self {
        Self { pending: Vec::new(), waiting: 0, openers: Vec::new(), longest_chain }
    }

    /// Whether none is waiting.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// How many linked operations can be submitted together.
    #[must_use]
    pub(crate) const fn longest_chain(&self) -> usize {
        self.longest_chain
    }

    /// Keeps the entry of an operation that the core has just taken.
    ///
    /// # Safety
    /// All memory that `entry` points to stays valid, and is left alone, until the operation's
    /// last completion.
    pub(crate) unsafe fn put(
        &mut self,
        key: Key,
        entry: Entry,
        hook: Option<Hook>,
    ) -> Option<Request> {
        if self.pending.len() <= key.index() {
            self.pending.resize_with(key.index() + 1, || None);
        }
        let before = self.pending[key.index()].replace(Request { entry, hook });
        self.waiting += usize::from(before.is_none());
        before
    }

    /// Whether the results of an operation that the core has just taken are descriptors.
    pub(super) fn set_opens(&mut self, key: Key, opens: bool) {
        if opens && self.openers.len() <= key.index() {
            self.openers.resize(key.index() + 1, None);
        }
        if let Some(opener) = self.openers.get_mut(key.index()) {
            *opener = opens.then_some(key);
        }
    }

    /// Nobody will be told this result: if it is a descriptor, it is closed.
    pub(crate) fn forgo(&self, kernel: &impl Kernel, key: Key, result: i32) {
        let opens = self.openers.get(key.index()) == Some(&Some(key));
        if result >= 0 && opens && !planted!(UntoldLeftOpen) {
            // SAFETY: `Chain::add` was promised that nobody else owns it, and those who would be
            // told never are.
            kernel.forgo(unsafe { OwnedFd::from_raw_fd(result) });
        }
    }

    pub(crate) fn prepare(&mut self, key: Key) -> Decision {
        let request = self.pending.get_mut(key.index()).and_then(Option::as_mut);
        match request {
            Some(Request { entry, hook: Some(hook) }) => hook(entry),
            _ => Decision::Submit,
        }
    }

    pub(crate) fn take(&mut self, key: Key) -> Option<Request> {
        let request = self.pending.get_mut(key.index())?.take()?;
        self.waiting -= 1;
        Some(request)
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("hooked", &self.hook.is_some()).finish_non_exhaustive()
    }
}
