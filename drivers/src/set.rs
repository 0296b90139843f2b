//! A level-triggered epoll set, with several registrations per descriptor.
//!
//! epoll knows a file once per number. Registrations of one descriptor are merged here: the kernel
//! is told the union of what they want, and its answer is dealt out to each.

use std::collections::BTreeMap;
use std::os::fd::RawFd;

use levelring_core::{Completion, Event, Interest, Key, Submission, Tag, Watch};

use crate::judge::is_same_file;
use crate::kernel::{Epoll, EpollEvent, Errno, Kernel, Wait, mask};
use crate::planted::planted;
use crate::registry::Registry;
use crate::set::place::{Member, Place};
use crate::translate;

mod place;

/// How many events to fetch at once, at the least.
const FETCH: usize = 64;

/// The data of a descriptor with several registrations: this bit, and its number.
const SHARED: u64 = Tag::FIRST_DRIVERS_OWN;

/// The data of a foreign one: its tag, with this bit added.
const FOREIGN: u64 = Tag::FIRST_DRIVERS_OWN;

/// Below this, an event's data is the tag of a held descriptor.
const UNHELD: u64 = Tag::FIRST_DRIVERS_OWN;

/// The data of a ring's eventfd in the set.
const RING: u64 = SHARED | 1 << 32;

/// A level-triggered epoll set.
#[derive(Debug)]
pub(crate) struct Set<E> {
    epoll: E,
    places: BTreeMap<RawFd, Place>,
    events: Vec<EpollEvent>,
}

impl<E: Epoll> Set<E> {
    pub(crate) fn new(epoll: E) -> Self {
        Self { epoll, places: BTreeMap::new(), events: vec![EpollEvent::default(); FETCH] }
    }

    pub(crate) fn raw_fd(&self) -> RawFd {
        self.epoll.raw_fd()
    }

    /// How many descriptors there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Takes in the eventfd of a ring, edge-triggered so that it need not be read.
    pub(crate) fn add_ring(&self, eventfd: RawFd) -> Result<(), Errno> {
        self.epoll.add(eventfd, mask::IN | mask::EPOLL_EDGE, RING)
    }

    /// Does what the core wants, and answers at once.
    pub(crate) fn apply(
        &mut self,
        kernel: &impl Kernel,
        registry: &mut Registry,
        submission: Submission,
    ) {
        match submission {
            Submission::Arm { key, tag, interest, watch } => {
                let member = Member::new(key, tag, interest, watch == Watch::Foreign);
                self.arm(kernel, registry, member);
            }
            Submission::Rearm { key, target, by, tag, interest, watch } => {
                let member = Member::new(key, tag, interest, watch == Watch::Foreign);
                self.arm(kernel, registry, member);
                ended(registry, target, by);
            }
            Submission::Disarm { key, target, by, parked } => {
                self.disarm(registry, key, parked);
                ended(registry, target, by);
            }
            Submission::Prepare { .. }
            | Submission::Operation { .. }
            | Submission::Cancel { .. } => {
                unreachable!("operations are not submitted without a ring")
            }
        }
    }

    /// Takes in a foreign descriptor before anything is wanted of it: from now on the kernel knows
    /// which file is meant, whatever becomes of the number. Files without readiness, as regular
    /// ones are, it does not take.
    ///
    /// # Errors
    /// What `epoll_ctl` answers, except that the file is not one for sets.
    pub(crate) fn adopt(&mut self, registry: &mut Registry, key: Key) -> Result<(), Errno> {
        let fd = registry.descriptor(key).fd;
        self.places.entry(fd).or_default().put(Member::resting(key));
        match self.add(registry, fd, key) {
            // It is shared with somebody who is here.
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(errno) => {
                self.drop_member(fd, key);
                // A path (O_PATH) is no open file to a set, though it is to fstat.
                let never = matches!(errno, Errno::PERM | Errno::BADF);
                if never { Ok(()) } else { Err(errno) }
            }
        }
    }

    /// Lets go of a foreign descriptor that was removed.
    pub(crate) fn forget(&mut self, registry: &mut Registry, key: Key) {
        let fd = registry.descriptor(key).fd;
        if self.places.get(&fd).is_some_and(|place| place.has(key)) {
            self.disarm(registry, key, false);
        }
    }

    fn arm(&mut self, kernel: &impl Kernel, registry: &mut Registry, member: Member) {
        let (key, fd) = (member.key, registry.descriptor(member.key).fd);
        let place = self.places.entry(fd).or_default();
        // Only a foreign descriptor's number can have changed hands. The kernel knows the files of
        // those who are here already; of others fstat is asked.
        let newcomer = !(place.listed && place.has(key));
        let same = || is_same_file(registry, key, |fd| kernel.identity(fd));
        if newcomer && member.foreign && !planted!(NewcomerUnasked) && !same() {
            self.drop_member(fd, key);
            registry.core.complete(Completion::last(member.tag.encode(), -Errno::BADF.0));
            return;
        }
        if !place.listed && place.has_other_foreign(key) {
            // The kernel knows none of them, and would take the file that is there now for theirs.
            let same = |key| is_same_file(registry, key, |fd| kernel.identity(fd));
            let strangers = place.take_strangers(key, same);
            gone(registry, &strangers);
        }
        let suspect = newcomer && place.listed && place.has_other_foreign(key);
        let adds = !place.listed || (suspect && !planted!(SuspectTrusted));
        place.put(member);
        let mut answer = if adds { self.add(registry, fd, key) } else { Err(Errno::EXIST) };
        if answer == Err(Errno::EXIST) {
            answer = self.modify(fd);
        }
        if let Err(errno) = answer {
            self.refuse(registry, fd, errno, newcomer.then_some(key));
        }
    }

    /// Has the kernel take in a number for a newcomer who is here now. If it takes that as new
    /// though others are listed, then they were closed, and the number is the newcomer's alone.
    fn add(&mut self, registry: &mut Registry, fd: RawFd, key: Key) -> Result<(), Errno> {
        let Some(place) = self.places.get_mut(&fd) else { return Ok(()) };
        self.epoll.add(fd, place.events(), place.data(fd))?;
        if !core::mem::replace(&mut place.listed, true) {
            return Ok(());
        }
        let ghosts = place.retain_only(key);
        gone(registry, &ghosts);
        self.modify(fd)
    }

    /// Tells the kernel what is wanted of a number now.
    fn modify(&self, fd: RawFd) -> Result<(), Errno> {
        let Some(place) = self.places.get(&fd) else { return Ok(()) };
        match self.epoll.modify(fd, place.events(), place.data(fd)) {
            // A file without readiness was never taken in: this is another.
            Err(Errno::PERM) => Err(Errno::NOENT),
            answer => answer,
        }
    }

    fn drop_member(&mut self, fd: RawFd, key: Key) {
        if let Some(place) = self.places.get_mut(&fd) {
            place.drop(key);
            if place.is_empty() {
                self.places.remove(&fd);
            }
        }
    }

    /// The kernel would not watch: everybody there is told why. The number of a `newcomer` has just
    /// been seen to name its file.
    fn refuse(&mut self, registry: &mut Registry, fd: RawFd, errno: Errno, newcomer: Option<Key>) {
        let Some(mut place) = self.places.remove(&fd) else { return };
        let result = match errno {
            // A file without readiness, as regular ones are, can always be read and written: the
            // answer of poll(2). Who waits for anything else stays, and waits in vain.
            Errno::PERM if !planted!(RegularFileRefused) => translate::polled(mask::IN | mask::OUT),
            Errno::NOENT => -Errno::BADF.0,
            errno => -errno.0,
        };
        if errno == Errno::PERM && place.listed {
            // The kernel has watched it, and cannot now: the number has come to name such a file.
            gone(registry, &place.take_foreign(newcomer));
        }
        let told = place.take_armed(|interest| {
            errno != Errno::PERM || interest.intersects(Interest::READ | Interest::WRITE)
        });
        if matches!(errno, Errno::NOENT | Errno::BADF) {
            // Those of whom nothing is wanted at present are gone, too.
            gone(registry, &place.take_resting());
        }
        if !place.is_empty() && errno == Errno::PERM {
            place.listed = false;
            self.places.insert(fd, place);
        }
        for member in told {
            // Of an error it is of no account whether it is a level check.
            let said = Completion { level: true, ..Completion::last(member.tag.encode(), result) };
            registry.core.complete(said);
        }
    }

    fn disarm(&mut self, registry: &mut Registry, key: Key, parked: bool) {
        let fd = registry.descriptor(key).fd;
        let Some(place) = self.places.get_mut(&fd).filter(|place| place.has(key)) else { return };
        // A foreign one of whom nothing is wanted at present stays, so that its file is known.
        let rests = place.is_foreign(key) && registry.core.is_quiet(key) == Some(false);
        if parked || rests {
            place.park(key);
        } else {
            place.drop(key);
        }
        if !place.is_for_the_kernel() {
            // Out of the set: the kernel has nothing to do for it then, at any of its changes. If
            // the number was closed, the file has left, or will, by itself.
            let _ = self.epoll.delete(fd);
            if planted!(ListedForGood) {
                return;
            }
            place.listed = false;
            if place.is_empty() {
                self.places.remove(&fd);
            }
        } else if place.listed
            && !planted!(SharerLeavesUnion)
            && let Err(errno) = self.modify(fd)
        {
            self.refuse(registry, fd, errno, None);
        }
    }

    /// Fetches what is ready; says whether a ring's eventfd was.
    #[inline(always)]
    pub(crate) fn look(&mut self, registry: &mut Registry, wait: Wait) -> Result<bool, Errno> {
        let count = self.fetch(wait)?;
        let events = &self.events[..count];
        // To serve the ring lets operations use up what was seen: then these are hints.
        let rings = events.iter().any(|event| event.data() == RING);
        Ok(self.deal(registry, events, !rings))
    }

    /// Fetches everything that is ready, so that a look is complete.
    #[inline(always)]
    fn fetch(&mut self, wait: Wait) -> Result<usize, Errno> {
        if self.events.len() <= self.places.len() {
            self.events.resize(2 * self.places.len(), EpollEvent::default());
        }
        let most = if planted!(FetchedOneByOne) { 1 } else { self.events.len() };
        match self.epoll.wait(&mut self.events[..most], wait) {
            Err(Errno::INTR) if !planted!(InterruptedWait) => Ok(0),
            answer => answer,
        }
    }

    /// The look of a loop that has nothing but this set: if one event is all there is, and it need
    /// not wait for its turn, here it is.
    #[inline(always)]
    pub(crate) fn look_for_one(
        &mut self,
        registry: &mut Registry,
        wait: Wait,
    ) -> Result<Option<Event>, Errno> {
        let count = self.fetch(wait)?;
        match self.events.first() {
            Some(sole) if count == 1 && sole.data() < UNHELD => {
                let seen = translate::readiness(sole.events());
                Ok(registry.core.deliver(sole.data(), seen))
            }
            _ => {
                self.deal(registry, &self.events[..count], true);
                registry.core.looked();
                Ok(None)
            }
        }
    }

    /// Deals out the set's events; says whether a ring's eventfd was among them. They are verdicts
    /// if they are `level`, checked since the last handler returned.
    pub(crate) fn deal(&self, registry: &mut Registry, events: &[EpollEvent], level: bool) -> bool {
        let mut ring = false;
        // Asking who a foreign one is costs a system call, and its worth ends with the next
        // handler: only the first is asked now.
        let mut ask = level;
        for event in events {
            let (data, seen) = (event.data(), event.events());
            if data < UNHELD {
                registry.core.complete(translate::report(data, seen, level));
            } else if data == RING {
                ring = true;
            } else if let Some(tag) = Tag::decode(data & !FOREIGN) {
                let asked = core::mem::take(&mut ask);
                let level = asked
                    && (planted!(GhostBelieved)
                        || self.vouch(registry, tag.key()) == Vouched::Same);
                registry.core.complete(translate::report(tag.encode(), seen, level));
            } else {
                self.deal_shared(registry, data, seen);
            }
        }
        ring
    }

    fn deal_shared(&self, registry: &mut Registry, data: u64, events: u32) {
        let fd = RawFd::try_from(data & 0x7fff_ffff).unwrap_or(-1);
        let Some(place) = self.places.get(&fd) else { return };
        let told = if planted!(WriteStarvesRead) { 1 } else { usize::MAX };
        for member in place.armed().take(told) {
            // A hint: whoever shares it will be judged by itself.
            registry.core.complete(translate::report(member.tag.encode(), events, false));
        }
        if place.armed().any(|member| member.foreign) && !planted!(SharedNotRearmed) {
            // Its report has disarmed it for those, too, whom it did not concern. If this fails,
            // the number is another's, and nobody here will be called.
            let _ = self.epoll.modify(fd, place.events(), place.data(fd));
        }
    }

    /// Whether a foreign descriptor is still who it was. The set tells: it knows files, not
    /// numbers. Asking it also arms the descriptor again, which its report has disarmed.
    pub(crate) fn vouch(&self, registry: &Registry, key: Key) -> Vouched {
        let fd = registry.descriptor(key).fd;
        match self.places.get(&fd) {
            Some(place) if place.has(key) && planted!(VouchedUnasked) => Vouched::Same,
            Some(place) if place.has(key) => {
                match self.epoll.modify(fd, place.events(), place.data(fd)) {
                    Ok(()) => Vouched::Same,
                    Err(_) => Vouched::Other,
                }
            }
            _ => Vouched::NotHere,
        }
    }

    /// The same, where fstat is asked about what the set cannot hold: regular files.
    pub(crate) fn vouches(&self, kernel: &impl Kernel, registry: &Registry, key: Key) -> bool {
        match self.vouch(registry, key) {
            Vouched::Same => true,
            Vouched::Other => false,
            Vouched::NotHere => is_same_file(registry, key, |fd| kernel.identity(fd)),
        }
    }
}

/// What the set knows of a foreign descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vouched {
    /// It names the file that was registered.
    Same,
    /// It does not, or is closed.
    Other,
    /// It is not in the set.
    NotHere,
}

/// These were closed, and their number is another's.
fn gone(registry: &mut Registry, ghosts: &[Member]) {
    for ghost in ghosts {
        if ghost.armed {
            registry.core.complete(Completion::last(ghost.tag.encode(), -Errno::BADF.0));
        } else if ghost.foreign {
            // Stale only if the core has been told already.
            let _ = registry.core.vanish(ghost.key);
        }
    }
}

/// A set ends polls at once: here are the two answers.
fn ended(registry: &mut Registry, target: Tag, by: Tag) {
    registry.core.complete(Completion::last(target.encode(), -Errno::CANCELED.0));
    if !planted!(RemovalUnanswered) {
        registry.core.complete(Completion::last(by.encode(), 0));
    }
}
