//! The poll driver: one array, and poll(2) over all of it.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring_core::{Completion, Event, Key, Submission, Tag, Watch};

use crate::driver::Driver;
use crate::judge::{Answer, Judge, is_same_file};
use crate::kernel::{Counts, Errno, FileIdentity, Kernel, PollEntry, Wait, mask};
use crate::operation::Requests;
use crate::registry::Registry;
use crate::tenure::Tenure;
use crate::translate;
use crate::way::DriverKind;

/// A loop on poll(2): takes time by the number of descriptors that are watched, and works
/// everywhere.
#[derive(Debug)]
pub(crate) struct PollDriver<K> {
    /// What is asked of the kernel, and by which request; side by side.
    entries: Vec<PollEntry>,
    tags: Vec<Tag>,
    /// By [`Key::index`]: where among them it is.
    positions: Vec<Option<usize>>,
    judge: Judge,
    kernel: K,
}

impl<K: Kernel> PollDriver<K> {
    /// A driver that watches nothing yet.
    pub(crate) const fn new(kernel: K) -> Self {
        Self {
            entries: Vec::new(),
            tags: Vec::new(),
            positions: Vec::new(),
            judge: Judge { entries: Vec::new(), keys: Vec::new() },
            kernel,
        }
    }

    fn flush(&mut self, registry: &mut Registry) {
        while let Some(submission) = registry.core.next_submission(usize::MAX) {
            match submission {
                Submission::Arm { key, tag, interest, .. } => {
                    self.put(registry, key, tag, translate::wanted(interest));
                }
                Submission::Rearm { key, target, by, tag, interest, .. } => {
                    self.put(registry, key, tag, translate::wanted(interest));
                    ended(registry, target, by);
                }
                Submission::Disarm { key, target, by, .. } => {
                    self.take(key);
                    ended(registry, target, by);
                }
                Submission::Prepare { .. }
                | Submission::Operation { .. }
                | Submission::Cancel { .. } => {
                    unreachable!("operations are not submitted without a ring")
                }
            }
        }
    }

    fn put(&mut self, registry: &Registry, key: Key, tag: Tag, events: u32) {
        let entry = PollEntry::new(registry.descriptor(key).fd, mask::to_poll(events));
        if self.positions.len() <= key.index() {
            self.positions.resize(key.index() + 1, None);
        }
        if let Some(position) = self.positions[key.index()] {
            self.entries[position] = entry;
            self.tags[position] = tag;
        } else {
            self.positions[key.index()] = Some(self.entries.len());
            self.entries.push(entry);
            self.tags.push(tag);
        }
    }

    fn take(&mut self, key: Key) {
        let Some(position) = self.positions.get_mut(key.index()).and_then(Option::take) else {
            return;
        };
        self.entries.swap_remove(position);
        self.tags.swap_remove(position);
        if let Some(moved) = self.tags.get(position) {
            self.positions[moved.key().index()] = Some(position);
        }
    }

    /// Asks about all, and hands in the answers.
    fn ask(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        let mut ready = match self.kernel.poll(&mut self.entries, wait) {
            Ok(ready) => ready,
            Err(Errno::INTR) => 0,
            Err(errno) => return Err(errno),
        };
        let mut first_foreign = true;
        for (entry, tag) in self.entries.iter().zip(&self.tags) {
            if ready == 0 {
                break;
            }
            if entry.revents == 0 {
                continue;
            }
            ready -= 1;
            let key = tag.key();
            let level = registry.descriptor(key).tenure == Tenure::Held
                || (core::mem::take(&mut first_foreign)
                    && is_same_file(registry, key, |fd| self.kernel.identity(fd)));
            let events = mask::from_poll(entry.revents);
            registry.core.complete(translate::report(tag.encode(), events, level));
        }
        Ok(())
    }
}

impl<K: Kernel> Driver for PollDriver<K> {
    fn kind(&self) -> DriverKind {
        DriverKind::Poll
    }

    fn watch(&self, tenure: Tenure) -> Watch {
        match tenure {
            Tenure::Held => Watch::Level,
            Tenure::Foreign => Watch::Foreign,
        }
    }

    #[inline(always)]
    fn look(&mut self, registry: &mut Registry, wait: Wait) -> Result<Option<Event>, Errno> {
        self.flush(registry);
        let wait = if registry.core.has_candidates() { Wait::Now } else { wait };
        self.ask(registry, wait)?;
        registry.core.looked();
        Ok(None)
    }

    #[inline(always)]
    fn judge(
        &mut self,
        registry: &mut Registry,
        count: usize,
        glance: bool,
    ) -> Result<Option<Event>, Errno> {
        if glance {
            self.look(registry, Wait::Now)?;
        }
        let Self { judge, kernel, .. } = self;
        let Answer { sole, .. } = judge.ask(kernel, registry, count, None, |registry, key| {
            is_same_file(registry, key, |fd| kernel.identity(fd))
        })?;
        Ok(sole.and_then(|(key, seen)| registry.core.decide(key, seen)))
    }

    fn release(&mut self, registry: &mut Registry, _: Key) -> Result<(), Errno> {
        self.flush(registry);
        Ok(())
    }

    fn requests(&mut self) -> Option<&mut Requests> {
        None
    }

    fn abandon(&mut self, _: &mut Registry) -> bool {
        true
    }

    fn forked(&self) -> bool {
        self.kernel.forked()
    }

    fn identity(&self, fd: RawFd) -> Result<FileIdentity, Errno> {
        self.kernel.identity(fd)
    }

    fn now(&self) -> Duration {
        self.kernel.now()
    }

    fn counts(&self) -> Counts {
        self.kernel.counts()
    }
}

/// Watching ends at once: here are the two answers.
fn ended(registry: &mut Registry, target: Tag, by: Tag) {
    registry.core.complete(Completion::last(target.encode(), -Errno::CANCELED.0));
    registry.core.complete(Completion::last(by.encode(), 0));
}
