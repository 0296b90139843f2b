//! The world outside: files, each with its level, and since when it is not so any more.

use levelring_core::Readiness;

/// Every bit of a level.
pub(crate) const BITS: [Readiness; 6] = [
    Readiness::READ,
    Readiness::WRITE,
    Readiness::PRIORITY,
    Readiness::READ_HANGUP,
    Readiness::ERROR,
    Readiness::HANGUP,
];

/// Ready for whatever anybody may want.
pub(crate) fn everything() -> Readiness {
    BITS.into_iter().fold(Readiness::EMPTY, |all, bit| all | bit)
}

/// Files, and a history that says how long ago each bit of a level was last true.
#[derive(Debug)]
pub(crate) struct Files {
    files: Vec<File>,
    /// Handlers that have returned so far: the only clock there is.
    handlers: u64,
}

#[derive(Clone, Copy, Debug)]
struct File {
    level: Readiness,
    /// Per bit: how many handlers had returned when it was last true.
    last_true: [Option<u64>; BITS.len()],
    /// Polls of it are refused, as those of a regular file in an epoll set are.
    broken: bool,
}

impl Files {
    pub(crate) fn new(count: usize) -> Self {
        let file = File { level: Readiness::EMPTY, last_true: [None; BITS.len()], broken: false };
        Self { files: vec![file; count], handlers: 0 }
    }

    pub(crate) fn count(&self) -> usize {
        self.files.len()
    }

    pub(crate) fn level(&self, file: usize) -> Readiness {
        self.files[file].level
    }

    pub(crate) fn is_broken(&self, file: usize) -> bool {
        self.files[file].broken
    }

    pub(crate) fn set_broken(&mut self, file: usize, broken: bool) {
        self.files[file].broken = broken;
    }

    pub(crate) fn raise(&mut self, file: usize, bits: Readiness) {
        self.files[file].level |= bits;
    }

    pub(crate) fn lower(&mut self, file: usize, bits: Readiness) {
        let file = &mut self.files[file];
        for (bit, last_true) in BITS.into_iter().zip(&mut file.last_true) {
            if file.level.contains(bit) && bits.contains(bit) {
                *last_true = Some(self.handlers);
            }
        }
        file.level = file.level - bits;
    }

    /// A handler has returned: whatever was seen before is older than it.
    pub(crate) fn handler_returned(&mut self) {
        self.handlers += 1;
    }

    /// Whether `bit` was true at some moment since `handlers` handlers ago: since the last one
    /// returned, for zero.
    pub(crate) fn was_true(&self, file: usize, bit: Readiness, handlers: u64) -> bool {
        let file = &self.files[file];
        let last = BITS.into_iter().zip(file.last_true).find(|&(other, _)| other == bit);
        let recently = |then| self.handlers - then <= handlers;
        file.level.contains(bit)
            || last.is_some_and(|(_, last_true)| last_true.is_some_and(recently))
    }
}
