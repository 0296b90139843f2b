//! How things are: what files are ready for and who keeps them open, and how full the rings are.

use std::os::fd::RawFd;

use super::file::Kind;
use super::system::System;

/// How things are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    pub(crate) files: Vec<FileSeen>,
    pub(crate) rings: Vec<RingSeen>,
}

/// An open file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileSeen {
    /// Never used twice. The two ends of a pipe have one inode, but are two files.
    pub(crate) id: u32,
    pub(crate) kind: &'static str,
    pub(crate) level: u32,
    /// The numbers that name it.
    pub(crate) numbers: Vec<RawFd>,
    /// How many others keep it open: requests, children, backlogs, registered files.
    pub(crate) others: usize,
}

/// A ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RingSeen {
    pub(crate) ring: u16,
    pub(crate) queued: usize,
    pub(crate) in_flight: usize,
    pub(crate) completions: usize,
    pub(crate) overflow: usize,
    pub(crate) room: usize,
}

impl System {
    /// How things are. It is a copy that is looked at: epoll sets change when they are.
    pub(super) fn survey(&mut self) -> Survey {
        let recorder = self.recorder.0.take();
        let mut copy = self.clone();
        self.recorder.0 = recorder;
        let ids: Vec<u16> = copy.files.iter().map(|(id, _)| id).collect();
        let files = ids.into_iter().map(|id| copy.file_seen(id)).collect();
        let rings = copy.rings.iter().map(|(id, ring)| RingSeen {
            ring: id,
            queued: ring.queue.len(),
            in_flight: ring.requests.len(),
            completions: ring.completions.len(),
            overflow: ring.overflow.len(),
            room: ring.cq_entries as usize,
        });
        Survey { files, rings: rings.collect() }
    }

    fn file_seen(&mut self, id: u16) -> FileSeen {
        let numbers: Vec<RawFd> = (3..)
            .zip(&self.table)
            .filter(|(_, file)| **file == Some(id))
            .map(|(number, _)| number)
            .collect();
        let level = self.level(id);
        let file = &self.files[id];
        let others = usize::from(file.references).saturating_sub(numbers.len());
        let writes = matches!(file.kind, Kind::PipeWriter(_));
        let id = file.inode.0 * 2 + u32::from(writes);
        FileSeen { id, kind: kind(&file.kind), level, numbers, others }
    }
}

const fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::PipeReader(_) => "pipe, reading end",
        Kind::PipeWriter(_) => "pipe, writing end",
        Kind::Socket(_) => "socket",
        Kind::Listener { .. } => "listener",
        Kind::Event(_) => "eventfd",
        Kind::Timer(_) => "timerfd",
        Kind::Regular(_) => "regular file",
        Kind::Terminal(_) => "terminal",
        Kind::Epoll(_) => "epoll set",
        Kind::Ring(_) => "ring",
    }
}
