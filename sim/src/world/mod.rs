//! Users' programs on the model kernel: several hosts, a network between them, one clock, one seed.
//!
//! ```text
//!   World ── turns the hosts' loops, in an order drawn; lets time pass when all sleep
//!     │
//!   Network ── what is on its way: latency, pieces, order, resets, pauses, partitions
//!     │ links
//!   Host ── a kernel of its own: descriptors, driver, faults ── EventLoop ── your program
//! ```
//!
//! A program is written against [`Sockets`] and runs on Linux ([`Tcp`]) and here unchanged.
//! [`check`] runs it in any number of worlds; [`Trials`] has the choices. The example `chat` is
//! such a program: three to five loops, 145 turns in a world on average, and 6,000 worlds per
//! second of a processor (release build, virtual machine). Its bug shows in 36 of the first 1000
//! worlds; in the simplest of them 11 choices out of 111 are not the ordinary ones.
//!
//! # What is not modelled
//!
//! - Hosts have no threads, and no `main` of their own that blocks: the world turns the loops. What
//!   a `main` does between turns is [`World::between_turns`].
//! - The network loses, doubles and reorders nothing within a stream, as TCP does not; there are
//!   no datagrams. Resets lose what is on its way. Nobody gives up on a partition: there are no
//!   timeouts of TCP.
//! - Short reads and writes are made by [`Stream`], and by what has arrived and fits; operations of
//!   the ring see the latter only.
//! - All clocks go equally fast; they only began at different times.

mod arriving;
mod dice;
mod failure;
mod host;
mod hosts;
mod link;
mod network;
mod options;
mod panics;
mod recording;
mod running;
mod shrink;
mod sockets;
mod stream;
mod tcp;
mod timer;
mod trace;
mod trials;

use core::cell::RefCell;
use core::fmt;
use core::time::Duration;
use std::rc::Rc;

use levelring::EventLoop;

use dice::Dice;
use network::{Network, Site};
use trace::What;

use crate::{Choices, SimKernel};

pub use failure::Failure;
pub use host::Host;
pub use options::Options;
pub use recording::{BadRecording, Recording};
pub use running::Rest;
pub use sockets::{Listener, Sockets, Stream, Timer};
pub use stream::{SimListener, SimStream};
pub use tcp::{LinuxTimer, Tcp};
pub use timer::SimTimer;
pub use trials::{REPLAY_VARIABLE, Trials, check};

/// Several hosts with a loop each, a network between them, and one clock; all of it made from one
/// source of choices, so that the same seed makes the same run.
///
/// Time is virtual: a turn takes a little, bytes take their latency, and when all loops sleep the
/// clock goes on to whatever comes next. When nothing does, the world is at rest.
///
/// ```
/// use std::{cell::Cell, rc::Rc, time::Duration};
/// use levelring::{Fired, Interest};
/// use levelring_sim::world::{Listener, Options, Rest, SimListener, SimStream, Sockets, Stream};
/// use levelring_sim::{Random, World};
///
/// let mut world = World::new(Random::new(7), Options::default());
/// let (server, client) = (world.host("server"), world.host("client"));
///
/// let listener = server.listen(80)?;
/// world.start(&server, |events| {
///     events.add(listener, Interest::READ, |_, fired: Fired<'_, SimListener>| {
///         let stream = fired.source.accept_stream().expect("it is readable");
///         stream.send(b"hi").expect("there is room for this");
///     })
/// })?;
///
/// let received = Rc::new(Cell::new(0));
/// let (stream, count) = (client.connect("server", 80)?, Rc::clone(&received));
/// world.start(&client, |events| {
///     events.add(stream, Interest::READ, move |events, fired: Fired<'_, SimStream>| {
///         match fired.source.receive(&mut [0; 10]) {
///             Ok(0) => events.discard(fired.key).expect("it is there"),
///             read => count.set(count.get() + read.expect("no resets in this world")),
///         }
///     })
/// })?;
///
/// assert_eq!(world.run(), Rest::Quiet);
/// assert_eq!(received.get(), 2);
/// assert!(world.now() > Duration::ZERO);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct World {
    network: Rc<RefCell<Network>>,
    loops: Vec<Option<EventLoop<'static, SimKernel>>>,
    /// What the program of each host does between turns.
    mains: Vec<Option<Main>>,
    invariants: Vec<Invariant>,
    /// What is to be done at a time, the earliest last.
    planned: Vec<(Duration, Plan)>,
    turns: u64,
}

type Invariant = Box<dyn FnMut(&World)>;
type Main = Box<dyn FnMut(&mut EventLoop<'static, SimKernel>, bool) -> Option<Duration>>;
type Plan = Box<dyn FnOnce(&mut World)>;

impl World {
    /// An empty world. The choices decide everything that is left open: [`Random`](crate::Random)
    /// by a seed, [`Script`](crate::Script) by bytes, [`Plain`](crate::Plain) nothing.
    #[must_use]
    pub fn new(choices: impl Choices + 'static, options: Options) -> Self {
        let dice = Dice::new(choices);
        let options = options.drawn(&dice);
        Self {
            network: Rc::new(RefCell::new(Network::new(dice, options))),
            loops: Vec::new(),
            mains: Vec::new(),
            invariants: Vec::new(),
            planned: Vec::new(),
            turns: 0,
        }
    }

    /// A new host, by whose name the others find it. Its kernel has descriptors of its own.
    pub fn host(&mut self, name: &str) -> Host {
        let mut network = self.network.borrow_mut();
        let kernel = SimKernel::with(network.dice.clone(), network.options.faults);
        kernel.by_others(|system| system.advance(network.now));
        let at = network.sites.len();
        let (paused, cut_off) = (Duration::ZERO, Duration::ZERO);
        let ahead = network.dice.time(network.options.clocks);
        let (name, awake, deadline) = (name.into(), false, None);
        network.sites.push(Site { name, kernel, ahead, awake, paused, cut_off, deadline });
        drop(network);
        self.loops.push(None);
        self.mains.push(None);
        Host::new(&self.network, at)
    }

    /// The host of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Host> {
        let at = self.network.borrow().sites.iter().position(|site| &*site.name == name)?;
        Some(Host::new(&self.network, at))
    }

    /// Does something at a time, or at once if that has passed.
    pub fn at(&mut self, time: Duration, what: impl FnOnce(&mut Self) + 'static) {
        let place = self.planned.partition_point(|(planned, _)| *planned > time);
        self.planned.insert(place, (time, Box::new(what)));
    }

    /// Something that must hold after every turn: it panics if it does not.
    pub fn invariant(&mut self, check: impl FnMut(&Self) + 'static) {
        self.invariants.push(Box::new(check));
    }

    /// A choice of the test's own: one of so many, up to 256. The first is the ordinary one, to
    /// which a failure is shrunk.
    #[must_use]
    pub fn choose(&self, options: usize) -> usize {
        self.dice().draw(options)
    }

    /// A time of that range, drawn; the first is the ordinary one.
    #[must_use]
    pub fn draw_time(&self, from: Duration, to: Duration) -> Duration {
        self.dice().time([from, to])
    }

    /// The clock.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.network.borrow().now
    }

    /// What kind of world it is: of the options it was given, the troubles that it has.
    #[must_use]
    pub fn options(&self) -> Options {
        self.network.borrow().options.clone()
    }

    /// How many turns the loops have taken.
    #[must_use]
    pub const fn turns(&self) -> u64 {
        self.turns
    }

    /// Writes a line into the trace.
    pub fn note(&self, text: impl Into<String>) {
        let mut network = self.network.borrow_mut();
        let now = network.now;
        network.trace.push(now, None, What::Note(text.into()));
    }

    /// What happened so far, a line each.
    #[must_use]
    pub fn trace(&self) -> Vec<String> {
        let network = self.network.borrow();
        let names: Vec<_> = network.sites.iter().map(|site| Rc::clone(&site.name)).collect();
        network.trace.lines(&names)
    }

    /// A hash of what happened so far. Runs that are the same have the same.
    #[must_use]
    pub fn trace_hash(&self) -> u64 {
        self.network.borrow().trace.hash()
    }

    /// Everything that was drawn so far: a world of it as [`Script`](crate::Script) is the same.
    #[must_use]
    pub fn record(&self) -> Vec<u8> {
        self.dice().record()
    }

    fn dice(&self) -> Dice {
        self.network.borrow().dice.clone()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let network = self.network.borrow();
        let mut debug = f.debug_struct("World");
        debug.field("now", &network.now).field("hosts", &network.sites.len());
        debug.field("turns", &self.turns).field("events", &network.trace.len());
        debug.finish_non_exhaustive()
    }
}
