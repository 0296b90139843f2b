//! The few of Linux's error numbers that the core tells apart, as completions carry them.

/// Results below zero: minus an error number.
pub(crate) const ENOENT: i32 = -2;
pub(crate) const EBADF: i32 = -9;
pub(crate) const EALREADY: i32 = -114;
/// What an operation that was cancelled before the kernel saw it results in.
pub(crate) const ECANCELED: i32 = -125;
