//! Verdicts: poll(2) on the candidates.

use std::os::fd::RawFd;

use levelring_core::{Event, Interest, Key, Readiness};

use crate::kernel::{Errno, FileIdentity, Kernel, Poll, PollEntry, Wait, mask};
use crate::planted::planted;
use crate::registry::{Descriptor, Registry};
use crate::slices;
use crate::tenure::Tenure;
use crate::translate;

/// Judges the one whose turn it is, if it is ready. Nobody else may close it: its number is enough.
#[inline(always)]
pub(crate) fn check(
    kernel: &impl Poll,
    registry: &mut Registry,
    key: Key,
    interest: Interest,
) -> Result<Option<Event>, Errno> {
    let fd = registry.descriptor(key).fd;
    let mut entry = [question(fd, interest)];
    match kernel.poll(&mut entry, Wait::Now) {
        Ok(_) => {}
        // Not judged; the core will want it again.
        Err(Errno::INTR) => return Ok(None),
        Err(errno) => return Err(errno),
    }
    let [answered] = entry;
    Ok(registry.core.decide(key, seen(answered)))
}

/// Whether a descriptor is ready for any of this.
#[inline(always)]
fn question(fd: RawFd, interest: Interest) -> PollEntry {
    PollEntry::new(fd, mask::to_poll(translate::wanted(interest)))
}

/// What it is ready for.
#[inline(always)]
fn seen(answered: PollEntry) -> Readiness {
    translate::readiness(mask::from_poll(answered.revents))
}

/// Asks poll(2) about candidates; keeps its arrays from one time to the next.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    pub(crate) entries: Vec<PollEntry>,
    pub(crate) keys: Vec<Key>,
}

/// What poll(2) said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// If one candidate was to be judged: what is seen of it. The core has not been told yet,
    /// because it may hand out the event in exchange.
    sole: Option<(Key, Readiness)>,
    /// Whether what was asked beside the candidates is readable, or could not be asked.
    pub(crate) news: bool,
}

impl Answer {
    /// Hands the verdict in, which is not to make an event now.
    pub(crate) fn judge(self, registry: &mut Registry) {
        if let Some((key, seen)) = self.sole {
            registry.core.judge(key, seen);
        }
    }

    /// Hands the verdict in, for the event if that makes one.
    #[inline(always)]
    pub(crate) fn decide(self, registry: &mut Registry) -> Option<Event> {
        let (key, seen) = self.sole?;
        registry.core.decide(key, seen)
    }
}

impl Judge {
    /// Judges the first `count` candidates, and asks in the same call whether `beside` is readable.
    ///
    /// A verdict by number is sound only while the number cannot have changed hands: `vouch` is
    /// asked about each foreign one, just before.
    #[inline(always)]
    pub(crate) fn ask(
        &mut self,
        kernel: &impl Kernel,
        registry: &mut Registry,
        count: usize,
        beside: Option<RawFd>,
        vouch: impl FnMut(&mut Registry, Key) -> bool,
    ) -> Result<Answer, Errno> {
        if count == 1 {
            return Self::ask_one(kernel, registry, beside, vouch);
        }
        let news = self.ask_many(kernel, registry, count, beside, vouch)?;
        Ok(Answer { sole: None, news })
    }

    /// One candidate that is not just to be checked: beside it something is asked, or it is
    /// foreign, or not in a set. Without the arrays.
    #[inline(always)]
    fn ask_one(
        kernel: &impl Kernel,
        registry: &mut Registry,
        beside: Option<RawFd>,
        vouch: impl FnOnce(&mut Registry, Key) -> bool,
    ) -> Result<Answer, Errno> {
        let nobody = Answer { sole: None, news: beside.is_some() };
        let Some((key, interest)) = registry.core.candidates().next() else { return Ok(nobody) };
        let Descriptor { fd, tenure } = registry.descriptor(key);
        if tenure == Tenure::Foreign && !planted!(NumberTrusted) && !vouch(registry, key) {
            // Stale only if the set has told the core already.
            let _ = registry.core.vanish(key);
            return Ok(nobody);
        }
        let mut entries =
            [question(fd, interest), PollEntry::new(beside.unwrap_or(-1), mask::to_poll(mask::IN))];
        let asked = 1 + usize::from(beside.is_some());
        match slices::poll_now(kernel, &mut entries[..asked]) {
            Ok(_) => {}
            // Not judged; the core will want it again.
            Err(Errno::INTR) => return Ok(nobody),
            Err(errno) => return Err(errno),
        }
        let [candidate, beside] = entries;
        Ok(Answer { sole: Some((key, seen(candidate))), news: beside.revents != 0 })
    }

    /// Whether what was asked beside the candidates is readable, or could not be asked.
    #[inline(never)]
    fn ask_many(
        &mut self,
        kernel: &impl Kernel,
        registry: &mut Registry,
        count: usize,
        beside: Option<RawFd>,
        mut vouch: impl FnMut(&mut Registry, Key) -> bool,
    ) -> Result<bool, Errno> {
        self.choose(registry, count, &mut vouch);
        if let Some(fd) = beside {
            self.entries.push(PollEntry::new(fd, mask::to_poll(mask::IN)));
        }
        match slices::poll_now(kernel, &mut self.entries) {
            Ok(_) => {}
            // Nobody was judged; the core will ask again.
            Err(Errno::INTR) => return Ok(beside.is_some()),
            Err(errno) => return Err(errno),
        }
        for (key, entry) in self.keys.iter().zip(&self.entries) {
            registry.core.judge(*key, seen(*entry));
        }
        let last = self.entries.last().filter(|_| beside.is_some());
        Ok(last.is_some_and(|entry| entry.revents != 0))
    }

    fn choose(
        &mut self,
        registry: &mut Registry,
        count: usize,
        vouch: &mut impl FnMut(&mut Registry, Key) -> bool,
    ) {
        self.entries.clear();
        self.keys.clear();
        let mut foreign = false;
        for (key, interest) in registry.core.candidates().take(count) {
            let Descriptor { fd, tenure } = registry.descriptor(key);
            foreign |= tenure == Tenure::Foreign;
            self.keys.push(key);
            self.entries.push(question(fd, interest));
        }
        if foreign && !planted!(NumberTrusted) {
            self.vouch(registry, vouch);
        }
    }

    /// Leaves out, and declares vanished, whoever is not who they were.
    fn vouch(
        &mut self,
        registry: &mut Registry,
        vouch: &mut impl FnMut(&mut Registry, Key) -> bool,
    ) {
        let mut index = 0;
        while let Some(&key) = self.keys.get(index) {
            let held = registry.descriptor(key).tenure == Tenure::Held;
            if held || vouch(registry, key) {
                index += 1;
                continue;
            }
            // Stale only if the set has told the core already.
            let _ = registry.core.vanish(key);
            self.keys.remove(index);
            if !planted!(VerdictsShifted) {
                self.entries.remove(index);
            }
        }
    }
}

/// Whether a foreign descriptor's number still names the file it was registered with, as far as
/// fstat can tell: files without an inode of their own are all alike to it.
pub(crate) fn is_same_file(
    registry: &Registry,
    key: Key,
    identity: impl FnOnce(RawFd) -> Result<FileIdentity, Errno>,
) -> bool {
    let fd = registry.descriptor(key).fd;
    registry.identity(key).is_some_and(|before| identity(fd) == Ok(before))
}
