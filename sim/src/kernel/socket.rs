//! Connected stream sockets.

use std::collections::VecDeque;

use levelring::kernel::mask;

/// Which family's habits a socket has.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) enum Family {
    /// A peer that closes is a hang-up at once.
    Unix,
    /// A peer that closes is the end of what can be read; only a write finds that nobody is there.
    Tcp,
}

/// One end of a connection.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(super) struct Socket {
    pub(super) family: Family,
    pub(super) peer: Option<u16>,
    /// What the peer has written.
    pub(super) inbox: VecDeque<u8>,
    pub(super) capacity: u32,
    /// Nothing more will come.
    pub(super) read_down: bool,
    /// Nothing more may be written.
    pub(super) write_down: bool,
    /// TCP: the connection is over.
    pub(super) over: bool,
    /// Told once, by the next read or write.
    pub(super) error: i32,
}

/// As much as a socket of Linux holds, unless told otherwise.
const CAPACITY: u32 = 212_992;

impl Socket {
    pub(super) const fn new(family: Family) -> Self {
        Self {
            family,
            peer: None,
            inbox: VecDeque::new(),
            capacity: CAPACITY,
            read_down: false,
            write_down: false,
            over: false,
            error: 0,
        }
    }

    /// The level, given how much the peer has not read yet.
    pub(super) fn level(&self, outstanding: usize) -> u32 {
        let mut level = 0;
        if self.error != 0 {
            level |= mask::ERR;
        }
        if self.read_down && self.write_down || self.over {
            level |= mask::HUP;
        }
        if self.read_down {
            level |= mask::RDHUP | mask::IN;
        }
        if !self.inbox.is_empty() {
            level |= mask::IN;
        }
        if self.is_writable(outstanding) {
            level |= mask::OUT;
        }
        level
    }

    /// Whether it counts as writable: not as soon as a byte fits.
    ///
    /// Divergence: bytes are counted, where Linux counts buffers with their overhead.
    pub(super) fn is_writable(&self, outstanding: usize) -> bool {
        let capacity = usize::try_from(self.capacity).unwrap_or(usize::MAX);
        match self.family {
            Family::Unix => outstanding.saturating_mul(4) <= capacity,
            Family::Tcp => {
                self.write_down || capacity.saturating_sub(outstanding) > outstanding / 2
            }
        }
    }

    /// How much of `length` the peer's inbox takes.
    pub(super) fn room(&self, outstanding: usize, length: usize) -> usize {
        let capacity = usize::try_from(self.capacity).unwrap_or(usize::MAX);
        capacity.saturating_sub(outstanding).min(length)
    }

    /// Takes what there is.
    pub(super) fn take(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.inbox.len());
        for (to, from) in buffer.iter_mut().zip(self.inbox.drain(..count)) {
            *to = from;
        }
        count
    }
}
