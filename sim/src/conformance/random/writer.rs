//! Writes a script, an operation or a few at a time.

use levelring::kernel::{Wait, mask};

use super::super::op::{Name, Op};
use super::{Kind, Profile, Script, Theme, set_name};
use crate::Half;
use crate::conformance::RingShape;

/// A ring on which completions overflow, and submissions find no room.
pub(super) const SMALL: RingShape = RingShape { entries: 4, cq_entries: 4, submit_all: true };

pub(super) struct Writer<'a> {
    bytes: &'a [u8],
    pub(super) profile: Profile,
    pub(super) theme: Theme,
    pub(super) shape: RingShape,
    /// What has been opened, whether it is open yet or not.
    pub(super) files: Vec<(Name, Kind)>,
    /// Of each terminal, whether a side's bytes are still with the other.
    pub(super) terminals: Vec<[bool; 2]>,
    pub(super) sets: usize,
    /// The names whose descriptors were closed.
    pub(super) closed: Vec<Name>,
    /// Whether halves of TCP's connections are ended, or edges told: that the other side has heard
    /// of the end is told as well, but when it has something to say, or 40 ms later.
    pub(super) ends: bool,
    /// The next `user_data`.
    pub(super) next: u64,
    /// How many submissions are queued.
    pub(super) queued: usize,
    pub(super) ops: Vec<Op>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(profile: Profile, bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            profile,
            theme: Theme::Plain,
            shape: RingShape::default(),
            files: Vec::new(),
            terminals: Vec::new(),
            sets: 0,
            closed: Vec::new(),
            ends: true,
            next: 1,
            queued: 0,
            ops: Vec::new(),
        }
    }

    /// What it is about, and what there is from the beginning.
    pub(super) fn begin(&mut self) {
        self.theme = match (self.choose(16), self.profile) {
            (0..=2, _) => Theme::Time,
            (3..=5, _) => Theme::Network,
            (6, _) => Theme::Terminal,
            (7, Profile::Ring) => Theme::Bell,
            (_, Profile::Ring | Profile::Sets | Profile::Polls) => Theme::Plain,
        };
        if self.profile == Profile::Ring && self.choose(6) == 5 {
            self.shape = SMALL;
        }
        self.sets = match self.profile {
            Profile::Ring => 1,
            Profile::Sets => self.choose(3) + 1,
            Profile::Polls => 0,
        };
        self.ops.extend((0..self.sets).map(|at| Op::Epoll(set_name(at))));
        self.open_theme();
        self.open();
    }

    pub(super) const fn is_dry(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whatever is under way shows itself.
    pub(super) fn end(mut self) -> Script {
        match self.profile {
            Profile::Ring => self.ops.extend([Op::Run(Wait::Now), Op::Run(Wait::Now)]),
            Profile::Sets => {
                let sets = (0..self.sets).map(|at| Op::Harvest(set_name(at), 8, Wait::Now));
                self.ops.extend(sets);
            }
            Profile::Polls => {
                let files = self.files.iter();
                let polls = files.map(|(fd, _)| Op::Poll(fd.clone(), mask::IN, Wait::Now));
                self.ops.extend(polls);
            }
        }
        let (shape, fresh) = (self.shape, self.theme == Theme::Bell);
        Script { shape, fresh, ops: self.ops }
    }

    /// A number below `options`.
    pub(super) fn choose(&mut self, options: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first) % options
    }

    pub(super) fn one(&mut self) {
        if self.theme != Theme::Plain && self.choose(4) == 3 {
            self.special();
            return;
        }
        match self.choose(32) {
            0 => self.open(),
            1 => self.duplicate(),
            2 => self.close(),
            3 => {
                let (fd, _) = self.file();
                // Of the end alone a ring hears twice, as said above; after both halves' no more.
                let alone = self.theme != Theme::Network || self.profile != Profile::Ring;
                let half = [Half::Read, Half::Both, Half::Write];
                let half = half[self.choose(if !self.ends {
                    1
                } else if alone {
                    3
                } else {
                    2
                })];
                self.ops.push(Op::Shutdown(fd, half));
            }
            4..=7 => self.transfer(true),
            8..=10 => self.transfer(false),
            other => match self.profile {
                Profile::Ring => self.one_of_ring(other),
                Profile::Sets => self.one_of_sets(other),
                Profile::Polls => self.poll(),
            },
        }
    }

    pub(super) fn poll(&mut self) {
        let (fd, _) = self.file();
        let mask = self.mask();
        self.ops.push(Op::Poll(fd, mask, Wait::Now));
    }

    pub(super) fn mask(&mut self) -> u32 {
        [mask::IN, mask::IN, mask::OUT, mask::IN | mask::OUT, 0][self.choose(5)]
    }

    /// Whether changes are told of, beside levels.
    pub(super) fn has_edges(&self) -> bool {
        self.theme != Theme::Network || !self.ends
    }

    pub(super) fn enter(&mut self) {
        self.queued = 0;
        self.ops.push(Op::Enter(Wait::Now));
    }

    pub(super) fn run(&mut self) {
        self.queued = 0;
        self.ops.push(Op::Run(Wait::Now));
    }
}
