//! epoll: sets of watched files, none of which they hold.

use std::collections::VecDeque;
use std::os::fd::RawFd;

use levelring::kernel::{Errno, mask};

use super::file::{Kind, Waiter, Who};
use super::record::Noted;
use super::slab::Slab;
use super::system::System;
use super::wake::{Told, URING_WAKE};
use super::witness::Sight;

/// An epoll set. What is watched is known by file *and* number.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub(super) struct Set {
    /// The set's own file.
    pub(super) file: u16,
    pub(super) entries: Slab<Entry>,
    /// Number, file and entry, sorted.
    index: Vec<(RawFd, u16, u16)>,
    /// Entries that may be ready, in rotation.
    pub(super) ready: VecDeque<u16>,
}

/// A watched file.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) file: u16,
    fd: RawFd,
    /// What it is watched for, and how.
    events: u32,
    data: u64,
    /// Whether it is in the ready list.
    pub(super) listed: bool,
}

/// The bits that say how.
const HOW: u32 = mask::EPOLL_EDGE | mask::EPOLL_ONESHOT | EXCLUSIVE | 1 << 29;

/// One waiter per wake-up.
pub(super) const EXCLUSIVE: u32 = 1 << 28;

/// What an exclusive entry may be watched for, and how.
const EXCLUSIVE_OK: u32 =
    EXCLUSIVE | mask::IN | mask::OUT | mask::ERR | mask::HUP | mask::EPOLL_EDGE | 1 << 29;

/// How deep sets may be nested.
const DEPTH: u32 = 5;

/// What epoll_ctl does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// EPOLL_CTL_ADD.
    Add,
    /// EPOLL_CTL_DEL.
    Delete,
    /// EPOLL_CTL_MOD.
    Modify,
}

/// An entry is exclusive from its beginning, and not one of a set.
const fn may_be_exclusive(control: Control, events: u32, nested: bool) -> bool {
    match control {
        Control::Add => !nested && events & !EXCLUSIVE_OK == 0,
        Control::Delete => true,
        Control::Modify => false,
    }
}

impl System {
    /// An empty epoll set.
    ///
    /// # Errors
    /// EMFILE.
    pub fn epoll(&mut self) -> Result<RawFd, Errno> {
        self.need(1)?;
        let (entries, index, ready) = (Slab::new(), Vec::new(), VecDeque::new());
        let set = self.sets.insert(Set { file: 0, entries, index, ready });
        let file = self.make(Kind::Epoll(set));
        self.sets[set].file = file;
        Ok(self.install(file))
    }

    pub(super) fn set_of(&self, file: u16) -> Result<u16, Errno> {
        if let Kind::Epoll(set) = self.files[file].kind { Ok(set) } else { Err(Errno::INVAL) }
    }

    /// epoll_ctl.
    ///
    /// # Errors
    /// EBADF, EPERM, EINVAL, EEXIST, ENOENT, ELOOP, ENOSPC.
    pub fn epoll_control(
        &mut self,
        set: RawFd,
        control: Control,
        fd: RawFd,
        events: u32,
        data: u64,
    ) -> Result<(), Errno> {
        let (set, file) = (self.file(set)?, self.file(fd)?);
        if !self.files[file].kind.is_pollable() {
            self.witness.saw(Sight::SetRefused);
            return Err(Errno::PERM);
        }
        if set == file {
            return Err(Errno::INVAL);
        }
        let set = self.set_of(set)?;
        let nested = matches!(self.files[file].kind, Kind::Epoll(_));
        if events & EXCLUSIVE != 0 && !may_be_exclusive(control, events, nested) {
            return Err(Errno::INVAL);
        }
        let events = events | mask::ERR | mask::HUP;
        let place =
            self.sets[set].index.binary_search_by_key(&(fd, file), |&(fd, file, _)| (fd, file));
        match (control, place) {
            (Control::Add, Ok(_)) => Err(Errno::EXIST),
            (Control::Add, Err(at)) => {
                if let Kind::Epoll(inner) = self.files[file].kind
                    && self.would_loop(set, inner)
                {
                    return Err(Errno::LOOP);
                }
                if self.has_no_watch_left() {
                    return Err(super::errno::NOSPC);
                }
                self.witness.saw(Sight::SetAdd);
                self.watch(set, at, Entry { file, fd, events, data, listed: false });
                Ok(())
            }
            (Control::Delete | Control::Modify, Err(_)) => {
                self.witness.saw(Sight::SetUnknown);
                Err(Errno::NOENT)
            }
            (Control::Delete, Ok(at)) => {
                let (.., entry) = self.sets[set].index[at];
                self.witness.saw(Sight::SetDelete);
                self.forget_waiter(file, Who::Entry { set, entry });
                self.remove_entry(set, entry);
                Ok(())
            }
            (Control::Modify, Ok(at)) => {
                let (.., entry) = self.sets[set].index[at];
                let there = &mut self.sets[set].entries[entry];
                if there.events & EXCLUSIVE != 0 {
                    return Err(Errno::INVAL);
                }
                (there.events, there.data) = (events, data);
                self.note(|| Noted::Set { set, fd, events: Some(events) });
                self.witness.saw(Sight::SetModify);
                self.look_at(set, entry);
                Ok(())
            }
        }
    }

    fn watch(&mut self, set: u16, at: usize, entry: Entry) {
        let Entry { file, fd, events, .. } = entry;
        self.note(|| Noted::Set { set, fd, events: Some(events) });
        let there = &mut self.sets[set];
        let entry = there.entries.insert(entry);
        there.index.insert(at, (fd, file, entry));
        let exclusive = events & EXCLUSIVE != 0;
        let waiter = Waiter { who: Who::Entry { set, entry }, exclusive };
        self.files[file].waiters.push(waiter);
        self.look_at(set, entry);
    }

    /// Lists an entry if it is ready now. Nobody is told of one that is listed already, as they
    /// are when its file wakes it.
    fn look_at(&mut self, set: u16, entry: u16) {
        if !self.sets[set].entries[entry].listed && self.entry_level(set, entry) != 0 {
            self.list(set, entry, 0);
        }
    }

    fn list(&mut self, set: u16, entry: u16, key: u32) {
        let there = &mut self.sets[set];
        if !there.entries[entry].listed {
            there.entries[entry].listed = true;
            there.ready.push_back(entry);
        }
        let file = there.file;
        self.wake(file, mask::IN | key & URING_WAKE);
    }

    fn entry_level(&mut self, set: u16, entry: u16) -> u32 {
        let Entry { file, events, .. } = self.sets[set].entries[entry];
        // Of a file that is about to go nothing is told.
        if events & !HOW == 0 || self.files[file].references == 0 {
            return 0;
        }
        self.level(file) & events & !HOW
    }

    /// A watched file has woken its waiters.
    pub(super) fn entry_told(&mut self, set: u16, entry: u16, key: u32) -> Told {
        let events = self.sets[set].entries[entry].events;
        let wanted = events & !HOW;
        let bits = key & !URING_WAKE;
        let woken = wanted != 0 && (bits == 0 || bits & events != 0);
        if woken {
            self.list(set, entry, key);
        }
        // Divergence: an exclusive entry counts as woken if somebody sleeps in its epoll_wait. Here
        // nobody else can: all exclusive ones are told.
        Told { leaves: false, woken: woken && events & EXCLUSIVE == 0 }
    }

    /// Whether anything in the set is ready. What is found not to be leaves the ready list.
    pub(super) fn has_events(&mut self, set: u16) -> bool {
        while let Some(&entry) = self.sets[set].ready.front() {
            if self.entry_level(set, entry) != 0 {
                return true;
            }
            self.sets[set].ready.pop_front();
            self.sets[set].entries[entry].listed = false;
        }
        false
    }

    /// epoll_wait that does not wait: hands up to `most` events to `take`, in rotation.
    ///
    /// # Errors
    /// EBADF, EINVAL.
    pub fn epoll_wait(
        &mut self,
        fd: RawFd,
        most: usize,
        take: impl FnMut(usize, u32, u64),
    ) -> Result<usize, Errno> {
        let file = self.named(fd)?;
        let set = self.set_of(file)?;
        if most == 0 {
            return Err(Errno::INVAL);
        }
        Ok(self.send_events(set, most, take))
    }

    pub(super) fn send_events(
        &mut self,
        set: u16,
        most: usize,
        mut take: impl FnMut(usize, u32, u64),
    ) -> usize {
        let mut sent = 0;
        // Those that are listed again on the way are not looked at twice.
        for _ in 0..self.sets[set].ready.len() {
            if sent == most {
                break;
            }
            let Some(entry) = self.sets[set].ready.pop_front() else { break };
            self.sets[set].entries[entry].listed = false;
            let level = self.entry_level(set, entry);
            if level == 0 {
                continue;
            }
            let there = &self.sets[set];
            let Entry { events, data, file, fd, .. } = there.entries[entry];
            if self.file(fd) != Ok(file) {
                self.witness.saw(Sight::Ghost);
            }
            self.note(|| Noted::Hinted { fd, events: level });
            take(sent, level, data);
            sent += 1;
            let there = &mut self.sets[set];
            if events & mask::EPOLL_ONESHOT != 0 {
                self.witness.saw(Sight::SetOneshot);
                there.entries[entry].events &= HOW;
            } else if events & mask::EPOLL_EDGE == 0 {
                there.entries[entry].listed = true;
                there.ready.push_back(entry);
            }
        }
        sent
    }

    fn remove_entry(&mut self, set: u16, entry: u16) {
        let there = &mut self.sets[set];
        if let Some(gone) = there.entries.remove(entry) {
            let fd = gone.fd;
            there.index.retain(|(_, _, other)| *other != entry);
            if gone.listed {
                there.ready.retain(|other| *other != entry);
            }
            self.note(|| Noted::Set { set, fd, events: None });
        }
    }

    /// A file's last reference is gone: so are its entries, in whatever set.
    pub(super) fn leave_sets(&mut self, file: u16) {
        let waiters = core::mem::take(&mut self.files[file].waiters);
        for waiter in waiters {
            match waiter.who {
                Who::Entry { set, entry } => {
                    self.witness.saw(Sight::SetForgot);
                    self.remove_entry(set, entry);
                }
                // Only a ring's own poll of the ring does not keep its file.
                Who::Request { ring, request } => self.outlive(ring, request),
            }
        }
    }

    pub(super) fn release_set(&mut self, set: u16) {
        if let Some(gone) = self.sets.remove(set) {
            for (entry, Entry { file, .. }) in gone.entries.iter() {
                self.forget_waiter(*file, Who::Entry { set, entry });
            }
        }
    }

    fn has_no_watch_left(&self) -> bool {
        let most = usize::from(self.faults.watches);
        let entries = || self.sets.iter().map(|(_, set)| set.entries.len()).sum::<usize>();
        most > 0 && entries() >= most
    }

    fn would_loop(&self, outer: u16, inner: u16) -> bool {
        self.reaches(inner, outer, DEPTH) || self.above(outer) + self.below(inner) >= DEPTH - 1
    }

    /// How many sets stand above one another over this one. (Linux counts them since 6.17.)
    fn above(&self, set: u16) -> u32 {
        let outer = self.sets.iter().map(|(outer, _)| outer);
        let outer = outer.filter(|outer| self.inner_sets(*outer).any(|inner| inner == set));
        outer.map(|outer| 1 + self.above(outer)).max().unwrap_or(0)
    }

    /// How many are nested in one another within this one.
    fn below(&self, set: u16) -> u32 {
        self.inner_sets(set).map(|inner| 1 + self.below(inner)).max().unwrap_or(0)
    }

    fn reaches(&self, from: u16, to: u16, depth: u32) -> bool {
        from == to || depth > 0 && self.inner_sets(from).any(|set| self.reaches(set, to, depth - 1))
    }

    fn inner_sets(&self, set: u16) -> impl Iterator<Item = u16> {
        let entries = self.sets[set].entries.iter();
        entries.filter_map(|(_, entry)| self.set_of(entry.file).ok())
    }
}
