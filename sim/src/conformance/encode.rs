//! Entries that the io-uring crate has no builder for, or that a loop would not make.

use core::time::Duration;

use levelring::io_uring::opcode;
use levelring::io_uring::squeue::Entry;
use levelring::io_uring::types::{CancelBuilder, Fd, TimeoutFlags, Timespec, epoll_event};
use levelring::kernel::Sqe;

use super::request::{Field, Timing};

/// Two clocks at once: refused before the operation is issued.
const BOTH_CLOCKS: TimeoutFlags = TimeoutFlags::BOOTTIME.union(TimeoutFlags::REALTIME);
/// Bits of a poll's `len`, and of a cancel's flags.
const POLL_MULTI: u32 = 1;
const POLL_UPDATE_EVENTS: u32 = 1 << 1;
const POLL_UPDATE_USER_DATA: u32 = 1 << 2;
const POLL_LEVEL: u32 = 1 << 3;
const POLL_NOTHING: u32 = 1 << 7;
pub(super) const CANCEL_ALL: u32 = 1;
pub(super) const CANCEL_FD: u32 = 1 << 1;
pub(super) const CANCEL_ANY: u32 = 1 << 2;
pub(super) const CANCEL_FD_FIXED: u32 = 1 << 3;
const CANCEL_USER_DATA: u32 = 1 << 4;
pub(super) const CANCEL_OP: u32 = 1 << 5;
/// An address in the first page, where no memory is.
const NOWHERE: usize = 8;
/// How a connection is made: as all descriptors of a script are.
const ACCEPTED: i32 = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;

pub(super) fn level(fd: Fd, mask: u32, multi: bool) -> Entry {
    let poll = Sqe::from(&opcode::PollAdd::new(fd, mask).multi(multi).build());
    Sqe { len: poll.len | POLL_LEVEL, ..poll }.into()
}

pub(super) fn update(target: u64, mask: u32, multi: bool) -> Entry {
    let update = Sqe::from(&opcode::PollRemove::new(target).build());
    let len = POLL_UPDATE_EVENTS | if multi { POLL_MULTI } else { 0 };
    Sqe { len, op_flags: mask, ..update }.into()
}

pub(super) fn rename(target: u64, new: u64) -> Entry {
    let update = Sqe::from(&opcode::PollRemove::new(target).build());
    Sqe { len: POLL_UPDATE_USER_DATA, off: new, ..update }.into()
}

pub(super) fn cancel(which: CancelBuilder, all: bool) -> Entry {
    opcode::AsyncCancel2::new(if all { which.all() } else { which }).build()
}

pub(super) fn cancel_both(by_fd: CancelBuilder, target: u64) -> Entry {
    let by_fd = Sqe::from(&cancel(by_fd, false));
    Sqe { addr: target, op_flags: by_fd.op_flags | CANCEL_USER_DATA, ..by_fd }.into()
}

pub(super) fn cancel_operation(opcode: u8, all: bool) -> Entry {
    let cancel = Sqe::from(&cancel(CancelBuilder::user_data(0), all));
    Sqe { len: opcode.into(), op_flags: cancel.op_flags | CANCEL_OP, ..cancel }.into()
}

pub(super) fn bad(time: *const Timespec) -> Entry {
    opcode::Timeout::new(time).flags(BOTH_CLOCKS).build()
}

pub(super) fn nowhere() -> *mut epoll_event {
    core::ptr::without_provenance_mut(NOWHERE)
}

pub(super) fn filled(entry: &Entry, field: Field) -> Entry {
    let entry = Sqe::from(entry);
    let filled = match field {
        Field::Ioprio => Sqe { ioprio: 1, ..entry },
        Field::Off => Sqe { off: 1, ..entry },
        Field::Flags => Sqe { op_flags: 1, ..entry },
        Field::Buffer => Sqe { buf_index: 1, ..entry },
        Field::Splice => Sqe { file_index: 1, ..entry },
        Field::Addr => Sqe { addr: 1, ..entry },
        Field::Len => Sqe { len: POLL_NOTHING, ..entry },
    };
    filled.into()
}

pub(super) fn accept(listener: Fd) -> Entry {
    let nobody = core::ptr::null_mut();
    opcode::Accept::new(listener, nobody, core::ptr::null_mut()).flags(ACCEPTED).build()
}

pub(super) fn accept_each(listener: Fd) -> Entry {
    opcode::AcceptMulti::new(listener).flags(ACCEPTED).build()
}

impl Timing {
    /// A time as the kernel is told it, `now` being that of the clock.
    pub(super) fn of(self, now: Duration, time: Duration) -> Duration {
        match self {
            Self::After | Self::Good => time,
            Self::At => now.saturating_add(time),
        }
    }

    pub(super) const fn flags(self) -> TimeoutFlags {
        match self {
            Self::After => TimeoutFlags::empty(),
            Self::At => TimeoutFlags::ABS,
            Self::Good => TimeoutFlags::ETIME_SUCCESS,
        }
    }
}
