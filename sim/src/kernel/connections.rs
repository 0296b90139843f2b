//! Making connections and ending them: sockets, listeners, terminals.

use std::collections::VecDeque;
use std::os::fd::RawFd;

use levelring::kernel::{Errno, mask};

use super::choices::Choices;
use super::errno;
use super::file::Kind;
use super::socket::{Family, Socket};
use super::system::System;
use super::terminal::Terminal;
use crate::calls::Half;

/// Where ports are found when any will do.
pub(super) const FIRST_PORT: u16 = 1024;

/// How many connections wait at a listener.
const BACKLOG: usize = 128;

impl System {
    pub(super) fn socket_mut(&mut self, file: Option<u16>) -> Option<&mut Socket> {
        let kind = &mut self.files.get_mut(file?)?.kind;
        if let Kind::Socket(socket) = kind { Some(socket) } else { None }
    }

    pub(super) fn terminal_mut(&mut self, file: Option<u16>) -> Option<&mut Terminal> {
        let kind = &mut self.files.get_mut(file?)?.kind;
        if let Kind::Terminal(terminal) = kind { Some(terminal) } else { None }
    }

    fn backlog_mut(&mut self, file: u16) -> Option<&mut VecDeque<u16>> {
        let kind = &mut self.files.get_mut(file)?.kind;
        if let Kind::Listener { backlog, .. } = kind { Some(backlog) } else { None }
    }

    /// Two connected stream sockets (AF_UNIX).
    ///
    /// # Errors
    /// EMFILE.
    pub fn socket_pair(&mut self) -> Result<[RawFd; 2], Errno> {
        self.need(2)?;
        Ok(self.make_connection(Family::Unix).map(|file| self.install(file)))
    }

    pub(super) fn make_connection(&mut self, family: Family) -> [u16; 2] {
        let ends = [(); 2].map(|()| self.make(Kind::Socket(Socket::new(family))));
        for (end, peer) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            if let Some(socket) = self.socket_mut(Some(end)) {
                socket.peer = Some(peer);
            }
        }
        ends
    }

    /// How many bytes a connection holds in the direction away from `fd`.
    ///
    /// # Errors
    /// EBADF, ENOTSOCK.
    pub fn set_socket_capacity(&mut self, fd: RawFd, bytes: u32) -> Result<(), Errno> {
        let file = self.named(fd)?;
        self.socket_mut(Some(file)).ok_or(errno::NOTSOCK)?.capacity = bytes.max(1);
        Ok(())
    }

    /// A listening TCP-like socket and its port; 0 asks for a free one.
    ///
    /// # Errors
    /// EMFILE; EADDRINUSE while the file of another listener of that port is open.
    pub fn listen(&mut self, port: u16) -> Result<(RawFd, u16), Errno> {
        self.need(1)?;
        let port = if port == 0 { self.new_port() } else { port };
        if self.listener(port).is_some() {
            return Err(errno::ADDRINUSE);
        }
        let file = self.make(Kind::Listener { port, backlog: VecDeque::new(), resets: false });
        Ok((self.install(file), port))
    }

    /// One that nobody has had lately, so that nobody is connected to whom he does not mean.
    fn new_port(&mut self) -> u16 {
        loop {
            self.last_port.0 = self.last_port.0.checked_add(1).unwrap_or(FIRST_PORT);
            if self.listener(self.last_port.0).is_none() {
                return self.last_port.0;
            }
        }
    }

    fn listener(&self, wanted: u16) -> Option<u16> {
        let is = |kind: &Kind| matches!(kind, Kind::Listener { port, .. } if *port == wanted);
        self.files.iter().find(|(_, file)| is(&file.kind)).map(|(at, _)| at)
    }

    /// A connection to a listener, established at once.
    ///
    /// # Errors
    /// EMFILE, ECONNREFUSED.
    ///
    /// Divergence: a full backlog refuses, where Linux has the connection wait.
    pub fn connect(&mut self, port: u16) -> Result<RawFd, Errno> {
        self.need(1)?;
        let client = self.knock(port)?;
        Ok(self.install(client))
    }

    /// A connection whose one end waits at a listener; the other one, without a reference.
    pub(super) fn knock(&mut self, port: u16) -> Result<u16, Errno> {
        let listener = self.listener(port).ok_or(errno::CONNREFUSED)?;
        if self.backlog_mut(listener).is_none_or(|backlog| backlog.len() >= BACKLOG) {
            return Err(errno::CONNREFUSED);
        }
        let [client, server] = self.make_connection(Family::Tcp);
        self.files[server].references += 1;
        let mut inherits = false;
        if let Kind::Listener { backlog, resets, .. } = &mut self.files[listener].kind {
            backlog.push_back(server);
            inherits = *resets;
        }
        if let Some(socket) = self.socket_mut(Some(server)) {
            socket.resets = inherits;
        }
        self.wake(listener, mask::IN);
        Ok(client)
    }

    /// A connection to the listener of that number.
    ///
    /// # Errors
    /// EBADF, EINVAL if it does not listen, and as [`connect`](Self::connect).
    pub fn connect_to(&mut self, listener: RawFd) -> Result<RawFd, Errno> {
        let file = self.named(listener)?;
        let Kind::Listener { port, .. } = self.files[file].kind else { return Err(Errno::INVAL) };
        self.connect(port)
    }

    /// The next connection that waits at a listener.
    ///
    /// # Errors
    /// EAGAIN, EMFILE, EBADF, EINVAL, ENOTSOCK.
    pub fn accept(&mut self, fd: RawFd) -> Result<RawFd, Errno> {
        let file = self.named(fd)?;
        self.accept_from(file)
    }

    /// Whether there is a number for it is asked first.
    pub(super) fn accept_from(&mut self, file: u16) -> Result<RawFd, Errno> {
        self.need(1)?;
        let is_socket = self.socket_mut(Some(file)).is_some();
        let Some(backlog) = self.backlog_mut(file) else {
            return Err(if is_socket { Errno::INVAL } else { errno::NOTSOCK });
        };
        let taken = backlog.pop_front().ok_or(Errno::AGAIN)?;
        let fd = self.install(taken);
        // The backlog's own reference.
        self.files[taken].references -= 1;
        Ok(fd)
    }

    /// A pseudo-terminal: its master and its terminal.
    ///
    /// # Errors
    /// EMFILE.
    pub fn terminal(&mut self) -> Result<[RawFd; 2], Errno> {
        self.need(2)?;
        let ends = [true, false].map(|master| self.make(Kind::Terminal(Terminal::new(master))));
        for (end, peer) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            if let Some(terminal) = self.terminal_mut(Some(end)) {
                terminal.peer = Some(peer);
            }
        }
        Ok(ends.map(|end| self.install(end)))
    }

    /// Sets a terminal's attributes to what they are: who polls it is woken without a key.
    ///
    /// # Errors
    /// EBADF, EIO, ENOTTY.
    pub fn set_terminal(&mut self, fd: RawFd) -> Result<(), Errno> {
        let file = self.named(fd)?;
        let terminal = self.terminal_mut(Some(file)).ok_or(errno::NOTTY)?;
        if terminal.is_hung_up() {
            return Err(Errno::IO);
        }
        // A master has no attributes: they are set on its terminal.
        let woken = if terminal.is_master { terminal.peer } else { Some(file) };
        if let Some(woken) = woken {
            self.wake(woken, 0);
        }
        Ok(())
    }

    /// Closes half of a connection.
    ///
    /// # Errors
    /// EBADF, ENOTSOCK, ENOTCONN.
    pub fn shutdown(&mut self, fd: RawFd, half: Half) -> Result<(), Errno> {
        let file = self.named(fd)?;
        if let Kind::Listener { .. } = self.files[file].kind {
            if half != Half::Write {
                self.stop_listening(file);
            }
            self.wake_all(file);
            return Ok(());
        }
        let socket = self.socket_mut(Some(file)).ok_or(errno::NOTSOCK)?;
        let (read, write) =
            (matches!(half, Half::Read | Half::Both), matches!(half, Half::Write | Half::Both));
        if socket.over {
            socket.read_down |= read;
            socket.write_down |= write;
            // Who polls for a hang-up is told of it again.
            self.wake_all(file);
            return Err(errno::NOTCONN);
        }
        // TCP tells its peer once.
        let tells = write && !socket.write_down;
        socket.read_down |= read;
        socket.write_down |= write;
        let (family, peer) = (socket.family, socket.peer);
        if let Some(other) = self.socket_mut(peer) {
            other.read_down |= write;
            // Only AF_UNIX tells the peer that nobody will read.
            other.write_down |= read && family == Family::Unix;
        }
        if write && family == Family::Tcp {
            self.both_ended(file, peer);
        }
        // Who is woken first is each family's habit.
        match (family, peer) {
            (Family::Unix, Some(peer)) => {
                self.wake_all(file);
                self.wake_all(peer);
            }
            (Family::Tcp, Some(peer)) if tells => {
                self.wake_all(peer);
                self.wake_all(file);
            }
            (Family::Unix | Family::Tcp, _) => self.wake_all(file),
        }
        Ok(())
    }

    /// A listener becomes a socket that was never connected; who waits to be accepted is reset.
    fn stop_listening(&mut self, file: u16) {
        let mut idle = Socket::new(Family::Tcp);
        (idle.over, idle.idle) = (true, true);
        let was = core::mem::replace(&mut self.files[file].kind, Kind::Socket(idle));
        if let Kind::Listener { backlog, .. } = was {
            self.refuse(backlog);
        }
        self.wake(file, mask::ERR);
    }

    /// Connections that nobody will accept are reset.
    pub(super) fn refuse(&mut self, backlog: VecDeque<u16>) {
        for waiting in backlog {
            if let Some(peer) = self.socket_mut(Some(waiting)).and_then(|own| own.peer.take()) {
                self.disconnect(peer, errno::CONNRESET);
            }
            self.put(waiting);
        }
    }

    /// TCP: when both sides have said that they will write no more, the connection is over.
    pub(super) fn both_ended(&mut self, file: u16, peer: Option<u16>) {
        let other = self.socket_mut(peer);
        if other.is_none_or(|other| other.write_down) {
            for end in [Some(file), peer] {
                if let Some(socket) = self.socket_mut(end) {
                    socket.over = true;
                }
            }
        }
    }

    /// Closes a socket so that its peer is told of an error (RST), when nothing else refers to it.
    ///
    /// # Errors
    /// EBADF, ENOTSOCK.
    pub fn reset(&mut self, choices: &mut impl Choices, fd: RawFd) -> Result<(), Errno> {
        let file = self.named(fd)?;
        match &mut self.files[file].kind {
            // AF_UNIX knows no other end than that of close.
            Kind::Socket(socket) => socket.resets = socket.family == Family::Tcp,
            Kind::Listener { resets, .. } => *resets = true,
            Kind::PipeReader(_)
            | Kind::PipeWriter(_)
            | Kind::Event(_)
            | Kind::Timer(_)
            | Kind::Regular(_)
            | Kind::Terminal(_)
            | Kind::Epoll(_)
            | Kind::Ring(_) => return Err(errno::NOTSOCK),
        }
        self.close(choices, fd)
    }

    /// A connection's other end is gone with an error.
    pub(super) fn disconnect(&mut self, file: u16, error: Errno) {
        let Some(socket) = self.socket_mut(Some(file)) else { return };
        socket.peer = None;
        socket.error = error.0;
        (socket.read_down, socket.write_down) = (true, true);
        socket.over = socket.family == Family::Tcp;
        self.wake_all(file);
        self.wake(file, mask::ERR);
    }

    pub(super) fn release_socket(&mut self, closed: &Socket) {
        let Some(peer) = closed.peer else { return };
        let unread = !closed.inbox.is_empty() || closed.resets;
        let Some(socket) = self.socket_mut(Some(peer)) else { return };
        match closed.family {
            // Both have ended it, and neither has anything to say.
            Family::Tcp if socket.over => socket.peer = None,
            // What was not read is an error of the peer's; after an end only to its writes.
            Family::Tcp if unread && closed.write_down => self.disconnect(peer, Errno::PIPE),
            Family::Tcp if unread => self.disconnect(peer, errno::CONNRESET),
            Family::Tcp => {
                socket.peer = None;
                socket.read_down = true;
                socket.over |= socket.write_down;
                // Unless it has been told by a shutdown.
                if !closed.write_down {
                    self.wake_all(peer);
                }
            }
            Family::Unix => {
                socket.peer = None;
                (socket.read_down, socket.write_down) = (true, true);
                if unread {
                    socket.error = errno::CONNRESET.0;
                }
                self.wake_all(peer);
                // What was not read is free.
                for _ in 0..closed.unread_pieces() {
                    self.wake(peer, mask::OUT);
                }
            }
        }
    }

    /// Data comes for whom there can be none.
    pub(super) fn refuse_data(&mut self, file: u16) {
        self.disconnect(file, errno::CONNRESET);
    }

    /// A write finds that nobody is there.
    pub(super) fn answered_by_reset(&mut self, file: u16) {
        self.disconnect(file, Errno::PIPE);
    }

    pub(super) fn release_terminal(&mut self, closed: &Terminal) {
        if let Some(other) = self.terminal_mut(closed.peer) {
            other.peer = None;
        }
        if let Some(peer) = closed.peer {
            self.wake(peer, 0);
        }
    }
}
