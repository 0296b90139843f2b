//! What is asked of a ring, as words.

use core::fmt;

use levelring::{Interest, Link};

use super::op::{D, O, kinds};
use super::words::{Name, Word, read_name, read_time};

/// A request to be submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: O,
    /// What is asked.
    pub request: Request,
    /// How the next is bound to it.
    pub link: Link,
    /// Whether it is called off at the last moment; `None` if nobody is asked.
    pub hook: Option<bool>,
}

/// What a request asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// `nop`
    Nop,
    /// `timeout 5ms`
    Timeout(u16),
    /// `read d0 5`
    Read(D, u8),
    /// `write d0 5`
    Write(D, u8),
    /// `receive d0 5`
    Receive(D, u8),
    /// `send d0 5`
    Send(D, u8),
    /// `accept d0`: a connection, which gets the first name that is free.
    Accept(D),
    /// `accept-each d0`: one after another, until it is cancelled.
    AcceptEach(D),
    /// `poll-each d0 READ`: to be told whenever it becomes so, until it is cancelled.
    PollEach(D, Interest),
}

kinds! {
    /// The kinds of requests.
    Ask {
        Nop 4, Timeout 4, Read 5, Write 4, Receive 2, Send 2, Accept 3, AcceptEach 4, PollEach 3,
    }
}

impl Request {
    /// The descriptor that it is about.
    #[must_use]
    pub const fn descriptor(self) -> Option<D> {
        match self {
            Self::Nop | Self::Timeout(_) => None,
            Self::Read(of, _)
            | Self::Write(of, _)
            | Self::Receive(of, _)
            | Self::Send(of, _)
            | Self::Accept(of)
            | Self::AcceptEach(of)
            | Self::PollEach(of, _) => Some(of),
        }
    }

    /// Whether its results are descriptors.
    #[must_use]
    pub const fn opens(self) -> bool {
        matches!(self, Self::Accept(_) | Self::AcceptEach(_))
    }

    /// Whether it may have more results than one.
    #[must_use]
    pub const fn has_many(self) -> bool {
        matches!(self, Self::AcceptEach(_) | Self::PollEach(..))
    }

    /// Whether it is done as soon as its descriptor is readable.
    #[must_use]
    pub const fn takes(self) -> bool {
        matches!(self, Self::Read(..) | Self::Receive(..)) || self.opens()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = |name: &D| Name('d', *name);
        match self {
            Self::Nop => f.write_str("nop"),
            Self::Timeout(time) => write!(f, "timeout {time}ms"),
            Self::Read(of, count) => write!(f, "read {} {count}", d(of)),
            Self::Write(of, count) => write!(f, "write {} {count}", d(of)),
            Self::Receive(of, count) => write!(f, "receive {} {count}", d(of)),
            Self::Send(of, count) => write!(f, "send {} {count}", d(of)),
            Self::Accept(of) => write!(f, "accept {}", d(of)),
            Self::AcceptEach(of) => write!(f, "accept-each {}", d(of)),
            Self::PollEach(of, interest) => write!(f, "poll-each {} {}", d(of), interest.word()),
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "o{} {}", self.name, self.request)?;
        if self.link != Link::None {
            write!(f, " {}", self.link.word())?;
        }
        match self.hook {
            None => Ok(()),
            Some(false) => f.write_str(" asked"),
            Some(true) => f.write_str(" called-off"),
        }
    }
}

/// Reads a member; `None` if it is none.
pub(super) fn read_member(text: &str) -> Option<Member> {
    let mut words = text.split_whitespace();
    let name = read_name('o', words.next()?)?;
    let request = read_request(&mut words)?;
    let mut member = Member { name, request, link: Link::None, hook: None };
    for word in words {
        match word {
            "asked" => member.hook = Some(false),
            "called-off" => member.hook = Some(true),
            link => member.link = Word::read(link)?,
        }
    }
    Some(member)
}

fn read_request<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Request> {
    let word = words.next()?;
    match word {
        "nop" => return Some(Request::Nop),
        "timeout" => return Some(Request::Timeout(read_time(words.next()?)?)),
        _ => {}
    }
    let of = read_name('d', words.next()?)?;
    let mut count = || words.next()?.parse().ok();
    Some(match word {
        "read" => Request::Read(of, count()?),
        "write" => Request::Write(of, count()?),
        "receive" => Request::Receive(of, count()?),
        "send" => Request::Send(of, count()?),
        "accept" => Request::Accept(of),
        "accept-each" => Request::AcceptEach(of),
        "poll-each" => Request::PollEach(of, Word::read(words.next()?)?),
        _ => return None,
    })
}
