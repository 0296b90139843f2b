//! Timeouts on the ring, and the passing of time.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring::kernel::{Errno, mask};

use super::choices::Plain;
use super::errno::negative;
use super::file::Kind;
use super::request::{Place, Request, TIMEOUT_ABS, TIMEOUT_UPDATE, op};
use super::system::System;

impl System {
    /// TIMEOUT.
    pub(super) fn time(&mut self, ring: u16, id: u16) -> Option<i32> {
        let now = self.now;
        let request = &mut self.rings[ring].requests[id];
        request.time = end(now, request.sqe.op_flags, request.time);
        request.count = u32::try_from(request.sqe.off).unwrap_or(u32::MAX);
        if request.time <= now {
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

    /// TIMEOUT_REMOVE, and its update.
    pub(super) fn remove_timeout(&mut self, ring: u16, request: &Request) -> i32 {
        let now = self.now;
        let there = &mut self.rings[ring];
        let wanted = |id: &u16| {
            let target = &there.requests[*id].sqe;
            target.user_data == request.sqe.addr && target.opcode == op::TIMEOUT
        };
        let Some(at) = there.timeouts.iter().position(wanted) else {
            return negative(Errno::NOENT);
        };
        let id = there.timeouts[at];
        if request.sqe.op_flags & TIMEOUT_UPDATE != 0 {
            there.requests[id].time = end(now, request.sqe.op_flags, request.time);
            self.expire_due();
        } else {
            there.timeouts.remove(at);
            self.end_later(ring, id, negative(Errno::CANCELED));
        }
        0
    }

    /// A completion was posted: timeouts that count them have one less to wait for.
    pub(super) fn count_down(&mut self, ring: u16) {
        let mut at = 0;
        while at < self.rings[ring].timeouts.len() {
            let there = &mut self.rings[ring];
            let id = there.timeouts[at];
            let request = &mut there.requests[id];
            let counts = request.count > 0;
            request.count = request.count.saturating_sub(1);
            if counts && request.count == 0 {
                there.timeouts.remove(at);
                self.end_later(ring, id, 0);
            } else {
                at += 1;
            }
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
