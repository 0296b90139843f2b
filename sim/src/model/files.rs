//! Which descriptor names which file, as the program knows.

use std::collections::BTreeMap;
use std::os::fd::RawFd;

/// A file that was opened; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(u32);

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Pipe,
    Socket,
    Terminal,
    Event,
    Timer,
    Regular,
    Listener,
    /// A loop's own.
    Own,
}

impl FileKind {
    /// Whether Linux has trouble with a poll of it: it has two queues, or none.
    pub(crate) const fn is_odd(self) -> bool {
        matches!(self, Self::Terminal | Self::Regular)
    }

    /// Whether it has an inode of its own.
    const fn has_inode(self) -> bool {
        !matches!(self, Self::Event | Self::Timer | Self::Own)
    }
}

#[derive(Debug)]
struct File {
    kind: FileKind,
    peer: Option<FileId>,
}

/// The program's files and descriptors.
#[derive(Debug, Default)]
pub(crate) struct Files {
    files: Vec<File>,
    table: BTreeMap<RawFd, FileId>,
    /// Forked children, the oldest first.
    children: Vec<Child>,
    /// How often there was a fork.
    forks: u64,
}

/// A child that does nothing but hold what was open when it came to be.
#[derive(Debug)]
struct Child {
    fork: u64,
    holds: Vec<FileId>,
    /// What an operation may have opened before, and the program was told of since.
    may_hold: Vec<FileId>,
}

impl Files {
    pub(crate) fn opened(&mut self, fd: RawFd, kind: FileKind) -> FileId {
        let file = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(File { kind, peer: None });
        self.named(fd, file);
        file
    }

    pub(crate) fn are_peers(&mut self, one: FileId, other: FileId) {
        self.files[one.0 as usize].peer = Some(other);
        self.files[other.0 as usize].peer = Some(one);
    }

    /// A number names that file from now on.
    pub(crate) fn named(&mut self, fd: RawFd, file: FileId) {
        self.table.insert(fd, file);
    }

    pub(crate) fn closed(&mut self, fd: RawFd) {
        self.table.remove(&fd);
    }

    pub(crate) fn at(&self, fd: RawFd) -> Option<FileId> {
        self.table.get(&fd).copied()
    }

    pub(crate) fn kind(&self, file: FileId) -> FileKind {
        self.files[file.0 as usize].kind
    }

    pub(crate) fn peer(&self, file: FileId) -> Option<FileId> {
        self.files[file.0 as usize].peer
    }

    /// Whether fstat cannot tell the two: they have no inode, or they are the ends of one pipe.
    pub(crate) fn are_alike(&self, one: FileId, other: FileId) -> bool {
        let pipe = self.kind(one) == FileKind::Pipe && self.peer(one) == Some(other);
        pipe || !self.kind(one).has_inode() && !self.kind(other).has_inode()
    }

    /// A number by which it can be asked, if there is one.
    pub(crate) fn number_of(&self, file: FileId) -> Option<RawFd> {
        self.table.iter().find(|(_, named)| **named == file).map(|(fd, _)| *fd)
    }

    /// How many descriptors name it, those of children included.
    pub(crate) fn references(&self, file: FileId) -> usize {
        let ours = self.table.values().filter(|named| **named == file).count();
        let theirs = self.children.iter().flat_map(|child| &child.holds);
        ours + theirs.filter(|held| **held == file).count()
    }

    /// How many more there may be.
    pub(crate) fn may_be_referenced(&self, file: FileId) -> usize {
        let held = self.children.iter().flat_map(|child| &child.may_hold);
        held.filter(|held| **held == file).count()
    }

    /// The program's own descriptors.
    pub(crate) fn open(&self) -> impl Iterator<Item = (RawFd, FileId)> + '_ {
        let open = self.table.iter().map(|(fd, file)| (*fd, *file));
        open.filter(|(_, file)| self.kind(*file) != FileKind::Own)
    }

    /// A loop has been made: these numbers are its own.
    pub(crate) fn are_a_loops(&mut self, numbers: impl IntoIterator<Item = RawFd>) {
        for fd in numbers {
            self.opened(fd, FileKind::Own);
        }
    }

    /// Loops may have closed numbers of their own, and others may have them now.
    pub(crate) fn own_are_only(&mut self, may_be: impl Fn(RawFd) -> bool) {
        let own = |file: FileId| self.files[file.0 as usize].kind == FileKind::Own;
        self.table.retain(|fd, file| !own(*file) || may_be(*fd));
    }

    pub(crate) fn forked(&mut self) {
        self.forks += 1;
        let holds = self.table.values().copied().collect();
        self.children.push(Child { fork: self.forks, holds, may_hold: Vec::new() });
    }

    /// How often there was a fork so far.
    pub(crate) const fn forks(&self) -> u64 {
        self.forks
    }

    /// An operation has brought a descriptor that it may have opened long ago, but not before there
    /// had been so many forks.
    pub(crate) fn brought(&mut self, fd: RawFd, kind: FileKind, forks: u64) -> FileId {
        let file = self.opened(fd, kind);
        for child in self.children.iter_mut().filter(|child| child.fork > forks) {
            child.may_hold.push(file);
        }
        file
    }

    pub(crate) fn child_exited(&mut self) {
        self.children.remove(0);
    }

    pub(crate) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }
}
