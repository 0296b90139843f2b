//! What happened in a world: a hash of it, and the lines that a person reads.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::time::Duration;
use std::rc::Rc;

/// Something that happened, where and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    at: Duration,
    /// Which host; `None` for the network.
    host: Option<usize>,
    what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Started,
    Crashed,
    Paused(Duration),
    CutOff(Duration),
    Listens(u16),
    Dials(Rc<str>),
    Accepts(Rc<str>),
    Reads(Rc<str>, Glimpse),
    ReadsEnd(Rc<str>),
    Writes(Rc<str>, Glimpse, usize),
    Fails(Rc<str>, &'static str, i32),
    ShutsDown(Rc<str>),
    Closes(Rc<str>),
    Expects(Option<Duration>),
    Rings,
    Established(Rc<str>),
    Arrives(Rc<str>, usize),
    Ends(Rc<str>),
    Reset(Rc<str>),
    Refused(Rc<str>),
    Note(String),
}

/// The first bytes of something, and how many there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Glimpse {
    start: [u8; 24],
    length: usize,
}

impl Glimpse {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut start = [0; 24];
        let shown = bytes.len().min(start.len());
        start[..shown].copy_from_slice(&bytes[..shown]);
        Self { start, length: bytes.len() }
    }
}

impl fmt::Display for Glimpse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.start[..self.length.min(self.start.len())];
        let dots = if shown.len() < self.length { ".." } else { "" };
        write!(f, "\"{}\"{dots}", shown.escape_ascii())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("starts"),
            Self::Crashed => f.write_str("crashes"),
            Self::Paused(time) => write!(f, "stands still for {time:?}"),
            Self::CutOff(time) => write!(f, "is cut off for {time:?}"),
            Self::Listens(port) => write!(f, "listens at {port}"),
            Self::Dials(link) => write!(f, "connects: {link}"),
            Self::Accepts(link) => write!(f, "accepts {link}"),
            Self::Reads(link, bytes) => write!(f, "reads {} of {link}: {bytes}", bytes.length),
            Self::ReadsEnd(link) => write!(f, "reads the end of {link}"),
            Self::Writes(link, bytes, of) => {
                write!(f, "writes {} of {of} to {link}: {bytes}", bytes.length)
            }
            Self::Fails(link, what, errno) => {
                write!(f, "{what} {link}: {}", std::io::Error::from_raw_os_error(*errno))
            }
            Self::ShutsDown(link) => write!(f, "writes no more to {link}"),
            Self::Closes(link) => write!(f, "closes {link}"),
            Self::Expects(Some(time)) => write!(f, "sets a timer to {time:?}"),
            Self::Expects(None) => f.write_str("stops a timer"),
            Self::Rings => f.write_str("is rung by a timer"),
            Self::Established(link) => write!(f, "is connected: {link}"),
            Self::Arrives(link, count) => write!(f, "has {count} arriving by {link}"),
            Self::Ends(link) => write!(f, "has the end of {link} arriving"),
            Self::Reset(link) => write!(f, "has {link} reset"),
            Self::Refused(link) => write!(f, "has {link} refused"),
            Self::Note(text) => f.write_str(text),
        }
    }
}

/// Everything that happened so far.
#[derive(Debug, Default)]
pub(super) struct Trace {
    entries: Vec<Entry>,
}

impl Trace {
    pub(super) fn push(&mut self, at: Duration, host: Option<usize>, what: What) {
        self.entries.push(Entry { at, host, what });
    }

    /// The same for the same run.
    pub(super) fn hash(&self) -> u64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        self.entries.hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The lines, given the names of the hosts.
    pub(super) fn lines(&self, names: &[Rc<str>]) -> Vec<String> {
        let width = names.iter().map(|name| name.len()).max().unwrap_or(0).max(7);
        let line = |Entry { at, host, what }: &Entry| {
            let millis = at.as_secs_f64() * 1e3;
            let name = host.and_then(|host| names.get(host)).map_or("network", |name| name);
            format!("{millis:>11.3} ms  {name:<width$}  {what}")
        };
        self.entries.iter().map(line).collect()
    }
}

/// FNV-1a: as fast as it is short.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_where_and_what() {
        let mut trace = Trace::default();
        let link: Rc<str> = "ann>bob".into();
        let bytes = Glimpse::of(b"one line\nand more than is shown");
        trace.push(Duration::from_micros(1500), Some(0), What::Writes(link, bytes, 40));
        let lines = trace.lines(&["ann".into(), "bob".into()]);
        let expected = "      1.500 ms  ann      writes 31 of 40 to ann>bob: \
                        \"one line\\nand more than i\"..";
        assert_eq!(lines, [expected]);
    }
}
