//! Error numbers that programs meet and the loop has no name for.

use levelring::kernel::Errno;

pub(super) const NOTTY: Errno = Errno(25);
pub(super) const NOSPC: Errno = Errno(28);
pub(super) const DEADLK: Errno = Errno(35);
pub(super) const NOTSOCK: Errno = Errno(88);
pub(super) const ADDRINUSE: Errno = Errno(98);
pub(super) const CONNRESET: Errno = Errno(104);
pub(super) const NOTCONN: Errno = Errno(107);
pub(super) const CONNREFUSED: Errno = Errno(111);

/// An error as a completion carries it.
pub(super) const fn negative(errno: Errno) -> i32 {
    errno.0.saturating_neg()
}
