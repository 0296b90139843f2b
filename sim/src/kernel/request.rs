//! A request: a submission under way.

use levelring::kernel::{Errno, Sqe, mask};

use super::errno::negative;

/// A submission, as it lies in the queue.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Submission {
    pub(super) opcode: u8,
    pub(super) flags: u8,
    pub(super) ioprio: u16,
    pub(super) fd: i32,
    pub(super) off: u64,
    pub(super) addr: u64,
    pub(super) len: u32,
    pub(super) op_flags: u32,
    pub(super) user_data: u64,
    pub(super) buf_index: u16,
    pub(super) file_index: u32,
    /// Somebody has vouched for the memory it points to.
    pub(super) vouched: bool,
}

impl From<Sqe> for Submission {
    fn from(sqe: Sqe) -> Self {
        let Sqe { opcode, flags, ioprio, fd, off, addr, len, op_flags, user_data, .. } = sqe;
        let (buf_index, file_index) = (sqe.buf_index, sqe.file_index);
        let vouched = false;
        Self {
            opcode,
            flags,
            ioprio,
            fd,
            off,
            addr,
            len,
            op_flags,
            user_data,
            buf_index,
            file_index,
            vouched,
        }
    }
}

/// The operations of the model.
pub(super) mod op {
    pub(in super::super) const NOP: u8 = 0;
    pub(in super::super) const FSYNC: u8 = 3;
    pub(in super::super) const POLL_ADD: u8 = 6;
    pub(in super::super) const POLL_REMOVE: u8 = 7;
    pub(in super::super) const TIMEOUT: u8 = 11;
    pub(in super::super) const TIMEOUT_REMOVE: u8 = 12;
    pub(in super::super) const ACCEPT: u8 = 13;
    pub(in super::super) const ASYNC_CANCEL: u8 = 14;
    pub(in super::super) const LINK_TIMEOUT: u8 = 15;
    pub(in super::super) const CLOSE: u8 = 19;
    pub(in super::super) const READ: u8 = 22;
    pub(in super::super) const WRITE: u8 = 23;
    pub(in super::super) const SEND: u8 = 26;
    pub(in super::super) const RECV: u8 = 27;
    pub(in super::super) const EPOLL_CTL: u8 = 29;
    pub(in super::super) const EPOLL_WAIT: u8 = 59;

    pub(in super::super) const ALL: [u8; 16] = [
        NOP,
        FSYNC,
        POLL_ADD,
        POLL_REMOVE,
        TIMEOUT,
        TIMEOUT_REMOVE,
        ACCEPT,
        ASYNC_CANCEL,
        LINK_TIMEOUT,
        CLOSE,
        READ,
        WRITE,
        SEND,
        RECV,
        EPOLL_CTL,
        EPOLL_WAIT,
    ];
}

/// Flags of a submission (IOSQE_*).
pub(super) mod flag {
    pub(in super::super) const FIXED_FILE: u8 = 1;
    pub(in super::super) const LINK: u8 = 1 << 2;
    pub(in super::super) const HARDLINK: u8 = 1 << 3;
    pub(in super::super) const BUFFER_SELECT: u8 = 1 << 5;
    pub(in super::super) const CQE_SKIP: u8 = 1 << 6;
}

/// In `len` of POLL_ADD and POLL_REMOVE.
pub(super) const POLL_MULTI: u32 = 1;
pub(super) const POLL_UPDATE_EVENTS: u32 = 1 << 1;
pub(super) const POLL_UPDATE_USER_DATA: u32 = 1 << 2;

/// In `op_flags` of the timeouts.
pub(super) const TIMEOUT_ABS: u32 = 1;
pub(super) const TIMEOUT_UPDATE: u32 = 1 << 1;
pub(super) const TIMEOUT_ETIME_SUCCESS: u32 = 1 << 5;
pub(super) const TIMEOUT_IMMEDIATE: u32 = 1 << 7;

/// In `ioprio` of ACCEPT.
pub(super) const ACCEPT_MULTI: u16 = 1;

/// What a poll reports unasked. RDHUP is among it, unlike with poll(2) and epoll.
pub(super) const UNASKED: u32 = mask::ERR | mask::HUP | mask::NVAL | mask::RDHUP;

/// Where a request is.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) enum Place {
    /// In hand: being prepared, issued or completed.
    Hand,
    /// In a chain, behind another.
    Chained,
    /// Handed to a worker thread, to be issued.
    Punted,
    /// Among the ring's polls; when `owned`, in its work as well.
    Polled,
    /// Among the ring's timeouts.
    Timed,
    /// In the work, to be issued.
    Issue,
    /// In the work, to be completed with its result.
    Complete,
    /// In the work: a linked timeout whose time is up, to cancel `victim`.
    Expired { victim: u64 },
}

/// A poll of a request: what it waits for, and what has been heard.
#[derive(Clone, Copy, Debug, Default, Hash, PartialEq, Eq)]
pub(super) struct Poll {
    /// What it waits for, [`UNASKED`] included.
    pub(super) events: u32,
    /// It ends with the first event.
    pub(super) once: bool,
    /// It is in the file's wait queue.
    pub(super) hooked: bool,
    /// A wake-up, or a cancel, has put it into the work.
    pub(super) owned: bool,
    /// What the wake-up said; nothing if it did not say. Nobody checks whether it is still so.
    pub(super) stash: u32,
    /// There was more than one wake-up, or an attempt to remove it: the stash is void.
    pub(super) again: bool,
    /// What it is not told any more by one of its two queues, if it is in two.
    pub(super) deaf: u32,
    pub(super) cancelled: bool,
    /// The next to be issued out of a chain is so before this one's work. Not between two calls.
    pub(super) overtaken: bool,
}

/// A submission under way.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) sqe: Submission,
    /// The file it holds open.
    pub(super) file: Option<u16>,
    pub(super) place: Place,
    /// The next of its chain.
    pub(super) next: Option<u16>,
    /// The request that this timeout limits.
    pub(super) limits: Option<u16>,
    pub(super) result: i32,
    pub(super) failed: bool,
    /// Not reported whatever the result: part of a chain of which only the failure is.
    pub(super) silent: bool,
    pub(super) poll: Poll,
    /// A timeout's time: its length as submitted, then its end.
    pub(super) time: u64,
    /// A linked timeout that expires while it is taken back: what it limits is done.
    pub(super) late: bool,
    /// How many completions a timeout has yet to see, if it counts them.
    pub(super) count: Option<i64>,
}

impl Request {
    pub(super) fn new(sqe: Submission) -> Self {
        Self {
            sqe,
            file: None,
            place: Place::Hand,
            next: None,
            limits: None,
            result: 0,
            failed: false,
            silent: false,
            poll: Poll::default(),
            time: 0,
            late: false,
            count: None,
        }
    }

    pub(super) const fn has(&self, flag: u8) -> bool {
        self.sqe.flags & flag != 0
    }

    pub(super) const fn is_linked(&self) -> bool {
        self.has(flag::LINK | flag::HARDLINK)
    }

    /// Whether a result counts as a failure, which breaks a soft link.
    pub(super) fn fails_with(&self, result: i32) -> bool {
        match self.sqe.opcode {
            op::TIMEOUT if result == negative(Errno::TIME) => {
                self.sqe.op_flags & TIMEOUT_ETIME_SUCCESS == 0
            }
            // It counts as done, whatever came of it.
            op::LINK_TIMEOUT => false,
            op::READ | op::WRITE => u32::try_from(result) != Ok(self.sqe.len),
            _ => result < 0,
        }
    }

    /// Whether the operation works on the file of its descriptor, and holds it.
    pub(super) const fn needs_file(&self) -> bool {
        matches!(
            self.sqe.opcode,
            op::POLL_ADD
                | op::READ
                | op::WRITE
                | op::SEND
                | op::RECV
                | op::ACCEPT
                | op::FSYNC
                | op::EPOLL_WAIT
        )
    }
}
