//! Operations drawn from entropy: among those that make sense as things stand.

use levelring::{DriverKind, Interest, Link, Progress, Tenure};

use super::op::{D, Kind, L, LOOPS, ME, MINE, NAMES, O, Op, R, Turn, Watch};
use super::options::Options;
use super::request::{Ask, Member, Request};
use super::stage::Stage;
use crate::model::FileKind;
use crate::{Entropy, Half};

/// What there is to act upon.
#[derive(Debug)]
struct View {
    open: Vec<D>,
    free: Vec<D>,
    listeners: Vec<D>,
    watched: Vec<R>,
    unwatched: Vec<R>,
    asked: Vec<O>,
    unasked: Vec<O>,
    loops: Vec<L>,
    gone: Vec<L>,
}

/// Who acts: what makes sense depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mouth {
    Program,
    Handler,
    Peer,
}

/// The next operation of the program.
pub(super) fn draw(stage: &Stage) -> Op {
    let view = View::of(stage);
    Drawer { entropy: &stage.entropy, options: &stage.options, view: &view }.op(Mouth::Program)
}

impl View {
    fn of(stage: &Stage) -> Self {
        let world = stage.world.borrow();
        let slot = |name: &D| world.slots[usize::from(*name)].as_ref();
        let (open, free) = (0..NAMES).partition(|name| slot(name).is_some());
        let listens = |name: &D| {
            slot(name).is_some_and(|slot| world.files.kind(slot.file) == FileKind::Listener)
        };
        let listeners = (0..NAMES).filter(listens).collect();
        let (watched, unwatched) =
            (0..NAMES).partition(|name| world.watches.all.contains_key(name));
        let (asked, unasked) = (0..NAMES).partition(|name| world.requests.all.contains_key(name));
        let (loops, gone) =
            (0..LOOPS).partition(|on| stage.loops[usize::from(*on)].borrow().is_some());
        Self { open, free, listeners, watched, unwatched, asked, unasked, loops, gone }
    }
}

struct Drawer<'a> {
    entropy: &'a Entropy,
    options: &'a Options,
    view: &'a View,
}

const INTERESTS: [Interest; 8] = [
    Interest::READ,
    Interest::WRITE,
    Interest::READ,
    Interest::EMPTY,
    Interest::READ_HANGUP,
    Interest::PRIORITY,
    Interest::ERROR,
    Interest::READ,
];

impl Drawer<'_> {
    fn op(&self, mouth: Mouth) -> Op {
        let fits = |kind: &&Kind| self.fits(**kind, mouth);
        let kinds: Vec<Kind> = Kind::ALL.iter().filter(fits).copied().collect();
        let kind = drawn(self.entropy, &kinds, |kind| self.options.weights[kind as usize]);
        kind.map_or(Op::Sleep(0), |kind| self.of_kind(kind, mouth))
    }

    fn fits(&self, kind: Kind, mouth: Mouth) -> bool {
        let View { open, free, listeners, watched, unwatched, asked, unasked, loops, gone } =
            self.view;
        let loops = !loops.is_empty();
        let (program, peer) = (mouth == Mouth::Program, mouth == Mouth::Peer);
        match kind {
            Kind::Pipe | Kind::Sockets | Kind::Terminal => free.len() >= 2 && !peer,
            Kind::Event | Kind::Timer | Kind::File | Kind::Listen => !free.is_empty() && !peer,
            Kind::Connect => !free.is_empty() && !listeners.is_empty(),
            Kind::Crowd => !listeners.is_empty(),
            Kind::Accept => !free.is_empty() && !listeners.is_empty() && !peer,
            Kind::Dup => !free.is_empty() && !open.is_empty() && !peer,
            Kind::Read
            | Kind::Write
            | Kind::Drain
            | Kind::Fill
            | Kind::Expire
            | Kind::Attributes
            | Kind::Shut => !open.is_empty(),
            Kind::Reset | Kind::Close => !open.is_empty() && !peer,
            Kind::Exit => true,
            Kind::Fork => !peer,
            Kind::Sleep | Kind::Settle => program,
            Kind::Watch => !open.is_empty() && !unwatched.is_empty() && loops && !peer,
            Kind::Interest | Kind::Remove | Kind::Snatch => !watched.is_empty() && !peer,
            Kind::Submit => !unasked.is_empty() && loops && !peer,
            Kind::Cancel => !asked.is_empty() && !peer,
            Kind::Say => mouth == Mouth::Handler,
            Kind::Turn => loops && (program || mouth == Mouth::Handler && self.entropy.chance(8)),
            Kind::Drop => loops && program && self.entropy.chance(100),
            Kind::Make => !gone.is_empty() && program,
        }
    }

    fn of_kind(&self, kind: Kind, mouth: Mouth) -> Op {
        let Self { entropy, .. } = self;
        let handler = mouth == Mouth::Handler;
        match kind {
            Kind::Pipe => self.two(Op::Pipe),
            Kind::Sockets => self.two(Op::Sockets),
            Kind::Terminal => self.two(Op::Terminal),
            Kind::Event => Op::Event(self.free()),
            Kind::Timer => Op::Timer(self.free()),
            Kind::File => Op::File(self.free()),
            Kind::Listen => Op::Listen(self.free()),
            Kind::Connect => Op::Connect(self.free(), self.listener()),
            Kind::Crowd => Op::Crowd(self.listener(), 1 + entropy.byte() % 12),
            Kind::Accept => Op::Accept(self.free(), self.listener()),
            Kind::Dup => Op::Dup(self.free(), self.open(false)),
            Kind::Read => Op::Read(self.open(handler), 1 + entropy.byte() % 8),
            Kind::Write => Op::Write(self.open(handler), 1 + entropy.byte() % 8),
            Kind::Drain => Op::Drain(self.open(handler)),
            Kind::Fill => Op::Fill(self.open(handler)),
            Kind::Expire => Op::Expire(self.open(handler), self.time()),
            Kind::Attributes => Op::Attributes(self.open(handler)),
            Kind::Shut => {
                let half = entropy.pick(&[Half::Write, Half::Both, Half::Read]);
                Op::Shut(self.open(handler), half.unwrap_or(Half::Write))
            }
            Kind::Reset => Op::Reset(self.open(handler)),
            Kind::Close => Op::Close(self.open(handler)),
            Kind::Fork => Op::Fork,
            Kind::Exit => Op::Exit,
            Kind::Sleep => Op::Sleep(self.time()),
            Kind::Watch => Op::Watch(self.watch()),
            Kind::Interest => Op::Interest(self.watched(handler), self.interest()),
            Kind::Remove => Op::Remove(self.watched(handler)),
            Kind::Snatch => Op::Snatch(self.watched(handler)),
            Kind::Submit => self.submit(),
            Kind::Cancel => Op::Cancel(entropy.pick(&self.view.asked).unwrap_or(0)),
            Kind::Say => {
                let says = entropy.pick(&[Progress::Drained, Progress::More]);
                Op::Say(says.unwrap_or_default())
            }
            Kind::Turn if handler => {
                let (wait, meanwhile, deed) = (Some(0), Vec::new(), Vec::new());
                Op::Turn(Turn { on: self.on(), wait, meanwhile, deed })
            }
            Kind::Turn => self.turn(),
            Kind::Settle => Op::Settle,
            Kind::Drop => Op::Drop(self.on()),
            Kind::Make => {
                let other = [None, None, Some(DriverKind::Epoll), Some(DriverKind::Poll)];
                let on = entropy.pick(&self.view.gone).unwrap_or(0);
                Op::Make(on, entropy.pick(&other).flatten())
            }
        }
    }

    fn free(&self) -> D {
        // The first: scenarios stay readable.
        self.view.free.first().copied().unwrap_or(0)
    }

    fn two(&self, make: impl Fn(D, D) -> Op) -> Op {
        match self.view.free[..] {
            [one, other, ..] => make(one, other),
            _ => Op::Sleep(0),
        }
    }

    fn open(&self, handler: bool) -> D {
        if handler && self.entropy.below(3) < 2 {
            return MINE;
        }
        self.entropy.pick(&self.view.open).unwrap_or(0)
    }

    /// Mostly one.
    fn listener(&self) -> D {
        match self.entropy.pick(&self.view.listeners) {
            Some(listener) if self.entropy.below(8) < 7 => listener,
            _ => self.open(false),
        }
    }

    fn watched(&self, handler: bool) -> R {
        if handler && self.entropy.below(2) == 0 {
            return ME;
        }
        self.entropy.pick(&self.view.watched).unwrap_or(0)
    }

    fn on(&self) -> L {
        // Mostly the first.
        let at = usize::from(self.entropy.below(4) == 3);
        let loops = &self.view.loops;
        loops.get(at).or_else(|| loops.first()).copied().unwrap_or(0)
    }

    fn time(&self) -> u16 {
        self.entropy.pick(&[1, 0, 1, 2, 5]).unwrap_or(1)
    }

    fn interest(&self) -> Interest {
        let drawn = self.entropy.below(12) as usize;
        INTERESTS.get(drawn).copied().unwrap_or(match drawn {
            8 => Interest::READ | Interest::READ_HANGUP,
            _ => Interest::READ | Interest::WRITE,
        })
    }

    fn watch(&self) -> Watch {
        let foreign = self.entropy.below(5) >= 3;
        let tenure = if foreign { Tenure::Foreign } else { Tenure::Held };
        Watch {
            name: self.view.unwatched.first().copied().unwrap_or(0),
            descriptor: self.open(false),
            tenure,
            interest: self.interest(),
            on: self.on(),
        }
    }

    fn submit(&self) -> Op {
        let length = match self.entropy.below(8) {
            0..=4 => 1,
            5 => 2,
            6 => 3,
            _ => 5,
        };
        let names = self.view.unasked.iter().take(length);
        let mut members: Vec<Member> = names.map(|name| self.member(*name)).collect();
        if let Some(last) = members.last_mut() {
            last.link = Link::None;
        }
        Op::Submit(self.on(), members)
    }

    fn member(&self, name: O) -> Member {
        let request = self.request();
        let link = self.entropy.pick(&[Link::Soft, Link::Hard]).unwrap_or_default();
        let hook = match self.entropy.below(8) {
            6 => Some(false),
            7 => Some(true),
            _ => None,
        };
        Member { name, request, link, hook }
    }

    fn request(&self) -> Request {
        let (open, length) = (|| self.open(false), || 1 + self.entropy.byte() % 8);
        let nothing = self.view.open.is_empty();
        match drawn(self.entropy, Ask::ALL, |ask| self.options.asks[ask as usize]) {
            Some(Ask::Timeout) => Request::Timeout(self.time()),
            None | Some(Ask::Nop) => Request::Nop,
            Some(_) if nothing => Request::Nop,
            Some(Ask::Read) => Request::Read(open(), length()),
            Some(Ask::Write) => Request::Write(open(), length()),
            Some(Ask::Receive) => Request::Receive(open(), length()),
            Some(Ask::Send) => Request::Send(open(), length()),
            Some(Ask::Accept) => Request::Accept(self.listener()),
            Some(Ask::AcceptEach) => Request::AcceptEach(self.listener()),
            Some(Ask::PollEach) => Request::PollEach(open(), self.interest()),
        }
    }

    fn turn(&self) -> Op {
        let wait = match self.entropy.below(8) {
            0..=4 => Some(0),
            5 | 6 => Some(self.time()),
            _ => None,
        };
        let sleeps = wait != Some(0);
        let few = |mouth, most: u32| -> Vec<Op> {
            (0..self.entropy.below(most)).map(|_| self.op(mouth)).collect()
        };
        let meanwhile = if sleeps { few(Mouth::Peer, 3) } else { Vec::new() };
        let deed = few(Mouth::Handler, 4);
        Op::Turn(Turn { on: self.on(), wait, meanwhile, deed })
    }
}

/// One of them, by their weights; `None` if those are nothing.
fn drawn<T: Copy>(entropy: &Entropy, all: &[T], weight: impl Fn(T) -> u8) -> Option<T> {
    let mut drawn = entropy.below(all.iter().map(|one| u32::from(weight(*one))).sum());
    all.iter().copied().find(|one| {
        let weight = u32::from(weight(*one));
        let found = drawn < weight;
        drawn = drawn.saturating_sub(weight);
        found
    })
}
