//! Ending requests: POLL_REMOVE, ASYNC_CANCEL, SYNC_CANCEL.
//!
//! | the target | waits | was woken, its work not done | completed, or unknown |
//! | --- | --- | --- | --- |
//! | POLL_REMOVE | 0, then its ECANCELED | EALREADY: it goes on, or not (Bug B) | ENOENT |
//! | ASYNC_CANCEL | 0, then its ECANCELED | the same: what it had to tell is lost | ENOENT |

use std::os::fd::RawFd;

use levelring::kernel::Errno;

use super::choices::Choices;
use super::errno::negative;
use super::prepare::{
    CANCEL_ALL, CANCEL_ANY, CANCEL_FD, CANCEL_FD_FIXED, CANCEL_OP, CANCEL_USER_DATA,
};
use super::request::{
    POLL_MULTI, POLL_UPDATE_EVENTS, POLL_UPDATE_USER_DATA, Place, Request, UNASKED, flag, op,
};
use super::ring::RingId;
use super::system::System;
use super::witness::Sight;
use crate::SyncCancel;

/// By which Linux spreads numbers over its tables.
const GOLDEN_RATIO: u64 = 0x61c8_8646_80b5_83eb;

/// Which requests a cancel is about.
#[derive(Clone, Copy, Debug)]
struct Matcher {
    user_data: Option<u64>,
    file: Option<u16>,
    opcode: Option<u8>,
}

impl Matcher {
    fn fits(&self, request: &Request) -> bool {
        self.user_data.is_none_or(|wanted| request.sqe.user_data == wanted)
            && self.file.is_none_or(|wanted| request.file == Some(wanted))
            && self.opcode.is_none_or(|wanted| request.sqe.opcode == wanted)
    }
}

impl System {
    /// POLL_REMOVE, and POLL_ADD's update.
    pub(super) fn remove_poll(
        &mut self,
        choices: &mut impl Choices,
        ring: u16,
        request: &Request,
    ) -> i32 {
        let there = &mut self.rings[ring];
        let fits = |id: &&u16| {
            let target = &there.requests[**id].sqe;
            target.user_data == request.sqe.addr && target.opcode == op::POLL_ADD
        };
        // The latest first.
        let Some(target) = there.polls.iter().rev().find(fits).copied() else {
            self.witness.saw(Sight::NothingThere);
            return negative(Errno::NOENT);
        };
        let poll = &mut there.requests[target].poll;
        if poll.owned {
            // It will look again, and find what it was woken for, or go on waiting. Another
            // processor may be about to wake it, and too late for what is linked behind us.
            poll.again = true;
            let follows = request.has(flag::HARDLINK) && request.next.is_some();
            poll.overtaken = follows && choices.choose(2) == 1;
            self.witness.saw(Sight::Already);
            return negative(Errno::ALREADY);
        }
        self.witness.saw(Sight::Removed);
        self.unhook(ring, target);
        if request.sqe.len & (POLL_UPDATE_EVENTS | POLL_UPDATE_USER_DATA) != 0 {
            self.update_poll(choices, ring, target, request);
        } else {
            self.end_later(ring, target, negative(Errno::CANCELED));
        }
        0
    }

    fn update_poll(&mut self, choices: &mut impl Choices, ring: u16, target: u16, by: &Request) {
        let changed = &mut self.rings[ring].requests[target];
        let events = if by.sqe.len & POLL_UPDATE_EVENTS != 0 {
            let kept = changed.sqe.op_flags & !0xffff;
            // A multishot stays one, whatever the update says of that.
            changed.sqe.op_flags = kept | by.sqe.op_flags & 0xffff;
            changed.sqe.op_flags
        } else {
            changed.poll.events & !UNASKED
        };
        if by.sqe.len & POLL_UPDATE_USER_DATA != 0 {
            changed.sqe.user_data = by.sqe.off;
        }
        let once = changed.sqe.len & POLL_MULTI == 0;
        let file = changed.file;
        let confused = file.is_some_and(|file| self.files[file].kind.has_two_queues())
            && choices.choose(2) == 1;
        if confused {
            self.end_later(ring, target, negative(Errno::CANCELED));
        } else if let Some(result) = self.arm(ring, target, events, once) {
            self.end_later(ring, target, result);
        }
    }

    /// Completes a request by way of the work.
    pub(super) fn end_later(&mut self, ring: u16, id: u16, result: i32) {
        let request = &mut self.rings[ring].requests[id];
        (request.place, request.result) = (Place::Complete, result);
        self.queue_work(ring, id);
    }

    /// ASYNC_CANCEL.
    pub(super) fn cancel(&mut self, ring: u16, request: &Request) -> i32 {
        let (flags, opcode) = (request.sqe.op_flags, request.sqe.len);
        let answer = self.cancel_by(ring, flags, request.sqe.addr, request.sqe.fd, opcode);
        answer.map_or_else(negative, |count| i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// How many were cancelled, where all are to be that fit.
    fn cancel_by(
        &mut self,
        ring: u16,
        flags: u32,
        user_data: u64,
        fd: RawFd,
        opcode: u32,
    ) -> Result<usize, Errno> {
        let by_user_data =
            flags & (CANCEL_FD | CANCEL_ANY | CANCEL_OP) == 0 || flags & CANCEL_USER_DATA != 0;
        let mut matcher =
            Matcher { user_data: by_user_data.then_some(user_data), file: None, opcode: None };
        if flags & CANCEL_OP != 0 {
            matcher.opcode = Some(opcode.to_le_bytes()[0]);
        }
        if flags & CANCEL_FD != 0 {
            let file = if flags & CANCEL_FD_FIXED != 0 {
                let slot = usize::try_from(fd).unwrap_or(usize::MAX);
                self.rings[ring].fixed.get(slot).copied().flatten()
            } else {
                self.file(fd).ok()
            };
            matcher.file = Some(file.ok_or(Errno::BADF)?);
        }
        let all = flags & (CANCEL_ALL | CANCEL_ANY) != 0;
        let count = self.cancel_matching(ring, &matcher, all);
        if count > 0 {
            self.witness.saw(Sight::Cancelled);
        }
        match (all, count) {
            (true, count) => Ok(count),
            (false, 0) => Err(Errno::NOENT),
            (false, _) => Ok(0),
        }
    }

    /// Cancels the one under this `user_data`: what a linked timeout does.
    pub(super) fn cancel_one(&mut self, ring: u16, user_data: u64) -> bool {
        let matcher = Matcher { user_data: Some(user_data), file: None, opcode: None };
        self.cancel_matching(ring, &matcher, false) > 0
    }

    /// IORING_REGISTER_SYNC_CANCEL: which requests, as for ASYNC_CANCEL. What is cancelled has its
    /// completion still to come, and its file is held until then. Says how many, where all are
    /// cancelled that fit.
    ///
    /// # Errors
    /// ENOENT, EBADF.
    pub fn sync_cancel(&mut self, ring: RingId, cancel: SyncCancel) -> Result<usize, Errno> {
        self.ring_mut(ring)?;
        let SyncCancel { flags, user_data, fd, opcode } = cancel;
        self.cancel_by(ring.0, flags, user_data, fd, opcode.into())
    }

    /// The polls as Linux comes across them: by the buckets of its table, in each of which the
    /// latest is the first.
    fn polls_as_found(&self, ring: u16) -> Vec<u16> {
        let there = &self.rings[ring];
        let mut polls: Vec<u16> = there.polls.iter().rev().copied().collect();
        let bits = (there.cq_entries.max(1).ilog2()).saturating_sub(5).clamp(1, 8);
        let bucket = |user_data: u64| user_data.wrapping_mul(GOLDEN_RATIO) >> (u64::BITS - bits);
        polls.sort_by_key(|id| bucket(there.requests[*id].sqe.user_data));
        polls
    }

    fn cancel_matching(&mut self, ring: u16, matcher: &Matcher, all: bool) -> usize {
        let mut count = 0;
        for id in self.polls_as_found(ring) {
            let there = &mut self.rings[ring];
            let request = &mut there.requests[id];
            if !matcher.fits(request) {
                continue;
            }
            if count > 0 && !all {
                break;
            }
            count += 1;
            request.poll.cancelled = true;
            if !request.poll.owned {
                request.poll.owned = true;
                self.queue_work(ring, id);
            }
        }
        for id in self.timeouts_as_found(ring) {
            let there = &mut self.rings[ring];
            if !matcher.fits(&there.requests[id]) {
                continue;
            }
            if count > 0 && !all {
                break;
            }
            count += 1;
            there.timeouts.retain(|other| *other != id);
            self.end_later(ring, id, negative(Errno::CANCELED));
        }
        count
    }
}
