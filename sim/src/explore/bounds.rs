//! How long anything takes at most: from every state, with everybody else standing still.
//!
//! No fairness is assumed and nothing is estimated: from each reachable state the loop goes on
//! alone, in every way that the kernel may choose, and the worst case is recorded.

use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};

use levelring::Key;

use super::action::Action;
use super::options::{HANDLERS, Options};
use super::search::{Closure, Limits, close_each};
use super::trail::Trail;
use super::world::{Phase, World};
use crate::kernel::Odds;

/// The worst cases over all states of a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Turns until a registration that is ready has its event, that turn included.
    pub dispatch: u32,
    /// Events of one registration between two of another that is ready all the time, or before its
    /// first.
    pub overtaking: u32,
    /// Calls of the kernel until a loop with nobody ready sleeps, that call included.
    pub quiet: u32,
    /// Calls of the kernel until a removal returns, with nothing left in the kernel.
    pub reclaim: u32,
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dispatch, overtaking, quiet, reclaim } = self;
        write!(
            f,
            "dispatch within {dispatch} turns, overtaken {overtaking} times, \
             quiet within {quiet} calls, reclaimed within {reclaim} calls"
        )
    }
}

/// So many steps are not survived by any doubt: whatever takes longer never comes.
const FOREVER: u32 = 100;

/// So many turns are gone on for, to see who overtakes whom.
const TURNS: u32 = 8;

/// How often a registration must be seen ready to be taken for busy, as in
/// [`outcomes`](World::outcomes).
const LENGTHS: [u8; 3] = [2, 1, 128];

/// Closes a world, and says what takes how long at most.
#[must_use]
pub fn bounds(options: &Options, limits: &Limits) -> (Closure, Bounds) {
    let [dispatch, overtaking, quiet, reclaim] = [const { AtomicU32::new(0) }; 4];
    let closure = close_each(options, limits, |world| {
        let found = world.bounds(options);
        dispatch.fetch_max(found.dispatch, Ordering::Relaxed);
        overtaking.fetch_max(found.overtaking, Ordering::Relaxed);
        quiet.fetch_max(found.quiet, Ordering::Relaxed);
        reclaim.fetch_max(found.reclaim, Ordering::Relaxed);
    });
    let [dispatch, overtaking, quiet, reclaim] =
        [dispatch, overtaking, quiet, reclaim].map(AtomicU32::into_inner);
    (closure, Bounds { dispatch, overtaking, quiet, reclaim })
}

impl World {
    /// The worst cases from this state.
    fn bounds(&self, options: &Options) -> Bounds {
        let mut worst = Bounds::default();
        for length in LENGTHS {
            let mut frozen = self.clone();
            frozen.system.faults_mut().short_submit = Odds(0);
            for view in frozen.user.views.into_iter().flatten() {
                if frozen.core.until_busy(view.key) != Some(0) {
                    let _ = frozen.core.assume_until_busy(view.key, length);
                }
            }
            every_way(&frozen, |world, trail| world.go_on(options, trail, &mut worst));
            for slot in 0..HANDLERS {
                if frozen.phase == Phase::Program && frozen.user.views[slot].is_some() {
                    every_way(&frozen, |world, trail| {
                        world.act(options, Action::Remove { slot }, trail);
                        worst.reclaim = worst.reclaim.max(1 + world.released(options, trail));
                    });
                }
            }
        }
        worst
    }

    /// Who is to be called; of those whose descriptors were closed nothing is promised.
    fn ready(&mut self) -> [Option<Key>; HANDLERS] {
        self.user.views.map(|view| {
            let view = view?;
            let ready = !self.level(view.file).wanted_by(view.interest).is_empty();
            ready.then_some(view.key)
        })
    }

    fn go_on(&mut self, options: &Options, trail: &mut Trail, worst: &mut Bounds) {
        let released = self.released(options, trail);
        worst.reclaim = worst.reclaim.max(released);
        if self.ready() == [None; HANDLERS] {
            let calls = self.until_asleep(options, trail);
            worst.quiet = worst.quiet.max(calls);
            return;
        }
        // A sleep that is over, because somebody became ready.
        let mut runs = [[0; HANDLERS]; HANDLERS];
        let ready = self.ready();
        let mut events = [0; HANDLERS];
        for turn in 1..=TURNS {
            let done = |slot: usize| ready[slot].is_none() || events[slot] > 1;
            if (0..HANDLERS).all(done) {
                break;
            }
            let Some(key) = self.turn(options, trail) else { break };
            if let Some(events) = events.get_mut(key.index()) {
                *events += 1;
            }
            for slot in 0..HANDLERS {
                let Some(view) = self.user.views[slot].filter(|view| !view.broken) else {
                    continue;
                };
                if ready[slot].is_none() {
                    continue;
                }
                if view.key == key {
                    let first = runs[slot][slot] == 0;
                    worst.dispatch = worst.dispatch.max(if first { turn } else { 0 });
                    runs[slot] = [0; HANDLERS];
                    runs[slot][slot] = 1;
                } else {
                    runs[slot][key.index()] += 1;
                    worst.overtaking = worst.overtaking.max(runs[slot][key.index()]);
                }
            }
        }
        for slot in 0..HANDLERS {
            let waits = ready[slot].is_some() && runs[slot][slot] == 0;
            let promised = self.user.views[slot].is_some_and(|view| !view.broken);
            assert!(!(waits && promised), "L2 response: {:?} has no turn", ready[slot]);
        }
    }

    /// A whole turn, or what is left of one: whose event it was, or nobody's if it slept.
    fn turn(&mut self, options: &Options, trail: &mut Trail) -> Option<Key> {
        self.told = None;
        for _ in 0..FOREVER {
            self.act(options, Action::Go, trail);
            match self.phase {
                Phase::Program => return self.told,
                Phase::Asleep(_) if !self.system.has_punted(self.ring) => return None,
                Phase::Begin
                | Phase::Look(_)
                | Phase::Asleep(_)
                | Phase::Judge { .. }
                | Phase::Release(_) => {}
            }
        }
        panic!("L4 quiet: a turn has no end");
    }

    /// What was ready in the present turn, and is not any more, may still have its event.
    fn until_asleep(&mut self, options: &Options, trail: &mut Trail) -> u32 {
        for calls in 1..FOREVER {
            self.act(options, Action::Go, trail);
            if matches!(self.phase, Phase::Asleep(_)) && !self.system.has_punted(self.ring) {
                return calls;
            }
        }
        panic!("L4 quiet: nobody is ready, and the loop does not sleep");
    }

    fn released(&mut self, options: &Options, trail: &mut Trail) -> u32 {
        for calls in 0..FOREVER {
            if !matches!(self.phase, Phase::Release(_)) {
                return calls;
            }
            self.act(options, Action::Go, trail);
        }
        panic!("L3 reclaim: the kernel does not let go");
    }
}

fn every_way(world: &World, mut go: impl FnMut(&mut World, &mut Trail)) {
    let mut trail = Trail::default();
    let mut gone = world.clone();
    loop {
        go(&mut gone, &mut trail);
        if !trail.turn() {
            return;
        }
        gone.clone_from(world);
    }
}
