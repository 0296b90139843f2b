//! io_uring_register: what a script asks of a ring beside requests.

use core::ffi::{c_int, c_uint, c_void};
use core::mem::size_of;
use std::io;
use std::os::fd::RawFd;

use levelring::kernel::{Errno, LinuxRing, Ring};

use crate::SyncCancel;
use crate::calls::{NO_FILE, SLOTS};

/// Operations of io_uring_register.
const REGISTER_FILES: c_uint = 2;
const REGISTER_FILES_UPDATE: c_uint = 6;
const REGISTER_SYNC_CANCEL: c_uint = 24;

/// `struct io_uring_files_update`.
#[repr(C)]
struct FilesUpdate {
    offset: u32,
    reserved: u32,
    /// The address of so many descriptors.
    files: u64,
}

/// `struct io_uring_sync_cancel_reg`.
#[repr(C)]
struct SyncCancelArgument {
    user_data: u64,
    fd: i32,
    flags: u32,
    /// Seconds and nanoseconds; -1 for no limit.
    timeout: [i64; 2],
    opcode: u8,
    pad: [u8; 7],
    pad2: [u64; 3],
}

const _: () = assert!(size_of::<FilesUpdate>() == 16 && size_of::<SyncCancelArgument>() == 64);

pub(super) fn keep(ring: &LinuxRing, slot: u32, fd: RawFd) -> Result<(), Errno> {
    let empty = [NO_FILE; SLOTS];
    // SAFETY: so many descriptors are read.
    let table = unsafe { register(ring, REGISTER_FILES, empty.as_ptr().cast(), SLOTS) };
    if !matches!(table, Ok(_) | Err(Errno::BUSY)) {
        return table.map(drop);
    }
    let files = [fd];
    let address = files.as_ptr().expose_provenance() as u64;
    let update = FilesUpdate { offset: slot, reserved: 0, files: address };
    let argument = (&raw const update).cast();
    // SAFETY: one update is read, and as many descriptors as are counted.
    unsafe { register(ring, REGISTER_FILES_UPDATE, argument, files.len()) }.map(drop)
}

pub(super) fn sync_cancel(ring: &LinuxRing, cancel: SyncCancel) -> Result<u32, Errno> {
    let SyncCancel { flags, user_data, fd, opcode } = cancel;
    let (pad, pad2) = ([0; 7], [0; 3]);
    let argument = SyncCancelArgument { user_data, fd, flags, timeout: [-1; 2], opcode, pad, pad2 };
    // SAFETY: one such argument is read.
    unsafe { register(ring, REGISTER_SYNC_CANCEL, (&raw const argument).cast(), 1) }
}

/// # Safety
///
/// `argument` is what the operation reads, `count` times, and nothing is written there.
unsafe fn register(
    ring: &LinuxRing,
    operation: c_uint,
    argument: *const c_void,
    count: usize,
) -> Result<u32, Errno> {
    let call = libc::SYS_io_uring_register;
    let ring: c_int = ring.raw_fd();
    // SAFETY: passed on to our caller; the argument outlives the call.
    let answer = unsafe { libc::syscall(call, ring, operation, argument, count) };
    u32::try_from(answer).map_err(|_| io::Error::last_os_error().into())
}
