//! Numbers of the kernel in words.

use core::time::Duration;

use levelring::kernel::{Errno, mask};
use levelring_core::{Lane, Tag};

/// The bits of a mask.
pub(super) fn bits(level: u32) -> String {
    let named = [
        (mask::IN, "IN"),
        (mask::PRI, "PRI"),
        (mask::OUT, "OUT"),
        (mask::ERR, "ERR"),
        (mask::HUP, "HUP"),
        (mask::NVAL, "NVAL"),
        (mask::RDHUP, "RDHUP"),
    ];
    let set: Vec<&str> =
        named.iter().filter(|(bit, _)| level & bit != 0).map(|(_, name)| *name).collect();
    if set.is_empty() { "nothing".to_owned() } else { set.join("+") }
}

/// What a request came to; of a poll, a mask.
pub(super) fn result(tag: Option<Tag>, result: i32) -> String {
    match (tag, u32::try_from(result)) {
        (Some(Tag::Arm(..)), Ok(mask)) => bits(mask),
        (_, Ok(count)) => count.to_string(),
        (_, Err(_)) => format!("{:?}", Errno(result.saturating_neg())),
    }
}

/// The name of an operation of io_uring.
pub(super) const fn opcode(number: u8) -> &'static str {
    match number {
        0 => "NOP",
        3 => "FSYNC",
        6 => "POLL_ADD",
        7 => "POLL_REMOVE",
        11 => "TIMEOUT",
        12 => "TIMEOUT_REMOVE",
        13 => "ACCEPT",
        14 => "ASYNC_CANCEL",
        15 => "LINK_TIMEOUT",
        19 => "CLOSE",
        22 => "READ",
        23 => "WRITE",
        26 => "SEND",
        27 => "RECV",
        29 => "EPOLL_CTL",
        59 => "EPOLL_WAIT",
        _ => "?",
    }
}

/// Whether an operation's flags are a mask of events.
pub(super) const fn is_poll(number: u8) -> bool {
    number == 6
}

/// The letter of a lane.
pub(super) const fn lane(lane: Lane) -> &'static str {
    match lane {
        Lane::A => "A",
        Lane::B => "B",
    }
}

/// A time on the kernel's clock.
pub(super) fn time(now: Duration) -> String {
    let nanos = now.as_nanos();
    if nanos.is_multiple_of(1_000_000) {
        format!("{} ms", nanos / 1_000_000)
    } else if nanos.is_multiple_of(1000) {
        format!("{}.{:03} ms", nanos / 1_000_000, nanos / 1000 % 1000)
    } else {
        format!("{nanos} ns")
    }
}
