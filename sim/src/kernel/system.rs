//! The whole kernel as one plain value.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring::kernel::{Errno, FileIdentity};

use super::aside::Aside;
use super::blunders::Blunders;
use super::connections::FIRST_PORT;
use super::faults::Faults;
use super::file::{File, Kind};
use super::memory::{Memory, Seal};
use super::pipe::Pipe;
use super::record::Recorder;
use super::ring::Ring;
use super::set::Set;
use super::slab::Slab;
use super::task::Task;
use super::witness::Witness;
use crate::clone_in_place::clone_in_place;

/// A kernel with one process in it: open files, descriptors, epoll sets, rings, and a clock.
///
/// It does nothing by itself. Every method is one step that the program, a peer or the passing of
/// time takes; what Linux leaves open in a step is asked of a [`Choices`](crate::Choices). Equal
/// values behave equally for ever, so that a world can be cloned, compared and hashed.
///
/// Descriptors are numbered from 3, the lowest free one first.
#[derive(Debug, Hash, PartialEq, Eq)]
pub struct System {
    /// Nanoseconds.
    pub(super) now: u64,
    pub(super) files: Slab<File>,
    pub(super) pipes: Slab<Pipe>,
    pub(super) sets: Slab<Set>,
    pub(super) rings: Slab<Ring>,
    /// What each descriptor names, from number 3.
    pub(super) table: Vec<Option<u16>>,
    /// What the descriptors of forked children name; the oldest child first.
    pub(super) children: Vec<Vec<u16>>,
    /// The far ends of connections to other hosts.
    pub(super) wires: Vec<u16>,
    /// What is to be done before a system call returns; the latest comes first.
    pub(super) tasks: Vec<Task>,
    /// Those that are being done, one after another.
    pub(super) tasks_at_hand: Vec<Task>,
    /// Whether an eventfd is telling those who wait for it. Not between two calls.
    pub(super) telling: Aside<bool>,
    pub(super) memory: Memory,
    pub(super) faults: Faults,
    pub(super) blunders: Aside<Blunders>,
    pub(super) witness: Aside<Witness>,
    pub(super) recorder: Aside<Option<Box<Recorder>>>,
    inodes: Aside<u32>,
    pub(super) last_port: Aside<u16>,
    pub(super) seal: Seal,
}

clone_in_place!(System {
    now,
    files,
    pipes,
    sets,
    rings,
    table,
    children,
    wires,
    tasks,
    tasks_at_hand,
    telling,
    memory,
    faults,
    blunders,
    witness,
    recorder,
    inodes,
    last_port,
    seal,
});

impl Default for System {
    fn default() -> Self {
        Self::new()
    }
}

impl System {
    /// A kernel with nothing in it, at time zero, of which nothing is wrong.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            now: 0,
            files: Slab::new(),
            pipes: Slab::new(),
            sets: Slab::new(),
            rings: Slab::new(),
            table: Vec::new(),
            children: Vec::new(),
            wires: Vec::new(),
            tasks: Vec::new(),
            tasks_at_hand: Vec::new(),
            telling: Aside(false),
            memory: Memory::Absent,
            faults: Faults::NONE,
            blunders: Aside(Blunders {
                duplicates: 0,
                bad_numbers: 0,
                malformed: 0,
                abandoned: 0,
                overflows: 0,
                bad_submissions: 0,
            }),
            witness: Aside(Witness::new()),
            recorder: Aside(None),
            inodes: Aside(0),
            last_port: Aside(FIRST_PORT - 1),
            seal: Seal::BROKEN,
        }
    }

    /// The clock.
    #[must_use]
    pub const fn now(&self) -> Duration {
        Duration::from_nanos(self.now)
    }

    /// What goes wrong on demand; may be changed at any time.
    pub const fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// What goes wrong on demand.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What the program did wrong so far.
    #[must_use]
    pub const fn blunders(&self) -> Blunders {
        self.blunders.0
    }

    /// What has happened so far.
    #[must_use]
    pub const fn witness(&self) -> &Witness {
        &self.witness.0
    }

    /// How many open files there are.
    #[must_use]
    pub fn open_files(&self) -> usize {
        self.files.len()
    }

    /// Which file a number names.
    ///
    /// # Errors
    /// EBADF.
    pub fn identity(&self, fd: RawFd) -> Result<FileIdentity, Errno> {
        let file = self.file(fd)?;
        let file = &self.files[file];
        if file.kind.is_anonymous() {
            return Ok(FileIdentity { device: 1, inode: 1 });
        }
        Ok(FileIdentity { device: 2, inode: u64::from(file.inode.0) })
    }

    /// Whether a number names something that has no inode of its own.
    #[must_use]
    pub fn is_anonymous(&self, fd: RawFd) -> bool {
        self.file(fd).is_ok_and(|file| self.files[file].kind.is_anonymous())
    }

    /// How many references there are to the open file that a number names: what a peer's view of
    /// close() depends on. `None` if it names none.
    #[must_use]
    pub fn references(&self, fd: RawFd) -> Option<u16> {
        self.file(fd).ok().map(|file| self.files[file].references)
    }

    /// Makes a file without references, of an inode of its own.
    pub(super) fn make(&mut self, kind: Kind) -> u16 {
        self.inodes.0 += 1;
        let inode = Aside(self.inodes.0);
        self.files.insert(File { references: 0, kind, waiters: Vec::new(), inode })
    }
}
