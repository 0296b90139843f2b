//! What kind of world it shall be.

use core::time::Duration;

use levelring::{DriverKind, Way};

use super::dice::Dice;
use crate::{Faults, Odds};

/// What kind of world it shall be: how far apart the hosts are, and what goes wrong.
///
/// Whatever has [`Odds`] is drawn twice: once for each world, whether it happens there at all, and
/// then each time. So some worlds are spared all but one kind of trouble, and show it undisturbed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long bytes are on their way: from, to. Bytes of one stream never overtake each other.
    pub latency: [Duration; 2],
    /// How long a turn of a loop takes: from, to.
    pub turn: [Duration; 2],
    /// How far the clock of a host is ahead of the world's: from, to; drawn for each host.
    pub clocks: [Duration; 2],
    /// How much a connection may hold at either of its ends, in bytes; drawn for each end.
    pub buffers: Vec<u32>,
    /// How much of a direction may be on its way.
    pub window: usize,
    /// What was written at once arrives in pieces.
    pub pieces: Odds,
    /// A read brings less than there is.
    pub short_reads: Odds,
    /// A write takes less than there is room for.
    pub short_writes: Odds,
    /// A connection is reset instead of delivering.
    pub resets: Odds,
    /// A host stands still for a while, when time passes. Its kernel goes on.
    pub pauses: Odds,
    /// A host is cut off from all others for a while, when time passes. Nothing is lost.
    pub partitions: Odds,
    /// How long a pause or a partition is: from, to.
    pub outage: [Duration; 2],
    /// On what the loops stand; drawn for each host.
    pub drivers: Vec<(DriverKind, Way)>,
    /// What goes wrong with the kernels of the hosts.
    pub faults: Faults,
    /// After how many turns a world that has not come to rest is a failure.
    pub turns: u64,
}

impl Default for Options {
    /// All kinds of trouble that a program must not even notice, on every driver. There are no
    /// resets: what they make of a program is its own affair.
    fn default() -> Self {
        Self {
            latency: [Duration::from_micros(50), Duration::from_millis(20)],
            turn: [Duration::from_micros(1), Duration::from_micros(200)],
            clocks: [Duration::ZERO, Duration::from_secs(3600)],
            buffers: vec![1 << 16, 4096, 512, 64],
            window: 1 << 16,
            pieces: Odds(3),
            short_reads: Odds(3),
            short_writes: Odds(7),
            resets: Odds(0),
            pauses: Odds(31),
            partitions: Odds(63),
            outage: [Duration::from_millis(1), Duration::from_millis(100)],
            drivers: vec![
                (DriverKind::Uring, Way::Auto),
                (DriverKind::Uring, Way::PollAdd),
                (DriverKind::Uring, Way::PollAddMultishot),
                (DriverKind::Uring, Way::EpollOnRing),
                (DriverKind::Epoll, Way::Auto),
                (DriverKind::Poll, Way::Auto),
            ],
            faults: Faults::default(),
            turns: 100_000,
        }
    }
}

impl Options {
    /// A world in which nothing goes wrong, and everything takes its shortest time.
    #[must_use]
    pub fn calm() -> Self {
        let none = Odds(0);
        let calm = Self { pieces: none, short_reads: none, short_writes: none, ..Self::default() };
        Self { pauses: none, partitions: none, buffers: vec![1 << 16], ..calm }
    }

    /// Draws which kinds of trouble this world has.
    pub(super) fn drawn(mut self, dice: &Dice) -> Self {
        let kinds = [
            &mut self.pieces,
            &mut self.short_reads,
            &mut self.short_writes,
            &mut self.resets,
            &mut self.pauses,
            &mut self.partitions,
        ];
        for odds in kinds {
            if odds.0 > 0 && dice.draw(2) == 0 {
                *odds = Odds(0);
            }
        }
        self
    }
}
