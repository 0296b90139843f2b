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
const POLL_UPDATE_EVENTS: u32 = 1 << 1;
const POLL_UPDATE_USER_DATA: u32 = 1 << 2;
const POLL_LEVEL: u32 = 1 << 3;
const CANCEL_USER_DATA: u32 = 1 << 4;
const CANCEL_OP: u32 = 1 << 5;
/// An address in the first page, where no memory is.
const NOWHERE: usize = 8;
/// How a connection is made: as all descriptors of a script are.
const ACCEPTED: i32 = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;

pub(super) fn level(fd: Fd, mask: u32) -> Entry {
    let poll = Sqe::from(&opcode::PollAdd::new(fd, mask).build());
    Sqe { len: POLL_LEVEL, ..poll }.into()
}

pub(super) fn update(target: u64, mask: u32) -> Entry {
    let update = Sqe::from(&opcode::PollRemove::new(target).build());
    Sqe { len: POLL_UPDATE_EVENTS, op_flags: mask, ..update }.into()
}

pub(super) fn rename(target: u64, new: u64) -> Entry {
    let update = Sqe::from(&opcode::PollRemove::new(target).build());
    Sqe { len: POLL_UPDATE_USER_DATA, off: new, ..update }.into()
}

pub(super) fn cancel(which: CancelBuilder, all: bool) -> Entry {
    opcode::AsyncCancel2::new(if all { which.all() } else { which }).build()
}

pub(super) fn cancel_both(fd: Fd, target: u64) -> Entry {
    let by_fd = Sqe::from(&cancel(CancelBuilder::fd(fd), false));
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

pub(super) fn filled(harvest: &Entry, field: Field) -> Entry {
    let harvest = Sqe::from(harvest);
    let filled = match field {
        Field::Ioprio => Sqe { ioprio: 1, ..harvest },
        Field::Off => Sqe { off: 1, ..harvest },
        Field::Flags => Sqe { op_flags: 1, ..harvest },
        Field::Buffer => Sqe { buf_index: 1, ..harvest },
        Field::Splice => Sqe { file_index: 1, ..harvest },
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
