//! The epoll driver: a level-triggered set, and poll(2) for verdicts.

use levelring_core::{Event, Key, Watch};

use crate::driver::Driver;
use crate::judge::Judge;
use crate::kernel::{Errno, Kernel, Wait};
use crate::operation::Requests;
use crate::planted::planted;
use crate::registry::Registry;
use crate::set::Set;
use crate::tenure::Tenure;
use crate::way::DriverKind;

/// A loop on epoll.
#[derive(Debug)]
pub(crate) struct EpollDriver<K: Kernel> {
    set: Set<K::Epoll>,
    judge: Judge,
    kernel: K,
}

impl<K: Kernel> EpollDriver<K> {
    /// # Errors
    /// What `epoll_create1` answers.
    pub(crate) fn new(kernel: K) -> Result<Self, (Errno, K)> {
        match kernel.epoll() {
            Ok(epoll) => Ok(Self { set: Set::new(epoll), judge: Judge::default(), kernel }),
            Err(errno) => Err((errno, kernel)),
        }
    }

    /// What any look begins with. A spoilt set is made anew.
    #[inline(always)]
    fn begin_look(&mut self, registry: &mut Registry) {
        if self.set.is_spoilt() {
            self.set.renew(&self.kernel, registry);
        }
        self.flush(registry);
    }

    fn flush(&mut self, registry: &mut Registry) {
        while registry.core.wants_submission() {
            let Some(submission) = registry.core.next_submission(usize::MAX) else { break };
            self.set.apply(&self.kernel, registry, submission);
        }
    }

    /// There are newcomers in the set, who come first.
    #[inline(never)]
    fn look_beside(&mut self, registry: &mut Registry) -> Result<(), Errno> {
        self.set.look(registry, Wait::Now)?;
        registry.core.looked();
        Ok(())
    }
}

impl<K: Kernel> Driver for EpollDriver<K> {
    type Kernel = K;

    fn kind(&self) -> DriverKind {
        DriverKind::Epoll
    }

    fn watch(&self, tenure: Tenure) -> Watch {
        match tenure {
            Tenure::Held => Watch::Level,
            Tenure::Foreign => Watch::Foreign,
        }
    }

    fn adopt(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno> {
        self.set.adopt(&self.kernel, registry, key)
    }

    #[inline(always)]
    fn look(&mut self, registry: &mut Registry, wait: Wait) -> Result<Option<Event>, Errno> {
        self.begin_look(registry);
        let ready = registry.core.has_candidates() && !planted!(CandidatesSleptOn);
        let wait = if ready || self.set.is_spoilt() { Wait::Now } else { wait };
        self.set.look_for_one(registry, wait)
    }

    #[inline(always)]
    fn judge(
        &mut self,
        registry: &mut Registry,
        count: usize,
        glance: bool,
    ) -> Result<Option<Event>, Errno> {
        if glance {
            self.begin_look(registry);
        }
        let Self { set, judge, kernel } = self;
        let beside = glance.then(|| set.raw_fd());
        let answer = judge.ask(kernel, registry, count, beside, |registry, key| {
            set.vouches(kernel, registry, key)
        })?;
        if answer.news {
            answer.judge(registry);
            self.look_beside(registry)?;
            return Ok(None);
        }
        if glance {
            registry.core.looked();
        }
        Ok(answer.decide(registry))
    }

    fn release(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno> {
        self.flush(registry);
        self.set.forget(registry, key);
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
