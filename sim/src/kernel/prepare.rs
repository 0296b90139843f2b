//! Preparation: what can be seen to be wrong with a submission before it is issued.

use levelring::kernel::{Errno, Feature};

use super::request::{
    ACCEPT_MULTI, POLL_MULTI, POLL_UPDATE_EVENTS, POLL_UPDATE_USER_DATA, Request, TIMEOUT_ABS,
    TIMEOUT_ETIME_SUCCESS, TIMEOUT_IMMEDIATE, TIMEOUT_UPDATE, flag, op,
};
use super::system::System;

/// Flags of a cancel.
pub(super) const CANCEL_ALL: u32 = 1;
pub(super) const CANCEL_FD: u32 = 1 << 1;
pub(super) const CANCEL_ANY: u32 = 1 << 2;
pub(super) const CANCEL_FD_FIXED: u32 = 1 << 3;
pub(super) const CANCEL_USER_DATA: u32 = 1 << 4;
pub(super) const CANCEL_OP: u32 = 1 << 5;
const CANCEL_FLAGS: u32 = (1 << 6) - 1;

/// Flags of an accept: SOCK_NONBLOCK and SOCK_CLOEXEC.
const ACCEPT_FLAGS: u32 = 0o4000 | 0o2_000_000;

impl System {
    /// Prepares a request. `limits`: it stands behind another in a chain, that is no
    /// linked timeout itself.
    pub(super) fn prepare(&self, request: &mut Request, limits: bool) -> Result<(), Errno> {
        let skips = request.has(flag::CQE_SKIP);
        if request.has(flag::BUFFER_SELECT) {
            // Divergence: no provided buffers.
            return Err(Errno::INVAL);
        }
        if skips && self.faults.missing.contains(Feature::CqeSkip) {
            return Err(Errno::INVAL);
        }
        let has_priority =
            matches!(request.sqe.opcode, op::READ | op::WRITE | op::SEND | op::RECV | op::ACCEPT);
        if request.sqe.ioprio != 0 && !has_priority {
            return Err(Errno::INVAL);
        }
        if !self.is_well_formed(request, limits) {
            return Err(Errno::INVAL);
        }
        self.prepare_time(request)
    }

    fn is_well_formed(&self, request: &Request, limits: bool) -> bool {
        let sqe = &request.sqe;
        match sqe.opcode {
            op::POLL_ADD => {
                let multi = sqe.len & POLL_MULTI != 0;
                let known = sqe.len & !POLL_MULTI == 0;
                let allowed = !multi || !self.faults.missing.contains(Feature::Multishot);
                sqe.off == 0
                    && sqe.addr == 0
                    && sqe.buf_index == 0
                    && known
                    && allowed
                    && !(multi && request.has(flag::CQE_SKIP))
            }
            op::POLL_REMOVE => {
                let update = POLL_UPDATE_EVENTS | POLL_UPDATE_USER_DATA;
                let known = sqe.len & !(update | POLL_MULTI) == 0;
                known && sqe.len != POLL_MULTI && sqe.buf_index == 0 && sqe.file_index == 0
            }
            op::ASYNC_CANCEL => {
                let exclusive = sqe.op_flags & CANCEL_ANY == 0
                    || sqe.op_flags & (CANCEL_FD | CANCEL_USER_DATA | CANCEL_OP) == 0;
                sqe.op_flags & !CANCEL_FLAGS == 0
                    && sqe.off == 0
                    && sqe.file_index == 0
                    && exclusive
            }
            op::TIMEOUT | op::LINK_TIMEOUT => {
                let known = TIMEOUT_ABS | TIMEOUT_ETIME_SUCCESS | TIMEOUT_IMMEDIATE;
                let linked = sqe.opcode != op::LINK_TIMEOUT || limits && sqe.off == 0;
                sqe.op_flags & !known == 0 && sqe.len == 1 && sqe.buf_index == 0 && linked
            }
            op::TIMEOUT_REMOVE => {
                let known = match sqe.op_flags & TIMEOUT_UPDATE {
                    0 => 0,
                    _ => TIMEOUT_ABS | TIMEOUT_UPDATE | TIMEOUT_IMMEDIATE,
                };
                sqe.op_flags & !known == 0 && sqe.len == 0 && sqe.buf_index == 0
            }
            op::EPOLL_WAIT => {
                let there = !self.faults.missing.contains(Feature::EpollWait);
                let empty = (sqe.off, sqe.op_flags, sqe.buf_index, sqe.file_index) == (0, 0, 0, 0);
                there && empty
            }
            op::ACCEPT => {
                // Divergence: neither POLL_FIRST nor DONTWAIT.
                let multi = sqe.ioprio == ACCEPT_MULTI;
                let known = sqe.op_flags & !ACCEPT_FLAGS == 0 && (multi || sqe.ioprio == 0);
                let allowed = !multi || !self.faults.missing.contains(Feature::Multishot);
                known && allowed && sqe.len == 0 && sqe.buf_index == 0
            }
            op::EPOLL_CTL => sqe.buf_index == 0 && matches!(sqe.len, 1..=3),
            op::NOP | op::READ | op::WRITE | op::SEND | op::RECV | op::FSYNC | op::CLOSE => true,
            _ => false,
        }
    }

    /// A timeout's time is read when it is submitted.
    fn prepare_time(&self, request: &mut Request) -> Result<(), Errno> {
        let sqe = &request.sqe;
        let address = match sqe.opcode {
            op::TIMEOUT | op::LINK_TIMEOUT => sqe.addr,
            op::TIMEOUT_REMOVE if sqe.op_flags & TIMEOUT_UPDATE != 0 => sqe.off,
            _ => return Ok(()),
        };
        request.time = if sqe.op_flags & TIMEOUT_IMMEDIATE != 0 {
            address
        } else {
            self.memory_of(sqe).load_time(address).ok_or(Errno::INVAL)?
        };
        Ok(())
    }
}
