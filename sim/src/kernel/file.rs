//! Open files, apart from the descriptors that name them.

use std::collections::VecDeque;

use super::aside::Aside;
use super::counter::Timer;
use super::regular::Regular;
use super::socket::Socket;
use super::terminal::Terminal;
use crate::clone_in_place::clone_in_place;

/// An open file. It lives as long as it is referred to: by descriptors, by requests in flight, by
/// registered files, by a listener's backlog, by the descriptors of a forked child.
#[derive(Debug, Hash, PartialEq, Eq)]
pub(super) struct File {
    pub(super) references: u16,
    pub(super) kind: Kind,
    /// The wait queue, oldest first. Woken from the end: Linux inserts at the head.
    pub(super) waiters: Vec<Waiter>,
    /// Never used twice, as on Linux, and so not part of the state: worlds that are explored to the
    /// end do not tell files by it.
    pub(super) inode: Aside<u32>,
}

clone_in_place!(File { references, kind, waiters, inode });

/// What kind of file it is.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(super) enum Kind {
    PipeReader(u16),
    PipeWriter(u16),
    Socket(Socket),
    /// `resets`: so do the connections that come from it.
    Listener {
        port: u16,
        backlog: VecDeque<u16>,
        resets: bool,
    },
    Event(u64),
    Timer(Timer),
    Regular(Regular),
    Terminal(Terminal),
    Epoll(u16),
    Ring(u16),
}

impl Kind {
    /// Whether the file can be waited for at all. One that cannot is always ready.
    pub(super) const fn is_pollable(&self) -> bool {
        !matches!(self, Self::Regular(_))
    }

    /// Whether it has a queue to wait in now: a terminal has none once it is hung up.
    pub(super) const fn has_queue(&self) -> bool {
        match self {
            Self::Terminal(terminal) => !terminal.is_hung_up(),
            Self::Regular(_) => false,
            Self::PipeReader(_)
            | Self::PipeWriter(_)
            | Self::Socket(_)
            | Self::Listener { .. }
            | Self::Event(_)
            | Self::Timer(_)
            | Self::Epoll(_)
            | Self::Ring(_) => true,
        }
    }

    /// Whether a poll waits in two queues, which io_uring has trouble with.
    pub(super) const fn has_two_queues(&self) -> bool {
        matches!(self, Self::Terminal(_))
    }

    /// Whether it has no inode of its own.
    pub(super) const fn is_anonymous(&self) -> bool {
        match self {
            Self::Event(_) | Self::Timer(_) | Self::Epoll(_) | Self::Ring(_) => true,
            Self::PipeReader(_)
            | Self::PipeWriter(_)
            | Self::Socket(_)
            | Self::Listener { .. }
            | Self::Regular(_)
            | Self::Terminal(_) => false,
        }
    }
}

/// Who is told when a file's readiness may have changed.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Waiter {
    pub(super) who: Who,
    /// At the end of the queue instead of the head, and only one per wake-up.
    pub(super) exclusive: bool,
}

/// What waits.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) enum Who {
    /// A request of a ring.
    Request { ring: u16, request: u16 },
    /// An entry of an epoll set.
    Entry { set: u16, entry: u16 },
}
