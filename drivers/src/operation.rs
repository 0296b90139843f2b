//! Operations: any request of io_uring that has a completion.

use core::fmt;
use core::time::Duration;
use std::os::fd::AsRawFd;

use io_uring::squeue::Entry;
use io_uring::{opcode, types};
use levelring_core::{Core, Key, Link, Request, Storage};
use std::rc::Rc;

use crate::error::OperationError;
use crate::requests::{Decision, Hook, Requests};

/// An operation, and what must live until its last completion: its buffer, its file.
pub struct Operation<B> {
    pub(crate) entry: Entry,
    pub(crate) kept: B,
    pub(crate) hook: Option<Hook>,
}

impl<B: 'static> Operation<B> {
    /// Any request at all.
    ///
    /// # Safety
    /// All memory that `entry` points to is owned by `kept`, does not move when `kept` does, and
    /// may be read and written by the kernel until the operation's last completion. Its
    /// descriptors stay open until it has been submitted.
    pub unsafe fn new(entry: Entry, kept: B) -> Self {
        Self { entry, kept, hook: None }
    }

    /// Calls `hook` at the last moment before the operation is submitted. It may change the
    /// entry's flags or call the operation off, but not make it point elsewhere.
    #[must_use]
    pub fn at_the_last_moment(
        mut self,
        hook: impl FnMut(&mut Entry) -> Decision + 'static,
    ) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }
}

impl Operation<()> {
    /// Does nothing, and completes.
    #[must_use]
    pub fn nop() -> Self {
        Self { entry: opcode::Nop::new().build(), kept: (), hook: None }
    }
}

impl Operation<Box<types::Timespec>> {
    /// Completes with ETIME after a time.
    #[must_use]
    pub fn timeout(time: Duration) -> Self {
        let time = Box::new(types::Timespec::from(time));
        let entry = opcode::Timeout::new(&raw const *time).build();
        Self { entry, kept: time, hook: None }
    }
}

impl<F: AsRawFd + 'static> Operation<(Rc<F>, Vec<u8>)> {
    /// Reads into the buffer's length, at the file's position. The result is a number of bytes.
    #[must_use]
    pub fn read(file: Rc<F>, mut buffer: Vec<u8>) -> Self {
        let length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let entry = opcode::Read::new(types::Fd(file.as_raw_fd()), buffer.as_mut_ptr(), length)
            .offset(CURRENT_POSITION)
            .build();
        Self { entry, kept: (file, buffer), hook: None }
    }

    /// Writes the buffer, at the file's position. The result is a number of bytes.
    #[must_use]
    pub fn write(file: Rc<F>, buffer: Vec<u8>) -> Self {
        let length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let entry = opcode::Write::new(types::Fd(file.as_raw_fd()), buffer.as_ptr(), length)
            .offset(CURRENT_POSITION)
            .build();
        Self { entry, kept: (file, buffer), hook: None }
    }
}

/// What READ and WRITE take for "wherever the file is".
const CURRENT_POSITION: u64 = u64::MAX;

impl<B: fmt::Debug> fmt::Debug for Operation<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("kept", &self.kept).finish_non_exhaustive()
    }
}

/// Entries to be submitted together, in order. [`Reactor`](crate::Reactor) takes it;
/// [`EventLoop`](crate::EventLoop) makes it of [`Operation`]s, each with its handler.
#[derive(Default)]
pub struct Chain {
    links: Vec<(Entry, Option<Hook>, Link)>,
}

impl Chain {
    /// Adds an entry behind the others, and says how the one behind it will be linked to it.
    ///
    /// # Safety
    /// All memory that `entry` points to stays valid, and is left alone, until its last event.
    pub unsafe fn push(&mut self, entry: Entry, hook: Option<Hook>, link: Link) {
        self.links.push((entry, hook, link));
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
            .map(|(_, hook, link)| Request { link: *link, prepare: hook.is_some() })
            .collect();
        let mut member = Some(core.submit(&wanted)?);
        let mut keys = Vec::with_capacity(wanted.len());
        for (entry, hook, _) in self.links {
            let Some(key) = member else { break };
            // SAFETY: the same promise, made to `push`.
            unsafe { requests.put(key, entry, hook) };
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
