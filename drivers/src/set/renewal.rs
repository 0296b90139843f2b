//! A set made anew.
//!
//! A set has files by file and number. Who is held is not to be closed by others. If it is all the
//! same, and its file lives on by another number, no number is left by which to take it out, and it
//! is reported whenever it is ready: a loop that ignores it never sleeps again. So whoever is here
//! moves into a new set.

use std::os::fd::RawFd;

use levelring_core::{Key, Tag};

use super::members::gone;
use super::{FOREIGN, MARKS, ONCE, Set};
use crate::kernel::{Epoll, EpollEvent, Kernel};
use crate::planted::planted;
use crate::registry::Registry;

impl<E: Epoll> Set<E> {
    /// Whether it is to be made anew, before it is looked at again.
    pub(crate) const fn is_spoilt(&self) -> bool {
        self.spoilt
    }

    /// Notes whether any of these reports, fetched elsewhere and fresh, spoils the set.
    pub(crate) fn beware(&mut self, registry: &Registry, events: &[EpollEvent]) {
        self.spoilt |= self.tells_of_ghosts(registry, events);
    }

    /// Whether any of these fresh reports is of a file that nobody here stands for.
    #[inline(always)]
    pub(super) fn tells_of_ghosts(&self, registry: &Registry, events: &[EpollEvent]) -> bool {
        self.restless && !self.knows_all(registry, events) && !planted!(GhostKept)
    }

    #[cold]
    #[inline(never)]
    fn knows_all(&self, registry: &Registry, events: &[EpollEvent]) -> bool {
        events.iter().all(|event| self.knows(registry, event.data()))
    }

    fn knows(&self, registry: &Registry, data: u64) -> bool {
        // A ghost that is reported once at a time is reported once and never again.
        let once = [FOREIGN, ONCE].contains(&(data & MARKS));
        let Some(tag) = Tag::decode(data & !MARKS).filter(|_| !once) else { return true };
        let fd = registry.descriptor(tag.key()).fd;
        self.places.get(&fd).is_some_and(|place| place.listed && place.data() == data)
    }

    /// Moves everybody who is here into a new set. Who is found closed is told. The old set is left
    /// first: a forked child may have it still, and watches are counted. The new one's number may
    /// be one that was just closed behind our back: a set is not in itself, so nobody is taken for
    /// it.
    ///
    /// If the kernel has no room for a new set, the old one stays until a ghost is reported again.
    #[cold]
    #[inline(never)]
    pub(crate) fn renew(&mut self, kernel: &impl Kernel<Epoll = E>, registry: &mut Registry) {
        self.spoilt = false;
        let Ok(new) = kernel.epoll() else { return };
        let listed = self.places.iter().filter(|(_, place)| place.listed);
        let listed: Vec<RawFd> = listed.map(|(fd, _)| *fd).collect();
        if !planted!(StrangersMovedIn) {
            for fd in &listed {
                self.part_with_strangers(kernel, registry, *fd);
            }
        }
        for fd in &listed {
            // It fails if that number was closed, and adding it will as well.
            let _ = self.epoll.delete(*fd);
        }
        self.epoll = new;
        for fd in listed {
            self.move_in(registry, fd);
        }
        self.haunted.clear();
        self.restless = false;
    }

    /// Only the old set knows which files are meant by whoever is foreign. The new one would take
    /// those that have their numbers now.
    fn part_with_strangers(&mut self, kernel: &impl Kernel, registry: &mut Registry, fd: RawFd) {
        let Some(place) = self.places.get(&fd) else { return };
        let same: Vec<Key> =
            place.foreign().filter(|key| self.vouches(kernel, registry, *key)).collect();
        let Some(place) = self.places.get_mut(&fd) else { return };
        gone(registry, &place.take_strangers(|key| same.contains(&key)));
        self.drop_if_empty(fd);
    }

    fn move_in(&mut self, registry: &mut Registry, fd: RawFd) {
        let Some(place) = self.places.get_mut(&fd) else { return };
        place.listed = false;
        if !place.is_for_the_kernel() {
            return;
        }
        match self.epoll.add(fd, place.events(), place.data()) {
            Ok(()) => place.listed = true,
            Err(errno) => self.refuse(registry, fd, errno, None),
        }
    }
}
