//! Reading and writing, on a descriptor or within a request.

use std::os::fd::RawFd;

use levelring::kernel::{Errno, mask};

use super::counter::{self, Timer};
use super::errno;
use super::file::Kind;
use super::pipe::Pipe;
use super::regular::Regular;
use super::socket::Family;
use super::system::System;
use super::terminal;

impl System {
    /// A pipe: its reading and its writing end.
    ///
    /// # Errors
    /// EMFILE.
    pub fn pipe(&mut self) -> Result<[RawFd; 2], Errno> {
        self.need(2)?;
        let pipe = self.pipes.insert(Pipe::new());
        let reader = self.make(Kind::PipeReader(pipe));
        let writer = self.make(Kind::PipeWriter(pipe));
        self.files[writer].inode = self.files[reader].inode;
        (self.pipes[pipe].reader, self.pipes[pipe].writer) = (Some(reader), Some(writer));
        Ok([self.install(reader), self.install(writer)])
    }

    /// How many pages of how many bytes a pipe has: 16 of 4096 unless said otherwise.
    ///
    /// # Errors
    /// EBADF.
    pub fn set_pipe_capacity(&mut self, fd: RawFd, slots: u16, page: u16) -> Result<(), Errno> {
        let file = self.named(fd)?;
        let (Kind::PipeReader(pipe) | Kind::PipeWriter(pipe)) = self.files[file].kind else {
            return Err(Errno::BADF);
        };
        self.pipes[pipe].resize(slots, page);
        Ok(())
    }

    /// An eventfd.
    ///
    /// # Errors
    /// EMFILE.
    pub fn event(&mut self, count: u32) -> Result<RawFd, Errno> {
        self.need(1)?;
        let file = self.make(Kind::Event(count.into()));
        Ok(self.install(file))
    }

    /// A timerfd, disarmed.
    ///
    /// # Errors
    /// EMFILE.
    pub fn timer(&mut self) -> Result<RawFd, Errno> {
        self.need(1)?;
        let file = self.make(Kind::Timer(Timer::default()));
        Ok(self.install(file))
    }

    /// A regular file, empty.
    ///
    /// # Errors
    /// EMFILE.
    pub fn regular(&mut self) -> Result<RawFd, Errno> {
        self.need(1)?;
        let file = self.make(Kind::Regular(Regular::default()));
        Ok(self.install(file))
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// EAGAIN, EBADF, ECONNRESET, EINVAL, EIO.
    pub fn read(&mut self, fd: RawFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        let file = self.named(fd)?;
        self.read_file(file, None, buffer)
    }

    /// Writes what fits.
    ///
    /// # Errors
    /// EAGAIN, EBADF, EPIPE, ECONNRESET, EINVAL, EIO.
    pub fn write(&mut self, fd: RawFd, buffer: &[u8]) -> Result<usize, Errno> {
        let file = self.named(fd)?;
        self.write_file(file, None, buffer)
    }

    pub(super) fn read_file(
        &mut self,
        file: u16,
        at: Option<u64>,
        buffer: &mut [u8],
    ) -> Result<usize, Errno> {
        match &mut self.files[file].kind {
            Kind::PipeReader(pipe) => {
                let pipe = *pipe;
                self.read_pipe(pipe, buffer)
            }
            Kind::Socket(_) => self.read_socket(file, buffer),
            Kind::Event(count) => {
                let taken = counter::take(count, buffer)?;
                self.wake(file, mask::OUT);
                Ok(taken)
            }
            Kind::Timer(timer) => counter::take(&mut timer.ticks, buffer),
            Kind::Regular(regular) => Ok(regular.read(at, buffer)),
            Kind::Terminal(_) => self.read_terminal(file, buffer),
            Kind::PipeWriter(_) => Err(Errno::BADF),
            Kind::Listener { .. } => Err(errno::NOTCONN),
            Kind::Epoll(_) | Kind::Ring(_) => Err(Errno::INVAL),
        }
    }

    pub(super) fn write_file(
        &mut self,
        file: u16,
        at: Option<u64>,
        buffer: &[u8],
    ) -> Result<usize, Errno> {
        match &mut self.files[file].kind {
            Kind::PipeWriter(pipe) => {
                let pipe = *pipe;
                self.write_pipe(pipe, buffer)
            }
            Kind::Socket(_) => self.write_socket(file, buffer),
            Kind::Event(count) => {
                let added = counter::add(count, buffer)?;
                self.wake(file, mask::IN);
                Ok(added)
            }
            Kind::Regular(regular) => Ok(regular.write(at, buffer)),
            Kind::Terminal(_) => self.write_terminal(file, buffer),
            Kind::PipeReader(_) => Err(Errno::BADF),
            Kind::Listener { .. } => Err(Errno::PIPE),
            Kind::Timer(_) | Kind::Epoll(_) | Kind::Ring(_) => Err(Errno::INVAL),
        }
    }

    fn read_pipe(&mut self, pipe: u16, buffer: &mut [u8]) -> Result<usize, Errno> {
        let there = &mut self.pipes[pipe];
        if buffer.is_empty() {
            return Ok(0);
        }
        let was_full = there.is_full();
        let count = there.read(buffer);
        let writer = there.writer;
        // Not for a part of a page, on which older kernels tell as well.
        let has_room_again = was_full && !there.is_full();
        if count == 0 {
            return if writer.is_some() { Err(Errno::AGAIN) } else { Ok(0) };
        }
        if let Some(writer) = writer.filter(|_| has_room_again) {
            self.wake(writer, mask::OUT);
        }
        Ok(count)
    }

    fn write_pipe(&mut self, pipe: u16, buffer: &[u8]) -> Result<usize, Errno> {
        let there = &mut self.pipes[pipe];
        let Some(reader) = there.reader else { return Err(Errno::PIPE) };
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = there.write(buffer);
        // Also if it was not empty, and even if it was full: Linux does so for who polls by edges.
        self.wake(reader, mask::IN);
        if count == 0 { Err(Errno::AGAIN) } else { Ok(count) }
    }

    fn read_socket(&mut self, file: u16, buffer: &mut [u8]) -> Result<usize, Errno> {
        let Some(socket) = self.socket_mut(Some(file)) else { return Err(errno::NOTSOCK) };
        let peer = socket.peer;
        if socket.inbox.is_empty() || buffer.is_empty() {
            if socket.error == Errno::PIPE.0 || buffer.is_empty() {
                // TCP: what is an error to the writer is an ordinary end to the reader, and stays.
                return Ok(0);
            }
            return match core::mem::take(&mut socket.error) {
                0 if socket.read_down => Ok(0),
                0 if socket.idle => Err(errno::NOTCONN),
                0 => Err(Errno::AGAIN),
                error => Err(Errno(error)),
            };
        }
        let (count, ended) = socket.take(buffer);
        let left = socket.inbox.len();
        if let Some(other) = self.socket_mut(peer) {
            let before = other.is_writable(left + count);
            let now = other.is_writable(left);
            // AF_UNIX tells of each buffer that is free, TCP of the first that makes a difference.
            let times = match other.family {
                Family::Unix => ended,
                Family::Tcp => usize::from(!before),
            };
            if let Some(peer) = peer.filter(|_| now) {
                for _ in 0..times {
                    self.wake(peer, mask::OUT);
                }
            }
        }
        Ok(count)
    }

    fn write_socket(&mut self, file: u16, buffer: &[u8]) -> Result<usize, Errno> {
        let Some(socket) = self.socket_mut(Some(file)) else { return Err(errno::NOTSOCK) };
        let (family, peer) = (socket.family, socket.peer);
        if socket.error != 0 && (family == Family::Tcp || !socket.write_down) {
            return Err(Errno(core::mem::take(&mut socket.error)));
        }
        if socket.write_down || socket.idle {
            return Err(Errno::PIPE);
        }
        let Some(peer) = peer else {
            // TCP: sent, and answered by a reset.
            self.answered_by_reset(file);
            return Ok(buffer.len());
        };
        let outstanding = self.outstanding(Some(peer));
        let room = match self.socket_mut(Some(file)) {
            Some(socket) => socket.room(outstanding, buffer.len()),
            None => 0,
        };
        if room == 0 && !buffer.is_empty() {
            return Err(Errno::AGAIN);
        }
        if let Some(other) = self.socket_mut(Some(peer)) {
            if other.read_down && family == Family::Unix {
                return Err(Errno::PIPE);
            }
            if other.read_down && other.write_down {
                // TCP: whoever has shut down both halves answers by a reset.
                self.refuse_data(peer);
                self.answered_by_reset(file);
                return Ok(buffer.len());
            }
            other.put(&buffer[..room]);
        }
        self.wake(peer, mask::IN);
        Ok(room)
    }

    fn read_terminal(&mut self, file: u16, buffer: &mut [u8]) -> Result<usize, Errno> {
        let Some(terminal) = self.terminal_mut(Some(file)) else { return Err(errno::NOTTY) };
        let peer = terminal.peer;
        if terminal.is_hung_up() || buffer.is_empty() {
            return Ok(0);
        }
        let count = buffer.len().min(terminal.inbox.len());
        for (to, from) in buffer.iter_mut().zip(terminal.inbox.drain(..count)) {
            *to = from;
        }
        match peer {
            None if count == 0 => Err(Errno::IO),
            Some(_) if count == 0 => Err(Errno::AGAIN),
            None => Ok(count),
            Some(peer) => {
                self.wake(peer, mask::OUT);
                Ok(count)
            }
        }
    }

    fn write_terminal(&mut self, file: u16, buffer: &[u8]) -> Result<usize, Errno> {
        let Some(terminal) = self.terminal_mut(Some(file)) else { return Err(errno::NOTTY) };
        if terminal.is_hung_up() {
            return Err(Errno::IO);
        }
        let peer = terminal.peer;
        // Whoever is done with writing makes room for others to write.
        self.wake(file, mask::OUT);
        let Some(peer) = peer else { return Ok(buffer.len()) };
        let room = terminal::CAPACITY.saturating_sub(self.outstanding(Some(peer)));
        let count = room.min(buffer.len());
        if count == 0 && !buffer.is_empty() {
            return Err(Errno::AGAIN);
        }
        if let Some(other) = self.terminal_mut(Some(peer)) {
            other.inbox.extend(&buffer[..count]);
        }
        self.wake(peer, mask::IN);
        Ok(count)
    }
}
