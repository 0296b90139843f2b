//! A ring: its queues, its requests, and what it can do.

use std::collections::VecDeque;
use std::os::fd::RawFd;

use levelring::kernel::{
    Cqe, Errno, Feature, FeatureMask, RingError, RingFeatures, RingSetup, Sqe, mask,
};

use super::file::Kind;
use super::memory::Memory;
use super::request::{Request, Submission, op};
use super::slab::Slab;
use super::system::System;
use super::task::Task;
use crate::calls::{NO_FILE, SLOTS};
use crate::clone_in_place::clone_in_place;

/// Names a ring of a [`System`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RingId(pub(super) u16);

/// A ring that was set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingMade {
    /// By which name it is entered.
    pub ring: RingId,
    /// By which number it is polled and closed.
    pub fd: RawFd,
    /// What it can do.
    pub features: RingFeatures,
}

/// A completion.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Completion {
    pub(super) user_data: u64,
    pub(super) result: i32,
    pub(super) flags: u32,
}

impl From<Completion> for Cqe {
    fn from(Completion { user_data, result, flags }: Completion) -> Self {
        Self { user_data, result, flags }
    }
}

/// A request that has completed, of which others in its chain have yet to hear, and which still
/// holds its file.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Finished {
    pub(super) next: Option<u16>,
    /// The rest of the chain is cancelled.
    pub(super) breaks: bool,
    /// And not even reported.
    pub(super) silences: bool,
    pub(super) file: Option<u16>,
    /// Its completion is in the queue.
    pub(super) posted: bool,
}

/// Whether those who poll a ring are woken by its completions. One that defers begins to do so at
/// the end of the call in which it is polled first, and then wakes all, as it may have kept
/// something from them meanwhile.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) enum Polled {
    Never,
    /// It will begin.
    Asked,
    Active,
}

/// A ring.
#[derive(Debug, Hash, PartialEq, Eq)]
pub(super) struct Ring {
    /// The ring's own file; none when that is closed and the ring is dying.
    pub(super) file: Option<u16>,
    /// It has been left to die later.
    pub(super) dies_late: bool,
    /// Work is done only in its own enter (DEFER_TASKRUN), not at the end of any system call.
    pub(super) defers: bool,
    pub(super) features: FeatureMask,
    /// Submissions, in the program's memory.
    pub(super) queue: VecDeque<Submission>,
    pub(super) sq_entries: u32,
    /// Completions, in the program's memory.
    pub(super) completions: VecDeque<Completion>,
    pub(super) cq_entries: u32,
    /// Completions that found the queue full, in the kernel's.
    pub(super) overflow: VecDeque<Completion>,
    pub(super) requests: Slab<Request>,
    /// Those that wait for a file, in the order they were armed.
    pub(super) polls: Vec<u16>,
    /// Those that wait for their time, in the order they were submitted.
    pub(super) timeouts: Vec<u16>,
    /// Those with something to be done about (task work).
    pub(super) work: VecDeque<u16>,
    /// Those that a worker thread will issue, before the next call that concerns the ring.
    pub(super) punted: Vec<u16>,
    /// A ring that does not defer has left work for the next system call's end.
    pub(super) lingers: bool,
    pub(super) finished: Vec<Finished>,
    /// Completions have come of which nobody has been told.
    pub(super) fresh: bool,
    /// And some of them are in the queue, which an eventfd is told of.
    pub(super) filled: bool,
    pub(super) eventfd: Option<u16>,
    /// It has been signalled some time after it should have been.
    pub(super) signalled_late: bool,
    pub(super) fixed: Vec<Option<u16>>,
    pub(super) polled: Polled,
}

clone_in_place!(Ring {
    file,
    dies_late,
    defers,
    features,
    queue,
    sq_entries,
    completions,
    cq_entries,
    overflow,
    requests,
    polls,
    timeouts,
    work,
    punted,
    lingers,
    finished,
    fresh,
    filled,
    eventfd,
    signalled_late,
    fixed,
    polled,
});

impl Ring {
    pub(super) fn level(&self) -> u32 {
        let mut level = 0;
        // Deferred work counts, though nobody is woken for it.
        if !self.completions.is_empty() || !self.overflow.is_empty() || !self.work.is_empty() {
            level |= mask::IN;
        }
        if self.queue.len() < self.sq_entries as usize {
            level |= mask::OUT;
        }
        level
    }

    pub(super) fn is_full(&self) -> bool {
        !self.overflow.is_empty() || self.completions.len() >= self.cq_entries as usize
    }
}

impl System {
    /// A ring. Queues have the very size that is asked for, which Linux would round up.
    ///
    /// # Errors
    /// [`RingError`], by the faults only, or EMFILE.
    pub fn ring(&mut self, setup: &RingSetup) -> Result<RingMade, RingError> {
        if let Some(errno) = self.faults.setup {
            return Err(refused(errno));
        }
        self.need(1).map_err(RingError::Failed)?;
        let missing = self.faults.missing;
        let present = available(missing, setup.forbid);
        let entries = setup.entries.max(1);
        let cq_entries = setup.cq_entries.max(entries);
        let cq_entries = self.faults.cq_entries.map_or(cq_entries, |count| count.max(1));
        let defers = present.contains(Feature::DeferTaskrun);
        let ring = self.rings.insert(Ring {
            file: None,
            dies_late: false,
            defers,
            features: present,
            queue: VecDeque::new(),
            sq_entries: entries,
            completions: VecDeque::new(),
            cq_entries,
            overflow: VecDeque::new(),
            requests: Slab::new(),
            polls: Vec::new(),
            timeouts: Vec::new(),
            work: VecDeque::new(),
            punted: Vec::new(),
            lingers: false,
            finished: Vec::new(),
            fresh: false,
            filled: false,
            eventfd: None,
            signalled_late: false,
            fixed: Vec::new(),
            polled: if defers { Polled::Never } else { Polled::Active },
        });
        let file = self.make(Kind::Ring(ring));
        self.rings[ring].file = Some(file);
        let has = |code: &u8| *code != op::EPOLL_WAIT || !missing.contains(Feature::EpollWait);
        let features = RingFeatures {
            present,
            forbidden: setup.forbid,
            opcodes: op::ALL.iter().copied().filter(has).collect(),
            sq_entries: entries,
            cq_entries,
        };
        Ok(RingMade { ring: RingId(ring), fd: self.install(file), features })
    }

    /// Somebody polls the ring itself.
    pub(super) fn is_polled(&mut self, ring: u16) {
        let there = &mut self.rings[ring];
        if there.polled == Polled::Never {
            there.polled = Polled::Asked;
            self.tasks.push(Task::Awaken(ring));
        }
    }

    pub(super) fn ring_mut(&mut self, ring: RingId) -> Result<&mut Ring, Errno> {
        self.rings.get_mut(ring.0).filter(|ring| ring.file.is_some()).ok_or(Errno::BADF)
    }

    pub(super) fn has_rings(&self) -> bool {
        self.rings.len() > 0
    }

    /// Queues a submission, without the kernel; `false` if there is no room. Addresses in it lead
    /// nowhere: what would be read is zero, what would be written vanishes.
    pub fn push(&mut self, ring: RingId, sqe: Sqe) -> bool {
        self.put_submission(ring, sqe.into())
    }

    /// The same, when the caller vouches for the memory.
    pub(super) fn push_vouched(&mut self, ring: RingId, sqe: Sqe) -> bool {
        self.put_submission(ring, Submission { vouched: true, ..sqe.into() })
    }

    fn put_submission(&mut self, ring: RingId, submission: Submission) -> bool {
        let Ok(ring) = self.ring_mut(ring) else { return false };
        let fits = ring.queue.len() < ring.sq_entries as usize;
        if fits {
            ring.queue.push_back(submission);
        }
        fits
    }

    /// Where the addresses of a submission lead.
    pub(super) const fn memory_of(&self, submission: &Submission) -> Memory {
        if submission.vouched { self.memory } else { Memory::Absent }
    }

    /// Takes the oldest completion, without the kernel.
    pub fn pop(&mut self, ring: RingId) -> Option<Cqe> {
        self.ring_mut(ring).ok()?.completions.pop_front().map(Cqe::from)
    }

    /// How many submissions are queued.
    #[must_use]
    pub fn queued(&self, ring: RingId) -> usize {
        self.rings.get(ring.0).map_or(0, |ring| ring.queue.len())
    }

    /// Whether worker threads have yet to issue something.
    #[must_use]
    pub fn has_punted(&self, ring: RingId) -> bool {
        self.rings.get(ring.0).is_some_and(|ring| !ring.punted.is_empty())
    }

    /// How many more submissions can be queued.
    #[must_use]
    pub fn room(&self, ring: RingId) -> usize {
        self.rings
            .get(ring.0)
            .map_or(0, |it| (it.sq_entries as usize).saturating_sub(it.queue.len()))
    }

    /// How many completions can be taken.
    #[must_use]
    pub fn completions(&self, ring: RingId) -> usize {
        self.rings.get(ring.0).map_or(0, |ring| ring.completions.len())
    }

    /// How many requests the ring has under way.
    #[must_use]
    pub fn in_flight(&self, ring: RingId) -> usize {
        self.rings.get(ring.0).map_or(0, |ring| ring.requests.len())
    }

    /// The polls that all rings have under way: of which ring, by which number it was asked for,
    /// and its `user_data`.
    #[must_use]
    pub fn polls(&self) -> Vec<(RingId, RawFd, u64)> {
        let mut polls = Vec::new();
        for (id, ring) in self.rings.iter() {
            let requests = ring.requests.iter().map(|(_, request)| request.sqe);
            let these = requests.filter(|sqe| sqe.opcode == op::POLL_ADD);
            polls.extend(these.map(|sqe| (RingId(id), sqe.fd, sqe.user_data)));
        }
        polls
    }

    /// What the flags in the ring's memory tell: IORING_SQ_TASKRUN, and IORING_SQ_CQ_OVERFLOW.
    #[must_use]
    pub fn ring_flags(&self, ring: RingId) -> [bool; 2] {
        self.rings.get(ring.0).map_or([false; 2], |ring| {
            let tells = ring.features.contains(Feature::TaskrunFlag);
            [tells && !ring.work.is_empty(), !ring.overflow.is_empty()]
        })
    }

    /// Has an eventfd signalled for each completion, and for work that is deferred.
    ///
    /// # Errors
    /// EBADF, EBUSY, EINVAL.
    pub fn register_eventfd(&mut self, ring: RingId, fd: RawFd) -> Result<(), Errno> {
        let file = self.named(fd)?;
        if !matches!(self.files[file].kind, Kind::Event(_)) {
            return Err(Errno::INVAL);
        }
        let ring = self.ring_mut(ring)?;
        if ring.eventfd.is_some() {
            return Err(Errno::BUSY);
        }
        ring.eventfd = Some(file);
        Ok(())
    }

    /// Registers a file, which the ring then holds open, in place of what is in that slot; -1 only
    /// lets go of that. Requests that are under way on it hold it on their own.
    ///
    /// # Errors
    /// EBADF, also for a ring; the slot is empty by then. EINVAL if there is no such slot.
    pub fn keep_file(&mut self, ring: RingId, slot: u32, fd: RawFd) -> Result<(), Errno> {
        let slot = usize::try_from(slot).ok().filter(|slot| *slot < SLOTS).ok_or(Errno::INVAL)?;
        let fixed = &mut self.ring_mut(ring)?.fixed;
        if let Some(before) = fixed.get_mut(slot).and_then(Option::take) {
            self.put(before);
        }
        let file = if fd == NO_FILE { Ok(None) } else { self.keepable(fd).map(Some) };
        let fixed = &mut self.ring_mut(ring)?.fixed;
        fixed.resize(fixed.len().max(slot + 1), None);
        fixed[slot] = file.ok().flatten();
        let used = fixed.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        fixed.truncate(used);
        if let Ok(Some(file)) = file {
            self.files[file].references += 1;
        }
        file.map(drop)
    }

    /// A ring that kept rings might keep itself for ever.
    fn keepable(&mut self, fd: RawFd) -> Result<u16, Errno> {
        let file = self.named(fd)?;
        if matches!(self.files[file].kind, Kind::Ring(_)) { Err(Errno::BADF) } else { Ok(file) }
    }
}

fn refused(errno: Errno) -> RingError {
    if errno.is_exhaustion() {
        RingError::Failed(errno)
    } else {
        RingError::Unavailable { errno, reason: "io_uring_setup" }
    }
}

/// What a ring gets: flags go together as they must on Linux.
fn available(missing: FeatureMask, forbid: FeatureMask) -> FeatureMask {
    let all: FeatureMask = Feature::ALL.iter().copied().collect();
    let mut present = all.without_all(missing).without_all(forbid);
    if !present.contains(Feature::SingleIssuer) {
        present = present.without(Feature::DeferTaskrun);
    }
    if present.contains(Feature::DeferTaskrun) {
        present.without(Feature::CoopTaskrun)
    } else if present.contains(Feature::CoopTaskrun) {
        present
    } else {
        present.without(Feature::TaskrunFlag)
    }
}
