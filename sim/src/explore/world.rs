//! A world: the core, a driver in the midst of its turn, a kernel, and the program's view of it.

use std::os::fd::RawFd;

use levelring::kernel::{Feature, FeatureMask, PollEntry, RingSetup, mask};
use levelring::{Interest, Key, Readiness};
use levelring_core::{Core, Freshness, Slot};

use super::action::{Action, INTERESTS};
use super::options::{FILES, HANDLERS, Options, Sabotage};
use super::user::{User, View};
use crate::clone_in_place::clone_in_place;
use crate::kernel::{Asleep, Choices, Odds, RingId, System};

/// Where the loop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Between two turns, or in a handler: the program may do anything.
    Program,
    /// A turn begins, or goes on: it is to be found out what is next. Never between two steps.
    Begin,
    /// A look is made: what the core wants told is handed over, and answers are taken. In order to
    /// sleep if need be, or else to judge so many.
    Look(Option<u8>),
    /// It sleeps until there are completions.
    Asleep(Asleep),
    /// So many candidates are to be judged. They are the end of a look, if that was a `glance`.
    Judge { count: u8, glance: bool },
    /// What the kernel holds of a registration that was removed is to be given back.
    Release(Key),
}

/// One state.
#[derive(Debug)]
pub struct World {
    pub(super) core: Core<[Slot; HANDLERS]>,
    pub(super) system: System,
    pub(super) ring: RingId,
    pub(super) user: User,
    pub(super) phase: Phase,
    /// Whether what the ring has answered came of an enter that waited for nobody: between an enter
    /// and the taking of its completions only.
    pub(super) promptly: bool,
    /// Requests that the ring owes a last answer to.
    pub(super) in_flight: u8,
    /// Whose event was the last. No part of the state.
    pub(super) told: Option<Key>,
    pub(super) sabotage: Option<Sabotage>,
}

clone_in_place!(World { core, system, ring, user, phase, promptly, in_flight, told, sabotage });

/// The number of the first file; the ring's own comes before it.
const FIRST: RawFd = 4;

pub(super) fn number(file: usize) -> RawFd {
    FIRST + RawFd::try_from(file).unwrap_or(0)
}

impl World {
    /// The world as it begins: files, a ring, nobody registered.
    ///
    /// # Panics
    /// If the model kernel refuses to make them.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        let mut system = System::new();
        system.faults_mut().cq_entries = Some(options.cq_entries);
        let forbid = if options.defers {
            FeatureMask::NONE
        } else {
            FeatureMask::NONE.with(Feature::DeferTaskrun).with(Feature::CoopTaskrun)
        };
        let setup = RingSetup { entries: options.sq_entries, forbid, ..RingSetup::default() };
        let ring = system.ring(&setup).expect("a ring").ring;
        for file in 0..options.files {
            assert_eq!(system.event(0), Ok(number(file)), "numbers are as expected");
        }
        system.faults_mut().short_submit = Odds(u8::from(options.short));
        Self {
            core: Core::new([Slot::NEW; HANDLERS], Freshness::Strict),
            system,
            ring,
            user: User::new(),
            phase: Phase::Program,
            in_flight: 0,
            promptly: false,
            told: None,
            sabotage: options.sabotage,
        }
    }

    /// What can happen now.
    pub fn actions(&self, options: &Options, mut tell: impl FnMut(Action)) {
        tell(Action::Go);
        if matches!(self.phase, Phase::Asleep(_)) {
            tell(Action::TimeUp);
        }
        for file in (0..options.files).filter(|file| self.is_open(*file)) {
            tell(Action::Toggle { file });
        }
        if self.phase != Phase::Program {
            return;
        }
        let views = self.user.views.iter().enumerate();
        let room = self.user.views.iter().flatten().count() < options.handlers;
        for file in (0..options.files).filter(|file| room && self.is_open(*file)) {
            INTERESTS[..2].iter().for_each(|&interest| tell(Action::Add { file, interest }));
        }
        for (slot, view) in views.filter_map(|(slot, view)| Some((slot, view.as_ref()?))) {
            tell(Action::Remove { slot });
            for interest in INTERESTS.into_iter().filter(|it| *it != view.interest) {
                tell(Action::Want { slot, interest });
            }
        }
        if options.closes {
            let closed = (0..options.files).filter(|file| !self.is_open(*file)).count();
            if closed > 0 {
                tell(Action::Open);
            }
            for file in (0..options.files).filter(|file| self.is_open(*file)) {
                tell(Action::Close { file });
            }
        }
    }

    /// Something happens.
    ///
    /// # Panics
    /// If a guarantee is broken.
    pub fn act(&mut self, options: &Options, action: Action, choices: &mut impl Choices) {
        match action {
            Action::Go => self.go(options, choices),
            Action::TimeUp => self.time_up(options, choices),
            Action::Add { file, interest } => self.add(options, file, interest),
            Action::Want { slot, interest } => self.want(slot, interest),
            Action::Remove { slot } => self.remove(slot, choices),
            Action::Toggle { file } => self.toggle(options, file, choices),
            Action::Close { file } => self.close(file, choices),
            Action::Open => self.open(options),
        }
    }

    pub(super) fn is_open(&self, file: usize) -> bool {
        self.system.identity(number(file)).is_ok()
    }

    /// What a number is ready for, as poll(2) says.
    pub(super) fn level(&mut self, file: usize) -> Readiness {
        let mut entries = [PollEntry::new(number(file), mask::to_poll(mask::IN | mask::OUT))];
        self.system.poll(&mut entries);
        super::driver::readiness(mask::from_poll(entries[0].revents))
    }

    fn add(&mut self, options: &Options, file: usize, interest: Interest) {
        let key = self.core.register(options.watch(), interest).expect("there is room");
        let taken =
            self.user.views[key.index()].replace(View { key, file, interest, broken: false });
        assert_eq!(taken, None, "S1 identity: {key:?} names two things");
    }

    fn want(&mut self, slot: usize, interest: Interest) {
        let Some(view) = &mut self.user.views[slot] else { return };
        view.interest = interest;
        assert_eq!(self.core.set_interest(view.key, interest), Ok(()));
    }

    fn remove(&mut self, slot: usize, choices: &mut impl Choices) {
        let Some(view) = self.user.views[slot].take() else { return };
        assert_eq!(self.core.remove(view.key), Ok(()));
        self.phase = Phase::Release(view.key);
        self.release(view.key, choices);
    }

    /// By the program itself or by somebody else. A ring that does not defer interrupts the loop's
    /// thread at once, or when it next returns from a call.
    fn toggle(&mut self, options: &Options, file: usize, choices: &mut impl Choices) {
        if self.system.read(number(file), &mut [0; 8]).is_err() {
            let full = (u64::MAX - 1).to_ne_bytes();
            self.system.write(number(file), &full).expect("what is empty can be filled");
        }
        if !options.defers && choices.choose(2) == 0 {
            self.system.leave(choices);
        }
        let level = self.level(file);
        self.user.was[file] |= level;
    }

    fn close(&mut self, file: usize, choices: &mut impl Choices) {
        self.system.close(choices, number(file)).expect("it is open");
        self.system.leave(choices);
        for view in self.user.views.iter_mut().flatten().filter(|view| view.file == file) {
            view.broken = true;
        }
    }

    fn open(&mut self, options: &Options) {
        let opened = self.system.event(0).expect("a number is free");
        assert!((0..options.files).any(|file| number(file) == opened), "a known number");
    }

    /// The last handler has returned.
    pub(super) fn returned(&mut self) {
        for file in 0..FILES {
            self.user.was[file] = self.level(file);
        }
    }
}
