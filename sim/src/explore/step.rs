//! One step, in all its outcomes.

use levelring::Key;

use super::action::Action;
use super::options::{HANDLERS, Options};
use super::trail::Trail;
use super::world::World;

/// How often a registration must yet be seen ready to be taken for busy, where all that matters is
/// that it is not: by this much no step makes it so. Each step is taken also as if it were once,
/// and as if it were not nearly.
const NOT_BUSY: u8 = 2;
const LENGTHS: [u8; 3] = [NOT_BUSY, 1, 128];

impl World {
    /// Calls `outcome` with every world that this action may lead to, some of them more than once.
    /// Each is made in place of `world`, whose memory they use one after another.
    ///
    /// How long a registration has been ready is a count with some thousand values, of which only
    /// one thing shows: whether it is busy. A world stands for all that differ in the count only:
    /// whatever a step does by any of them, it does by one of three. (In a step it is counted
    /// twice at most. Any length may be had by waiting, so that nothing comes up which could not.)
    pub fn outcomes(
        &self,
        options: &Options,
        action: Action,
        world: &mut Self,
        mut outcome: impl FnMut(&mut Self),
    ) {
        let mut touched = [false; HANDLERS];
        self.outcomes_as(options, action, [NOT_BUSY; HANDLERS], world, |world, changed| {
            for (all, this) in touched.iter_mut().zip(changed) {
                *all |= this;
            }
            outcome(world);
        });
        if touched == [false; HANDLERS] {
            return;
        }
        for lengths in (Lengths { touched, at: [0; HANDLERS] }) {
            self.outcomes_as(options, action, lengths, world, |world, _| outcome(world));
        }
    }

    fn outcomes_as(
        &self,
        options: &Options,
        action: Action,
        lengths: [u8; HANDLERS],
        world: &mut Self,
        mut outcome: impl FnMut(&mut Self, [bool; HANDLERS]),
    ) {
        let mut trail = Trail::default();
        loop {
            world.clone_from(self);
            let keys = world.assume(lengths);
            world.act(options, action, &mut trail);
            let changed = world.forget(keys, lengths);
            outcome(world, changed);
            if !trail.turn() {
                return;
            }
        }
    }

    /// Whoever is not busy will be, after so many times more.
    fn assume(&mut self, lengths: [u8; HANDLERS]) -> [Option<Key>; HANDLERS] {
        let mut keys = self.user.views.map(|view| view.map(|view| view.key));
        for (key, length) in keys.iter_mut().zip(lengths) {
            *key = key.filter(|key| self.core.until_busy(*key) != Some(0));
            if let Some(key) = key {
                // It is there: the core has just told of it.
                let _ = self.core.assume_until_busy(*key, length);
            }
        }
        keys
    }

    /// Only whether it is busy is kept of how long it was ready. Says of whom it was counted.
    fn forget(
        &mut self,
        keys: [Option<Key>; HANDLERS],
        lengths: [u8; HANDLERS],
    ) -> [bool; HANDLERS] {
        let mut changed = [false; HANDLERS];
        for slot in 0..HANDLERS {
            let before = keys[slot].and_then(|key| self.core.until_busy(key));
            changed[slot] = before.is_some_and(|left| left != lengths[slot]);
            let Some(view) = self.user.views[slot] else { continue };
            let busy = self.core.until_busy(view.key) == Some(0);
            let _ = self.core.assume_until_busy(view.key, if busy { 0 } else { NOT_BUSY });
        }
        changed
    }
}

/// All combinations of lengths of those it matters for, but the first.
struct Lengths {
    touched: [bool; HANDLERS],
    at: [usize; HANDLERS],
}

impl Iterator for Lengths {
    type Item = [u8; HANDLERS];

    fn next(&mut self) -> Option<Self::Item> {
        for (at, touched) in self.at.iter_mut().zip(self.touched) {
            if !touched {
                continue;
            }
            *at += 1;
            if *at < LENGTHS.len() {
                return Some(self.at.map(|at| LENGTHS[at]));
            }
            *at = 0;
        }
        None
    }
}
