//! Reading an operation from its text.

use core::fmt;
use core::str::{FromStr, SplitWhitespace};
use core::time::Duration;

use levelring::kernel::Wait;

use super::op::{Control, Name, Op, Which};
use super::request::{Field, Link, Request, Submission, Timing};
use super::words::{read_mask, read_time, read_wait};
use crate::Half;

/// A line that is no operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an operation: {:?}", self.0)
    }
}

impl core::error::Error for Unreadable {}

impl FromStr for Op {
    type Err = Unreadable;

    fn from_str(line: &str) -> Result<Self, Unreadable> {
        let mut words = Words(line.split_whitespace());
        let op = words.op();
        op.filter(|_| words.0.next().is_none()).ok_or_else(|| Unreadable(line.to_owned()))
    }
}

struct Words<'a>(SplitWhitespace<'a>);

impl<'a> Words<'a> {
    fn op(&mut self) -> Option<Op> {
        let verb = self.word()?;
        if let Ok(user_data) = verb.parse() {
            return self.submission(user_data).map(Op::Push);
        }
        self.file(verb).or_else(|| self.call(verb))
    }

    /// What makes files and uses them.
    fn file(&mut self, verb: &str) -> Option<Op> {
        Some(match verb {
            "pipe" => Op::Pipe(self.name()?, self.name()?),
            "sockets" => Op::Sockets(self.name()?, self.name()?),
            "listen" => Op::Listen(self.name()?, self.name()),
            "connect" => Op::Connect(self.name()?, self.name()?),
            "accept" => Op::Accept(self.name()?, self.name()?),
            "event" => Op::Event(self.name()?, self.number()?),
            "timer" => Op::Timer(self.name()?),
            "expire" => Op::Expire(self.name()?, self.time_or_never()?),
            "file" => Op::File(self.name()?),
            "terminal" => Op::Terminal(self.name()?, self.name()?),
            "attributes" => Op::Attributes(self.name()?),
            "read" => Op::Read(self.name()?, self.number()?),
            "write" => Op::Write(self.name()?, self.number()?),
            "value" => Op::Value(self.name()?),
            "fill" => Op::Fill(self.name()?),
            "drain" => Op::Drain(self.name()?),
            "shutdown" => Op::Shutdown(self.name()?, self.half()?),
            "reset" => Op::Reset(self.name()?),
            "duplicate" => Op::Duplicate(self.name()?, self.name()?),
            "close" => Op::Close(self.name()?),
            _ => return None,
        })
    }

    /// What asks and waits.
    fn call(&mut self, verb: &str) -> Option<Op> {
        Some(match verb {
            "sleep" => Op::Sleep(self.time()?),
            "signal" => Op::Signal(self.time()?),
            "fork" => Op::Fork,
            "exit" => Op::Exit,
            "same" => Op::Same(self.name()?, self.name()?),
            "identity" => Op::Identity(self.name()?, self.name()?),
            "poll" => Op::Poll(self.name()?, self.mask()?, self.wait()?),
            "epoll" => Op::Epoll(self.name()?),
            "harvest" => Op::Harvest(self.name()?, self.number()?, self.wait()?),
            "enter" => Op::Enter(self.wait()?),
            "reap" => Op::Reap,
            "run" => Op::Run(self.wait()?),
            "look" => Op::Look,
            "ring" => Op::Ring(self.name()?),
            "use" => Op::Use(self.name()?),
            "keep" => Op::Keep(self.number()?, self.name()?),
            "release" => Op::Release(self.number()?),
            "register" => Op::Register(self.name()?),
            "sync" => Op::SyncCancel(Which::UserData(self.number()?), false),
            "sync-all" => Op::SyncCancel(Which::UserData(self.number()?), true),
            "sync-fd" => Op::SyncCancel(Which::Fd(self.name()?), false),
            "sync-fd-all" => Op::SyncCancel(Which::Fd(self.name()?), true),
            "sync-op" => Op::SyncCancel(Which::Operation(self.number()?), false),
            "sync-op-all" => Op::SyncCancel(Which::Operation(self.number()?), true),
            "sync-any" => Op::SyncCancel(Which::Any, false),
            "sync-any-all" => Op::SyncCancel(Which::Any, true),
            _ => {
                let (set, control, fd) = self.control(verb)?;
                Op::Control(set, control, fd)
            }
        })
    }

    fn control(&mut self, verb: &str) -> Option<(Name, Control, Name)> {
        let (set, fd) = (self.name()?, self.name()?);
        let control = match verb {
            "add" => Control::Add { events: self.mask()?, data: self.number()? },
            "modify" => Control::Modify { events: self.mask()?, data: self.number()? },
            "delete" => Control::Delete,
            _ => return None,
        };
        Some((set, control, fd))
    }

    fn submission(&mut self, user_data: u64) -> Option<Submission> {
        let verb = self.word()?;
        let request = self.request(verb)?;
        let (mut link, mut skip) = (Link::None, false);
        while let Some(flag) = self.word() {
            match flag {
                "link" => link = Link::Soft,
                "hard" => link = Link::Hard,
                "skip" => skip = true,
                _ => return None,
            }
        }
        Some(Submission { user_data, request, link, skip })
    }

    fn request(&mut self, verb: &str) -> Option<Request> {
        Some(match verb {
            "arm" => Request::Arm(self.name()?, self.mask()?),
            "multi" => Request::Multi(self.name()?, self.mask()?),
            "level" => Request::Level(self.name()?, self.mask()?, false),
            "level-multi" => Request::Level(self.name()?, self.mask()?, true),
            "arm-with" => Request::ArmWith(self.name()?, self.word().and_then(Field::from_name)?),
            "update" => Request::Update(self.number()?, self.mask()?, false),
            "update-multi" => Request::Update(self.number()?, self.mask()?, true),
            "rename" => Request::Rename(self.number()?, self.number()?),
            "remove" => Request::Remove(self.number()?),
            "cancel" => Request::Cancel { target: self.number()?, all: false },
            "cancel-all" => Request::Cancel { target: self.number()?, all: true },
            "cancel-fd" => Request::CancelFd { fd: self.name()?, all: false },
            "cancel-fd-all" => Request::CancelFd { fd: self.name()?, all: true },
            "cancel-both" => Request::CancelBoth(self.name()?, self.number()?),
            "cancel-op" => Request::CancelOp { opcode: self.number()?, all: false },
            "cancel-op-all" => Request::CancelOp { opcode: self.number()?, all: true },
            "cancel-any" => Request::CancelAny { all: false },
            "cancel-any-all" => Request::CancelAny { all: true },
            "nop" => Request::Nop,
            "bad" => Request::Bad,
            "timeout" => self.timeout(Timing::After)?,
            "timeout-at" => self.timeout(Timing::At)?,
            "timeout-good" => self.timeout(Timing::Good)?,
            "end-timeout" => Request::EndTimeout(self.number()?),
            "move-timeout" => self.move_timeout(Timing::After)?,
            "move-timeout-at" => self.move_timeout(Timing::At)?,
            "link-timeout" => Request::LinkTimeout(self.time()?),
            "harvest" => Request::Harvest(self.name()?, self.number()?),
            "harvest-nowhere" => Request::HarvestNowhere(self.name()?, self.number()?),
            "harvest-with" => {
                let set = self.name()?;
                let field = self.word().and_then(Field::from_name)?;
                // The others say where to write, and how much.
                let unused = !matches!(field, Field::Addr | Field::Len);
                unused.then_some(Request::HarvestWith(set, field))?
            }
            "read" => Request::Read(self.name()?, self.number()?),
            "write" => Request::Write(self.name()?, self.number()?),
            "receive" => Request::Receive(self.name()?, self.number()?),
            "send" => Request::Send(self.name()?, self.number()?),
            "accept" => Request::Accept(self.name()?, self.name()?),
            "accept-each" => Request::AcceptEach(self.name()?, self.name()?),
            "close" => Request::Close(self.name()?),
            _ => {
                let (set, control, fd) = self.control(verb)?;
                Request::Control(set, control, fd)
            }
        })
    }

    fn timeout(&mut self, timing: Timing) -> Option<Request> {
        Some(Request::Timeout(self.time()?, self.number()?, timing))
    }

    fn move_timeout(&mut self, timing: Timing) -> Option<Request> {
        Some(Request::MoveTimeout(self.number()?, self.time()?, timing))
    }

    fn word(&mut self) -> Option<&'a str> {
        self.0.next()
    }

    fn name(&mut self) -> Option<Name> {
        self.word().map(Name::from)
    }

    fn number<T: FromStr>(&mut self) -> Option<T> {
        self.word()?.parse().ok()
    }

    fn mask(&mut self) -> Option<u32> {
        read_mask(self.word()?)
    }

    fn time(&mut self) -> Option<Duration> {
        read_time(self.word()?)
    }

    fn time_or_never(&mut self) -> Option<Option<Duration>> {
        match self.word()? {
            "never" => Some(None),
            time => read_time(time).map(Some),
        }
    }

    fn wait(&mut self) -> Option<Wait> {
        read_wait(self.word())
    }

    fn half(&mut self) -> Option<Half> {
        Some(match self.word()? {
            "read" => Half::Read,
            "write" => Half::Write,
            "both" => Half::Both,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_written() {
        let lines = "pipe r w\nlisten l\nlisten m l\nexpire t never\nexpire t 5ms\nread r 1\n\
            shutdown a both\npoll r IN+OUT\npoll r 0 5ms\nadd p r IN+EDGE 7\ndelete p r\n\
            harvest p 2\nharvest p 2 forever\n1 arm r IN\n2 multi w OUT hard skip\n\
            1 level r IN\n1 update 2 OUT\n1 rename 2 3 skip\n1 cancel-both r 2\n\
            3 remove 1 link\n4 cancel 1\n5 cancel-all 1\n6 cancel-fd-all r\n7 cancel-any\n8 nop\n\
            9 bad\n1 timeout 50us 0\n1 link-timeout 1ms\n2 harvest p 4\n3 add p r IN 1\n\
            4 delete p r\n5 read r 8\n6 write w 8\n7 receive c 1\n8 send c 1\n\
            9 accept l s\n1 accept-each l s skip\n2 close r link\nenter\nenter 5ms\nrun\nreap\n\
            look\nregister e\nsync 1\nsame a b\nvalue e\nsignal 5ms\nfork\nexit\nring s\nuse ring\n\
            keep 2 r\nrelease 2\n1 arm @2 IN\n1 cancel-op 6\n2 cancel-op-all 11\n\
            1 timeout-at 5ms 0\n1 timeout-good 5ms 1 link\n2 move-timeout 1 5ms\n\
            1 level-multi r IN\n1 update-multi 2 OUT\n1 arm-with r addr\nsync-fd-all @1\n\
            sync-op 6\nsync-any-all\n1 cancel-both @1 2\n2 move-timeout-at 1 5ms\n\
            1 harvest-nowhere p 1\n1 harvest-with p ioprio";
        for line in lines.lines() {
            let op: Op = line.parse().expect(line);
            assert_eq!(op.to_string(), line);
        }
    }

    #[test]
    fn other_lines_are_refused_whole() {
        for line in ["", "pipe r", "pipe r w x", "1 arm r", "1 arm r IN soft", "poke r", "run 5"] {
            assert_eq!(line.parse::<Op>(), Err(Unreadable(line.to_owned())));
        }
    }
}
