//! Random scripts: from a finite string of bytes, so that a shorter string is a simpler script.
//!
//! Only what has one outcome in time, or few. A timer expires while nothing else happens, or is an
//! hour off; no chain is left open at the end of a submission, which Linux would leave to a worker;
//! a terminal's bytes are waited for before anything is done that they could race with.

use super::op::{Name, Op};
use super::{RingKind, RingShape};
use crate::Random;

mod files;
mod requests;
mod sets;
mod themes;
mod writer;

use writer::Writer;

/// How many bytes a seed stands for, and so about how long a script is.
const BYTES: usize = 160;

/// What a script asks of a kernel, beside what it does to files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A ring, an epoll set and poll(2), side by side.
    Ring,
    /// Epoll sets, some within others.
    Sets,
    /// poll(2).
    Polls,
}

/// A script, and the ring that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// How that is shaped.
    pub shape: RingShape,
    /// Whether it must not have been used before, nor be used again.
    pub fresh: bool,
    /// One after another.
    pub ops: Vec<Op>,
}

/// What a script is about, so that the rarer things meet one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    /// Pipes, sockets and eventfds.
    Plain,
    /// Timers.
    Time,
    /// Listeners and their connections.
    Network,
    /// Pseudo-terminals.
    Terminal,
    /// An eventfd that the ring tells of its completions.
    Bell,
}

/// What can be done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    Socket,
    Event,
    /// The eventfd that the ring tells.
    Bell,
    Timer,
    Regular,
    Listener,
    /// One side of the terminal of that number.
    Terminal(usize, usize),
}

/// The script of a seed.
#[must_use]
pub fn script(profile: Profile, seed: u64) -> Script {
    // Seeds that differ in the last bit only are the same to it.
    let mut random = Random::new(seed << 1);
    let bytes: Vec<u8> = (0..BYTES).map(|_| random.draw().to_le_bytes()[0]).collect();
    from_bytes(profile, &bytes)
}

/// The script of a string of bytes.
fn from_bytes(profile: Profile, bytes: &[u8]) -> Script {
    let mut writer = Writer::new(profile, bytes);
    writer.begin();
    while !writer.is_dry() {
        writer.one();
    }
    writer.end()
}

impl Script {
    /// Whether the outcome depends on others than the program and the kernel: on when a network
    /// delivers, or a timer's interrupt comes. Then Linux may be late.
    #[must_use]
    pub fn may_be_late(&self) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::Listen(..) | Op::Sleep(_) | Op::Terminal(..)))
    }
}

impl Profile {
    /// The kinds of ring that its scripts run on.
    #[must_use]
    pub const fn kinds(self) -> &'static [RingKind] {
        match self {
            Self::Ring => &[RingKind::Plain, RingKind::Defer],
            Self::Sets | Self::Polls => &[RingKind::None],
        }
    }
}

fn set_name(at: usize) -> Name {
    ["p", "q", "o"][at].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILES: [Profile; 3] = [Profile::Ring, Profile::Sets, Profile::Polls];

    #[test]
    fn a_script_comes_back_from_its_text() {
        for seed in 0..300 {
            for op in PROFILES.into_iter().flat_map(|profile| script(profile, seed).ops) {
                assert_eq!(op.to_string().parse(), Ok(op));
            }
        }
    }

    #[test]
    fn a_script_has_tens_of_operations() {
        for profile in PROFILES {
            let lengths: Vec<usize> =
                (0..300).map(|seed| script(profile, seed).ops.len()).collect();
            assert!(lengths.iter().all(|length| (10..=400).contains(length)), "{lengths:?}");
        }
    }
}
