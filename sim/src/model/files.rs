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
    /// What forked children hold; the oldest first.
    children: Vec<Vec<FileId>>,
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
        ours + self.children.iter().flatten().filter(|named| **named == file).count()
    }

    /// The program's own descriptors.
    pub(crate) fn open(&self) -> impl Iterator<Item = (RawFd, FileId)> + '_ {
        let open = self.table.iter().map(|(fd, file)| (*fd, *file));
        open.filter(|(_, file)| self.kind(*file) != FileKind::Own)
    }

    /// A loop has been made, or is gone: these are the numbers that are open.
    pub(crate) fn loops_changed(&mut self, is_open: impl Fn(RawFd) -> bool) {
        let end = self.table.keys().last().map_or(0, |last| last + 1) + 16;
        for fd in 0..end {
            match (self.at(fd).map(|file| self.kind(file)), is_open(fd)) {
                (None, true) => drop(self.opened(fd, FileKind::Own)),
                (Some(FileKind::Own), false) => self.closed(fd),
                _ => {}
            }
        }
    }

    pub(crate) fn forked(&mut self) {
        self.children.push(self.table.values().copied().collect());
    }

    pub(crate) fn child_exited(&mut self) {
        self.children.remove(0);
    }

    pub(crate) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }
}
