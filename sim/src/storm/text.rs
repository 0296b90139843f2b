//! Operations as text, and back.

use core::fmt;

use super::op::{Op, Turn, Watch};
use super::request::{Member, read_member};
use super::words::{Name, Word, read_name, read_time};

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = |name: &u8| Name('d', *name);
        match self {
            Self::Pipe(one, other) => write!(f, "pipe {} {}", d(one), d(other)),
            Self::Sockets(one, other) => write!(f, "sockets {} {}", d(one), d(other)),
            Self::Terminal(one, other) => write!(f, "terminal {} {}", d(one), d(other)),
            Self::Event(new) => write!(f, "event {}", d(new)),
            Self::Timer(new) => write!(f, "timer {}", d(new)),
            Self::File(new) => write!(f, "file {}", d(new)),
            Self::Listen(new) => write!(f, "listen {}", d(new)),
            Self::Connect(new, of) => write!(f, "connect {} {}", d(new), d(of)),
            Self::Crowd(of, count) => write!(f, "crowd {} {count}", d(of)),
            Self::Accept(new, of) => write!(f, "accept {} {}", d(new), d(of)),
            Self::Dup(new, of) => write!(f, "dup {} {}", d(new), d(of)),
            Self::Read(of, count) => write!(f, "read {} {count}", d(of)),
            Self::Write(of, count) => write!(f, "write {} {count}", d(of)),
            Self::Drain(of) => write!(f, "drain {}", d(of)),
            Self::Fill(of) => write!(f, "fill {}", d(of)),
            Self::Expire(of, time) => write!(f, "expire {} {time}ms", d(of)),
            Self::Attributes(of) => write!(f, "attributes {}", d(of)),
            Self::Shut(of, half) => write!(f, "shut {} {}", d(of), half.word()),
            Self::Reset(of) => write!(f, "reset {}", d(of)),
            Self::Close(of) => write!(f, "close {}", d(of)),
            Self::Snatch(of) => write!(f, "snatch {}", Name('r', *of)),
            Self::Fork => f.write_str("fork"),
            Self::Exit => f.write_str("exit"),
            Self::Sleep(time) => write!(f, "sleep {time}ms"),
            Self::Watch(watch) => write!(f, "{watch}"),
            Self::Interest(of, interest) => {
                write!(f, "interest {} {}", Name('r', *of), interest.word())
            }
            Self::Remove(of) => write!(f, "remove {}", Name('r', *of)),
            Self::Submit(on, members) => {
                let members: Vec<String> = members.iter().map(Member::to_string).collect();
                write!(f, "submit l{on}: {}", members.join(", "))
            }
            Self::Cancel(of) => write!(f, "cancel {}", Name('o', *of)),
            Self::Say(progress) => write!(f, "say {}", progress.word()),
            Self::Turn(turn) => write!(f, "{turn}"),
            Self::Settle => f.write_str("settle"),
            Self::Drop(of) => write!(f, "drop l{of}"),
            Self::Make(of, None) => write!(f, "make l{of}"),
            Self::Make(of, Some(driver)) => write!(f, "make l{of} {}", driver.word()),
        }
    }
}

impl fmt::Display for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, descriptor, tenure, interest, on } = self;
        let (tenure, interest) = (tenure.word(), interest.word());
        write!(f, "watch r{name} {} {tenure} {interest} on l{on}", Name('d', *descriptor))
    }
}

/// `turn l0 5ms [ what others do; ] { what the handler does; }`
impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "turn l{}", self.on)?;
        match self.wait {
            None => f.write_str(" forever")?,
            Some(0) => {}
            Some(time) => write!(f, " {time}ms")?,
        }
        let list = |ops: &[Op]| ops.iter().map(Op::to_string).collect::<Vec<_>>().join("; ");
        if !self.meanwhile.is_empty() {
            write!(f, " [ {} ]", list(&self.meanwhile))?;
        }
        if !self.deed.is_empty() {
            write!(f, " {{ {} }}", list(&self.deed))?;
        }
        Ok(())
    }
}

/// Reads an operation; `None` if it is none.
pub(super) fn read_op(text: &str) -> Option<Op> {
    let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    match word {
        "turn" => return read_turn(rest).map(Op::Turn),
        "submit" => {
            let (on, members) = rest.split_once(':')?;
            let members = members.split(',').map(read_member).collect::<Option<_>>()?;
            return Some(Op::Submit(read_name('l', on)?, members));
        }
        _ => {}
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    read_simple(word, &words)
}

fn read_simple(word: &str, words: &[&str]) -> Option<Op> {
    let d = |text| read_name('d', text);
    Some(match (word, words) {
        ("pipe", [one, other]) => Op::Pipe(d(one)?, d(other)?),
        ("sockets", [one, other]) => Op::Sockets(d(one)?, d(other)?),
        ("terminal", [one, other]) => Op::Terminal(d(one)?, d(other)?),
        ("event", [new]) => Op::Event(d(new)?),
        ("timer", [new]) => Op::Timer(d(new)?),
        ("file", [new]) => Op::File(d(new)?),
        ("listen", [new]) => Op::Listen(d(new)?),
        ("connect", [new, of]) => Op::Connect(d(new)?, d(of)?),
        ("crowd", [of, count]) => Op::Crowd(d(of)?, count.parse().ok()?),
        ("accept", [new, of]) => Op::Accept(d(new)?, d(of)?),
        ("dup", [new, of]) => Op::Dup(d(new)?, d(of)?),
        ("read", [of, count]) => Op::Read(d(of)?, count.parse().ok()?),
        ("write", [of, count]) => Op::Write(d(of)?, count.parse().ok()?),
        ("drain", [of]) => Op::Drain(d(of)?),
        ("fill", [of]) => Op::Fill(d(of)?),
        ("expire", [of, time]) => Op::Expire(d(of)?, read_time(time)?),
        ("attributes", [of]) => Op::Attributes(d(of)?),
        ("shut", [of, half]) => Op::Shut(d(of)?, Word::read(half)?),
        ("reset", [of]) => Op::Reset(d(of)?),
        ("close", [of]) => Op::Close(d(of)?),
        ("snatch", [of]) => Op::Snatch(read_name('r', of)?),
        ("fork", []) => Op::Fork,
        ("exit", []) => Op::Exit,
        ("sleep", [time]) => Op::Sleep(read_time(time)?),
        ("watch", [name, descriptor, tenure, interest, "on", on]) => Op::Watch(Watch {
            name: read_name('r', name)?,
            descriptor: d(descriptor)?,
            tenure: Word::read(tenure)?,
            interest: Word::read(interest)?,
            on: read_name('l', on)?,
        }),
        ("interest", [of, interest]) => Op::Interest(read_name('r', of)?, Word::read(interest)?),
        ("remove", [of]) => Op::Remove(read_name('r', of)?),
        ("cancel", [of]) => Op::Cancel(read_name('o', of)?),
        ("say", [progress]) => Op::Say(Word::read(progress)?),
        ("settle", []) => Op::Settle,
        ("drop", [of]) => Op::Drop(read_name('l', of)?),
        ("make", [of]) => Op::Make(read_name('l', of)?, None),
        ("make", [of, driver]) => Op::Make(read_name('l', of)?, Some(Word::read(driver)?)),
        _ => return None,
    })
}

fn read_turn(text: &str) -> Option<Turn> {
    let (text, deed) = cut_list(text, '{', '}')?;
    let (text, meanwhile) = cut_list(text, '[', ']')?;
    let mut words = text.split_whitespace();
    let on = read_name('l', words.next()?)?;
    let wait = match words.next() {
        None => Some(0),
        Some("forever") => None,
        Some(time) => Some(read_time(time)?),
    };
    words.next().is_none().then_some(Turn { on, wait, meanwhile, deed })
}

/// The list at the end of a text, and what is before it.
fn cut_list(text: &str, open: char, close: char) -> Option<(&str, Vec<Op>)> {
    let Some((before, list)) = text.split_once(open) else { return Some((text, Vec::new())) };
    let list = list.trim_end().strip_suffix(close)?;
    Some((before, list.split(';').map(read_op).collect::<Option<_>>()?))
}
