//! One operation of a script, and its text.

use core::fmt;
use core::time::Duration;

use levelring::kernel::Wait;

use super::words::{Mask, Time, Waiting};
use crate::Half;

/// The name of a descriptor in a script. It keeps its number when that is closed. `ring` is the
/// ring's own.
pub type Name = String;

/// One operation of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// `pipe READ WRITE`
    Pipe(Name, Name),
    /// `sockets LEFT RIGHT`
    Sockets(Name, Name),
    /// `listen LISTENER`, or `listen LISTENER LIKE` on the port of that other one.
    Listen(Name, Option<Name>),
    /// `connect CLIENT LISTENER`
    Connect(Name, Name),
    /// `accept SERVER LISTENER`
    Accept(Name, Name),
    /// `event EVENTFD COUNT`
    Event(Name, u32),
    /// `timer TIMERFD`
    Timer(Name),
    /// `expire TIMERFD TIME`, or `never`
    Expire(Name, Option<Duration>),
    /// `file FILE`
    File(Name),
    /// `terminal MASTER TERMINAL`
    Terminal(Name, Name),
    /// `attributes TERMINAL`
    Attributes(Name),
    /// `read FD COUNT`
    Read(Name, usize),
    /// `write FD COUNT`
    Write(Name, usize),
    /// `fill FD`: writes till it would block.
    Fill(Name),
    /// `drain FD`: reads till there is no more.
    Drain(Name),
    /// `shutdown FD read`, `write` or `both`
    Shutdown(Name, Half),
    /// `reset FD`
    Reset(Name),
    /// `duplicate FD NEW`
    Duplicate(Name, Name),
    /// `close FD`
    Close(Name),
    /// `sleep TIME`
    Sleep(Duration),
    /// `same FD FD`: whether two names have one number.
    Same(Name, Name),
    /// `identity FD FD`: whether two numbers name one file.
    Identity(Name, Name),
    /// `poll FD MASK`, or `poll FD MASK TIME`
    Poll(Name, u32, Wait),
    /// `epoll SET`
    Epoll(Name),
    /// `add SET FD MASK DATA`, `modify SET FD MASK DATA`, `delete SET FD`
    Control(Name, Control, Name),
    /// `harvest SET MOST`, or `harvest SET MOST TIME`
    Harvest(Name, usize, Wait),
    /// A submission: see [`Request`].
    Push(Submission),
    /// `enter`, or `enter TIME`
    Enter(Wait),
    /// `reap`: all completions that are there.
    Reap,
    /// `run`, or `run TIME`: enter and reap.
    Run(Wait),
    /// `look`: what is to be seen from outside.
    Look,
    /// `register EVENTFD` with the ring
    Register(Name),
    /// `sync USER_DATA`: cancels at once.
    SyncCancel(u64),
}

/// A change of an epoll set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "events and data are the kernel's")]
pub enum Control {
    /// `add`
    Add { events: u32, data: u64 },
    /// `modify`
    Modify { events: u32, data: u64 },
    /// `delete`
    Delete,
}

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
    /// `UD level FD MASK`: a POLL_ADD with a flag that no kernel takes.
    Level(Name, u32),
    /// `UD update TARGET MASK`: POLL_UPDATE of what is waited for.
    Update(u64, u32),
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
    /// `UD cancel-any`, `UD cancel-any-all`
    CancelAny { all: bool },
    /// `UD nop`
    Nop,
    /// `UD bad`: what is refused before it is issued.
    Bad,
    /// `UD timeout TIME COUNT`
    Timeout(Duration, u32),
    /// `UD end-timeout TARGET`
    EndTimeout(u64),
    /// `UD link-timeout TIME`
    LinkTimeout(Duration),
    /// `UD harvest SET MOST`: EPOLL_WAIT
    Harvest(Name, usize),
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

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipe(read, write) => write!(f, "pipe {read} {write}"),
            Self::Sockets(left, right) => write!(f, "sockets {left} {right}"),
            Self::Listen(listener, None) => write!(f, "listen {listener}"),
            Self::Listen(listener, Some(like)) => write!(f, "listen {listener} {like}"),
            Self::Connect(client, listener) => write!(f, "connect {client} {listener}"),
            Self::Accept(server, listener) => write!(f, "accept {server} {listener}"),
            Self::Event(event, count) => write!(f, "event {event} {count}"),
            Self::Timer(timer) => write!(f, "timer {timer}"),
            Self::Expire(timer, None) => write!(f, "expire {timer} never"),
            Self::Expire(timer, Some(time)) => write!(f, "expire {timer} {}", Time(*time)),
            Self::File(file) => write!(f, "file {file}"),
            Self::Terminal(master, terminal) => write!(f, "terminal {master} {terminal}"),
            Self::Attributes(terminal) => write!(f, "attributes {terminal}"),
            Self::Read(fd, count) => write!(f, "read {fd} {count}"),
            Self::Write(fd, count) => write!(f, "write {fd} {count}"),
            Self::Fill(fd) => write!(f, "fill {fd}"),
            Self::Drain(fd) => write!(f, "drain {fd}"),
            Self::Shutdown(fd, Half::Read) => write!(f, "shutdown {fd} read"),
            Self::Shutdown(fd, Half::Write) => write!(f, "shutdown {fd} write"),
            Self::Shutdown(fd, Half::Both) => write!(f, "shutdown {fd} both"),
            Self::Reset(fd) => write!(f, "reset {fd}"),
            Self::Duplicate(fd, new) => write!(f, "duplicate {fd} {new}"),
            Self::Close(fd) => write!(f, "close {fd}"),
            Self::Sleep(time) => write!(f, "sleep {}", Time(*time)),
            Self::Same(one, other) => write!(f, "same {one} {other}"),
            Self::Identity(one, other) => write!(f, "identity {one} {other}"),
            Self::Poll(fd, mask, wait) => write!(f, "poll {fd} {}{}", Mask(*mask), Waiting(*wait)),
            Self::Epoll(set) => write!(f, "epoll {set}"),
            Self::Control(set, control, fd) => control.write(f, set, fd),
            Self::Harvest(set, most, wait) => write!(f, "harvest {set} {most}{}", Waiting(*wait)),
            Self::Push(submission) => submission.fmt(f),
            Self::Enter(wait) => write!(f, "enter{}", Waiting(*wait)),
            Self::Reap => f.write_str("reap"),
            Self::Run(wait) => write!(f, "run{}", Waiting(*wait)),
            Self::Look => f.write_str("look"),
            Self::Register(event) => write!(f, "register {event}"),
            Self::SyncCancel(target) => write!(f, "sync {target}"),
        }
    }
}

impl Control {
    fn write(self, f: &mut fmt::Formatter<'_>, set: &str, fd: &str) -> fmt::Result {
        match self {
            Self::Add { events, data } => write!(f, "add {set} {fd} {} {data}", Mask(events)),
            Self::Modify { events, data } => write!(f, "modify {set} {fd} {} {data}", Mask(events)),
            Self::Delete => write!(f, "delete {set} {fd}"),
        }
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
        match self {
            Self::Arm(fd, mask) => write!(f, "arm {fd} {}", Mask(*mask)),
            Self::Multi(fd, mask) => write!(f, "multi {fd} {}", Mask(*mask)),
            Self::Level(fd, mask) => write!(f, "level {fd} {}", Mask(*mask)),
            Self::Update(target, mask) => write!(f, "update {target} {}", Mask(*mask)),
            Self::Rename(target, new) => write!(f, "rename {target} {new}"),
            Self::Remove(target) => write!(f, "remove {target}"),
            Self::Cancel { target, all } => write!(f, "cancel{} {target}", suffix(all)),
            Self::CancelFd { fd, all } => write!(f, "cancel-fd{} {fd}", suffix(all)),
            Self::CancelBoth(fd, target) => write!(f, "cancel-both {fd} {target}"),
            Self::CancelAny { all } => write!(f, "cancel-any{}", suffix(all)),
            Self::Nop => f.write_str("nop"),
            Self::Bad => f.write_str("bad"),
            Self::Timeout(time, count) => write!(f, "timeout {} {count}", Time(*time)),
            Self::EndTimeout(target) => write!(f, "end-timeout {target}"),
            Self::LinkTimeout(time) => write!(f, "link-timeout {}", Time(*time)),
            Self::Harvest(set, most) => write!(f, "harvest {set} {most}"),
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
