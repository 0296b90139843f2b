//! What programs ask of a kernel, beside what the loop asks.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring::kernel::{Errno, Kernel};

/// How many files a ring can keep.
pub(crate) const SLOTS: usize = 8;
/// What is kept in place of a file to let go of it.
pub(crate) const NO_FILE: RawFd = -1;

/// Which half of a connection to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// Nothing more will be read (SHUT_RD).
    Read,
    /// Nothing more will be written (SHUT_WR): the peer sees the end.
    Write,
    /// Neither (SHUT_RDWR).
    Both,
}

/// A cancel that is a system call, and no request (IORING_REGISTER_SYNC_CANCEL).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncCancel {
    /// By what: IORING_ASYNC_CANCEL_*; by the `user_data` if there are none.
    pub flags: u32,
    /// Of what is to be cancelled.
    pub user_data: u64,
    /// The number of its file, or its slot.
    pub fd: RawFd,
    /// Its operation.
    pub opcode: u8,
}

/// The system calls of programs: on files, not on the loop's mechanisms.
///
/// Implemented by the model kernel and by Linux, so that one program, one scenario or one random
/// script runs on both. All descriptors are non-blocking: `EAGAIN` is an answer, nothing sleeps but
/// [`sleep`](Self::sleep). Numbers are handed out as POSIX demands: the lowest that is free.
pub trait Calls: Kernel {
    /// A pipe: its reading and its writing end.
    ///
    /// # Errors
    /// EMFILE.
    fn pipe(&self) -> Result<[RawFd; 2], Errno>;

    /// Two connected stream sockets (AF_UNIX).
    ///
    /// # Errors
    /// EMFILE.
    fn socket_pair(&self) -> Result<[RawFd; 2], Errno>;

    /// A listening TCP-like socket, and the port by which [`connect`](Self::connect) finds it.
    /// `port` 0 asks for a free one.
    ///
    /// # Errors
    /// EMFILE; EADDRINUSE while a listener of that port is open, by whatever reference.
    fn listen(&self, port: u16) -> Result<(RawFd, u16), Errno>;

    /// A connection to a listening socket, established at once.
    ///
    /// # Errors
    /// EMFILE, ECONNREFUSED.
    fn connect(&self, port: u16) -> Result<RawFd, Errno>;

    /// The next connection that waits at a listener.
    ///
    /// # Errors
    /// EAGAIN, EMFILE, EBADF, EINVAL.
    fn accept(&self, fd: RawFd) -> Result<RawFd, Errno>;

    /// An eventfd.
    ///
    /// # Errors
    /// EMFILE.
    fn event(&self, count: u32) -> Result<RawFd, Errno>;

    /// A timerfd of the monotonic clock, disarmed.
    ///
    /// # Errors
    /// EMFILE.
    fn timer(&self) -> Result<RawFd, Errno>;

    /// Has a timerfd expire once after `time`, or never.
    ///
    /// # Errors
    /// EBADF, EINVAL.
    fn set_timer(&self, fd: RawFd, time: Option<Duration>) -> Result<(), Errno>;

    /// A regular file, empty and writable.
    ///
    /// # Errors
    /// EMFILE.
    fn regular(&self) -> Result<RawFd, Errno>;

    /// A pseudo-terminal in raw mode: its master and its terminal.
    ///
    /// # Errors
    /// EMFILE.
    fn terminal(&self) -> Result<[RawFd; 2], Errno>;

    /// Sets a terminal's attributes, to what they are (tcsetattr): whoever polls it is woken
    /// without a reason.
    ///
    /// # Errors
    /// EBADF, EIO, ENOTTY.
    fn set_terminal(&self, fd: RawFd) -> Result<(), Errno>;

    /// Reads what is there.
    ///
    /// # Errors
    /// EAGAIN, EBADF, ECONNRESET, EINVAL, EIO.
    fn read(&self, fd: RawFd, buffer: &mut [u8]) -> Result<usize, Errno>;

    /// Writes what fits.
    ///
    /// # Errors
    /// EAGAIN, EBADF, EPIPE, EINVAL, EIO.
    fn write(&self, fd: RawFd, buffer: &[u8]) -> Result<usize, Errno>;

    /// Closes half of a connection.
    ///
    /// # Errors
    /// EBADF, ENOTSOCK, ENOTCONN.
    fn shutdown(&self, fd: RawFd, half: Half) -> Result<(), Errno>;

    /// Closes a socket so that its peer is told of an error (SO_LINGER of zero: RST).
    ///
    /// # Errors
    /// EBADF, ENOTSOCK.
    fn reset(&self, fd: RawFd) -> Result<(), Errno>;

    /// Another descriptor of the same open file.
    ///
    /// # Errors
    /// EBADF, EMFILE.
    fn duplicate(&self, fd: RawFd) -> Result<RawFd, Errno>;

    /// Closes a descriptor; its number is free at once.
    ///
    /// # Errors
    /// EBADF.
    fn close(&self, fd: RawFd) -> Result<(), Errno>;

    /// Lets time pass.
    fn sleep(&self, time: Duration);

    /// Has a signal come after `after`, whose handler does nothing: it ends what sleeps then. Zero
    /// takes back the one that is to come. For programs of one thread.
    ///
    /// # Errors
    /// EINVAL.
    fn signal(&self, after: Duration) -> Result<(), Errno>;

    /// Makes a child process that holds all that is open, and does nothing. On Linux that is all
    /// that the process has open, by whichever of its threads.
    ///
    /// # Errors
    /// EAGAIN.
    fn fork(&self) -> Result<i32, Errno>;

    /// Ends a child, and returns when it is gone. Children end in the order they were made in.
    ///
    /// # Errors
    /// ECHILD.
    fn end_child(&self, child: i32) -> Result<(), Errno>;

    /// Registers a file with a ring, which then holds it open, in place of what is in that slot;
    /// -1 only lets go of that. There are eight slots.
    ///
    /// # Errors
    /// EBADF, EINVAL.
    fn keep(&self, ring: &Self::Ring, slot: u32, fd: RawFd) -> Result<(), Errno>;

    /// Cancels requests of a ring at once. Says how many, if all are meant that fit, and else 0.
    ///
    /// # Errors
    /// ENOENT, EBADF, EINVAL.
    fn sync_cancel(&self, ring: &Self::Ring, cancel: SyncCancel) -> Result<u32, Errno>;
}
