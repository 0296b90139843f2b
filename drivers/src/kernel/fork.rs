//! Noticing a `fork()` without asking the kernel.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU8, Ordering};

use rustix::process::{Pid, getpid};

/// A mark that a `fork()`ed child does not inherit.
///
/// One byte, in a page that the kernel gives to children wiped. Where there are no such pages
/// (before Linux 4.14, or under emulations of it) the process is asked for by number instead.
#[derive(Debug)]
pub(super) enum ForkMark {
    Page(Page),
    Process(Pid),
}

impl ForkMark {
    pub(super) fn new() -> Self {
        Page::new().map_or_else(|| Self::Process(getpid()), Self::Page)
    }

    /// Whether this is a child of the process that made the mark.
    #[inline]
    pub(super) fn forked(&self) -> bool {
        match self {
            Self::Page(page) => page.mark().load(Ordering::Relaxed) == 0,
            Self::Process(parent) => getpid() != *parent,
        }
    }
}

/// A page of our own, unmapped when dropped. The byte at its start is the mark.
#[derive(Debug)]
pub(super) struct Page(NonNull<AtomicU8>);

/// Pages are at least as large; asking for less maps one.
const SIZE: usize = 4096;

impl Page {
    fn new() -> Option<Self> {
        // SAFETY: a new mapping, at an address of the kernel's choice, disturbs none.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                SIZE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return None;
        }
        let page = Self(NonNull::new(start.cast())?);
        // SAFETY: the range is the mapping made above, and nobody else's.
        let answer = unsafe { libc::madvise(start, SIZE, libc::MADV_WIPEONFORK) };
        page.mark().store(1, Ordering::Relaxed);
        (answer == 0).then_some(page)
    }

    fn mark(&self) -> &AtomicU8 {
        // SAFETY: mapped until dropped, zeroed by the kernel, which is a valid value.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: the mapping made in `new`; no reference into it outlives `self`. A child has
        // the page as well, only wiped.
        unsafe { libc::munmap(self.0.as_ptr().cast(), SIZE) };
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::in_child;
    use super::*;

    #[test]
    fn a_child_knows_and_its_parent_does_not_mind() {
        for mark in [ForkMark::new(), ForkMark::Process(getpid())] {
            assert!(!mark.forked());
            assert!(in_child(|| mark.forked()));
            assert!(!mark.forked());
        }
    }
}
