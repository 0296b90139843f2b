//! Closing a world: breadth first, until nothing new is found.

use core::any::Any;
use core::fmt;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::thread;

use super::action::Action;
use super::image::Reductions;
use super::options::Options;
use super::table::Table;
use super::world::World;

/// How much may be spent.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Levels: how many actions from the first state. What is beyond is not looked for.
    pub depth: u32,
    /// States, beyond which no further level is begun.
    pub states: usize,
    /// Threads. The counts do not depend on it.
    pub jobs: usize,
    /// Which states are taken for the same.
    pub reductions: Reductions,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: u32::MAX, states: usize::MAX, jobs: 1, reductions: Reductions::default() }
    }
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every reachable state was visited, and nothing was wrong with any.
    Closed,
    /// A limit was reached before.
    Cut,
    /// A guarantee is broken.
    Failed(Failure),
}

/// What is wrong, and the shortest way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the check said.
    pub message: String,
    /// From the first state.
    pub actions: Vec<Action>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.message)?;
        for action in &self.actions {
            writeln!(f, "  {action:?}")?;
        }
        Ok(())
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// Different states.
    pub states: usize,
    /// Outcomes of actions, in all states.
    pub transitions: u64,
    /// How far the farthest state is from the first.
    pub depth: u32,
    /// New states of each level.
    pub levels: Vec<usize>,
    /// Memory for fingerprints.
    pub bytes: usize,
    /// How it ended.
    pub verdict: Verdict,
}

impl fmt::Display for Closure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, transitions, depth, levels, bytes, verdict } = self;
        let megabytes = bytes >> 20;
        write!(f, "{states} states, {transitions} transitions, depth {depth}, {megabytes} MB: ")?;
        match verdict {
            Verdict::Closed => write!(f, "closed"),
            Verdict::Cut => write!(f, "not closed; the last levels: {:?}", last(levels)),
            Verdict::Failed(failure) => write!(f, "{failure}"),
        }
    }
}

fn last(levels: &[usize]) -> &[usize] {
    &levels[levels.len().saturating_sub(4)..]
}

/// Worlds that one thread is given at a time.
const SHARE: usize = 2048;

/// Visits every state that can be reached.
#[must_use]
pub fn close(options: &Options, limits: &Limits) -> Closure {
    close_each(options, limits, |_| ())
}

/// The same, and shows each state to somebody.
pub(super) fn close_each(
    options: &Options,
    limits: &Limits,
    each: impl Fn(&World) + Sync,
) -> Closure {
    let mut search = Search { options, limits, table: Table::new(), transitions: 0 };
    let first = World::new(options);
    search.table.insert(first.fingerprint(options, limits.reductions), 0);
    let mut frontier = vec![(0, Box::new(first))];
    let mut levels = Vec::new();
    let mut verdict = Verdict::Closed;
    while !frontier.is_empty() {
        levels.push(frontier.len());
        if levels.len() > limits.depth as usize || search.table.len() > limits.states {
            verdict = Verdict::Cut;
            break;
        }
        match search.level(frontier, &each) {
            Ok(next) => frontier = next,
            Err(failure) => {
                verdict = Verdict::Failed(failure);
                break;
            }
        }
    }
    Closure {
        states: search.table.len(),
        transitions: search.transitions,
        depth: u32::try_from(levels.len()).unwrap_or(0).saturating_sub(1),
        levels,
        bytes: search.table.bytes(),
        verdict,
    }
}

struct Search<'a> {
    options: &'a Options,
    limits: &'a Limits,
    table: Table,
    transitions: u64,
}

/// A state that may be new: its fingerprint, and by whom it was found.
type Found = (u64, u32, Box<World>);

/// States of one level, by their numbers.
type Level = Vec<(u32, Box<World>)>;

/// What one thread found.
struct Share {
    found: Vec<Found>,
    transitions: u64,
    failure: Option<(u32, Action, String)>,
}

impl Search<'_> {
    /// The states that are one action away from these, and new.
    fn level(
        &mut self,
        frontier: Level,
        each: &(impl Fn(&World) + Sync),
    ) -> Result<Level, Failure> {
        let mut next = Vec::new();
        let mut rest = frontier;
        rest.reverse();
        while !rest.is_empty() {
            let at = rest.len().saturating_sub(SHARE * self.limits.jobs);
            // What is done with goes at once: there may be millions.
            let batch = rest.split_off(at);
            for Share { found, transitions, failure } in self.shares(&batch, each) {
                self.transitions += transitions;
                for (fingerprint, parent, world) in found {
                    if let Some(number) = self.table.insert(fingerprint, parent) {
                        next.push((number, world));
                    }
                }
                if let Some((number, action, message)) = failure {
                    let mut actions = self.way_to(number);
                    actions.push(action);
                    return Err(Failure { message, actions });
                }
            }
        }
        Ok(next)
    }

    /// What the threads found, each in its part.
    fn shares(&self, batch: &[(u32, Box<World>)], each: &(impl Fn(&World) + Sync)) -> Vec<Share> {
        if self.limits.jobs == 1 {
            // Here, where what is found will be freed: memory that is freed by another thread is
            // contended for.
            return vec![self.expand(batch, each)];
        }
        let size = batch.len().div_ceil(self.limits.jobs);
        thread::scope(|scope| {
            let expand = |worlds| scope.spawn(move || self.expand(worlds, each));
            let threads: Vec<_> = batch.rchunks(size).map(expand).collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined.map(|share| share.expect("panics are caught within")).collect()
        })
    }

    fn expand(&self, worlds: &[(u32, Box<World>)], each: &impl Fn(&World)) -> Share {
        let mut share = Share { found: Vec::new(), transitions: 0, failure: None };
        let mut here = Table::new();
        let mut scratch = World::new(self.options);
        for (number, world) in worlds.iter().rev() {
            let mut doing = Action::Go;
            let attempt = catch_unwind(AssertUnwindSafe(|| {
                each(world);
                let mut actions = Vec::new();
                world.actions(self.options, |action| actions.push(action));
                for action in actions {
                    doing = action;
                    world.outcomes(self.options, action, &mut scratch, |outcome| {
                        share.transitions += 1;
                        let fingerprint = outcome.fingerprint(self.options, self.limits.reductions);
                        if !self.table.contains(fingerprint)
                            && here.insert(fingerprint, *number).is_some()
                        {
                            outcome.check();
                            share.found.push((fingerprint, *number, Box::new(outcome.clone())));
                        }
                    });
                }
            }));
            if let Err(cause) = attempt {
                share.failure = Some((*number, doing, message(&*cause)));
                break;
            }
        }
        share
    }

    /// The actions that led to a state. Only fingerprints were kept: the way is gone once more.
    fn way_to(&self, number: u32) -> Vec<Action> {
        let mut world = World::new(self.options);
        let mut taken = Vec::new();
        let mut scratch = World::new(self.options);
        for wanted in self.table.way_to(number).into_iter().skip(1) {
            let mut actions = Vec::new();
            world.actions(self.options, |action| actions.push(action));
            let mut step = None;
            for action in actions {
                world.outcomes(self.options, action, &mut scratch, |outcome| {
                    let same = outcome.fingerprint(self.options, self.limits.reductions) == wanted;
                    if same && step.is_none() {
                        step = Some((action, outcome.clone()));
                    }
                });
            }
            let Some((action, next)) = step else { break };
            taken.push(action);
            world = next;
        }
        taken
    }
}

/// What a panic said.
pub(super) fn message(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().cloned();
    text.or_else(|| cause.downcast_ref().map(|it: &&str| (*it).to_owned())).unwrap_or_default()
}
