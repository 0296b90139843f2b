//! Registrations, as the caller knows them, and what was promised of their handlers.

use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::rc::Weak;

use levelring::{Interest, Key, Readiness, Tenure};

use super::files::{FileId, Files};
use crate::SimFile;
use crate::storm::{L, NAMES, R, must};

/// How strictly a run's handlers are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How many handlers one check may serve.
    pub(crate) batch: u16,
    /// Whether all that a handler is told is so, and not only a part: a poll that was woken is told
    /// what woke it, which need not be what the file says of itself.
    pub(crate) whole: bool,
    /// How many turns somebody may have while another one waits.
    pub(crate) overtaking: u8,
    /// Whether files without an inode are all alike to the loop, so that one in the place of
    /// another is not noticed.
    pub(crate) inodes_only: bool,
}

/// A registration.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    /// Which registration of that name it is.
    pub(crate) serial: u64,
    pub(crate) key: Key,
    pub(crate) on: L,
    pub(crate) fd: RawFd,
    pub(crate) file: FileId,
    pub(crate) tenure: Tenure,
    pub(crate) interest: Interest,
    pub(crate) guard: Weak<SimFile>,
    /// Its number was closed: it may be called if that names its file again, but nobody owes it.
    pub(crate) lost: bool,
    /// The loop has said that the kernel refuses it.
    pub(crate) quiet: bool,
    /// Its handler said that all is still there: the next time that is taken on trust.
    pub(crate) more: bool,
    /// A set was told of it, which knows files: a turn has looked since it has an interest.
    told: bool,
    /// How often its interest changed since a turn.
    pub(crate) changes: u8,
    /// Of each bit, how many handlers had been called when it was last seen.
    seen: [Option<u64>; 8],
    /// Since it waits: how often others had a turn.
    waits: Option<[u8; NAMES as usize]>,
}

impl Watched {
    pub(crate) const fn new(
        (serial, key, on): (u64, Key, L),
        (fd, file, tenure): (RawFd, FileId, Tenure),
        interest: Interest,
        guard: Weak<SimFile>,
    ) -> Self {
        let (lost, quiet, more, changes) = (false, false, false, 0);
        let (told, seen, waits) = (false, [None; 8], None);
        Self {
            serial,
            key,
            on,
            fd,
            file,
            tenure,
            interest,
            guard,
            lost,
            quiet,
            more,
            told,
            changes,
            seen,
            waits,
        }
    }

    /// The part of a level that its handler is told: what it asks for, and whatever it asks for,
    /// errors and hang-ups; of nothing, nothing.
    pub(crate) fn wants(&self, level: Readiness) -> Readiness {
        if self.interest.is_empty() {
            return Readiness::EMPTY;
        }
        let mut wanted = Readiness::ERROR | Readiness::HANGUP;
        for (interest, readiness) in [
            (Interest::READ, Readiness::READ),
            (Interest::WRITE, Readiness::WRITE),
            (Interest::PRIORITY, Readiness::PRIORITY),
            (Interest::READ_HANGUP, Readiness::READ_HANGUP),
        ] {
            if self.interest.contains(interest) {
                wanted |= readiness;
            }
        }
        Readiness::from_bits(wanted.bits() & level.bits())
    }

    /// Whether the loop may take that file for its own, though it is another: it has been told by
    /// fstat, and fstat cannot tell.
    pub(crate) fn is_taken_for(&self, other: FileId, files: &Files, rules: Rules) -> bool {
        (rules.inodes_only || !self.told) && files.are_alike(other, self.file)
    }

    /// Whether its handler is owed a call while it is ready.
    pub(crate) const fn is_owed(&self) -> bool {
        !self.lost && !self.quiet
    }
}

/// All registrations.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    pub(crate) all: BTreeMap<R, Watched>,
    /// How many handlers each loop has called.
    pub(crate) called: [u64; crate::storm::LOOPS as usize],
}

impl Watches {
    pub(crate) fn insert(&mut self, name: R, watched: Watched) {
        self.forget(name);
        self.all.insert(name, watched);
    }

    pub(crate) fn remove(&mut self, name: R) -> Option<Watched> {
        self.forget(name);
        self.all.remove(&name)
    }

    /// Whoever has that name next has had no turns.
    fn forget(&mut self, name: R) {
        for other in self.all.values_mut() {
            if let Some(waits) = &mut other.waits {
                waits[usize::from(name)] = 0;
            }
        }
    }

    pub(crate) fn set_interest(&mut self, name: R, interest: Interest) {
        if let Some(watched) = self.all.get_mut(&name) {
            watched.interest = interest;
            watched.told &= !interest.is_empty();
            watched.changes = watched.changes.saturating_add(1);
            watched.waits = None;
        }
    }

    pub(crate) fn on(&self, on: L) -> impl Iterator<Item = (R, &Watched)> {
        self.all.iter().filter(move |(_, watched)| watched.on == on).map(|(name, one)| (*name, one))
    }

    /// Levels may have changed: who is ready now, and who waits?
    pub(crate) fn sample(&mut self, files: &Files, level: impl Fn(RawFd) -> Readiness) {
        for watched in self.all.values_mut() {
            if files.at(watched.fd) != Some(watched.file) {
                watched.lost = true;
                watched.waits = None;
                continue;
            }
            let wanted = watched.wants(level(watched.fd));
            for (bit, seen) in watched.seen.iter_mut().enumerate() {
                if wanted.bits() >> bit & 1 == 1 {
                    *seen = Some(self.called[usize::from(watched.on)]);
                }
            }
            if wanted.is_empty() || !watched.is_owed() {
                watched.waits = None;
            } else {
                watched.waits.get_or_insert([0; NAMES as usize]);
            }
        }
    }

    /// Who of a loop is ready, and owed a call, when levels were last sampled.
    pub(crate) fn waiting(&self, on: L) -> Vec<R> {
        let waits = self.on(on).filter(|(_, watched)| watched.waits.is_some());
        waits.map(|(name, _)| name).collect()
    }

    /// A handler is called: for all that was promised of it. The levels were just sampled. Of a
    /// file that is `shared` with requests, which use it up between two samples, less is known.
    pub(crate) fn check_call(
        &mut self,
        (name, serial): (R, u64),
        key: Key,
        told: Readiness,
        files: &Files,
        (rules, shared): (Rules, bool),
    ) {
        let Some(watched) = self.all.get_mut(&name).filter(|one| one.serial == serial) else {
            must!(Identity, false, "r{name} was removed, and is called");
            return;
        };
        must!(Identity, watched.key == key, "r{name} is called as {key:?}");
        must!(Identity, !watched.quiet, "r{name} was refused, and is called");
        let at = files.at(watched.fd);
        let alike = at.is_some_and(|at| watched.is_taken_for(at, files, rules));
        must!(
            Identity,
            at == Some(watched.file) || alike,
            "r{name} is called, and its number {} names {at:?}, not {:?}",
            watched.fd,
            watched.file
        );
        must!(Interest, !told.is_empty(), "r{name} is called for nothing");
        must!(
            Interest,
            watched.wants(told) == told,
            "r{name} wants {:?}, and is told {told:?}",
            watched.interest
        );
        let now = self.called[usize::from(watched.on)];
        let since = now.saturating_sub(u64::from(rules.batch) - 1);
        let more = core::mem::take(&mut watched.more);
        let within = |seen: &Option<u64>| seen.is_some_and(|seen| seen >= since);
        let partly = !rules.whole && watched.seen.iter().any(within);
        if at == Some(watched.file) && !more && !shared && !partly {
            for (bit, seen) in watched.seen.iter().enumerate() {
                let was = within(seen);
                let bit = Readiness::from_bits(told.bits() & 1 << bit);
                let fresh = bit.is_empty() || was;
                if rules.batch == 1 {
                    must!(Fresh, fresh, "r{name} is told {bit:?}, which is not so");
                } else {
                    must!(Batch, fresh, "r{name} is told {bit:?}, which was not so in its batch");
                }
            }
        }
        self.had_turn(name, rules);
    }

    fn had_turn(&mut self, name: R, rules: Rules) {
        let Some(on) = self.all.get(&name).map(|one| one.on) else { return };
        self.called[usize::from(on)] += 1;
        for (other, watched) in &mut self.all {
            let Some(waits) = watched.waits.as_mut().filter(|_| watched.on == on) else { continue };
            if *other == name {
                *waits = [0; NAMES as usize];
                continue;
            }
            let turns = &mut waits[usize::from(name)];
            *turns = turns.saturating_add(1);
            must!(
                Overtaking,
                *turns <= rules.overtaking,
                "r{name} has its turn {turns} while r{other} is ready and waits"
            );
        }
    }

    /// A turn of a loop has looked: whatever has an interest is known to the set.
    pub(crate) fn looked(&mut self, on: L) {
        for watched in self.all.values_mut().filter(|watched| watched.on == on) {
            watched.told |= !watched.interest.is_empty() && !watched.lost;
        }
    }

    /// How often the kernel may hold a file for those who watch it.
    pub(crate) fn most_pins(&self, file: FileId) -> usize {
        let held = |one: &&Watched| one.file == file && one.tenure == Tenure::Held;
        2 * self.all.values().filter(held).count()
    }

    /// From now on those who wait have waited for nobody.
    pub(crate) fn count_anew(&mut self) {
        for watched in self.all.values_mut() {
            if let Some(waits) = &mut watched.waits {
                *waits = [0; NAMES as usize];
            }
        }
    }
}
