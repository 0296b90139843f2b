//! A level-triggered epoll set, with several registrations per descriptor.
//!
//! epoll knows a file once per number. Registrations of one descriptor are merged here: the kernel
//! is told the union of what they want, and its answer is dealt out to each.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::RawFd;

use levelring_core::{Event, Key, Tag};

use crate::judge::is_same_file;
use crate::kernel::{Epoll, EpollEvent, Errno, Kernel, Wait, mask};
use crate::planted::planted;
use crate::registry::Registry;
use crate::set::place::Place;
use crate::translate;

mod members;
mod place;
mod renewal;

/// How many events to fetch at once, at the least.
const FETCH: usize = 64;

/// Below this, an event's data is the tag of a held descriptor. Others' is a tag with a mark, so
/// that no two registrations that ever were in the set have the same.
const MARKED: u64 = Tag::FIRST_DRIVERS_OWN;

/// The mark of a foreign one.
const FOREIGN: u64 = MARKED;

/// The mark of one of several registrations of a descriptor.
const SHARED: u64 = MARKED | MARKED >> 1;

/// The same, where events are reported once at a time.
const ONCE: u64 = SHARED | MARKED >> 2;

/// The bits of all marks.
const MARKS: u64 = ONCE;

/// A level-triggered epoll set.
#[derive(Debug)]
pub(crate) struct Set<E> {
    epoll: E,
    places: BTreeMap<RawFd, Place>,
    /// Numbers by which the kernel may have files that nobody here stands for: they were closed,
    /// and live on by other numbers. Should such a number come to name that file again, the kernel
    /// knows it, and it is not who was registered since.
    haunted: BTreeSet<RawFd>,
    /// Whether one of these was held: it is reported whenever it is ready, not once at a time.
    restless: bool,
    /// It reports a file that nobody here stands for, and will time and again.
    spoilt: bool,
    events: Vec<EpollEvent>,
}

impl<E: Epoll> Set<E> {
    pub(crate) fn new(epoll: E) -> Self {
        Self {
            epoll,
            places: BTreeMap::new(),
            haunted: BTreeSet::new(),
            restless: false,
            spoilt: false,
            events: vec![EpollEvent::default(); FETCH],
        }
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

    /// Fetches what is ready.
    #[inline(always)]
    pub(crate) fn look(&mut self, registry: &mut Registry, wait: Wait) -> Result<(), Errno> {
        let count = self.fetch(wait)?;
        self.take_in(registry, count);
        Ok(())
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
            Some(sole) if count == 1 && sole.data() < MARKED => {
                let seen = translate::readiness(sole.events());
                let event = registry.core.deliver(sole.data(), seen);
                if event.is_none() {
                    self.spoilt |= self.tells_of_ghosts(registry, &self.events[..count]);
                }
                Ok(event)
            }
            _ => {
                self.take_in(registry, count);
                registry.core.looked();
                Ok(None)
            }
        }
    }

    /// Takes in the first `count` events, fetched just now.
    #[inline(never)]
    fn take_in(&mut self, registry: &mut Registry, count: usize) {
        let events = &self.events[..count];
        self.deal(registry, events, true);
        self.spoilt |= self.tells_of_ghosts(registry, events);
    }

    /// Deals out the set's events. They are verdicts if they are `level`, checked since the last
    /// handler returned.
    pub(crate) fn deal(&self, registry: &mut Registry, events: &[EpollEvent], level: bool) {
        // Asking who a foreign one is costs a system call, and its worth ends with the next
        // handler: only the first is asked now.
        let mut ask = level;
        for event in events {
            let (data, seen) = (event.data(), event.events());
            if data < MARKED {
                registry.core.complete(translate::report(data, seen, level));
                continue;
            }
            let Some(tag) = Tag::decode(data & !MARKS) else { continue };
            if data & MARKS == FOREIGN {
                let asked = core::mem::take(&mut ask);
                let level = asked
                    && (planted!(GhostBelieved)
                        || self.vouch(registry, tag.key()) == Vouched::Same);
                registry.core.complete(translate::report(tag.encode(), seen, level));
            } else {
                self.deal_shared(registry, tag.key(), event);
            }
        }
    }

    fn deal_shared(&self, registry: &mut Registry, one: Key, event: &EpollEvent) {
        let fd = registry.descriptor(one).fd;
        let place = self.places.get(&fd).filter(|place| place.data() == event.data());
        let Some(place) = place else { return };
        let told = if planted!(WriteStarvesRead) { 1 } else { usize::MAX };
        for member in place.armed().take(told) {
            // A hint: whoever shares it will be judged by itself.
            registry.core.complete(translate::report(member.tag.encode(), event.events(), false));
        }
        if place.armed().any(|member| member.foreign) && !planted!(SharedNotRearmed) {
            // Its report has disarmed it for those, too, whom it did not concern. If this fails,
            // the number is another's, and nobody here will be called.
            let _ = self.epoll.modify(fd, place.events(), place.data());
        }
    }

    /// Reports may have been fetched and not been heard. The set makes them again, but for those
    /// that it makes once at a time: whoever is foreign is suspected by the core, and here whoever
    /// shares a descriptor with one. All of them are judged.
    pub(crate) fn suspect_sharers(&self, registry: &mut Registry) {
        let once = |place: &&Place| place.is_told_once() && !planted!(SharersUnsuspected);
        for place in self.places.values().filter(once) {
            for member in place.armed() {
                registry.core.complete(translate::report(member.tag.encode(), mask::HUP, false));
            }
        }
    }

    /// Whether a foreign descriptor is still who it was. The set tells: it knows files, not
    /// numbers. Asking it also arms the descriptor again, which its report has disarmed.
    pub(crate) fn vouch(&self, registry: &Registry, key: Key) -> Vouched {
        let fd = registry.descriptor(key).fd;
        match self.places.get(&fd) {
            // A file without readiness is not listed.
            Some(place) if place.has(key) && planted!(VouchedUnasked) => Vouched::Same,
            Some(place) if place.listed && place.has(key) => {
                match self.epoll.modify(fd, place.events(), place.data()) {
                    Ok(()) if self.haunted.contains(&fd) => Vouched::Doubtful,
                    Ok(()) => Vouched::Same,
                    Err(_) => Vouched::Other,
                }
            }
            _ => Vouched::NotHere,
        }
    }

    /// The same, where fstat is asked about what the set cannot hold, regular files, and when it
    /// may mean another.
    pub(crate) fn vouches(&self, kernel: &impl Kernel, registry: &Registry, key: Key) -> bool {
        match self.vouch(registry, key) {
            Vouched::Same => true,
            Vouched::Other => false,
            Vouched::Doubtful | Vouched::NotHere => {
                is_same_file(registry, key, |fd| kernel.identity(fd))
            }
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
    /// It names a file that the set knows, and there may be several of this number.
    Doubtful,
    /// It is not in the set.
    NotHere,
}
