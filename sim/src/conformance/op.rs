//! One operation of a script, and its text.

use core::fmt;
use core::time::Duration;

use levelring::kernel::Wait;

use super::request::Submission;
use super::words::{Mask, Time, Waiting};
use crate::Half;

/// The name of a descriptor in a script. It keeps its number when that is closed. `ring` is the
/// ring's own; what is registered with a ring as its third file is called `@2` in requests.
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
    /// `value EVENTFD`: what it has counted.
    Value(Name),
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
    /// `signal TIME`: after that time there is one, which ends what sleeps then.
    Signal(Duration),
    /// `fork`: a child that holds all that is open, and does nothing else.
    Fork,
    /// `exit`: of the oldest child.
    Exit,
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
    /// A submission: see [`Request`](super::Request).
    Push(Submission),
    /// `enter`, or `enter TIME`
    Enter(Wait),
    /// `reap`: all completions that are there.
    Reap,
    /// `run`, or `run TIME`: enter and reap.
    Run(Wait),
    /// `look`: what is to be seen from outside.
    Look,
    /// `ring RING`: another one, alike, that what follows is asked of. `close` takes no account of
    /// what is under way on a ring.
    Ring(Name),
    /// `use RING`: what follows is asked of that one.
    Use(Name),
    /// `register EVENTFD` with the ring
    Register(Name),
    /// `keep SLOT FD`: registers a file with the ring.
    Keep(u32, Name),
    /// `release SLOT`
    Release(u32),
    /// `sync USER_DATA`, `sync-fd FD`, `sync-op OPCODE`, `sync-any`; `sync-all USER_DATA` and so on
    /// for all that fit: cancels at once.
    SyncCancel(Which, bool),
}

/// Which requests a cancel is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what it is called")]
pub enum Which {
    UserData(u64),
    Fd(Name),
    Operation(u8),
    Any,
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
            Self::Value(event) => write!(f, "value {event}"),
            Self::Fill(fd) => write!(f, "fill {fd}"),
            Self::Drain(fd) => write!(f, "drain {fd}"),
            Self::Shutdown(fd, Half::Read) => write!(f, "shutdown {fd} read"),
            Self::Shutdown(fd, Half::Write) => write!(f, "shutdown {fd} write"),
            Self::Shutdown(fd, Half::Both) => write!(f, "shutdown {fd} both"),
            Self::Reset(fd) => write!(f, "reset {fd}"),
            Self::Duplicate(fd, new) => write!(f, "duplicate {fd} {new}"),
            Self::Close(fd) => write!(f, "close {fd}"),
            Self::Sleep(time) => write!(f, "sleep {}", Time(*time)),
            Self::Signal(time) => write!(f, "signal {}", Time(*time)),
            Self::Fork => f.write_str("fork"),
            Self::Exit => f.write_str("exit"),
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
            Self::Ring(ring) => write!(f, "ring {ring}"),
            Self::Use(ring) => write!(f, "use {ring}"),
            Self::Keep(slot, fd) => write!(f, "keep {slot} {fd}"),
            Self::Release(slot) => write!(f, "release {slot}"),
            Self::Register(event) => write!(f, "register {event}"),
            Self::SyncCancel(which, all) => {
                let all = if *all { "-all" } else { "" };
                match which {
                    Which::UserData(target) => write!(f, "sync{all} {target}"),
                    Which::Fd(fd) => write!(f, "sync-fd{all} {fd}"),
                    Which::Operation(opcode) => write!(f, "sync-op{all} {opcode}"),
                    Which::Any => write!(f, "sync-any{all}"),
                }
            }
        }
    }
}

impl Control {
    pub(super) fn write(self, f: &mut fmt::Formatter<'_>, set: &str, fd: &str) -> fmt::Result {
        match self {
            Self::Add { events, data } => write!(f, "add {set} {fd} {} {data}", Mask(events)),
            Self::Modify { events, data } => write!(f, "modify {set} {fd} {} {data}", Mask(events)),
            Self::Delete => write!(f, "delete {set} {fd}"),
        }
    }
}
