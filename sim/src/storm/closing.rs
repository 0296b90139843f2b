//! How files are closed: by whoever may, and by whoever may not.

use std::os::fd::RawFd;
use std::rc::{Rc, Weak};

use levelring::Readiness;

use super::act::{Actor, Turner};
use super::op::{D, L, R};
use super::probe::Probe;
use super::property::{Property, must};
use super::stage::{Slot, Stage, World};
use crate::SimFile;
use crate::model::{FileId, Watched};

impl Stage {
    pub(super) fn close(&self, name: Option<D>) {
        let Some(slot) = name.and_then(|name| self.take_slot(name)) else { return };
        let Slot { fd, file, guard } = slot;
        self.note_closing(fd);
        match guard {
            Some(guard) => drop(guard),
            None => {
                let closed = self.call(|system, choices| system.close(choices, fd));
                must!(Totality, closed == Ok(()), "close {fd}: {closed:?}");
                self.world.borrow_mut().files.closed(fd);
            }
        }
        self.tidy();
        self.check_end_of(file);
    }

    fn take_slot(&self, name: D) -> Option<Slot> {
        self.world.borrow_mut().slots.get_mut(usize::from(name))?.take()
    }

    pub(super) fn reset(&self, name: Option<D>) {
        // What a loop owns is not closed beneath it.
        // And with other references to its file the model knows better than Linux.
        let whole = |name: &D| {
            let files = &self.world.borrow().files;
            let sole = |file| files.references(file) + files.may_be_referenced(file) == 1;
            self.slot(*name).is_some_and(|slot| slot.guard.is_none() && sole(slot.file))
        };
        let Some(name) = name.filter(whole) else { return };
        let Some(Slot { fd, .. }) = self.slot(name) else { return };
        self.note_closing(fd);
        if self.call(|system, choices| system.reset(choices, fd)).is_ok() {
            self.take_slot(name);
            self.world.borrow_mut().files.closed(fd);
        }
    }

    fn note_closing(&self, fd: RawFd) {
        let ready = self.level(fd);
        let world = &mut *self.world.borrow_mut();
        let foreign = |one: &&Watched| one.fd == fd;
        let Some(watched) = world.watches.all.values().find(foreign) else { return };
        let (ready, file) = (!watched.wants(ready).is_empty(), watched.file);
        world.tally.hit_if(Probe::ForeignClosedReady, ready);
        let elsewhere = world.files.references(file) > 1;
        world.tally.hit_if(Probe::GhostReady, ready && elsewhere);
    }

    /// If nobody has an end of a connection any more, the other end says so, now.
    pub(super) fn check_end_of(&self, file: FileId) {
        let (peer, held) = {
            let world = self.world.borrow();
            let held = world.files.references(file) > 0
                || world.files.may_be_referenced(file) > 0
                || world.may_hold(file);
            let peer = world.files.peer(file).and_then(|peer| world.files.number_of(peer));
            (peer, held)
        };
        let Some(peer) = peer.filter(|_| !held) else { return };
        let level = self.level(peer);
        let ended = Readiness::HANGUP | Readiness::ERROR | Readiness::READ_HANGUP;
        must!(EndOfFile, level.intersects(ended), "{peer} does not see that its peer is closed");
        self.world.borrow_mut().tally.checked(Property::EndOfFile);
    }

    /// Closes a descriptor that a loop holds, which nobody but its holders may, and removes at once
    /// all registrations that hold it.
    pub(super) fn snatch(&self, name: Option<R>, mut turner: Turner<'_>, actor: Option<Actor>) {
        let known = |name| self.world.borrow().watches.all.get(&name).cloned();
        let Some(watched) = name.and_then(known) else { return };
        let Some(guard) = watched.guard.upgrade() else { return };
        let own = turner.as_ref().map(|(on, _)| *on);
        let Some(holders) = self.who_holds_alone(&watched, own) else { return };
        let Watched { fd, file, .. } = watched;
        self.note_snatching(&watched);
        self.snatched.set(true);
        guard.disown();
        self.forget_guard(fd, &guard);
        drop(guard);
        let closed = self.call(|system, choices| system.close(choices, fd));
        must!(Totality, closed == Ok(()), "close {fd}: {closed:?}");
        self.world.borrow_mut().files.closed(fd);
        for name in holders {
            let turner = turner.as_mut().map(|(on, events)| (*on, &mut **events));
            self.remove(Some(name), turner, actor);
        }
        self.tidy();
        self.check_end_of(file);
    }

    /// The registrations that hold a descriptor, if no request does as well, and all of them can be
    /// removed now.
    fn who_holds_alone(&self, watched: &Watched, own: Option<L>) -> Option<Vec<R>> {
        let world = self.world.borrow();
        let is_it = |guard: &Weak<SimFile>| guard.ptr_eq(&watched.guard);
        if world.requests.all.values().any(|asked| is_it(&asked.guard)) {
            return None;
        }
        let holders = world.watches.all.iter().filter(|(_, one)| is_it(&one.guard));
        let free = |on: L| own == Some(on) || self.loops[usize::from(on)].try_borrow_mut().is_ok();
        holders.map(|(name, one)| free(one.on).then_some(*name)).collect()
    }

    fn forget_guard(&self, fd: RawFd, guard: &Rc<SimFile>) {
        let world = &mut *self.world.borrow_mut();
        world.guards.remove(&fd);
        let owns = |slot: &Slot| slot.guard.as_ref().is_some_and(|own| Rc::ptr_eq(own, guard));
        for slot in &mut world.slots {
            slot.take_if(|slot| owns(slot));
        }
    }

    fn note_snatching(&self, watched: &Watched) {
        let ready = !watched.wants(self.level(watched.fd)).is_empty();
        let world = &mut *self.world.borrow_mut();
        let elsewhere = world.files.references(watched.file) > 1;
        world.tally.hit_if(Probe::SnatchedReady, ready && elsewhere);
    }
}

impl World {
    /// Whether a loop may hold that file: because it is watched, or a request is about it.
    pub(super) fn may_hold(&self, file: FileId) -> bool {
        let held = |tenure| tenure == levelring::Tenure::Held;
        self.watches.all.values().any(|one| one.file == file && held(one.tenure))
            || self.requests.all.values().any(|asked| asked.file == Some(file))
    }
}
