//! Pseudo-terminals, in raw mode.

use std::collections::VecDeque;

use levelring::kernel::mask;

/// The master or the terminal of a pair.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(super) struct Terminal {
    pub(super) peer: Option<u16>,
    pub(super) is_master: bool,
    /// What the other side has written.
    pub(super) inbox: VecDeque<u8>,
}

/// How much fits.
pub(super) const CAPACITY: usize = 4095;

impl Terminal {
    pub(super) const fn new(is_master: bool) -> Self {
        Self { peer: None, is_master, inbox: VecDeque::new() }
    }

    /// Whether the master is gone, which takes everything from the terminal.
    pub(super) const fn is_hung_up(&self) -> bool {
        !self.is_master && self.peer.is_none()
    }

    /// The level, given how much the other side has not read yet.
    pub(super) fn level(&self, outstanding: usize) -> u32 {
        if self.is_hung_up() {
            return mask::IN | mask::OUT | mask::ERR | mask::HUP;
        }
        let mut level = 0;
        if !self.inbox.is_empty() {
            level |= mask::IN;
        }
        if outstanding < CAPACITY {
            level |= mask::OUT;
        }
        if self.peer.is_none() {
            level |= mask::HUP;
        }
        level
    }
}
