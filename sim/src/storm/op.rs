//! One operation of a storm.
//!
//! Files, registrations and requests are named by small numbers (`d0`, `r0`, `o0`), which name
//! nothing until an operation opens, watches or submits. An operation on what is not there does
//! nothing, so that any line of a scenario can be left out.

use levelring::{DriverKind, Interest, Progress, Tenure};

use super::request::Member;
use crate::Half;

/// Names a descriptor of the program.
pub type D = u8;
/// Names a registration.
pub type R = u8;
/// Names a request of the ring.
pub type O = u8;
/// Names a loop.
pub type L = u8;

/// How many descriptors, registrations and requests can be named, and how many loops.
pub const NAMES: u8 = 16;
/// How many loops there can be.
pub const LOOPS: u8 = 2;

/// In a handler: the descriptor of the registration that is called.
pub const MINE: D = 254;
/// In a handler: the registration or request that is called.
pub const ME: R = 255;

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// `pipe d0 d1`: its reading and its writing end.
    Pipe(D, D),
    /// `sockets d0 d1`: two connected stream sockets.
    Sockets(D, D),
    /// `terminal d0 d1`: a pseudo-terminal's master and its terminal.
    Terminal(D, D),
    /// `event d0`: an eventfd.
    Event(D),
    /// `timer d0`: a timerfd.
    Timer(D),
    /// `file d0`: a regular file.
    File(D),
    /// `listen d0`: a listening socket.
    Listen(D),
    /// `connect d1 d0`: d1 is a connection to the listener d0.
    Connect(D, D),
    /// `crowd d0 5`: so many connect to the listener d0, and hang up.
    Crowd(D, u8),
    /// `accept d2 d0`: d2 is the next connection that waits there.
    Accept(D, D),
    /// `dup d1 d0`: d1 is another descriptor of d0's file.
    Dup(D, D),
    /// `read d0 5`: so many bytes at most.
    Read(D, u8),
    /// `write d0 5`
    Write(D, u8),
    /// `drain d0`: reads until there is nothing more.
    Drain(D),
    /// `fill d0`: writes until there is no more room.
    Fill(D),
    /// `expire d0 5ms`: a timerfd; 0 is never.
    Expire(D, u16),
    /// `attributes d0`: sets a terminal's, which wakes whoever polls it.
    Attributes(D),
    /// `shut d0 write`: closes half of a connection.
    Shut(D, Half),
    /// `reset d0`: closes a connection with an error.
    Reset(D),
    /// `close d0`. What the loop or a request owns as well stays open until they are done.
    Close(D),
    /// `snatch r0`: what a loop holds is closed all the same, and whoever holds it is removed.
    Snatch(R),
    /// `fork`: a child holds all descriptors.
    Fork,
    /// `exit`: the oldest child is gone.
    Exit,
    /// `sleep 5ms`
    Sleep(u16),
    /// `watch r0 d0 held READ on l0`
    Watch(Watch),
    /// `interest r0 READ+WRITE`
    Interest(R, Interest),
    /// `remove r0`
    Remove(R),
    /// `submit on l0: o0 read d0 4 soft, o1 nop`
    Submit(L, Vec<Member>),
    /// `cancel o0`
    Cancel(O),
    /// `say drained`: what the handler says when it returns, if that is true.
    Say(Progress),
    /// `turn l0 5ms`: with what others do while it sleeps, and what a handler does if one is
    /// called.
    Turn(Turn),
    /// `settle`: the faults end, the world stands still, and the loops have to come to rest.
    Settle,
    /// `drop l0`: ends a loop.
    Drop(L),
    /// `make l0 epoll`: makes one in the place of one that was dropped, on that driver.
    Make(L, Option<DriverKind>),
}

/// A registration to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Its name.
    pub name: R,
    /// What is watched.
    pub descriptor: D,
    /// Who may close it.
    pub tenure: Tenure,
    /// For what.
    pub interest: Interest,
    /// By which loop.
    pub on: L,
}

/// A turn of a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Which.
    pub on: L,
    /// How long it may wait, in milliseconds; `None` for ever.
    pub wait: Option<u16>,
    /// What others do, one after another, whenever it sleeps.
    pub meanwhile: Vec<Op>,
    /// What the handler does that is called, if any is.
    pub deed: Vec<Op>,
}

impl Op {
    /// What kind of operation it is: by which it is drawn, and left out.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Pipe(..) => Kind::Pipe,
            Self::Sockets(..) => Kind::Sockets,
            Self::Terminal(..) => Kind::Terminal,
            Self::Event(_) => Kind::Event,
            Self::Timer(_) => Kind::Timer,
            Self::File(_) => Kind::File,
            Self::Listen(_) => Kind::Listen,
            Self::Connect(..) => Kind::Connect,
            Self::Crowd(..) => Kind::Crowd,
            Self::Accept(..) => Kind::Accept,
            Self::Dup(..) => Kind::Dup,
            Self::Read(..) => Kind::Read,
            Self::Write(..) => Kind::Write,
            Self::Drain(_) => Kind::Drain,
            Self::Fill(_) => Kind::Fill,
            Self::Expire(..) => Kind::Expire,
            Self::Attributes(_) => Kind::Attributes,
            Self::Shut(..) => Kind::Shut,
            Self::Reset(_) => Kind::Reset,
            Self::Close(_) => Kind::Close,
            Self::Snatch(_) => Kind::Snatch,
            Self::Fork => Kind::Fork,
            Self::Exit => Kind::Exit,
            Self::Sleep(_) => Kind::Sleep,
            Self::Watch(_) => Kind::Watch,
            Self::Interest(..) => Kind::Interest,
            Self::Remove(_) => Kind::Remove,
            Self::Submit(..) => Kind::Submit,
            Self::Cancel(_) => Kind::Cancel,
            Self::Say(_) => Kind::Say,
            Self::Turn(_) => Kind::Turn,
            Self::Settle => Kind::Settle,
            Self::Drop(_) => Kind::Drop,
            Self::Make(..) => Kind::Make,
        }
    }
}

/// Kinds of something, each with how often it is drawn.
macro_rules! kinds {
    ($(#[$doc:meta])* $kinds:ident { $($name:ident $usual:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is what is called so")]
        pub enum $kinds { $($name,)* }

        impl $kinds {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// How often it is drawn, beside the others, when nothing is said of it.
            #[must_use]
            pub const fn usual(self) -> u8 {
                match self { $(Self::$name => $usual,)* }
            }
        }
    };
}
pub(super) use kinds;

kinds! {
    /// The kinds of operations.
    Kind {
        Pipe 5, Sockets 5, Terminal 2, Event 3, Timer 2, File 1, Listen 2, Connect 3, Crowd 3,
        Accept 2, Dup 2, Read 8, Write 14, Drain 6, Fill 2, Expire 3, Attributes 1, Shut 2, Reset 1,
        Close 5, Fork 1, Exit 1, Sleep 2, Watch 14, Interest 6, Remove 4, Submit 6, Cancel 3, Say 6,
        Turn 40, Settle 1, Drop 1, Make 1, Snatch 2,
    }
}
