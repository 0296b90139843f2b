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
    /// AF_UNIX: what is left of each of the peer's writes, who is told when all of one was read.
    pieces: VecDeque<u32>,
    /// AF_UNIX: what has been read of the first of them. The peer is charged for it to its end.
    begun: u32,
    pub(super) capacity: u32,
    /// Nothing more will come.
    pub(super) read_down: bool,
    /// Nothing more may be written.
    pub(super) write_down: bool,
    /// TCP: the connection is over.
    pub(super) over: bool,
    /// TCP: it was never connected.
    pub(super) idle: bool,
    /// Told once, by the next read or write.
    pub(super) error: i32,
    /// TCP: it is to end with a reset (SO_LINGER of zero).
    pub(super) resets: bool,
}

/// As much as a socket of Linux holds, unless told otherwise.
const CAPACITY: u32 = 212_992;

impl Socket {
    pub(super) const fn new(family: Family) -> Self {
        Self {
            family,
            peer: None,
            inbox: VecDeque::new(),
            pieces: VecDeque::new(),
            begun: 0,
            capacity: CAPACITY,
            read_down: false,
            write_down: false,
            over: false,
            idle: false,
            error: 0,
            resets: false,
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

    /// How many of the peer's writes have not been read to their ends.
    pub(super) fn unread_pieces(&self) -> usize {
        self.pieces.len()
    }

    /// How much of what the peer has written it is charged for.
    pub(super) fn charged(&self) -> usize {
        self.inbox.len() + usize::try_from(self.begun).unwrap_or(0)
    }

    /// Puts in what the peer has written.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.inbox.extend(bytes);
        if self.family == Family::Unix && !bytes.is_empty() {
            self.pieces.push_back(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        }
    }

    /// Takes what there is: how much, and how many of the peer's writes are read to their ends.
    pub(super) fn take(&mut self, buffer: &mut [u8]) -> (usize, usize) {
        let count = buffer.len().min(self.inbox.len());
        for (to, from) in buffer.iter_mut().zip(self.inbox.drain(..count)) {
            *to = from;
        }
        let mut left = u32::try_from(count).unwrap_or(u32::MAX);
        let mut ended = 0;
        while left > 0
            && let Some(piece) = self.pieces.front_mut()
        {
            let part = left.min(*piece);
            *piece -= part;
            left -= part;
            self.begun += part;
            if *piece == 0 {
                self.begun = 0;
                self.pieces.pop_front();
                ended += 1;
            }
        }
        (count, ended)
    }
}
