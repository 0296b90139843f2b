//! What is rare in the world, and frequent in a script that is about it.

use core::time::Duration;

use levelring::kernel::{Wait, mask};

use super::super::op::Op;
use super::super::request::{Link, Request, Timing};
use super::writer::Writer;
use super::{Kind, Profile, Theme};

/// When it has come, nobody looks any more.
pub(super) const FAR: Duration = Duration::from_secs(3600);
/// The soonest that a timer can expire.
const SOON: Duration = Duration::from_micros(1);
/// When such a one has surely expired.
const NAP: Duration = Duration::from_micros(50);

impl Writer<'_> {
    /// What the theme needs from the beginning.
    pub(super) fn open_theme(&mut self) {
        match self.theme {
            Theme::Plain => {}
            Theme::Time => {
                let timer = self.named(Kind::Timer);
                self.ops.push(Op::Timer(timer));
            }
            Theme::Network => {
                self.ends = self.choose(2) == 1;
                let listener = self.named(Kind::Listener);
                self.ops.push(Op::Listen(listener, None));
            }
            Theme::Terminal => {
                let sides = [0, 1].map(|side| self.named(Kind::Terminal(0, side)));
                let [master, terminal] = sides;
                self.terminals.push([false; 2]);
                self.ops.push(Op::Terminal(master, terminal));
            }
            Theme::Bell => {
                let bell = self.named(Kind::Bell);
                self.ops.extend([Op::Event(bell.clone(), 0), Op::Register(bell)]);
            }
        }
    }

    pub(super) fn special(&mut self) {
        match self.theme {
            Theme::Plain => {}
            Theme::Time => self.time(),
            Theme::Network => self.network(),
            Theme::Terminal => self.terminal(),
            Theme::Bell => self.ops.push(Op::Read("f0".to_owned(), 8)),
        }
    }

    /// A timer that is about to expire has the world to itself.
    fn time(&mut self) {
        let ring = self.profile == Profile::Ring;
        match self.choose(if ring { 11 } else { 7 }) {
            0..=2 => self.expire(Some(SOON)),
            3 => self.expire(Some(FAR)),
            4 => self.expire(None),
            5 if self.has_room() => {
                let timer = self.named(Kind::Timer);
                self.ops.push(Op::Timer(timer));
            }
            5 | 6 => self.wait(),
            7 | 8 => {
                self.settle();
                let count = self.counted(2);
                let timing = [Timing::After, Timing::At, Timing::Good][self.choose(3)];
                self.push(Request::Timeout(SOON, count, timing), Link::None, false);
                self.nap();
            }
            _ => {
                self.settle();
                let (fd, _) = self.file();
                let request = Request::Arm(fd, self.mask());
                let link = [Link::Soft, Link::Hard][self.choose(2)];
                self.push(request, link, false);
                let link = if self.choose(3) == 2 { Link::Soft } else { Link::None };
                self.push(Request::LinkTimeout(SOON), link, false);
                if link != Link::None {
                    self.push(Request::Nop, Link::None, false);
                }
                self.nap();
            }
        }
    }

    fn expire(&mut self, time: Option<Duration>) {
        if let Some((timer, _)) = self.file_that(|kind| kind == Kind::Timer) {
            self.ops.push(Op::Expire(timer, time));
            if time == Some(SOON) {
                self.ops.push(Op::Sleep(NAP));
            }
        }
    }

    fn nap(&mut self) {
        self.enter();
        self.ops.push(Op::Sleep(NAP));
        self.settle();
        // What came of it guides whoever looks for the model's way there.
        self.ops.push(Op::Reap);
    }

    /// What is deferred is done, and what follows from it to the end of a chain.
    fn settle(&mut self) {
        (0..8).for_each(|_| self.enter());
    }

    fn wait(&mut self) {
        let wait = Wait::Until(NAP);
        match self.profile {
            Profile::Ring => {
                self.enter();
                self.ops.push(Op::Run(wait));
            }
            Profile::Sets => {
                let set = self.set();
                self.ops.push(Op::Harvest(set, 2, wait));
            }
            Profile::Polls => {
                let (fd, _) = self.file();
                let mask = self.mask();
                self.ops.push(Op::Poll(fd, mask, wait));
            }
        }
    }

    fn network(&mut self) {
        match self.choose(12) {
            0 if self.has_room() => {
                let listener = self.named(Kind::Listener);
                self.ops.push(Op::Listen(listener, None));
            }
            0..=5 if self.has_room() => {
                // Whether one that is closed, and held by a ring, still answers is left open.
                if let Some((listener, _)) = self.file_that(|kind| kind == Kind::Listener)
                    && (self.profile != Profile::Ring || self.closed.is_empty())
                {
                    let client = self.named(Kind::Socket);
                    self.ops.push(Op::Connect(client, listener));
                }
            }
            6..=9 if self.has_room() => {
                if let Some((listener, _)) = self.file_that(|kind| kind == Kind::Listener) {
                    let server = self.named(Kind::Socket);
                    self.ops.push(Op::Accept(server, listener));
                }
            }
            10 => {
                if let Some((fd, _)) = self.file_that(|kind| kind == Kind::Socket) {
                    self.closed.push(fd.clone());
                    self.ops.push(Op::Reset(fd));
                }
            }
            _ => {
                if let Some((fd, _)) = self.file_that(|kind| kind == Kind::Socket) {
                    let mask = self.mask() | mask::RDHUP;
                    self.ops.push(Op::Poll(fd, mask, Wait::Now));
                }
            }
        }
    }

    fn terminal(&mut self) {
        let is_terminal = |kind| matches!(kind, Kind::Terminal(..));
        let Some((fd, kind)) = self.file_that(is_terminal) else { return };
        match (self.choose(5), kind) {
            (0, _) => self.ops.push(Op::Attributes(fd)),
            (way, Kind::Terminal(at, side)) => self.transfer_terminal(fd, at, side, way < 3),
            _ => {}
        }
    }
}
