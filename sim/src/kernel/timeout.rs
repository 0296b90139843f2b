//! Timeouts on the ring, and the passing of time.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring::kernel::{Errno, mask};

use super::choices::{Choices, Plain};
use super::errno::negative;
use super::file::Kind;
use super::request::{Place, Request, TIMEOUT_ABS, TIMEOUT_UPDATE, op};
use super::ring::Ring;
use super::system::System;

/// In less than that, in nanoseconds, a timer may expire while a batch is submitted.
const MOMENT: u64 = 20_000;

impl System {
    /// TIMEOUT.
    pub(super) fn time(&mut self, ring: u16, id: u16) -> Option<i32> {
        let now = self.now;
        // What has completed in the same batch is yet to be seen.
        let finished = self.rings[ring].finished.iter();
        let unseen = i64::try_from(finished.filter(|one| one.posted).count()).unwrap_or(0);
        let request = &mut self.rings[ring].requests[id];
        request.time = end(now, request.sqe.op_flags, request.time);
        let wanted = i64::from(u32::try_from(request.sqe.off).unwrap_or(u32::MAX));
        request.count = (wanted > 0).then_some(wanted - unseen);
        if request.time <= now {
            self.count(ring, -1);
            self.end_later(ring, id, negative(Errno::TIME));
        } else {
            request.place = Place::Timed;
            self.rings[ring].timeouts.push(id);
        }
        None
    }

    /// A LINK_TIMEOUT begins when the request before it has been issued and is not done.
    pub(super) fn limit(&mut self, ring: u16, limited: u16, id: u16) {
        let now = self.now;
        let there = &mut self.rings[ring];
        let request = &mut there.requests[id];
        request.time = end(now, request.sqe.op_flags, request.time);
        (request.place, request.limits) = (Place::Timed, Some(limited));
        there.timeouts.push(id);
        self.expire_due();
    }

    /// What is to be limited has completed at once, and the timer was set all the same (since Linux
    /// 6.16): a short one may have expired before it is taken back, and finds nobody to cancel.
    pub(super) fn may_be_late(
        &mut self,
        choices: &mut impl Choices,
        ring: u16,
        limited: u16,
        id: u16,
    ) {
        let requests = &mut self.rings[ring].requests;
        if requests[id].time >= MOMENT {
            return;
        }
        match choices.choose(3) {
            0 => {}
            1 => {
                requests[limited].next = requests[id].next.take();
                self.end_later(ring, id, negative(Errno::NOENT));
            }
            _ => requests[id].late = true,
        }
    }

    /// TIMEOUT_REMOVE, and its update.
    pub(super) fn remove_timeout(&mut self, ring: u16, request: &Request) -> i32 {
        let now = self.now;
        let found = self.timeouts_as_found(ring);
        let there = &mut self.rings[ring];
        let wanted = |id: &&u16| there.requests[**id].sqe.user_data == request.sqe.addr;
        let Some(id) = found.iter().find(wanted).copied() else {
            return negative(Errno::NOENT);
        };
        there.timeouts.retain(|other| *other != id);
        if request.sqe.op_flags & TIMEOUT_UPDATE != 0 {
            // As if it were a new one, that counts nothing.
            there.timeouts.push(id);
            let target = &mut there.requests[id];
            target.time = end(now, request.sqe.op_flags, request.time);
            target.count = None;
            self.expire_due();
        } else {
            self.end_later(ring, id, negative(Errno::CANCELED));
        }
        0
    }

    /// The timeouts as Linux comes across them: those that count completions first, and of these
    /// the one that has the fewest left. Not those that limit others.
    pub(super) fn timeouts_as_found(&self, ring: u16) -> Vec<u16> {
        let there = &self.rings[ring];
        let alone = |id: &u16| there.requests[*id].sqe.opcode == op::TIMEOUT;
        let mut found: Vec<u16> = there.timeouts.iter().copied().filter(alone).collect();
        found.sort_by_key(|id| there.requests[*id].count.unwrap_or(i64::MAX));
        found
    }

    /// So many completions have come into the queue; or -1: a timeout has expired, whose own is not
    /// to count.
    pub(super) fn count(&mut self, ring: u16, completions: i64) {
        let Ring { timeouts, requests, .. } = &mut self.rings[ring];
        for id in timeouts {
            let left = &mut requests[*id].count;
            *left = left.map(|left| left - completions);
        }
    }

    /// Timeouts that have seen what they wait for have ended, the first to wait for it first.
    pub(super) fn end_counted(&mut self, ring: u16) {
        let Ring { timeouts, requests, .. } = &self.rings[ring];
        let left = |id: &u16| requests[*id].count;
        let seen = |id: &u16| left(id).is_some_and(|left| left <= 0);
        let mut ended: Vec<u16> = timeouts.iter().copied().filter(seen).collect();
        ended.sort_by_key(left);
        for id in ended {
            self.rings[ring].timeouts.retain(|other| *other != id);
            self.count(ring, -1);
            self.end_later(ring, id, 0);
        }
    }

    /// Has a timerfd expire once after `time`, or never.
    ///
    /// # Errors
    /// EBADF, EINVAL.
    pub fn set_timer(&mut self, fd: RawFd, time: Option<Duration>) -> Result<(), Errno> {
        let file = self.named(fd)?;
        let now = self.now;
        let Kind::Timer(timer) = &mut self.files[file].kind else { return Err(Errno::INVAL) };
        timer.ticks = 0;
        timer.at = time.filter(|time| !time.is_zero()).map(|time| now.saturating_add(nanos(time)));
        Ok(())
    }

    /// When the next timer of the model expires, of whatever kind.
    #[must_use]
    pub fn next_timer(&self) -> Option<Duration> {
        let files = self.files.iter().filter_map(|(_, file)| {
            if let Kind::Timer(timer) = &file.kind { timer.at } else { None }
        });
        let rings = self
            .rings
            .iter()
            .flat_map(|(_, ring)| ring.timeouts.iter().map(|id| ring.requests[*id].time));
        files.chain(rings).min().map(Duration::from_nanos)
    }

    /// Lets time pass until then: timers expire in their order. Rings that were closed are gone.
    pub fn advance(&mut self, to: Duration) {
        let to = nanos(to).max(self.now);
        self.run_all_punted(&mut Plain);
        while let Some(next) = self.next_timer().map(nanos).filter(|next| *next <= to) {
            self.now = next.max(self.now);
            self.expire_due();
        }
        self.now = to;
        self.give_signals();
        self.bury_all();
    }

    fn expire_due(&mut self) {
        for file in 0..self.files.end() {
            if let Some(there) = self.files.get_mut(file)
                && let Kind::Timer(timer) = &mut there.kind
                && timer.at.is_some_and(|at| at <= self.now)
            {
                (timer.at, timer.ticks) = (None, 1);
                self.wake(file, mask::IN);
            }
        }
        for ring in 0..self.rings.end() {
            let due = |system: &Self| {
                let there = system.rings.get(ring)?;
                there.timeouts.iter().position(|id| there.requests[*id].time <= system.now)
            };
            while let Some(at) = due(self) {
                let id = self.rings[ring].timeouts.remove(at);
                self.expire(ring, id);
            }
        }
    }

    fn expire(&mut self, ring: u16, id: u16) {
        let there = &mut self.rings[ring];
        let timeout = there.requests[id];
        let Some(limited) = timeout.limits else {
            self.count(ring, -1);
            self.end_later(ring, id, negative(Errno::TIME));
            return;
        };
        // Out of the chain: what comes behind goes by what it limits.
        there.requests[limited].next = timeout.next;
        let victim = there.requests[limited].sqe.user_data;
        let request = &mut there.requests[id];
        (request.next, request.limits) = (None, None);
        request.place = Place::Expired { victim };
        self.queue_work(ring, id);
    }
}

fn end(now: u64, flags: u32, time: u64) -> u64 {
    if flags & TIMEOUT_ABS != 0 { time } else { now.saturating_add(time) }
}

pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
