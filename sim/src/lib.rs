//! A model kernel for [`levelring`], held to Linux.
//!
//! [`SimKernel`] implements the traits by which the loop talks to a kernel, so that the production
//! loop runs on it unmodified, on virtual time, with every completion in whatever order one likes:
//!
//! ```
//! use levelring::{EventLoop, Interest};
//! use levelring_sim::{Calls, Random, Faults, SimFile, SimKernel};
//!
//! let kernel = SimKernel::with(Random::new(42), Faults::default());
//! let reactor = EventLoop::builder().build_reactor_on(kernel.clone())?;
//! let mut events = EventLoop::on(reactor);
//! let [reader, writer] = kernel.pipe()?;
//! let source = SimFile::new(kernel.clone(), reader);
//! events.add(source, Interest::READ, |events: &mut EventLoop<'_, _>, _| events.stop())?;
//! kernel.write(writer, b"x")?;
//! events.run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Beneath it is [`System`], the kernel as one plain value, for those who explore worlds: it can be
//! cloned, compared and hashed, and each of its methods is one step. What Linux leaves open is
//! asked of a [`Choices`], whose 0 is the ordinary outcome; what goes wrong is in [`Faults`], and
//! nothing does unless told to; who else is in the world is an [`Environment`]. [`Calls`] are the
//! system calls of programs.
//!
//! Programs of users run in a [`World`]: hosts with a kernel and a loop each, and a network between
//! them; [`check`] runs them in any number of worlds, one for each seed. See [`world`].
//!
//! # What is modelled
//!
//! - Open files apart from descriptors: the lowest number that is free is given out again at once,
//!   while requests in flight, registered files, backlogs and forked children keep files open.
//! - Pipes (by pages), AF_UNIX and TCP-like stream sockets, listeners and their ports, eventfds,
//!   timerfds, regular files, pseudo-terminals; their readiness and their wake-ups, with or without
//!   a key, the latest waiter first, exclusive ones one at a time.
//! - epoll: level, edge, oneshot; entries by file and number that leave with the file's last
//!   reference; rotation; sets within sets; poll(2).
//! - io_uring, deferring (DEFER_TASKRUN) or not: inline and deferred completions, 20 at a time;
//!   stale masks; multishot polls and their ends; POLL_REMOVE, POLL_UPDATE, ASYNC_CANCEL and
//!   SYNC_CANCEL in each racing cell, with EALREADY that is no promise; links and what cuts them;
//!   CQE_SKIP; overflow; the results of a wait; the registered eventfd; the flags in memory;
//!   features that are missing; registered files; NOP, TIMEOUT, TIMEOUT_REMOVE, LINK_TIMEOUT, READ,
//!   WRITE, SEND, RECV, ACCEPT, FSYNC, CLOSE, EPOLL_CTL, EPOLL_WAIT.
//!
//! # What is not
//!
//! - Threads: there is one. Work of other processors shows as the choice to do it later, and what
//!   peers do between any two steps.
//! - A child's own doings: it holds descriptors, and exits.
//! - SQPOLL, worker threads (ASYNC is ignored), DRAIN (ignored), provided buffers (refused),
//!   multishot timeouts and receives, MSG_RING, and every other operation (EINVAL).
//! - Signals, but for the interruptions they cause.
//! - Urgent data, datagrams, directories, inotify, pidfds, signalfds, devices such as /dev/null,
//!   O_PATH, FIFOs that are opened for both.
//! - Rings that are disabled at first or resized; the rounding of queues (they are of the size
//!   asked for); an eventfd that is unregistered, or muted.
//! - Waits for more than one completion, with a least time, to a time of the clock, by registered
//!   arguments or with another signal mask.
//! - LINK_TIMEOUTs that are updated.
//! - The clocks of timeouts: there is one.
//! - TCP's finer points: segments, acknowledgements, what a half-dead connection says the second
//!   time.
//!
//! Where the model knows better than to be like Linux, a comment at that place says "Divergence".
//! One has no place: after a ring with polls under way is closed, Linux may interrupt waits of that
//! thread for some milliseconds; here nothing does.
//!
//! Scenarios and random scripts hold all of this to Linux, but FSYNC; several rings, children and
//! signals are in scenarios only.
//!
//! On it small worlds are closed: [`explore`] visits every state that a core, a driver and a
//! program can be in, and says what takes how long at most.
//!
//! The model checks itself: [`System::check`] recomputes what it keeps twice. What a program does
//! wrong is counted in [`Blunders`].

mod calls;
mod clone_in_place;
pub mod conformance;
pub mod differential;
mod entropy;
pub mod explore;
pub mod forge;
mod kernel;
mod linux;
mod model;
#[cfg(levelring_planted)]
pub mod planted;
pub mod roundtrip;
pub mod storm;
pub mod timeline;
pub mod world;

pub use calls::{Calls, Half, SyncCancel};
pub use entropy::Entropy;
pub use kernel::{
    Asleep, Blunders, Choices, Control, Environment, Faults, Odds, Plain, Random, RingId, RingMade,
    Script, Sight, SimEpoll, SimEventFd, SimFile, SimKernel, SimRing, Step, System, Witness,
};
pub use world::{World, check};
