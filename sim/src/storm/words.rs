//! The words of a scenario, written and read.

use core::fmt;

use levelring::{DriverKind, Interest, Link, Progress, Tenure};

use super::op::{ME, MINE};
use crate::Half;

/// A word of a scenario.
pub(super) trait Word: Sized {
    /// As it is written.
    fn word(&self) -> String;

    /// As it is read.
    fn read(text: &str) -> Option<Self>;
}

/// Words that are a table.
macro_rules! table {
    ($($type:ty { $($text:literal = $value:expr,)* })*) => {
        $(impl Word for $type {
            fn word(&self) -> String {
                let table: &[(&str, $type)] = &[$(($text, $value)),*];
                let found = table.iter().find(|(_, value)| value == self);
                found.map_or_else(String::new, |(text, _)| (*text).to_owned())
            }

            fn read(text: &str) -> Option<Self> {
                match text { $($text => Some($value),)* _ => None }
            }
        })*
    };
}

table! {
    Half { "read" = Half::Read, "write" = Half::Write, "both" = Half::Both, }
    Tenure { "held" = Tenure::Held, "foreign" = Tenure::Foreign, }
    Link { "alone" = Link::None, "soft" = Link::Soft, "hard" = Link::Hard, }
    Progress {
        "unknown" = Progress::Unknown, "drained" = Progress::Drained, "more" = Progress::More,
    }
    DriverKind {
        "uring" = DriverKind::Uring, "epoll" = DriverKind::Epoll, "poll" = DriverKind::Poll,
    }
}

const INTERESTS: [(&str, Interest); 5] = [
    ("READ", Interest::READ),
    ("PRIORITY", Interest::PRIORITY),
    ("WRITE", Interest::WRITE),
    ("READ_HANGUP", Interest::READ_HANGUP),
    ("ERROR", Interest::ERROR),
];

impl Word for Interest {
    fn word(&self) -> String {
        let named = INTERESTS.iter().filter(|(_, bit)| self.contains(*bit));
        let names: Vec<&str> = named.map(|(name, _)| *name).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join("+") }
    }

    fn read(text: &str) -> Option<Self> {
        if text == "nothing" {
            return Some(Self::EMPTY);
        }
        text.split('+').try_fold(Self::EMPTY, |interest, word| {
            let (_, bit) = INTERESTS.iter().find(|(name, _)| *name == word)?;
            Some(interest | *bit)
        })
    }
}

/// A name of a letter and a number.
pub(super) struct Name(pub(super) char, pub(super) u8);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self('d', MINE) => f.write_str("mine"),
            Self(_, ME) => f.write_str("me"),
            Self(letter, number) => write!(f, "{letter}{number}"),
        }
    }
}

pub(super) fn read_name(letter: char, text: &str) -> Option<u8> {
    match (letter, text) {
        ('d', "mine") => Some(MINE),
        ('r' | 'o', "me") => Some(ME),
        _ => text.strip_prefix(letter)?.parse().ok(),
    }
}

/// A time in milliseconds.
pub(super) fn read_time(text: &str) -> Option<u16> {
    text.strip_suffix("ms")?.parse().ok()
}
