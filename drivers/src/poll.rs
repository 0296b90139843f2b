//! The poll driver: one array of all descriptors, and poll(2) over it.

use levelring_core::{Completion, Event, Interest, Key, Submission, Tag, Watch};

use crate::driver::Driver;
use crate::judge::{Judge, is_same_file};
use crate::kernel::{Errno, Kernel, Wait};
use crate::operation::Requests;
use crate::planted::planted;
use crate::poll::questions::Questions;
use crate::registry::Registry;
use crate::slices;
use crate::tenure::Tenure;
use crate::translate;
use crate::way::DriverKind;

mod questions;

/// A loop on poll(2): takes time by the number of descriptors that are watched, and works
/// everywhere.
#[derive(Debug)]
pub(crate) struct PollDriver<K> {
    questions: Questions,
    judge: Judge,
    kernel: K,
}

impl<K: Kernel> PollDriver<K> {
    /// A driver that watches nothing yet.
    pub(crate) fn new(kernel: K) -> Self {
        Self { questions: Questions::default(), judge: Judge::default(), kernel }
    }

    fn flush(&mut self, registry: &mut Registry) {
        while let Some(submission) = registry.core.next_submission(usize::MAX) {
            match submission {
                Submission::Arm { key, tag, interest, .. } => {
                    self.put(registry, key, tag, interest);
                }
                Submission::Rearm { key, target, by, tag, interest, .. } => {
                    self.put(registry, key, tag, interest);
                    ended(registry, target, by);
                }
                Submission::Disarm { key, target, by, .. } => {
                    self.questions.take(key);
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

    fn put(&mut self, registry: &Registry, key: Key, tag: Tag, interest: Interest) {
        self.questions.put(tag, registry.descriptor(key).fd, translate::wanted(interest));
    }

    /// Asks about all, and hands in the answers.
    fn ask(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        let Self { questions, kernel, .. } = self;
        let mut ready = match slices::poll(kernel, &mut questions.entries, wait) {
            Ok(ready) => ready,
            Err(Errno::INTR) => 0,
            Err(errno) => return Err(errno),
        };
        let mut first_foreign = true;
        for position in 0..questions.entries.len() {
            if ready == 0 {
                break;
            }
            if questions.entries[position].revents == 0 {
                continue;
            }
            ready -= 1;
            for (tag, seen) in questions.answers(position) {
                let key = tag.key();
                let level = registry.descriptor(key).tenure == Tenure::Held
                    || planted!(PollUnasked)
                    || (core::mem::take(&mut first_foreign)
                        && is_same_file(registry, key, |fd| kernel.identity(fd)));
                registry.core.complete(translate::report(tag.encode(), seen, level));
            }
        }
        Ok(())
    }
}

impl<K: Kernel> Driver for PollDriver<K> {
    type Kernel = K;

    fn kind(&self) -> DriverKind {
        DriverKind::Poll
    }

    fn watch(&self, tenure: Tenure) -> Watch {
        match tenure {
            Tenure::Held => Watch::Level,
            Tenure::Foreign => Watch::Foreign,
        }
    }

    fn adopt(&mut self, _: &mut Registry, _: Key) -> Result<(), Errno> {
        Ok(())
    }

    #[inline(always)]
    fn look(&mut self, registry: &mut Registry, wait: Wait) -> Result<Option<Event>, Errno> {
        self.flush(registry);
        let ready = registry.core.has_candidates() && !planted!(CandidatesSleptOn);
        let wait = if ready { Wait::Now } else { wait };
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
        let answer = judge.ask(kernel, registry, count, None, |registry, key| {
            is_same_file(registry, key, |fd| kernel.identity(fd))
        })?;
        Ok(answer.decide(registry))
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

    #[inline(always)]
    fn kernel(&self) -> &K {
        &self.kernel
    }
}

/// Watching ends at once: here are the two answers.
fn ended(registry: &mut Registry, target: Tag, by: Tag) {
    registry.core.complete(Completion::last(target.encode(), -Errno::CANCELED.0));
    registry.core.complete(Completion::last(by.encode(), 0));
}
