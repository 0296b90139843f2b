//! Running a world: whose turn it is, and when time passes.

use core::time::Duration;

use super::World;
use super::trace::What;

/// Why a world stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rest {
    /// All loops sleep, and nothing is to come: they would sleep for ever.
    Quiet,
    /// The condition holds.
    Met,
    /// The time is up.
    TimeUp,
}

/// How long a loop sleeps before it is believed that it would go on sleeping. It really sleeps, so
/// that whatever its kernel has put off comes up, and its driver goes all the ways that it goes on
/// Linux.
const MOMENT: Duration = Duration::from_nanos(1);

impl World {
    /// Runs until nothing is to come.
    ///
    /// # Panics
    /// Whatever the programs or the invariants panic with; if a loop fails, or the world does not
    /// come to rest in so many turns as the options say.
    pub fn run(&mut self) -> Rest {
        self.run_until(Duration::MAX, |_| false)
    }

    /// Runs for that long.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn run_for(&mut self, time: Duration) -> Rest {
        let end = self.now().saturating_add(time);
        self.run_until(end, |_| false)
    }

    /// Runs until a condition holds, at the latest until a time.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn run_until(&mut self, end: Duration, mut condition: impl FnMut(&Self) -> bool) -> Rest {
        loop {
            if condition(self) {
                return Rest::Met;
            }
            self.carry_out();
            if let Some(host) = self.whose_turn() {
                self.turn(host);
                continue;
            }
            match self.next() {
                None => return Rest::Quiet,
                Some(next) if next > end => {
                    self.pass(end);
                    return Rest::TimeUp;
                }
                Some(next) => {
                    self.pass(next);
                    self.trouble();
                }
            }
        }
    }

    /// What is planned for now, and what arrives now.
    fn carry_out(&mut self) {
        while let Some((time, _)) = self.planned.last()
            && *time <= self.now()
            && let Some((_, plan)) = self.planned.pop()
        {
            plan(self);
        }
        let mut network = self.network.borrow_mut();
        network.deliver();
        let now = network.now;
        for site in &mut network.sites {
            site.awake = site.awake || site.wakes().is_some_and(|time| time <= now);
        }
    }

    /// One of those who are awake, drawn.
    fn whose_turn(&self) -> Option<usize> {
        let network = self.network.borrow();
        let is_up = |host: &usize| {
            let site = &network.sites[*host];
            self.loops[*host].is_some() && site.awake && site.paused <= network.now
        };
        let up: Vec<usize> = (0..self.loops.len()).filter(is_up).collect();
        if up.is_empty() { None } else { Some(up[network.dice.draw(up.len())]) }
    }

    fn turn(&mut self, host: usize) {
        let (kernel, name, now) = {
            let network = self.network.borrow();
            let site = &network.sites[host];
            (site.kernel.clone(), site.name.clone(), network.now)
        };
        kernel.by_others(|system| system.advance(now));
        let Some(events) = &mut self.loops[host] else { return };
        let turned = events.turn(Some(MOMENT));
        let called = turned.unwrap_or_else(|error| panic!("the loop of {name} failed: {error}"));
        let deadline = self.network.borrow().sites[host].deadline;
        let over = deadline.is_some_and(|deadline| deadline <= now);
        if let Some(main) = self.mains[host].as_mut().filter(|_| called || over) {
            let timeout = main(events, called);
            self.network.borrow_mut().sites[host].deadline = timeout.map(|timeout| now + timeout);
        }
        self.touched(host);
        {
            let mut network = self.network.borrow_mut();
            network.sites[host].awake = called;
            // The loop may have slept, or a handler.
            let slept = kernel.by_others(|system| system.now());
            network.now = network.now.max(slept) + network.dice.time(network.options.turn);
            self.turns += 1;
            let most = network.options.turns;
            assert!(self.turns <= most, "the world has not come to rest in {most} turns");
        }
        self.check_invariants();
    }

    /// A host has done something.
    pub(super) fn touched(&self, host: usize) {
        let mut network = self.network.borrow_mut();
        network.sites[host].awake = true;
        network.pump(host);
    }

    fn check_invariants(&mut self) {
        let mut invariants = core::mem::take(&mut self.invariants);
        for invariant in &mut invariants {
            invariant(self);
        }
        self.invariants = invariants;
    }

    /// When something is to come, while nobody has a turn.
    fn next(&self) -> Option<Duration> {
        let network = self.network.borrow();
        let there = |host: &usize| self.loops[*host].is_some();
        let hosts = (0..self.loops.len()).filter(there).map(|host| &network.sites[host]);
        let turns = hosts.filter_map(|site| {
            let wakes = if site.awake { Some(network.now) } else { site.wakes() };
            wakes.map(|time| time.max(site.paused))
        });
        let planned = self.planned.last().map(|(time, _)| *time);
        turns.chain(network.next()).chain(planned).min()
    }

    fn pass(&self, to: Duration) {
        let mut network = self.network.borrow_mut();
        network.now = network.now.max(to);
    }

    /// As time passes, somebody may be struck.
    fn trouble(&self) {
        let mut network = self.network.borrow_mut();
        let options = network.options.clone();
        let (now, dice) = (network.now, network.dice.clone());
        if network.sites.is_empty() {
            return;
        }
        if dice.strike(options.pauses) {
            let (host, time) = (dice.draw(network.sites.len()), dice.time(options.outage));
            network.sites[host].paused = now + time;
            network.note(host, What::Paused(time));
        }
        if dice.strike(options.partitions) {
            let (host, time) = (dice.draw(network.sites.len()), dice.time(options.outage));
            network.sites[host].cut_off = now + time;
            network.note(host, What::CutOff(time));
        }
    }
}
