//! Readiness: the level of each kind of file, and poll(2).

use levelring::kernel::{PollEntry, mask};

use super::counter;
use super::file::Kind;
use super::system::System;

impl System {
    /// Everything a file is ready for.
    pub(super) fn level(&mut self, file: u16) -> u32 {
        match &self.files[file].kind {
            Kind::PipeReader(pipe) => self.pipes[*pipe].read_level(),
            Kind::PipeWriter(pipe) => self.pipes[*pipe].write_level(),
            Kind::Socket(socket) => socket.level(self.outstanding(socket.peer)),
            Kind::Listener { backlog, .. } => {
                if backlog.is_empty() {
                    0
                } else {
                    mask::IN
                }
            }
            Kind::Event(count) => counter::event_level(*count),
            Kind::Timer(timer) => {
                if timer.ticks > 0 {
                    mask::IN
                } else {
                    0
                }
            }
            Kind::Regular(_) => mask::IN | mask::OUT,
            Kind::Terminal(terminal) => terminal.level(self.outstanding(terminal.peer)),
            Kind::Epoll(set) => {
                let set = *set;
                if self.has_events(set) { mask::IN } else { 0 }
            }
            Kind::Ring(ring) => {
                let ring = *ring;
                self.is_polled(ring);
                self.rings[ring].level()
            }
        }
    }

    /// How much of what was written to a socket or terminal has not been read.
    pub(super) fn outstanding(&self, peer: Option<u16>) -> usize {
        match peer.and_then(|peer| self.files.get(peer)).map(|file| &file.kind) {
            Some(Kind::Socket(peer)) => peer.charged(),
            Some(Kind::Terminal(peer)) => peer.inbox.len(),
            Some(
                Kind::PipeReader(_)
                | Kind::PipeWriter(_)
                | Kind::Listener { .. }
                | Kind::Event(_)
                | Kind::Timer(_)
                | Kind::Regular(_)
                | Kind::Epoll(_)
                | Kind::Ring(_),
            )
            | None => 0,
        }
    }

    /// Whether poll(2) would be woken for this, when it sleeps: not for the work of a ring that
    /// defers, which it sees when it looks.
    pub(super) fn wakes_poll(&mut self, entries: &mut [PollEntry]) -> bool {
        entries.iter_mut().any(|entry| {
            let wakes = self.file(entry.fd).is_ok_and(|file| self.wakes_who_polls(file));
            wakes && self.poll(core::slice::from_mut(entry)) > 0
        })
    }

    fn wakes_who_polls(&self, file: u16) -> bool {
        let Kind::Ring(ring) = self.files[file].kind else { return true };
        let ring = &self.rings[ring];
        !(ring.defers && ring.completions.is_empty() && ring.overflow.is_empty())
    }

    /// poll(2) that does not wait: fills in the answers, and says how many are not nothing.
    pub fn poll(&mut self, entries: &mut [PollEntry]) -> usize {
        let mut ready = 0;
        for entry in entries {
            entry.revents = 0;
            if entry.fd < 0 {
                continue;
            }
            let level = match self.file(entry.fd) {
                Ok(file) => {
                    let wanted = mask::from_poll(entry.events) | mask::ERR | mask::HUP;
                    self.level(file) & wanted
                }
                Err(_) => mask::NVAL,
            };
            entry.revents = mask::to_poll(level);
            ready += usize::from(level != 0);
        }
        ready
    }
}
