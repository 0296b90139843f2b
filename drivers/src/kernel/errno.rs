//! Error numbers, as values.

use core::ffi::{c_int, c_long};
use core::fmt;

/// An error number of the kernel, positive as in `errno.h`. Compare it with the constants.
///
/// It is an `i32` and no more: a number that this file has no name for (a seccomp filter may
/// answer anything) is carried and shown like the others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Errno(pub i32);

macro_rules! errnos {
    ($($name:ident = $value:ident: $text:literal,)*) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($value), "`: ", $text, ".")]
                pub const $name: Self = Self(libc::$value);
            )*

            /// The symbol of `errno.h` and its meaning, for those that a loop meets.
            #[must_use]
            pub fn describe(self) -> Option<(&'static str, &'static str)> {
                match self.0 {
                    $(libc::$value => Some((stringify!($value), $text)),)*
                    _ => None,
                }
            }
        }
    };
}

errnos! {
    ACCES = EACCES: "permission denied",
    AGAIN = EAGAIN: "not now, try again",
    ALREADY = EALREADY: "already under way",
    BADF = EBADF: "no such file descriptor",
    BADFD = EBADFD: "file descriptor in a bad state",
    BADR = EBADR: "completions were dropped for want of memory",
    BUSY = EBUSY: "busy",
    CANCELED = ECANCELED: "operation cancelled",
    EXIST = EEXIST: "exists already, or belongs to another thread",
    FAULT = EFAULT: "bad address",
    INTR = EINTR: "interrupted by a signal",
    INVAL = EINVAL: "invalid argument",
    IO = EIO: "input/output error",
    LOOP = ELOOP: "epoll sets nested in a circle or too deep",
    MFILE = EMFILE: "this process has no file descriptors left",
    NFILE = ENFILE: "this system has no open files left",
    NOENT = ENOENT: "no such registration or request",
    NOMEM = ENOMEM: "out of memory",
    NOSPC = ENOSPC: "limit on epoll watches reached",
    NOSYS = ENOSYS: "no such system call",
    OPNOTSUPP = EOPNOTSUPP: "not supported",
    PERM = EPERM: "not permitted",
    PIPE = EPIPE: "nobody reads any more",
    TIME = ETIME: "timer expired",
    TIMEDOUT = ETIMEDOUT: "timed out",
}

impl Errno {
    /// The error of the system call that just failed on this thread.
    pub(super) fn last() -> Self {
        Self::from(std::io::Error::last_os_error())
    }

    /// Reads the answer of a libc function: negative means that the error is in `errno`.
    #[inline]
    pub(super) fn check(answer: c_int) -> Result<usize, Self> {
        usize::try_from(answer).map_err(|_| Self::last())
    }

    /// The same, for `syscall(2)`.
    #[inline]
    pub(super) fn check_long(answer: c_long) -> Result<usize, Self> {
        usize::try_from(answer).map_err(|_| Self::last())
    }

    /// Whether a process or system has run out of something. Never a reason to fall back to
    /// another mechanism: that one would only hide it, and fail later.
    #[must_use]
    pub fn is_exhaustion(self) -> bool {
        matches!(self, Self::NOMEM | Self::MFILE | Self::NFILE)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.describe() {
            Some((symbol, text)) => write!(f, "{symbol} ({text})"),
            None => write!(f, "errno {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.describe() {
            Some((symbol, _)) => f.write_str(symbol),
            None => write!(f, "errno {}", self.0),
        }
    }
}

impl core::error::Error for Errno {}

impl From<rustix::io::Errno> for Errno {
    fn from(errno: rustix::io::Errno) -> Self {
        Self(errno.raw_os_error())
    }
}

impl From<std::io::Error> for Errno {
    /// An error that did not come from the kernel becomes [`Errno::IO`].
    fn from(error: std::io::Error) -> Self {
        error.raw_os_error().map_or(Self::IO, Self)
    }
}

impl From<Errno> for std::io::Error {
    fn from(errno: Errno) -> Self {
        Self::from_raw_os_error(errno.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_have_names_and_unknown_ones_are_shown() {
        assert_eq!(Errno::BADF.to_string(), "EBADF (no such file descriptor)");
        assert_eq!(format!("{:?}", Errno::TIME), "ETIME");
        assert_eq!(Errno(4000).to_string(), "errno 4000");
    }

    #[test]
    fn a_trip_through_the_standard_library_loses_nothing() {
        assert_eq!(Errno::from(std::io::Error::from(Errno::MFILE)), Errno::MFILE);
        assert_eq!(Errno::from(std::io::Error::other("not the kernel's")), Errno::IO);
        assert_eq!(Errno::from(rustix::io::Errno::NOSYS), Errno::NOSYS);
    }
}
