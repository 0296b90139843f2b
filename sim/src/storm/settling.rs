//! The liveness phase: the faults end, the world stands still, and within a bound everybody who is
//! ready has a turn, and then the loops are quiet.

use core::time::Duration;
use std::rc::Rc;

use levelring::Interest;

use super::op::{L, LOOPS, R};
use super::probe::Probe;
use super::property::{Property, must};
use super::stage::{Stage, Turning, World};
use super::turning::Turned;
use crate::Faults;

/// In how many turns that may not wait everybody who is ready is called: so many for each
/// registration and request, and so many more.
pub const RESPONSE: (usize, usize) = (2, 6);

/// In how many turns the loop is quiet when nobody is ready; under `Batch(n)` in n - 1 more, for
/// whoever was ready when the batch began may be called.
pub const QUIET: usize = 4;

/// How many system calls it then makes in a turn that sleeps.
pub const CALLS: u64 = 6;

const MOMENT: Duration = Duration::from_micros(10);

impl Stage {
    /// Has the loops come to rest, and goes on as before.
    pub(super) fn settle(self: &Rc<Self>) {
        self.stand_still();
        for on in 0..LOOPS {
            if self.loops[usize::from(on)].borrow().is_some() {
                self.respond(on);
                self.hush(on);
            }
        }
        self.world.borrow_mut().settled = false;
        self.entropy.set_calm(self.calm.get());
        self.kernel.with_system(|system| *system.faults_mut() = self.options.faults);
    }

    /// Nothing goes wrong any more.
    pub(super) fn stand_still(&self) {
        // The kernel is there as it was made: a ring keeps its size and features.
        let Faults { cq_entries, missing, .. } = self.options.faults;
        let calm = Faults { cq_entries, missing, ..Faults::default() };
        self.kernel.with_system(|system| *system.faults_mut() = calm);
        self.entropy.set_calm(u8::MAX);
        // What the kernel has left to the end of the next system call is done.
        self.kernel.call(|_, _| ());
        let world = &mut *self.world.borrow_mut();
        world.settled = true;
        world.watches.count_anew();
    }

    /// Everybody who is ready has a turn.
    pub(super) fn respond(self: &Rc<Self>, on: L) {
        self.sample();
        let (mut owed, all) = {
            let world = &mut *self.world.borrow_mut();
            let owed = world.watches.waiting(on);
            world.tally.hit_if(Probe::SettledBusy, owed.len() >= 3);
            world.tally.hit_if(Probe::SettledIdle, owed.is_empty());
            let asked = world.requests.all.values().filter(|asked| asked.on == on).count();
            (owed, world.watches.on(on).count() + asked)
        };
        let bound = RESPONSE.0 * all + RESPONSE.1;
        let mut turns = 0;
        while !owed.is_empty() {
            must!(
                Response,
                turns < bound,
                "{owed:?} of l{on} are ready, and not called in {bound}"
            );
            self.world.borrow_mut().turned = None;
            self.take_turn(on, Some(Duration::ZERO), Turning { on, ..Turning::default() });
            let called = self.world.borrow().turned;
            self.sample();
            let waiting = self.world.borrow().watches.waiting(on);
            owed.retain(|name| Some(*name) != called && waiting.contains(name));
            turns += 1;
        }
        let tally = &mut self.world.borrow_mut().tally;
        tally.longest_response = tally.longest_response.max(turns as u64);
        for property in [Property::Response, Property::Recovery, Property::Overflow] {
            tally.checked(property);
        }
    }

    /// Those who are ready are asked to wait for nothing; then the loop has nothing to do.
    fn hush(self: &Rc<Self>, on: L) {
        let mut hushed: Vec<(R, Interest)> = Vec::new();
        let mut turns = 0;
        loop {
            self.sample();
            for name in self.ready_to(on) {
                let interest = self.world.borrow().watches.all.get(&name).map(|one| one.interest);
                self.set_interest(Some(name), Interest::EMPTY, None);
                hushed.extend(interest.map(|interest| (name, interest)));
            }
            let turning = Turning { on, ..Turning::default() };
            let told = self.world.borrow().told;
            self.world.borrow_mut().turned = None;
            match self.take_turn(on, Some(Duration::ZERO), turning) {
                Turned::Called => {}
                Turned::Idle | Turned::Asleep | Turned::Nobody => break,
            }
            // Only results, and refusals, are left to be told.
            let result = self.world.borrow().told > told;
            let refused = self.world.borrow().turned.is_none();
            turns += usize::from(!result && !refused);
            let most = QUIET + usize::from(self.options.batch) - 1;
            must!(Quiet, turns < most, "l{on} calls handlers, and nobody is ready");
        }
        self.check_quiet(on);
        for (name, interest) in hushed {
            self.set_interest(Some(name), interest, None);
        }
    }

    /// Who may be called by a loop as things are: those who are ready, and those it takes for what
    /// they are not.
    fn ready_to(&self, on: L) -> Vec<R> {
        let Some(rules) = self.rules(on) else { return Vec::new() };
        let World { watches, files, .. } = &*self.world.borrow();
        let mut ready = watches.waiting(on);
        let mistaken = watches.on(on).filter(|(_, watched)| {
            let taken = |at| at == watched.file || watched.is_taken_for(at, files, rules);
            watched.lost && !watched.interest.is_empty() && files.at(watched.fd).is_some_and(taken)
        });
        ready.extend(mistaken.map(|(name, _)| name));
        ready
    }

    fn check_quiet(self: &Rc<Self>, on: L) {
        let now = self.now();
        let next = self.kernel.with_system(|system| system.next_timer());
        if next.is_some_and(|next| next <= now + MOMENT) {
            return;
        }
        // The first may have something left to do.
        for last in [false, true] {
            let next = self.kernel.with_system(|system| system.next_timer());
            if next.is_some_and(|next| next <= self.now() + MOMENT) {
                return;
            }
            let (before, told) = (self.calls(), self.world.borrow().told);
            let turned = self.take_turn(on, Some(MOMENT), Turning { on, ..Turning::default() });
            let calls = self.calls() - before;
            if self.world.borrow().told > told {
                // What was cancelled behind another has ended: it is quiet another time.
                return;
            }
            must!(Quiet, turned == Turned::Idle, "l{on} calls a handler, and nobody is ready");
            must!(Spin, !last || calls <= CALLS, "l{on} sleeps in {calls} calls");
        }
        let tally = &mut self.world.borrow_mut().tally;
        tally.checked(Property::Quiet);
        tally.checked(Property::Spin);
    }

    fn calls(&self) -> u64 {
        use levelring::kernel::Kernel as _;
        self.kernel.counts().total()
    }
}
