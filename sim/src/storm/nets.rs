//! What is checked after every step: the core's own invariants, the kernel's side of the ring, and
//! that nothing is held that should not be.

use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::rc::Weak;

use levelring_core::Tag;

use super::probe::Probe;
use super::property::{Property, must};
use super::stage::{Stage, World};
use crate::Blunders;

impl Stage {
    /// All of it. Not within a handler.
    pub(super) fn check_step(&self) {
        for place in &self.loops {
            if let Some(events) = &*place.borrow() {
                events.check_invariants();
            }
        }
        self.kernel.with_system(|system| system.check());
        self.check_blunders();
        self.check_lanes();
        self.check_pins();
        self.check_memory();
        self.check_untold();
        let tally = &mut self.world.borrow_mut().tally;
        tally.checked(Property::Invariants);
        tally.checked(Property::Totality);
    }

    fn check_blunders(&self) {
        let blunders = self.kernel.with_system(|system| system.blunders());
        // Overflows are the user's wish, if the queue is small.
        let Blunders { duplicates, bad_numbers, malformed, abandoned, bad_submissions, .. } =
            blunders;
        must!(Unique, duplicates == 0, "two requests of one name were in flight");
        // Who closes what a loop holds has it submit a number that names nothing.
        let bad_submissions = if self.snatched.get() { 0 } else { bad_submissions };
        let others = [bad_numbers, malformed, abandoned, bad_submissions];
        must!(Totality, others == [0; 4], "the kernel was told nonsense: {blunders:?}");
        self.world.borrow_mut().tally.checked(Property::Unique);
    }

    fn check_lanes(&self) {
        let mut polls = BTreeMap::new();
        for (ring, _, user_data) in self.kernel.with_system(|system| system.polls()) {
            if let Some(Tag::Arm(key, _)) = Tag::decode(user_data) {
                *polls.entry((ring, key)).or_insert(0) += 1;
            }
        }
        let most = polls.values().copied().max().unwrap_or(0);
        must!(Lanes, most <= 2, "{most} polls of one registration");
        if most > 0 {
            self.world.borrow_mut().tally.checked(Property::Lanes);
        }
    }

    /// Of a file that nobody watches as its holder, and no request is about, the kernel holds
    /// nothing but what its descriptors do.
    pub(super) fn check_pins(&self) {
        let world = &mut *self.world.borrow_mut();
        let World { files, tally, .. } = world;
        for (fd, file) in files.open() {
            let references = self.kernel.with_system(|system| system.references(fd));
            let expected = files.references(file);
            let held = usize::from(references.unwrap_or(0));
            let pins = world.watches.most_pins(file) + world.requests.of(file);
            let most = expected + files.may_be_referenced(file) + pins;
            must!(
                Pins,
                held >= expected && held <= most,
                "{file:?} has {expected} descriptors, and {held} references, of {most} at most"
            );
            tally.checked(Property::Pins);
        }
    }

    /// What an operation opens is told, or closed: nothing is open of which nobody knows, unless an
    /// operation is under way that may yet tell of it.
    fn check_untold(&self) {
        let unknown = self.unknown_numbers();
        let world = &mut *self.world.borrow_mut();
        let may_be_told = world.requests.all.values().any(|asked| asked.request.opens());
        must!(Untold, unknown.is_empty() || may_be_told, "nobody was told of {unknown:?}");
        world.tally.checked(Property::Untold);
        world.tally.hit_if(Probe::UntoldMany, unknown.len() >= 5);
    }

    /// Numbers that are open, and of which the program knows nothing.
    pub(super) fn unknown_numbers(&self) -> Vec<RawFd> {
        let world = self.world.borrow();
        let unknown = |fd: &RawFd| world.files.at(*fd).is_none();
        self.kernel.with_system(|system| system.open_numbers().filter(unknown).collect())
    }

    /// Whatever the loops own, they own for a registration or a request that lives.
    fn check_memory(&self) {
        let world = &mut *self.world.borrow_mut();
        for (fd, guard) in &world.guards {
            let slots = world.slots.iter().flatten().filter_map(|slot| slot.guard.as_ref());
            let own = slots.filter(|own| core::ptr::eq(guard.as_ptr(), &raw const ***own)).count();
            let watches = world.watches.all.values().map(|one| &one.guard);
            let guards = watches.chain(world.requests.all.values().map(|one| &one.guard));
            let owners = guards.filter(|other| Weak::ptr_eq(other, guard)).count();
            let found = guard.strong_count();
            must!(Memory, found == own + owners, "{fd} has {found} owners, not {}", own + owners);
            world.tally.checked(Property::Memory);
        }
    }
}
