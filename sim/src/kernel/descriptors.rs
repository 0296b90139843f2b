//! Descriptors: numbers for open files, and the references that keep a file open.

use std::os::fd::RawFd;

use levelring::kernel::Errno;

use super::blunders::Blunders;
use super::choices::Choices;
use super::file::Kind;
use super::system::System;
use super::task::Task;

/// The first number: 0 to 2 are somebody else's.
const FIRST: RawFd = 3;

/// How many descriptors there may be, unless the faults say otherwise.
const MOST: u16 = 1024;

impl System {
    /// The open file of a number.
    pub(super) fn file(&self, fd: RawFd) -> Result<u16, Errno> {
        let at = usize::try_from(fd.wrapping_sub(FIRST)).map_err(|_| Errno::BADF)?;
        self.table.get(at).copied().flatten().ok_or(Errno::BADF)
    }

    /// The same, for a system call of the program.
    pub(super) fn named(&mut self, fd: RawFd) -> Result<u16, Errno> {
        let file = self.file(fd);
        if file.is_err() {
            Blunders::count(&mut self.blunders.bad_numbers);
        }
        file
    }

    /// Fails unless `count` more descriptors may be had.
    pub(super) fn need(&self, count: usize) -> Result<(), Errno> {
        let most = if self.faults.descriptors == 0 { MOST } else { self.faults.descriptors };
        let used = self.table.iter().flatten().count();
        if used + count > usize::from(most) { Err(Errno::MFILE) } else { Ok(()) }
    }

    /// Gives a file the lowest number that is free.
    pub(super) fn install(&mut self, file: u16) -> RawFd {
        self.files[file].references += 1;
        let at = self.table.iter().position(Option::is_none).unwrap_or(self.table.len());
        if at == self.table.len() {
            self.table.push(Some(file));
        } else {
            self.table[at] = Some(file);
        }
        RawFd::try_from(at).map_or(RawFd::MAX, |at| at + FIRST)
    }

    /// Another descriptor of the same open file.
    ///
    /// # Errors
    /// EBADF, EMFILE.
    pub fn duplicate(&mut self, fd: RawFd) -> Result<RawFd, Errno> {
        let file = self.named(fd)?;
        self.need(1)?;
        Ok(self.install(file))
    }

    /// Closes a descriptor. Its number is free at once; its file is gone when nothing else refers
    /// to it.
    ///
    /// # Errors
    /// EBADF.
    pub fn close(&mut self, choices: &mut impl Choices, fd: RawFd) -> Result<(), Errno> {
        let file = self.named(fd)?;
        self.forget_number(fd);
        self.put(file);
        self.bury(choices);
        Ok(())
    }

    /// A number names nothing any more; the reference is the caller's to give back.
    pub(super) fn forget_number(&mut self, fd: RawFd) {
        if let Ok(at) = usize::try_from(fd.wrapping_sub(FIRST)) {
            self.table[at] = None;
        }
        while self.table.last().is_some_and(Option::is_none) {
            self.table.pop();
        }
    }

    /// All numbers that name something.
    pub fn open_numbers(&self) -> impl Iterator<Item = RawFd> + '_ {
        let all = (FIRST..).zip(&self.table);
        all.filter(|(_, file)| file.is_some()).map(|(fd, _)| fd)
    }

    /// A child process comes to be, with all descriptors, that does nothing but hold them. The
    /// rings are held as well: what is in flight stays so when the parent closes them.
    pub fn fork(&mut self) {
        let held: Vec<u16> = self.table.iter().copied().flatten().collect();
        for file in &held {
            self.files[*file].references += 1;
        }
        self.children.push(held);
    }

    /// The oldest child exits; `false` if there is none.
    pub fn child_exits(&mut self, choices: &mut impl Choices) -> bool {
        if self.children.is_empty() {
            return false;
        }
        for file in self.children.remove(0) {
            self.put(file);
        }
        self.bury(choices);
        true
    }

    /// One reference less.
    pub(super) fn put(&mut self, file: u16) {
        if self.is_last(file) {
            self.release(file);
        }
    }

    /// One reference less, given back by a ring: the last one leaves a task behind.
    pub(super) fn put_later(&mut self, file: u16) {
        if self.is_last(file) {
            self.tasks.push(Task::Release(file));
        }
    }

    fn is_last(&mut self, file: u16) -> bool {
        let there = &mut self.files[file];
        assert!(there.references > 0, "a reference is given back once");
        there.references -= 1;
        there.references == 0
    }

    /// The last reference is gone: peers are told, epoll sets forget it.
    pub(super) fn release(&mut self, file: u16) {
        self.leave_sets(file);
        match self.files[file].kind.clone() {
            Kind::PipeReader(pipe) => self.release_pipe(file, pipe),
            Kind::PipeWriter(pipe) => self.release_pipe(file, pipe),
            Kind::Socket(socket) => self.release_socket(&socket),
            Kind::Listener { backlog, .. } => self.refuse(backlog),
            Kind::Terminal(terminal) => self.release_terminal(&terminal),
            Kind::Epoll(set) => self.release_set(set),
            Kind::Ring(ring) => {
                // The ring dies in its own time; its number and file are gone now.
                self.rings[ring].file = None;
                self.disown(ring, file);
            }
            Kind::Event(_) => self.release_event(file),
            Kind::Timer(_) | Kind::Regular(_) => {}
        }
        self.files.remove(file);
    }

    fn release_pipe(&mut self, file: u16, pipe: u16) {
        let there = &mut self.pipes[pipe];
        let other = if there.reader == Some(file) {
            there.reader = None;
            there.writer
        } else {
            there.writer = None;
            there.reader
        };
        match other {
            Some(other) => self.wake_all(other),
            None => drop(self.pipes.remove(pipe)),
        }
    }

    fn release_event(&mut self, file: u16) {
        for ring in 0..self.rings.end() {
            if let Some(ring) = self.rings.get_mut(ring)
                && ring.eventfd == Some(file)
            {
                // It is signalled on, but nobody can see it.
                ring.eventfd = None;
            }
        }
    }
}
