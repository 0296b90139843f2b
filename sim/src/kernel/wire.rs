//! Wires: connections that lead out of this kernel, to another host.
//!
//! A wire is the far end of a connection. No descriptor of the program's names it: it is held by
//! whoever carries bytes between kernels, here [`world`](crate::world).

use std::os::fd::RawFd;

use levelring::kernel::{Errno, mask};

use super::errno;
use super::socket::{Family, Socket};
use super::system::System;

/// The far end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wire(u16);

/// What the near end, a program's, has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Near {
    /// More may be written.
    Open,
    /// It writes no more, but may read.
    Finished,
    /// It is closed: all that it wrote was taken, and nobody will read.
    Closed,
    /// It is closed, and had not read everything: the other side is told of an error.
    Broken,
}

impl System {
    /// A connection that is being made: a socket that is ready for nothing yet, and its wire.
    ///
    /// # Errors
    /// EMFILE.
    pub(crate) fn dial(&mut self) -> Result<(RawFd, Wire), Errno> {
        self.need(1)?;
        let [near, far] = self.make_connection(Family::Tcp);
        self.hold_wire(far);
        self.capacity_of(near, 0);
        Ok((self.install(near), Wire(far)))
    }

    /// A connection comes in, and waits to be accepted.
    ///
    /// # Errors
    /// ECONNREFUSED.
    pub(crate) fn ring_at(&mut self, port: u16) -> Result<Wire, Errno> {
        let far = self.knock(port)?;
        self.hold_wire(far);
        Ok(Wire(far))
    }

    /// The connection is there: as much as that may be under way in each direction.
    pub(crate) fn establish(&mut self, wire: Wire, sending: u32, receiving: u32) {
        self.capacity_of(wire.0, receiving);
        if let Some(near) = self.near(wire) {
            self.capacity_of(near, sending);
            self.wake(near, mask::OUT);
        }
    }

    /// The wire of a socket, if it has one.
    pub(crate) fn wire_of(&mut self, fd: RawFd) -> Option<Wire> {
        let file = self.file(fd).ok()?;
        let peer = self.socket_mut(Some(file))?.peer?;
        self.wires.contains(&peer).then_some(Wire(peer))
    }

    /// Takes at most that much of what the program has written.
    pub(crate) fn haul(&mut self, wire: Wire, most: usize) -> Vec<u8> {
        let mut bytes = vec![0; most.min(self.outstanding(Some(wire.0)))];
        let count = self.read_file(wire.0, None, &mut bytes).unwrap_or(0);
        bytes.truncate(count);
        bytes
    }

    /// How much the program has written that was not taken.
    pub(crate) fn waiting(&self, wire: Wire) -> usize {
        self.outstanding(Some(wire.0))
    }

    /// What the near end has come to.
    pub(crate) fn near_end(&mut self, wire: Wire) -> Near {
        match self.socket_mut(Some(wire.0)) {
            Some(Socket { peer: None, error: 0, .. }) => Near::Closed,
            Some(Socket { peer: None, .. }) | None => Near::Broken,
            Some(Socket { read_down: true, .. }) => Near::Finished,
            Some(_) => Near::Open,
        }
    }

    /// Hands bytes to the program: how many it has room for. `None` if it is not there any more.
    pub(crate) fn hand(&mut self, wire: Wire, bytes: &[u8]) -> Option<usize> {
        self.near(wire)?;
        match self.write_file(wire.0, None, bytes) {
            Err(Errno::AGAIN) => Some(0),
            answer => answer.ok().filter(|_| self.near(wire).is_some()),
        }
    }

    /// Tells the program that nothing more will come.
    pub(crate) fn finish(&mut self, wire: Wire) {
        let Some(near) = self.near(wire) else { return };
        for (file, down) in [(wire.0, false), (near, true)] {
            if let Some(socket) = self.socket_mut(Some(file)) {
                socket.read_down |= down;
                socket.write_down |= !down;
            }
        }
        self.both_ended(wire.0, Some(near));
        self.wake_all(near);
    }

    /// Tells the program that the connection is gone, and why.
    pub(crate) fn cut_wire(&mut self, wire: Wire, reason: Option<Errno>) {
        let Some(near) = self.near(wire) else { return };
        if let Some(far) = self.socket_mut(Some(wire.0)) {
            far.peer = None;
            far.inbox.clear();
        }
        // Whoever has seen the end is told by EPIPE, as on Linux.
        let ended = self.socket_mut(Some(near)).is_some_and(|near| near.read_down);
        let usual = if ended { Errno::PIPE } else { errno::CONNRESET };
        self.disconnect(near, reason.unwrap_or(usual));
    }

    /// Lets go of a wire. What the program still wants of it, it will not get.
    pub(crate) fn let_go(&mut self, wire: Wire) {
        if let Some(at) = self.wires.iter().position(|held| *held == wire.0) {
            self.wires.remove(at);
            self.put(wire.0);
        }
    }

    fn hold_wire(&mut self, far: u16) {
        self.files[far].references += 1;
        self.wires.push(far);
    }

    fn near(&mut self, wire: Wire) -> Option<u16> {
        self.socket_mut(Some(wire.0))?.peer
    }

    fn capacity_of(&mut self, file: u16, bytes: u32) {
        if let Some(socket) = self.socket_mut(Some(file)) {
            socket.capacity = bytes;
        }
    }
}
