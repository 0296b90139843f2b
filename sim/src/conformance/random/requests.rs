//! What is asked of a ring.

use super::super::op::{Op, Which};
use super::super::request::{Link, Request, Submission, Timing};
use super::themes::FAR;
use super::writer::{SMALL, Writer};
use super::{Kind, Theme};

/// How many submissions a chain has at most.
const CHAIN: usize = 3;

/// Operations that may be under way, by which they are cancelled.
const POLL_ADD: u8 = 6;
const TIMEOUT: u8 = 11;
const ACCEPT: u8 = 13;

/// Names that polls are given later begin here.
const RENAMED: u64 = 1_000_000;

impl Writer<'_> {
    pub(super) fn one_of_ring(&mut self, choice: usize) {
        match choice {
            11..=13 => self.control(),
            14 => self.harvest(),
            15 => self.poll(),
            16 => {
                let which = match self.choose(4) {
                    0 => Which::Operation(self.operation()),
                    1 => Which::Fd(self.file().0),
                    _ => Which::UserData(self.target()),
                };
                let all = self.choose(4) == 3;
                self.ops.push(Op::SyncCancel(which, all));
            }
            17..=25 => self.chain(),
            26 => self.enter(),
            27 => self.ops.push(Op::Reap),
            28 => self.keep(),
            _ => self.run(),
        }
    }

    /// Has the ring keep a file, or let go of one. What a terminal has not said yet is a race.
    fn keep(&mut self) {
        let slot = self.slot();
        let (fd, kind) = self.file();
        let races = matches!(kind, Kind::Bell | Kind::Terminal(..));
        let releases = races || self.choose(4) == 3;
        self.ops.push(if releases { Op::Release(slot) } else { Op::Keep(slot, fd) });
    }

    fn operation(&mut self) -> u8 {
        [POLL_ADD, TIMEOUT, ACCEPT][self.choose(3)]
    }

    fn slot(&mut self) -> u32 {
        u32::try_from(self.choose(2)).unwrap_or(0)
    }

    /// One of the last few requests.
    pub(super) fn target(&mut self) -> u64 {
        let back = self.choose(6);
        self.next.saturating_sub(u64::try_from(back).unwrap_or(0)).max(1)
    }

    /// One submission, or up to three that are linked.
    fn chain(&mut self) {
        let entries = usize::try_from(self.shape.entries).unwrap_or(usize::MAX);
        let mut longest = CHAIN;
        if self.queued + CHAIN > entries {
            // One that finds no room is nothing; one of a chain would leave that open.
            if self.choose(2) == 0 {
                self.enter();
            } else {
                longest = 1;
            }
        }
        for left in (0..longest).rev() {
            // Another thread wakes both sides of a terminal, one after the other: what is linked
            // behind the one is issued in between, or not.
            let link = match (left, self.choose(12)) {
                _ if self.theme == Theme::Terminal => Link::None,
                (1.., 10) => Link::Soft,
                (1.., 11) => Link::Hard,
                _ => Link::None,
            };
            let linked = left + 1 < longest;
            let mut request = if linked && self.theme == Theme::Time && self.choose(2) == 1 {
                Request::LinkTimeout(FAR)
            } else {
                self.request()
            };
            let times = matches!(request, Request::Timeout(..));
            if times && (linked || link != Link::None) {
                // Of a chain's completions Linux counts some before they are there, some after.
                request = Request::Timeout(FAR, 0, Timing::After);
            }
            let skip = self.choose(16) == 15 && !times;
            self.push(request, link, skip);
            if link == Link::None {
                break;
            }
        }
    }

    pub(super) fn push(&mut self, request: Request, link: Link, skip: bool) {
        let user_data = self.next;
        self.next += 1;
        self.queued += 1;
        self.ops.push(Op::Push(Submission { user_data, request, link, skip }));
    }

    fn request(&mut self) -> Request {
        match self.choose(35) {
            0..=5 => self.arm(),
            6..=8 if !self.has_edges() => self.arm(),
            6..=8 => match self.file() {
                (_, Kind::Bell) => Request::Nop,
                (fd, _) => Request::Multi(fd, self.mask()),
            },
            9..=11 => Request::Remove(self.target()),
            12..=13 => Request::Cancel { target: self.target(), all: false },
            14 if self.theme != Theme::Bell => Request::Harvest(self.set(), self.choose(3) + 1),
            15 => Request::CancelFd { fd: self.file().0, all: self.choose(2) == 1 },
            16 => Request::Cancel { target: self.target(), all: true },
            17 => {
                let (set, control, fd) = self.change();
                Request::Control(set, control, fd)
            }
            18..=25 => self.transfer_request(),
            // What becomes of a terminal's poll, which is in two queues, is a race.
            28 | 29 if self.theme == Theme::Terminal => self.arm(),
            28 => Request::Update(self.target(), self.mask(), self.choose(2) == 1),
            29 => Request::Rename(self.target(), RENAMED + self.next),
            30 => Request::CancelBoth(self.file().0, self.target()),
            31 => Request::CancelOp { opcode: self.operation(), all: self.choose(2) == 1 },
            32 => Request::CancelFd { fd: format!("@{}", self.slot()), all: self.choose(2) == 1 },
            33 | 34 => {
                let (file, mask) = (format!("@{}", self.slot()), self.mask());
                let multi = self.has_edges() && self.choose(3) == 2;
                if multi { Request::Multi(file, mask) } else { Request::Arm(file, mask) }
            }
            26 if self.theme != Theme::Terminal => {
                let (fd, _) = self.file();
                self.closed.push(fd.clone());
                Request::Close(fd)
            }
            _ => self.timeout_request(),
        }
    }

    /// Of a ring that tells of its telling there is no end in sight, nor an order.
    pub(super) fn arm(&mut self) -> Request {
        match self.file() {
            (_, Kind::Bell) => Request::Nop,
            (fd, _) => Request::Arm(fd, self.mask()),
        }
    }

    /// Not of what a worker would have to do, nor of what comes when it likes.
    fn transfer_request(&mut self) -> Request {
        let (fd, kind) = self.file();
        let count = self.count();
        let way = self.choose(4);
        match (kind, way) {
            (Kind::Bell, _) => Request::Nop,
            (Kind::Terminal(..) | Kind::Regular, _) => Request::Arm(fd, self.mask()),
            (Kind::Listener, 0) if self.has_room() => {
                let server = self.named(Kind::Socket);
                Request::Accept(fd, server)
            }
            (Kind::Listener, _) => {
                // What it is called depends on how many there are; the first few have names.
                let server = format!("s{}-", self.next);
                if self.has_room() {
                    self.files.push((format!("{server}1"), Kind::Socket));
                }
                Request::AcceptEach(fd, server)
            }
            (Kind::Socket, 0) | (Kind::Read | Kind::Timer, 0..=2) => Request::Read(fd, count),
            (Kind::Socket, 1) | (Kind::Write, 0..=2) => Request::Write(fd, count),
            (Kind::Event, 0 | 1) => Request::Read(fd, count),
            (Kind::Event, 2) => Request::Write(fd, count),
            (Kind::Socket, 2) | (Kind::Read | Kind::Timer | Kind::Event, _) => {
                Request::Receive(fd, count)
            }
            (Kind::Socket | Kind::Write, _) => Request::Send(fd, count),
        }
    }

    /// How many completions a timeout waits for. Where those of other timeouts overflow, or are not
    /// told at all, Linux ends it too early: less than nothing is a lot to it.
    pub(super) fn counted(&mut self, options: usize) -> u32 {
        if self.shape == SMALL { 0 } else { u32::try_from(self.choose(options)).unwrap_or(0) }
    }

    fn timeout_request(&mut self) -> Request {
        if self.theme != Theme::Time {
            return Request::Nop;
        }
        match self.choose(5) {
            0 => Request::EndTimeout(self.target()),
            1 => Request::Nop,
            2 => Request::MoveTimeout(self.target(), FAR, self.timing()),
            _ => {
                let count = self.counted(4);
                Request::Timeout(FAR, count, self.timing())
            }
        }
    }

    fn timing(&mut self) -> Timing {
        [Timing::After, Timing::At][self.choose(2)]
    }
}
