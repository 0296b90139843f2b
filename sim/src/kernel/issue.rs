//! Issuing: what each operation does when its turn has come.

use std::os::fd::RawFd;

use levelring::kernel::{EpollEvent, Errno, mask};

use super::blunders::Blunders;
use super::choices::Choices;
use super::errno::{self, negative};
use super::file::Kind;
use super::prepare::{CANCEL_FD, CANCEL_FD_FIXED};
use super::record::Noted;
use super::request::{ACCEPT_MULTI, POLL_MULTI, Place, Request, UNASKED, flag, op};
use super::ring::Finished;
use super::set::{Control, EXCLUSIVE};
use super::system::System;
use super::witness::Sight;

/// What came of an operation that may have to wait for its file.
type Attempt = Result<i32, Errno>;

impl System {
    /// Issues a request: its result, or none when that comes later.
    pub(super) fn issue(&mut self, choices: &mut impl Choices, ring: u16, id: u16) -> Option<i32> {
        if !self.has_its_file(ring, id) {
            return Some(negative(Errno::BADF));
        }
        let request = self.rings[ring].requests[id];
        let sqe = request.sqe;
        match sqe.opcode {
            op::NOP | op::FSYNC => Some(0),
            op::POLL_ADD => self.arm(ring, id, sqe.op_flags, sqe.len & POLL_MULTI == 0),
            op::POLL_REMOVE => Some(self.remove_poll(choices, ring, &request)),
            op::ASYNC_CANCEL => {
                if sqe.op_flags & (CANCEL_FD | CANCEL_FD_FIXED) == CANCEL_FD
                    && let Ok(file) = self.file(sqe.fd)
                {
                    self.hold(ring, id, file);
                }
                Some(self.cancel(ring, &request))
            }
            op::TIMEOUT => self.time(ring, id),
            op::TIMEOUT_REMOVE => Some(self.remove_timeout(ring, &request)),
            op::LINK_TIMEOUT => Some(negative(Errno::CANCELED)),
            op::EPOLL_CTL => Some(self.control_request(&request)),
            op::CLOSE => Some(self.close_request(sqe.fd)),
            op::ACCEPT => self.accept_request(ring, id, &request),
            _ => self.attempt(ring, id, &request),
        }
    }

    /// The same by a worker thread, which has no multishot request post its results: it only waits
    /// there for its file.
    pub(super) fn issue_punted(
        &mut self,
        choices: &mut impl Choices,
        ring: u16,
        id: u16,
    ) -> Option<i32> {
        let sqe = self.rings[ring].requests[id].sqe;
        if sqe.opcode != op::ACCEPT || sqe.ioprio & ACCEPT_MULTI == 0 {
            return self.issue(choices, ring, id);
        }
        if !self.has_its_file(ring, id) {
            return Some(negative(Errno::BADF));
        }
        let file = self.rings[ring].requests[id].file?;
        self.hook(ring, id, mask::IN | mask::PRI | EXCLUSIVE, false);
        let level = self.level(file) & (mask::IN | UNASKED);
        if level != 0 {
            let poll = &mut self.rings[ring].requests[id].poll;
            (poll.owned, poll.stash) = (true, level);
            self.queue_work(ring, id);
        }
        None
    }

    /// Whether it has a file, if it needs one: that of its number at this moment.
    fn has_its_file(&mut self, ring: u16, id: u16) -> bool {
        let request = self.rings[ring].requests[id];
        if !request.needs_file() || request.file.is_some() {
            return true;
        }
        let file = self.requested_file(ring, &request);
        if let Some(file) = file {
            self.hold(ring, id, file);
        } else {
            Blunders::count(&mut self.blunders.bad_submissions);
        }
        file.is_some()
    }

    fn requested_file(&self, ring: u16, request: &Request) -> Option<u16> {
        if request.has(flag::FIXED_FILE) {
            let slot = usize::try_from(request.sqe.fd).ok()?;
            return self.rings[ring].fixed.get(slot).copied().flatten();
        }
        self.file(request.sqe.fd).ok()
    }

    /// From now on the request keeps the file open.
    ///
    /// Divergence: a request on its own ring does not keep the ring, which Linux unties when the
    /// process exits.
    fn hold(&mut self, ring: u16, id: u16, file: u16) {
        if self.rings[ring].file != Some(file) {
            self.files[file].references += 1;
        }
        self.rings[ring].requests[id].file = Some(file);
    }

    /// An operation that waits for its file when that is not ready, however it was opened.
    fn attempt(&mut self, ring: u16, id: u16, request: &Request) -> Option<i32> {
        let file = request.file?;
        let is_socket = matches!(self.files[file].kind, Kind::Socket(_) | Kind::Listener { .. });
        let (answer, awaited) = match request.sqe.opcode {
            op::RECV | op::SEND if !is_socket => (Err(errno::NOTSOCK), 0),
            op::READ | op::RECV => (self.read_request(file, request), mask::IN),
            op::WRITE | op::SEND => (self.write_request(file, request), mask::OUT),
            op::EPOLL_WAIT => {
                self.witness.saw(Sight::SetOnRing);
                (self.epoll_wait_request(file, request), mask::IN)
            }
            _ => (Err(Errno::INVAL), 0),
        };
        match answer {
            Ok(result) => Some(result),
            // What goes wrong in a write is told by way of the work.
            Err(errno)
                if request.sqe.opcode == op::WRITE
                    && !matches!(errno, Errno::AGAIN | Errno::BADF) =>
            {
                self.end_later(ring, id, negative(errno));
                None
            }
            Err(Errno::AGAIN) => {
                self.hook(ring, id, awaited | mask::PRI, true);
                None
            }
            Err(errno) => Some(negative(errno)),
        }
    }

    /// Of those who wait for a connection one is woken for each.
    fn accept_request(&mut self, ring: u16, id: u16, request: &Request) -> Option<i32> {
        let file = request.file?;
        let once = request.sqe.ioprio & ACCEPT_MULTI == 0;
        let result = if once {
            match self.accept_from(file) {
                Err(Errno::AGAIN) => None,
                Ok(fd) => Some(fd),
                Err(errno) => Some(negative(errno)),
            }
        } else {
            self.accept_each(ring, id, file)
        };
        if result.is_none() {
            self.hook(ring, id, mask::IN | mask::PRI | EXCLUSIVE, once);
        }
        result
    }

    /// All connections that wait: a completion each. The last result is one that found the queue
    /// full, or an error; there is none while more may come.
    pub(super) fn accept_each(&mut self, ring: u16, id: u16, file: u16) -> Option<i32> {
        let user_data = self.rings[ring].requests[id].sqe.user_data;
        loop {
            let fd = match self.accept_from(file) {
                Ok(fd) => fd,
                Err(Errno::AGAIN) => return None,
                Err(errno) => return Some(negative(errno)),
            };
            self.flush_before(ring);
            if self.rings[ring].is_full() {
                self.witness.saw(Sight::MultishotFull);
                return Some(fd);
            }
            self.post(ring, user_data, fd, mask::CQE_MORE);
            if self.level(file) == 0 {
                return None;
            }
        }
    }

    fn read_request(&mut self, file: u16, request: &Request) -> Attempt {
        let length = request.sqe.len.min(1 << 20);
        let mut buffer = vec![0; length as usize];
        let count = self.read_file(file, position(request), &mut buffer)?;
        self.memory_of(&request.sqe).store(request.sqe.addr, &buffer[..count]);
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    fn write_request(&mut self, file: u16, request: &Request) -> Attempt {
        let buffer = self.memory_of(&request.sqe).load(request.sqe.addr, request.sqe.len);
        let count = self.write_file(file, position(request), &buffer)?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    fn epoll_wait_request(&mut self, file: u16, request: &Request) -> Attempt {
        let set = self.set_of(file)?;
        let (memory, address) = (self.memory_of(&request.sqe), request.sqe.addr);
        let most = request.sqe.len as usize;
        if most == 0 {
            return Err(Errno::INVAL);
        }
        if memory.is_nowhere(address) {
            // Whoever is ready stays so.
            return Err(if self.has_events(set) { Errno::FAULT } else { Errno::AGAIN });
        }
        let count = self.send_events(set, most, |at, events, data| {
            memory.store_event(address, at, EpollEvent::new(events, data));
        });
        if count == 0 {
            return Err(Errno::AGAIN);
        }
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    fn control_request(&mut self, request: &Request) -> i32 {
        // Divergence: Linux reads it when it is submitted, which shows only behind a link.
        let event = self.memory_of(&request.sqe).load_event(request.sqe.addr);
        let control = match request.sqe.len {
            1 => Control::Add,
            2 => Control::Delete,
            _ => Control::Modify,
        };
        let fd = RawFd::try_from(request.sqe.off & 0x7fff_ffff).unwrap_or(-1);
        let answer = self.epoll_control(request.sqe.fd, control, fd, event.events(), event.data());
        answer.map_or_else(negative, |()| 0)
    }

    fn close_request(&mut self, fd: RawFd) -> i32 {
        match self.file(fd) {
            Ok(file) => {
                self.forget_number(fd);
                self.put_later(file);
                0
            }
            Err(errno) => negative(errno),
        }
    }

    /// Completes a request: it is gone, but its file is held until its chain is told.
    pub(super) fn complete(&mut self, ring: u16, id: u16, result: i32) {
        let there = &mut self.rings[ring];
        let Some(request) = there.requests.remove(id) else { return };
        debug_assert!(matches!(
            request.place,
            Place::Hand | Place::Issue | Place::Complete | Place::Expired { .. }
        ));
        let failed = request.failed || request.fails_with(result);
        let skips = request.has(flag::CQE_SKIP);
        let file = request.file.filter(|file| there.file != Some(*file));
        let breaks = failed && !request.has(flag::HARDLINK);
        let silences = skips || request.silent;
        let tells = !request.silent && (failed || !skips);
        let posted = tells && !there.is_full();
        there.finished.push(Finished { next: request.next, breaks, silences, file, posted });
        if tells {
            self.post(ring, request.sqe.user_data, result, 0);
        } else {
            let user_data = request.sqe.user_data;
            self.note(|| Noted::Vanished { ring, user_data });
        }
    }
}

/// Where in a file to read or write; nothing for its own position.
const fn position(request: &Request) -> Option<u64> {
    match (request.sqe.opcode, request.sqe.off) {
        (op::SEND | op::RECV, _) | (_, u64::MAX) => None,
        (_, at) => Some(at),
    }
}
