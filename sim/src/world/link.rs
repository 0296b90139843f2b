//! A connection between two hosts: what is on its way in each direction.

use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;

use levelring::kernel::Errno;

use crate::kernel::Wire;

/// A connection between two hosts. End 0 is the one that asked for it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) name: Rc<str>,
    pub(super) ends: [End; 2],
}

/// One end of a connection, and what is on its way from there.
#[derive(Debug)]
pub(super) struct End {
    pub(super) host: usize,
    /// Gone, when neither side will have anything more by it.
    pub(super) wire: Option<Wire>,
    /// Nothing more will leave from here, but a reset.
    pub(super) ended: bool,
    lane: VecDeque<Parcel>,
    /// Before this nothing arrives that leaves now: no overtaking.
    latest: Duration,
    /// The other side has no room for what is next.
    pub(super) blocked: bool,
}

/// Something on its way.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) due: Duration,
    pub(super) load: Load,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Load {
    /// Somebody wants to be connected to a port.
    Call(u16),
    /// He is.
    Answer,
    Bytes(Vec<u8>),
    /// Nothing more will come.
    End,
    /// The connection is gone, for a reason if it has one of its own.
    Reset(Option<Errno>),
}

impl Link {
    pub(super) fn new(name: &str, hosts: [usize; 2], wire: Wire) -> Self {
        let [asking, asked] = hosts.map(End::new);
        Self { name: name.into(), ends: [End { wire: Some(wire), ..asking }, asked] }
    }

    /// Whether it is of no further use.
    pub(super) fn is_over(&self) -> bool {
        self.ends.iter().all(|end| end.wire.is_none() && end.lane.is_empty())
    }
}

impl End {
    const fn new(host: usize) -> Self {
        let lane = VecDeque::new();
        Self { host, wire: None, ended: false, lane, latest: Duration::ZERO, blocked: false }
    }

    /// Sends something off that would arrive at that time.
    pub(super) fn send(&mut self, due: Duration, load: Load) {
        self.latest = self.latest.max(due);
        self.lane.push_back(Parcel { due: self.latest, load });
    }

    /// When something arrives next.
    pub(super) fn next(&self) -> Option<Duration> {
        if self.blocked { None } else { self.lane.front().map(|parcel| parcel.due) }
    }

    pub(super) fn arrive(&mut self) -> Option<Load> {
        self.lane.pop_front().map(|parcel| parcel.load)
    }

    /// There was no room for this: it waits.
    pub(super) fn wait(&mut self, now: Duration, rest: Vec<u8>) {
        self.lane.push_front(Parcel { due: now, load: Load::Bytes(rest) });
        self.blocked = true;
    }

    /// What has not arrived will not.
    pub(super) fn lose(&mut self) {
        self.lane.clear();
        self.blocked = false;
    }

    /// How many bytes are on their way.
    pub(super) fn loaded(&self) -> usize {
        let bytes = self.lane.iter().map(|parcel| match &parcel.load {
            Load::Bytes(bytes) => bytes.len(),
            Load::Call(_) | Load::Answer | Load::End | Load::Reset(_) => 0,
        });
        bytes.sum()
    }
}
