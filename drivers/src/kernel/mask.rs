//! The kernel's bits, by their short names. What they mean to a handler is decided one layer up.
//!
//! `poll`, `epoll` and `POLL_ADD` agree on the numbers of the first seven; checked below.

/// Something can be read, or a connection accepted.
pub const IN: u32 = 0x0001;
/// Something urgent can be read.
pub const PRI: u32 = 0x0002;
/// Something can be written.
pub const OUT: u32 = 0x0004;
/// An error is pending, or the reader of a pipe is gone. Always reported, never asked for.
pub const ERR: u32 = 0x0008;
/// The other side hung up. Always reported, never asked for.
pub const HUP: u32 = 0x0010;
/// The number names no open file. Only `poll` says so.
pub const NVAL: u32 = 0x0020;
/// The peer will write no more. `POLL_ADD` reports it unasked, `poll` and `epoll` do not.
pub const RDHUP: u32 = 0x2000;

/// epoll: report changes instead of the level.
pub const EPOLL_EDGE: u32 = 1 << 31;
/// epoll: disarm after one report.
pub const EPOLL_ONESHOT: u32 = 1 << 30;

/// CQE: the request lives on and will complete again.
pub const CQE_MORE: u32 = 1 << 1;

/// A mask as `poll` holds it. The bits of `poll` all fit; what does not is not for `poll`.
#[must_use]
pub const fn to_poll(mask: u32) -> i16 {
    let [low, high, _, _] = mask.to_le_bytes();
    i16::from_le_bytes([low, high])
}

/// What `poll` answered, as everybody else writes it.
#[must_use]
pub const fn from_poll(mask: i16) -> u32 {
    let [low, high] = mask.to_le_bytes();
    u32::from_le_bytes([low, high, 0, 0])
}

const _: () = {
    assert!(to_poll(IN) == libc::POLLIN && from_poll(libc::POLLIN) == IN);
    assert!(to_poll(PRI) == libc::POLLPRI && from_poll(libc::POLLPRI) == PRI);
    assert!(to_poll(OUT) == libc::POLLOUT && from_poll(libc::POLLOUT) == OUT);
    assert!(to_poll(ERR) == libc::POLLERR && from_poll(libc::POLLERR) == ERR);
    assert!(to_poll(HUP) == libc::POLLHUP && from_poll(libc::POLLHUP) == HUP);
    assert!(to_poll(NVAL) == libc::POLLNVAL && from_poll(libc::POLLNVAL) == NVAL);
    assert!(to_poll(RDHUP) == libc::POLLRDHUP && from_poll(libc::POLLRDHUP) == RDHUP);
    assert!(IN == libc::EPOLLIN.cast_unsigned() && OUT == libc::EPOLLOUT.cast_unsigned());
    assert!(PRI == libc::EPOLLPRI.cast_unsigned() && ERR == libc::EPOLLERR.cast_unsigned());
    assert!(HUP == libc::EPOLLHUP.cast_unsigned() && RDHUP == libc::EPOLLRDHUP.cast_unsigned());
    assert!(EPOLL_EDGE == libc::EPOLLET.cast_unsigned());
    assert!(EPOLL_ONESHOT == libc::EPOLLONESHOT.cast_unsigned());
};
