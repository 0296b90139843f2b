//! Random scripts: from a finite string of bytes, so that a shorter string is a simpler script.
//!
//! Only what has one outcome in time: nothing here waits, expires or goes over a network, and no
//! chain is left open at the end of a submission, which Linux would leave to a worker.

use levelring::kernel::{Wait, mask};

use super::op::{Control, Link, Name, Op, Request, Submission};
use crate::{Half, Random};

/// How many bytes a seed stands for, and so about how long a script is.
const BYTES: usize = 160;
/// How many descriptors there are at most, so that they are used more than once.
const MOST: usize = 10;
/// How much is read and written: mostly what an eventfd takes.
const COUNTS: [usize; 6] = [8, 8, 8, 8, 1, 20];
/// The set of every script.
const SET: &str = "p";

/// The script of a seed.
#[must_use]
pub fn script(seed: u64) -> Vec<Op> {
    // Seeds that differ in the last bit only are the same to it.
    let mut random = Random::new(seed << 1);
    let bytes: Vec<u8> = (0..BYTES).map(|_| random.draw().to_le_bytes()[0]).collect();
    from_bytes(&bytes)
}

/// The script of a string of bytes.
pub(super) fn from_bytes(bytes: &[u8]) -> Vec<Op> {
    let mut writer = Writer { bytes, files: Vec::new(), next: 1, ops: Vec::new() };
    writer.ops.push(Op::Epoll(SET.to_owned()));
    writer.open();
    while !writer.bytes.is_empty() {
        writer.one();
    }
    // Whatever is under way shows itself.
    writer.ops.extend([Op::Run(Wait::Now), Op::Run(Wait::Now)]);
    writer.ops
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    Socket,
    Event,
}

struct Writer<'a> {
    bytes: &'a [u8],
    files: Vec<(Name, Kind)>,
    /// The next `user_data`.
    next: u64,
    ops: Vec<Op>,
}

impl Writer<'_> {
    /// A number below `options`.
    fn choose(&mut self, options: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first) % options
    }

    fn one(&mut self) {
        match self.choose(32) {
            0 => self.open(),
            1 => self.duplicate(),
            2 => {
                let (fd, _) = self.file();
                self.ops.push(Op::Close(fd));
            }
            3 => {
                let (fd, _) = self.file();
                let half = [Half::Write, Half::Read, Half::Both][self.choose(3)];
                self.ops.push(Op::Shutdown(fd, half));
            }
            4..=7 => self.transfer(true),
            8..=10 => self.transfer(false),
            11..=13 => self.control(),
            14 => {
                let most = self.choose(3) + 1;
                self.ops.push(Op::Harvest(SET.to_owned(), most, Wait::Now));
            }
            15 => {
                let (fd, _) = self.file();
                let mask = self.mask();
                self.ops.push(Op::Poll(fd, mask, Wait::Now));
            }
            16 => {
                let target = self.target();
                self.ops.push(Op::SyncCancel(target));
            }
            17..=25 => self.chain(),
            26 => self.ops.push(Op::Enter(Wait::Now)),
            27 => self.ops.push(Op::Reap),
            _ => self.ops.push(Op::Run(Wait::Now)),
        }
    }

    fn open(&mut self) {
        if self.files.len() + 2 > MOST {
            return;
        }
        let at = self.files.len();
        let [one, other] = [at, at + 1].map(|at| format!("f{at}"));
        match self.choose(4) {
            0 | 1 => {
                self.ops.push(Op::Pipe(one.clone(), other.clone()));
                self.files.extend([(one, Kind::Read), (other, Kind::Write)]);
            }
            2 => {
                self.ops.push(Op::Sockets(one.clone(), other.clone()));
                self.files.extend([(one, Kind::Socket), (other, Kind::Socket)]);
            }
            _ => {
                self.ops.push(Op::Event(one.clone(), 0));
                self.files.push((one, Kind::Event));
            }
        }
    }

    fn duplicate(&mut self) {
        if self.files.len() < MOST {
            let (fd, kind) = self.file();
            let new = format!("f{}", self.files.len());
            self.ops.push(Op::Duplicate(fd, new.clone()));
            self.files.push((new, kind));
        }
    }

    fn file(&mut self) -> (Name, Kind) {
        let at = self.choose(self.files.len());
        self.files[at].clone()
    }

    fn mask(&mut self) -> u32 {
        [mask::IN, mask::IN, mask::OUT, mask::IN | mask::OUT, 0][self.choose(5)]
    }

    fn transfer(&mut self, write: bool) {
        let (fd, kind) = self.file();
        let writes = match kind {
            Kind::Read => false,
            Kind::Write => true,
            Kind::Socket | Kind::Event => write,
        };
        let count = COUNTS[self.choose(COUNTS.len())];
        let rare = self.choose(24) == 23;
        // By its number a full file may be any, and of how much fits into a socket the model has
        // its own idea.
        let no_sockets = self.files.iter().all(|(_, kind)| *kind != Kind::Socket);
        self.ops.push(match (writes, rare && no_sockets) {
            (true, true) if kind == Kind::Write => Op::Fill(fd),
            (false, true) if kind == Kind::Read => Op::Drain(fd),
            (true, _) => Op::Write(fd, count),
            (false, _) => Op::Read(fd, count),
        });
    }

    fn control(&mut self) {
        let (fd, _) = self.file();
        let control = self.change();
        self.ops.push(Op::Control(SET.to_owned(), control, fd));
    }

    fn change(&mut self) -> Control {
        let data = self.next;
        let trigger = [0, 0, mask::EPOLL_EDGE, mask::EPOLL_ONESHOT][self.choose(4)];
        let events = self.mask() | trigger;
        match self.choose(4) {
            0 | 1 => Control::Add { events, data },
            2 => Control::Modify { events, data },
            _ => Control::Delete,
        }
    }

    /// One of the last few requests.
    fn target(&mut self) -> u64 {
        let back = self.choose(6);
        self.next.saturating_sub(u64::try_from(back).unwrap_or(0)).max(1)
    }

    /// One submission, or up to three that are linked.
    fn chain(&mut self) {
        for left in (0..3).rev() {
            let link = match (left, self.choose(12)) {
                (1.., 10) => Link::Soft,
                (1.., 11) => Link::Hard,
                _ => Link::None,
            };
            let request = self.request();
            let skip = self.choose(16) == 15;
            let user_data = self.next;
            self.next += 1;
            self.ops.push(Op::Push(Submission { user_data, request, link, skip }));
            if link == Link::None {
                break;
            }
        }
    }

    fn request(&mut self) -> Request {
        match self.choose(19) {
            16 => Request::CancelFd { fd: self.file().0, all: self.choose(2) == 1 },
            17 => Request::Cancel { target: self.target(), all: true },
            18 => {
                let (fd, _) = self.file();
                Request::Control(SET.to_owned(), self.change(), fd)
            }
            0..=5 => {
                let (fd, _) = self.file();
                Request::Arm(fd, self.mask())
            }
            6..=8 => {
                let (fd, _) = self.file();
                Request::Multi(fd, self.mask())
            }
            9..=11 => Request::Remove(self.target()),
            12..=13 => Request::Cancel { target: self.target(), all: false },
            14 => Request::Harvest(SET.to_owned(), self.choose(3) + 1),
            _ => Request::Nop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_comes_back_from_its_text() {
        for seed in 0..200 {
            for op in script(seed) {
                assert_eq!(op.to_string().parse(), Ok(op));
            }
        }
    }

    #[test]
    fn a_script_has_tens_of_operations() {
        let lengths: Vec<usize> = (0..200).map(|seed| script(seed).len()).collect();
        assert!(lengths.iter().all(|length| (10..=100).contains(length)), "{lengths:?}");
    }
}
