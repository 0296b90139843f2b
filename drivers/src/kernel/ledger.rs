//! What a process keeps of its kernel: how often it was asked, and whose process it is.

use core::cell::Cell;
use core::ptr::{self, NonNull};
use std::rc::Rc;

use rustix::process::{Pid, getpid};

use super::Counts;

/// Counts the system calls of one kernel and everything it made, and notices a `fork()` without
/// asking the kernel. A clone is the same ledger.
///
/// Both are looked at in every turn, hence side by side: in a page that the kernel gives to
/// `fork()`ed children wiped. Where there are no such pages (before Linux 4.14, or under
/// emulations of it) the process is asked for by number instead.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    record: NonNull<Record>,
    home: Rc<Home>,
}

/// The contents. Valid when all of it is zero, which is how a child finds it.
#[derive(Debug, Default)]
#[repr(C)]
struct Record {
    owner: Cell<u64>,
    polls: Cell<u64>,
    epoll_waits: Cell<u64>,
    epoll_ctls: Cell<u64>,
    enters: Cell<u64>,
    others: Cell<u64>,
}

/// The owner is the process that made it.
const OURS: u64 = 1;
/// The owner is to be asked for.
const UNSURE: u64 = 2;

/// Where a record is, for as long as somebody has it.
#[derive(Debug)]
enum Home {
    Page(Page),
    Process(Pid, Record),
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self::at(Page::new().map_or_else(Home::process, Home::Page))
    }

    fn at(home: Home) -> Self {
        let home = Rc::new(home);
        Self { record: NonNull::from(home.record()), home }
    }

    /// Whether this is a child of the process that made the ledger.
    #[inline(always)]
    pub(super) fn forked(&self) -> bool {
        self.record().owner.get() != OURS && self.home.forked()
    }

    #[inline(always)]
    pub(super) fn poll(&self) {
        bump(&self.record().polls);
    }

    #[inline(always)]
    pub(super) fn epoll_wait(&self) {
        bump(&self.record().epoll_waits);
    }

    pub(super) fn epoll_ctl(&self) {
        bump(&self.record().epoll_ctls);
    }

    #[inline(always)]
    pub(super) fn enter(&self) {
        bump(&self.record().enters);
    }

    pub(super) fn other(&self) {
        bump(&self.record().others);
    }

    /// What has been counted up to now.
    pub(super) fn counts(&self) -> Counts {
        let record = self.record();
        Counts {
            polls: record.polls.get(),
            epoll_waits: record.epoll_waits.get(),
            epoll_ctls: record.epoll_ctls.get(),
            enters: record.enters.get(),
            others: record.others.get(),
        }
    }

    #[inline(always)]
    fn record(&self) -> &Record {
        // SAFETY: it is in `home`, which lives as long as this and does not move; nobody has it
        // exclusively, and an `Rc` keeps all who have it in one thread.
        unsafe { self.record.as_ref() }
    }
}

#[inline(always)]
fn bump(counter: &Cell<u64>) {
    counter.set(counter.get().wrapping_add(1));
}

impl Home {
    fn process() -> Self {
        Self::Process(getpid(), Record { owner: Cell::new(UNSURE), ..Record::default() })
    }

    fn record(&self) -> &Record {
        match self {
            Self::Page(page) => page.record(),
            Self::Process(_, record) => record,
        }
    }

    #[cold]
    fn forked(&self) -> bool {
        match self {
            Self::Page(_) => true,
            Self::Process(parent, _) => getpid() != *parent,
        }
    }
}

/// A page of our own, unmapped when dropped. The record is at its start.
#[derive(Debug)]
struct Page(NonNull<Record>);

/// Pages are at least as large; asking for less maps one.
const SIZE: usize = 4096;
const _: () = assert!(size_of::<Record>() <= SIZE);

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
        page.record().owner.set(OURS);
        (answer == 0).then_some(page)
    }

    fn record(&self) -> &Record {
        // SAFETY: mapped until dropped, aligned as pages are, zeroed by the kernel, which is a
        // valid record.
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
        for ledger in [Ledger::new(), Ledger::at(Home::process())] {
            assert!(!ledger.forked());
            assert!(in_child(|| ledger.forked()));
            assert!(!ledger.forked());
        }
    }

    #[test]
    fn the_difference_of_two_moments_is_what_happened_between() {
        let ledger = Ledger::new();
        ledger.poll();
        let before = ledger.counts();
        ledger.poll();
        ledger.clone().enter();
        let between = ledger.counts() - before;
        assert_eq!(between, Counts { polls: 1, enters: 1, ..Counts::default() });
        assert_eq!(between.total(), 2);
    }
}
