//! Files: opened, read and written, closed.

use core::time::Duration;

use levelring::kernel::{Wait, mask};

use super::super::op::{Name, Op};
use super::writer::Writer;
use super::{Kind, Profile, Theme};

/// How many descriptors there are at most, so that they are used more than once.
const MOST: usize = 10;
/// How much is read and written: mostly what an eventfd takes.
const COUNTS: [usize; 6] = [8, 8, 8, 8, 1, 20];
/// When what was written to a terminal has surely arrived.
const ARRIVED: Wait = Wait::Until(Duration::from_secs(2));

impl Writer<'_> {
    pub(super) fn open(&mut self) {
        if self.files.len() + 2 > MOST || self.is_over() {
            return;
        }
        match self.choose(8) {
            0..=3 => {
                let [one, other] = [self.named(Kind::Read), self.named(Kind::Write)];
                self.ops.push(Op::Pipe(one, other));
            }
            4 | 5 => {
                let [one, other] = [(); 2].map(|()| self.named(Kind::Socket));
                self.ops.push(Op::Sockets(one, other));
            }
            // What a ring does to a regular file is for a worker, in its own time.
            6 if self.profile != Profile::Ring && self.choose(4) == 3 => {
                let file = self.named(Kind::Regular);
                self.ops.push(Op::File(file));
            }
            // An eventfd's waker may signal no other: the bell would come when it likes.
            _ if self.theme == Theme::Bell => {}
            _ => {
                let event = self.named(Kind::Event);
                self.ops.push(Op::Event(event, 0));
            }
        }
    }

    /// A name for a file that is about to be opened.
    pub(super) fn named(&mut self, kind: Kind) -> Name {
        let name = format!("f{}", self.files.len());
        self.files.push((name.clone(), kind));
        name
    }

    /// Whether no more is to be opened. By its number a terminal may be any file that was closed
    /// before, and its bytes would go unwaited for.
    pub(super) fn is_over(&self) -> bool {
        self.theme == Theme::Terminal && !self.closed.is_empty()
    }

    pub(super) fn has_room(&self) -> bool {
        self.files.len() < MOST && !self.is_over()
    }

    pub(super) fn duplicate(&mut self) {
        let (fd, kind) = self.file();
        if self.has_room() && kind != Kind::Bell {
            let new = self.named(kind);
            self.ops.push(Op::Duplicate(fd, new));
        }
    }

    pub(super) fn close(&mut self) {
        let (fd, _) = self.file();
        self.closed.push(fd.clone());
        self.ops.push(Op::Close(fd));
    }

    pub(super) fn file(&mut self) -> (Name, Kind) {
        let at = self.choose(self.files.len());
        self.files[at].clone()
    }

    /// A file of that kind, if there is one.
    pub(super) fn file_that(&mut self, is: impl Fn(Kind) -> bool) -> Option<(Name, Kind)> {
        let those = self.files.iter().filter(|(_, kind)| is(*kind)).cloned();
        let those: Vec<(Name, Kind)> = those.collect();
        if those.is_empty() {
            return None;
        }
        let at = self.choose(those.len());
        Some(those[at].clone())
    }

    pub(super) fn count(&mut self) -> usize {
        COUNTS[self.choose(COUNTS.len())]
    }

    pub(super) fn transfer(&mut self, write: bool) {
        let (fd, kind) = self.file();
        let writes = match kind {
            Kind::Read | Kind::Timer => false,
            Kind::Write => true,
            Kind::Socket | Kind::Event | Kind::Bell | Kind::Regular | Kind::Listener => write,
            Kind::Terminal(at, side) => {
                self.transfer_terminal(fd, at, side, write);
                return;
            }
        };
        let count = self.count();
        let rare = self.choose(24) == 23;
        // By its number a full file may be any, and of how much fits into a socket the model has
        // its own idea.
        let pipes = self
            .files
            .iter()
            .all(|(_, kind)| matches!(kind, Kind::Read | Kind::Write | Kind::Event | Kind::Timer));
        self.ops.push(match (writes, rare && pipes) {
            (true, true) if kind == Kind::Write => Op::Fill(fd),
            (false, true) if kind == Kind::Read => Op::Drain(fd),
            (true, _) => Op::Write(fd, count),
            (false, _) => Op::Read(fd, count),
        });
    }

    /// A write is waited for on the other side, which has read all that came before.
    pub(super) fn transfer_terminal(&mut self, fd: Name, at: usize, side: usize, write: bool) {
        let other = self.terminal_side(at, 1 - side);
        let [written, to_be_read] = [side, 1 - side].map(|side| self.terminals[at][side]);
        // Who is closed may be held open by others, but not be asked.
        let open = ![&fd, &other].into_iter().any(|side| self.closed.contains(side));
        if write && !written && open {
            self.terminals[at][side] = true;
            self.ops.push(Op::Write(fd, 8));
            self.ops.push(Op::Poll(other, mask::IN, ARRIVED));
        } else if to_be_read || !write {
            self.terminals[at][1 - side] &= self.closed.contains(&fd);
            self.ops.push(Op::Read(fd, 20));
        }
    }

    /// The first name of a terminal's side.
    fn terminal_side(&self, at: usize, side: usize) -> Name {
        let mut names = self.files.iter();
        let found = names.find(|(_, kind)| *kind == Kind::Terminal(at, side));
        found.map(|(name, _)| name.clone()).unwrap_or_default()
    }
}
