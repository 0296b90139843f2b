//! Polls: armed on a file's wait queue, told by wake-ups, checked when their work is done.

use levelring::kernel::{Errno, mask};

use super::choices::Choices;
use super::errno::negative;
use super::file::{Kind, Waiter, Who};
use super::request::{Place, Poll, UNASKED, op};
use super::set::EXCLUSIVE;
use super::system::System;
use super::wake::{Told, URING_WAKE};
use super::witness::Sight;

impl System {
    /// POLL_ADD: its result if the file is ready (once) or cannot be waited for; else it is armed.
    pub(super) fn arm(&mut self, ring: u16, id: u16, events: u32, once: bool) -> Option<i32> {
        let file = self.rings[ring].requests[id].file?;
        let level = self.level(file) & (events | UNASKED);
        let is_pollable = self.files[file].kind.has_queue();
        if level == 0 && !is_pollable {
            return Some(negative(Errno::INVAL));
        }
        if level != 0 && (once || !is_pollable) {
            self.witness.saw(Sight::Inline);
            return Some(mask_result(level));
        }
        if let Kind::Epoll(_) = self.files[file].kind {
            self.witness.saw(Sight::SetPolled);
        }
        self.witness.saw(if once { Sight::Once } else { Sight::Multishot });
        self.hook(ring, id, events, once);
        if level != 0 {
            // Told at once, but by way of the work.
            let poll = &mut self.rings[ring].requests[id].poll;
            (poll.owned, poll.stash) = (true, level);
            self.queue_work(ring, id);
        }
        None
    }

    /// Puts a request into its file's wait queue.
    pub(super) fn hook(&mut self, ring: u16, id: u16, events: u32, once: bool) {
        let there = &mut self.rings[ring];
        let request = &mut there.requests[id];
        let Some(file) = request.file else { return };
        request.place = Place::Polled;
        request.poll =
            Poll { events: events & !EXCLUSIVE | UNASKED, once, hooked: true, ..Poll::default() };
        there.polls.push(id);
        let who = Who::Request { ring, request: id };
        let exclusive = events & EXCLUSIVE != 0;
        self.files[file].waiters.push(Waiter { who, exclusive });
    }

    /// Takes it out of there, and from the ring's polls.
    pub(super) fn unhook(&mut self, ring: u16, id: u16) {
        let there = &mut self.rings[ring];
        let request = &mut there.requests[id];
        let hooked = core::mem::take(&mut request.poll.hooked);
        request.place = Place::Hand;
        let file = request.file;
        if let Some(at) = there.polls.iter().rposition(|other| *other == id) {
            there.polls.remove(at);
        }
        if let Some(file) = file.filter(|_| hooked) {
            self.forget_waiter(file, Who::Request { ring, request: id });
        }
    }

    /// The file has woken its waiters.
    pub(super) fn request_told(&mut self, ring: u16, id: u16, key: u32) -> Told {
        let request = &mut self.rings[ring].requests[id];
        let file = request.file.and_then(|file| self.files.get(file));
        let in_two_queues = file.is_some_and(|file| file.kind.has_two_queues());
        let poll = &mut request.poll;
        let bits = key & !URING_WAKE;
        if bits & poll.deaf != 0 {
            return Told { leaves: false, woken: false };
        }
        // PRI does not count: whoever asks for nothing else is woken by what comes without a key.
        if bits != 0 && bits & poll.events & !mask::PRI == 0 {
            return Told { leaves: false, woken: false };
        }
        if poll.owned {
            poll.again = true;
            return Told { leaves: false, woken: true };
        }
        if key & URING_WAKE != 0 {
            // A completion that wakes a poll whose completion wakes it again must have an end.
            poll.once = true;
        }
        let mut leaves = bits != 0 && poll.once;
        if leaves && in_two_queues {
            // It leaves the one, and is told by the other.
            poll.deaf |= bits;
            leaves = poll.deaf & mask::IN != 0 && poll.deaf & mask::OUT != 0;
        }
        poll.hooked = !leaves;
        (poll.owned, poll.stash, poll.again) = (true, bits, false);
        self.queue_work(ring, id);
        Told { leaves, woken: true }
    }

    /// The work of a poll. A single wake-up that said what changed is believed without a look at
    /// the file; otherwise the file is looked at, and a poll for which there is nothing goes on.
    pub(super) fn work_on_poll(&mut self, choices: &mut impl Choices, ring: u16, id: u16) {
        let request = self.rings[ring].requests[id];
        let Poll { events, once, stash, again, cancelled, .. } = request.poll;
        if let Some(errno) = self.spoilt(choices, cancelled, request.sqe.opcode) {
            self.unhook(ring, id);
            self.complete(ring, id, negative(errno));
            return;
        }
        let mut seen = if again { 0 } else { stash & events };
        if seen == 0
            && let Some(file) = request.file
        {
            seen = self.level(file) & events;
        }
        let is_poll = request.sqe.opcode == op::POLL_ADD;
        self.note_seen(request.file, seen, stash != 0 && !again);
        if seen == 0 && !once {
            self.rings[ring].requests[id].poll.owned = false;
        } else if !is_poll && !once {
            self.accept_more(ring, id);
        } else if seen == 0 || !is_poll {
            self.reissue(choices, ring, id);
        } else if once {
            self.unhook(ring, id);
            self.complete(ring, id, mask_result(seen));
        } else {
            self.report(ring, id, seen);
        }
    }

    fn note_seen(&mut self, file: Option<u16>, seen: u32, believed: bool) {
        if seen == 0 {
            self.witness.saw(Sight::Rearmed);
        } else if believed
            && let Some(file) = file
            && self.level(file) & seen == 0
        {
            self.witness.saw(Sight::StaleMask);
        }
    }

    fn spoilt(&mut self, choices: &mut impl Choices, cancelled: bool, opcode: u8) -> Option<Errno> {
        if cancelled {
            return Some(Errno::CANCELED);
        }
        if opcode != op::POLL_ADD {
            return None;
        }
        if self.faults.spurious_cancel.strike(choices) {
            self.witness.saw(Sight::SpuriousCancel);
            return Some(Errno::CANCELED);
        }
        if self.faults.spurious_invalid.strike(choices) {
            self.witness.saw(Sight::SpuriousInvalid);
            return Some(Errno::INVAL);
        }
        None
    }

    /// A multishot poll reports and lives on; where the queue is full that report is its last.
    fn report(&mut self, ring: u16, id: u16, seen: u32) {
        let request = self.rings[ring].requests[id];
        let result = mask_result(seen);
        self.flush_before(ring);
        if self.rings[ring].is_full() {
            self.witness.saw(Sight::MultishotFull);
            self.unhook(ring, id);
            self.complete(ring, id, result);
            return;
        }
        let poll = &mut self.rings[ring].requests[id].poll;
        (poll.owned, poll.again, poll.stash) = (false, false, 0);
        self.post(ring, request.sqe.user_data, result, mask::CQE_MORE);
    }

    /// A multishot accept goes on in its place in the queue of those who wait.
    fn accept_more(&mut self, ring: u16, id: u16) {
        let Some(file) = self.rings[ring].requests[id].file else { return };
        if let Some(result) = self.accept_each(ring, id, file) {
            self.unhook(ring, id);
            self.complete(ring, id, result);
        } else {
            let poll = &mut self.rings[ring].requests[id].poll;
            (poll.owned, poll.again, poll.stash) = (false, false, 0);
        }
    }

    /// What has completed before a report comes before it, and what follows from that as well.
    pub(super) fn flush_before(&mut self, ring: u16) {
        if !self.rings[ring].finished.is_empty() {
            self.flush(ring);
        }
    }

    /// Woken in vain, or to do its operation: as if submitted again. Of a poll this shows in
    /// nothing: it is armed, for what it was armed for (Bug B, if somebody waits for the end that
    /// EALREADY seemed to promise). A file with two wait queues confuses Linux up to 7.2.
    fn reissue(&mut self, choices: &mut impl Choices, ring: u16, id: u16) {
        self.unhook(ring, id);
        let request = self.rings[ring].requests[id];
        let confused = request.sqe.opcode == op::POLL_ADD
            && request.file.is_some_and(|file| self.files[file].kind.has_two_queues())
            && choices.choose(2) == 1;
        let result =
            if confused { Some(negative(Errno::INVAL)) } else { self.issue(choices, ring, id) };
        if let Some(result) = result {
            self.complete(ring, id, result);
        }
    }
}

/// A mask as a result.
pub(super) fn mask_result(mask: u32) -> i32 {
    i32::try_from(mask & 0xffff).unwrap_or(0)
}
