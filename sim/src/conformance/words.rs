//! The words of a script: masks, times and errors, to and from text.

use core::fmt;
use core::time::Duration;

use levelring::kernel::{Errno, Wait, mask};

/// One waiter woken per event, of those in different epoll sets.
pub(super) const EPOLL_EXCLUSIVE: u32 = 1 << 28;

const BITS: [(&str, u32); 10] = [
    ("IN", mask::IN),
    ("PRI", mask::PRI),
    ("OUT", mask::OUT),
    ("ERR", mask::ERR),
    ("HUP", mask::HUP),
    ("NVAL", mask::NVAL),
    ("RDHUP", mask::RDHUP),
    ("EXCLUSIVE", EPOLL_EXCLUSIVE),
    ("ONESHOT", mask::EPOLL_ONESHOT),
    ("EDGE", mask::EPOLL_EDGE),
];

/// A mask: `IN+OUT`, or `0`. Bits without a name are written as a number.
pub(super) struct Mask(pub(super) u32);

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = BITS.iter().filter(|(_, bit)| self.0 & bit != 0);
        let mut words: Vec<String> = named.map(|(name, _)| (*name).to_owned()).collect();
        let rest = BITS.iter().fold(self.0, |rest, (_, bit)| rest & !bit);
        if rest != 0 || words.is_empty() {
            words.push(rest.to_string());
        }
        f.write_str(&words.join("+"))
    }
}

pub(super) fn read_mask(text: &str) -> Option<u32> {
    text.split('+').try_fold(0, |mask, word| {
        let named = BITS.iter().find(|(name, _)| *name == word).map(|(_, bit)| *bit);
        Some(mask | named.or_else(|| word.parse().ok())?)
    })
}

/// A time: `5ms` or `50us`.
pub(super) struct Time(pub(super) Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        if micros.is_multiple_of(1000) {
            write!(f, "{}ms", micros / 1000)
        } else {
            write!(f, "{micros}us")
        }
    }
}

pub(super) fn read_time(text: &str) -> Option<Duration> {
    if let Some(millis) = text.strip_suffix("ms") {
        return Some(Duration::from_millis(millis.parse().ok()?));
    }
    Some(Duration::from_micros(text.strip_suffix("us")?.parse().ok()?))
}

/// How long to wait, as the end of a line: nothing, a time, or ` forever`.
pub(super) struct Waiting(pub(super) Wait);

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Wait::Now => Ok(()),
            Wait::Until(time) => write!(f, " {}", Time(time)),
            Wait::Forever => f.write_str(" forever"),
        }
    }
}

pub(super) fn read_wait(text: Option<&str>) -> Option<Wait> {
    match text {
        None => Some(Wait::Now),
        Some("forever") => Some(Wait::Forever),
        Some(time) => read_time(time).map(Wait::Until),
    }
}

/// An error by its symbol, also such as only programs meet.
pub(super) fn name_of(errno: Errno) -> String {
    let programs = match errno.0 {
        libc::ECONNRESET => "ECONNRESET",
        libc::ECONNREFUSED => "ECONNREFUSED",
        libc::EADDRINUSE => "EADDRINUSE",
        libc::ENOTSOCK => "ENOTSOCK",
        libc::ENOTCONN => "ENOTCONN",
        libc::ENOTTY => "ENOTTY",
        _ => return format!("{errno:?}"),
    };
    programs.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_times_are_read_as_they_are_written() {
        for mask in [0, mask::IN, mask::IN | mask::RDHUP | mask::EPOLL_EDGE, 0x40, 0x41] {
            assert_eq!(read_mask(&Mask(mask).to_string()), Some(mask));
        }
        assert_eq!(Mask(0x45).to_string(), "IN+OUT+64");
        for micros in [0, 50, 1000, 1500] {
            let time = Duration::from_micros(micros);
            assert_eq!(read_time(&Time(time).to_string()), Some(time));
        }
        assert_eq!(read_mask("IM"), None);
        assert_eq!(read_time("5"), None);
    }
}
