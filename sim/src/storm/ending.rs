//! The end of a run: everything is given back.

use core::time::Duration;
use std::rc::Rc;

use super::op::{L, LOOPS, NAMES, Op};
use super::probe::Probe;
use super::property::{Property, must};
use super::stage::{Stage, Turning};
use super::turning::Turned;
use crate::kernel::{Fact, Noted};

/// In how many turns requests that were cancelled have ended, for each of them, and more.
const RECLAIM: (usize, usize) = (2, 4);

/// More results than can have come before an end.
const RESULTS: usize = 1000;

impl Stage {
    /// Ends a loop, whatever it has under way.
    pub(super) fn drop_loop(&self, on: L) {
        let there = self.loops.get(usize::from(on)).map(|place| place.try_borrow_mut());
        let Some(Ok(mut place)) = there else { return };
        let Some(events) = place.take() else { return };
        drop(place);
        {
            let world = &mut *self.world.borrow_mut();
            let watches: Vec<_> = world.watches.on(on).map(|(name, _)| name).collect();
            world.tally.hit_if(Probe::DroppedBusy, !watches.is_empty());
            let asked = world.requests.all.len();
            world.requests.all.retain(|_, asked| asked.on != on);
            let under_way = world.requests.all.len() < asked;
            world.tally.hit_if(Probe::DroppedInFlight, under_way);
            for name in watches {
                world.watches.remove(name);
            }
            world.places[usize::from(on)] = None;
        }
        let untold = !self.unknown_numbers().is_empty();
        self.world.borrow_mut().tally.hit_if(Probe::DroppedUntold, untold);
        self.kernel.note(|| Noted::Told(Fact::Uses { on }));
        drop(events);
        self.kernel.note(|| Noted::Told(Fact::Dropped { on }));
        self.tidy();
        self.know_own();
        self.check_pins();
    }

    /// Everything is ended and given back, the loops first without being dropped.
    pub(super) fn end(self: &Rc<Self>) {
        self.settle();
        self.stand_still();
        self.sample();
        while self.world.borrow().files.has_children() {
            self.act(&Op::Exit, None, None);
        }
        let names: Vec<_> = self.world.borrow().requests.all.keys().copied().collect();
        names.iter().for_each(|name| self.cancel(*name, None));
        let names: Vec<_> = self.world.borrow().watches.all.keys().copied().collect();
        names.iter().for_each(|name| self.remove(Some(*name), None, None));
        for on in 0..LOOPS {
            self.reclaim(on);
        }
        self.check_step();
        self.check_nothing_in_flight();
        // The loops are not turned again: to close takes effect all the same.
        (0..NAMES).for_each(|name| self.act(&Op::Close(name), None, None));
        let open = self.world.borrow().files.open().count();
        must!(Memory, open == 0, "{open} descriptors are left");
        (0..LOOPS).for_each(|on| self.drop_loop(on));
        let left = self.kernel.with_system(|system| {
            system.bury_all();
            system.open_files()
        });
        must!(Reclaim, left == 0, "{left} files are left open");
        self.check_step();
        self.world.borrow_mut().tally.checked(Property::Reclaim);
    }

    fn reclaim(self: &Rc<Self>, on: L) {
        let left = |stage: &Self| {
            stage.world.borrow().requests.all.values().filter(|asked| asked.on == on).count()
        };
        let bound = RECLAIM.0 * left(self) + RECLAIM.1;
        let (mut turns, mut results) = (0, 0);
        while left(self) > 0 {
            must!(Reclaim, turns < bound, "{} requests of l{on} do not end", left(self));
            let (told, asked) = (self.world.borrow().told, left(self));
            self.take_turn(on, Some(Duration::ZERO), Turning { on, ..Turning::default() });
            // Those that are told before the last take a turn each.
            let earlier = self.world.borrow().told > told && left(self) == asked;
            turns += usize::from(!earlier);
            results += usize::from(earlier);
            must!(Reclaim, results < RESULTS, "the results of l{on} do not end");
        }
        let turning = Turning { on, ..Turning::default() };
        let turned = self.take_turn(on, Some(Duration::ZERO), turning);
        must!(Reclaim, turned != Turned::Called, "l{on} has nothing, and calls a handler");
    }

    /// But for what a loop's own wait for its set needs.
    fn check_nothing_in_flight(&self) {
        let polls = self.kernel.with_system(|system| system.polls());
        let ours = polls.iter().filter(|(_, _, data)| levelring_core::Tag::decode(*data).is_some());
        must!(Reclaim, ours.count() == 0, "polls are in flight, and nothing is watched");
    }
}
