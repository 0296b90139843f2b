//! What a script asks of a ring, and its text.

use core::fmt;
use core::time::Duration;
use std::os::fd::RawFd;

use super::op::{Control, Name};
use super::words::{Mask, Time};

/// What is queued for the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// By which its completions are known.
    pub user_data: u64,
    /// What is asked.
    pub request: Request,
    /// How it is bound to the next one.
    pub link: Link,
    /// Whether only a failure is reported.
    pub skip: bool,
}

/// What a submission asks. The text begins with the `user_data`: `3 arm r IN`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the line of text beside it")]
pub enum Request {
    /// `UD arm FD MASK`
    Arm(Name, u32),
    /// `UD multi FD MASK`
    Multi(Name, u32),
    /// `UD level FD MASK`, `UD level-multi FD MASK`: a POLL_ADD with a flag that no kernel takes.
    Level(Name, u32, bool),
    /// `UD arm-with FD FIELD`: a POLL_ADD with something in a field that must be empty.
    ArmWith(Name, Field),
    /// `UD update TARGET MASK`, `UD update-multi TARGET MASK`: POLL_UPDATE of what is waited for.
    Update(u64, u32, bool),
    /// `UD rename TARGET NEW`: POLL_UPDATE of the `user_data`.
    Rename(u64, u64),
    /// `UD remove TARGET`: POLL_REMOVE
    Remove(u64),
    /// `UD cancel TARGET`, `UD cancel-all TARGET`: ASYNC_CANCEL
    Cancel { target: u64, all: bool },
    /// `UD cancel-fd FD`, `UD cancel-fd-all FD`
    CancelFd { fd: Name, all: bool },
    /// `UD cancel-both FD TARGET`: both are to match.
    CancelBoth(Name, u64),
    /// `UD cancel-op OPCODE`, `UD cancel-op-all OPCODE`
    CancelOp { opcode: u8, all: bool },
    /// `UD cancel-any`, `UD cancel-any-all`
    CancelAny { all: bool },
    /// `UD nop`
    Nop,
    /// `UD bad`: what is refused before it is issued.
    Bad,
    /// `UD timeout TIME COUNT`, `UD timeout-at TIME COUNT`, `UD timeout-good TIME COUNT`
    Timeout(Duration, u32, Timing),
    /// `UD end-timeout TARGET`
    EndTimeout(u64),
    /// `UD move-timeout TARGET TIME`, `UD move-timeout-at TARGET TIME`
    MoveTimeout(u64, Duration, Timing),
    /// `UD link-timeout TIME`
    LinkTimeout(Duration),
    /// `UD harvest SET MOST`: EPOLL_WAIT
    Harvest(Name, usize),
    /// `UD harvest-nowhere SET MOST`: the same, to where no memory is.
    HarvestNowhere(Name, usize),
    /// `UD harvest-with SET FIELD`: the same, with something in a field that must be empty.
    HarvestWith(Name, Field),
    /// `UD add SET FD MASK DATA` and so on: EPOLL_CTL
    Control(Name, Control, Name),
    /// `UD read FD COUNT`
    Read(Name, usize),
    /// `UD write FD COUNT`
    Write(Name, usize),
    /// `UD receive FD COUNT`: RECV
    Receive(Name, usize),
    /// `UD send FD COUNT`: SEND, all of it (MSG_WAITALL)
    Send(Name, usize),
    /// `UD accept LISTENER SERVER`
    Accept(Name, Name),
    /// `UD accept-each LISTENER SERVER`: a multishot, whose connections are SERVER1, SERVER2, ..
    AcceptEach(Name, Name),
    /// `UD close FD`
    Close(Name),
}

/// From when on a timeout's time counts, and as what its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// From when it is submitted.
    After,
    /// `-at`: it is a time of the clock, so far from when it is queued.
    At,
    /// `-good`: that the time is up is no failure, which would end its chain.
    Good,
}

/// A field of a submission that POLL_ADD or EPOLL_WAIT has no use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the kernel's, by its own name")]
pub enum Field {
    Ioprio,
    Off,
    Flags,
    Buffer,
    Splice,
    Addr,
    /// Only a bit that says nothing.
    Len,
}

impl Field {
    /// The field of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        use Field::{Addr, Buffer, Flags, Ioprio, Len, Off, Splice};
        let all = [Ioprio, Off, Flags, Buffer, Splice, Addr, Len];
        all.into_iter().find(|field| field.to_string() == name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ioprio => "ioprio",
            Self::Off => "off",
            Self::Flags => "flags",
            Self::Buffer => "buffer",
            Self::Splice => "splice",
            Self::Addr => "addr",
            Self::Len => "len",
        })
    }
}

impl Request {
    /// Whether the file that it is about is one that is registered with the ring.
    #[must_use]
    pub fn is_of_slot(&self) -> bool {
        let (Self::Arm(file, _)
        | Self::Multi(file, _)
        | Self::Harvest(file, _)
        | Self::Read(file, _)
        | Self::Write(file, _)
        | Self::Receive(file, _)
        | Self::Send(file, _)
        | Self::Accept(file, _)
        | Self::AcceptEach(file, _)) = self
        else {
            return false;
        };
        slot(file).is_some()
    }
}

/// The slot that is called so, if it is one.
pub(super) fn slot(name: &str) -> Option<u32> {
    name.strip_prefix('@')?.parse().ok()
}

/// The same, as it stands in the place of a descriptor.
pub(super) fn slot_number(name: &str) -> Option<RawFd> {
    slot(name).and_then(|slot| RawFd::try_from(slot).ok())
}

/// How a submission is bound to the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not at all.
    #[default]
    None,
    /// `link`: the next one runs if this one succeeds.
    Soft,
    /// `hard`: the next one runs after this one.
    Hard,
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::After => "",
            Self::At => "-at",
            Self::Good => "-good",
        })
    }
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.user_data, self.request)?;
        f.write_str(match self.link {
            Link::None => "",
            Link::Soft => " link",
            Link::Hard => " hard",
        })?;
        f.write_str(if self.skip { " skip" } else { "" })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = |all: &bool| if *all { "-all" } else { "" };
        let suffix_multi = |multi: bool| if multi { "-multi" } else { "" };
        match self {
            Self::Arm(fd, mask) => write!(f, "arm {fd} {}", Mask(*mask)),
            Self::Multi(fd, mask) => write!(f, "multi {fd} {}", Mask(*mask)),
            Self::Level(fd, mask, multi) => {
                write!(f, "level{} {fd} {}", suffix_multi(*multi), Mask(*mask))
            }
            Self::ArmWith(fd, field) => write!(f, "arm-with {fd} {field}"),
            Self::Update(target, mask, multi) => {
                write!(f, "update{} {target} {}", suffix_multi(*multi), Mask(*mask))
            }
            Self::Rename(target, new) => write!(f, "rename {target} {new}"),
            Self::Remove(target) => write!(f, "remove {target}"),
            Self::Cancel { target, all } => write!(f, "cancel{} {target}", suffix(all)),
            Self::CancelFd { fd, all } => write!(f, "cancel-fd{} {fd}", suffix(all)),
            Self::CancelBoth(fd, target) => write!(f, "cancel-both {fd} {target}"),
            Self::CancelOp { opcode, all } => write!(f, "cancel-op{} {opcode}", suffix(all)),
            Self::CancelAny { all } => write!(f, "cancel-any{}", suffix(all)),
            Self::Nop => f.write_str("nop"),
            Self::Bad => f.write_str("bad"),
            Self::Timeout(time, count, timing) => {
                write!(f, "timeout{timing} {} {count}", Time(*time))
            }
            Self::EndTimeout(target) => write!(f, "end-timeout {target}"),
            Self::MoveTimeout(target, time, timing) => {
                write!(f, "move-timeout{timing} {target} {}", Time(*time))
            }
            Self::LinkTimeout(time) => write!(f, "link-timeout {}", Time(*time)),
            Self::Harvest(set, most) => write!(f, "harvest {set} {most}"),
            Self::HarvestNowhere(set, most) => write!(f, "harvest-nowhere {set} {most}"),
            Self::HarvestWith(set, field) => write!(f, "harvest-with {set} {field}"),
            Self::Control(set, control, fd) => control.write(f, set, fd),
            Self::Read(fd, count) => write!(f, "read {fd} {count}"),
            Self::Write(fd, count) => write!(f, "write {fd} {count}"),
            Self::Receive(fd, count) => write!(f, "receive {fd} {count}"),
            Self::Send(fd, count) => write!(f, "send {fd} {count}"),
            Self::Accept(listener, server) => write!(f, "accept {listener} {server}"),
            Self::AcceptEach(listener, server) => write!(f, "accept-each {listener} {server}"),
            Self::Close(fd) => write!(f, "close {fd}"),
        }
    }
}
