//! The handle: the model kernel as the loop and its programs see it.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::time::Duration;
use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::rc::Rc;

use levelring::kernel::{
    Counts, Errno, FileIdentity, Kernel, Poll, PollEntry, RingError, RingSetup, Wait,
};

use super::choices::{Choices, Plain};
use super::faults::Faults;
use super::memory::{Memory, Seal};
use super::system::System;

mod calls;
mod devices;
mod owned;
mod polling;
mod recording;
mod ring;
mod sleeping;

pub use devices::{SimEpoll, SimEventFd};
pub use owned::SimFile;
pub(crate) use polling::poll_each;
pub use ring::SimRing;
use sleeping::Woken;

/// The world around a kernel: peers that do something while the program sleeps.
pub trait Environment {
    /// The program sleeps, until `until` at the latest, and nothing is ready. Whatever is done to
    /// `kernel` here is done by others. Says whether anything was; it is asked again until
    /// something is ready or it says no, and then time passes.
    fn asleep(&mut self, kernel: &SimKernel, until: Option<Duration>) -> bool;
}

impl<F: FnMut(&SimKernel, Option<Duration>) -> bool> Environment for F {
    fn asleep(&mut self, kernel: &SimKernel, until: Option<Duration>) -> bool {
        self(kernel, until)
    }
}

/// A [`System`] to be shared by a loop, its handlers and its peers. A clone is the same kernel.
///
/// Time is the model's: it passes when the program sleeps, from one timer to the next. A sleep that
/// nothing will ever end is answered by EDEADLK.
#[derive(Clone)]
pub struct SimKernel {
    shared: Rc<Shared>,
}

struct Shared {
    state: RefCell<State>,
    environment: RefCell<Option<Box<dyn Environment>>>,
    counts: Cell<Counts>,
    /// How many calls there may be in all.
    allowed: Cell<u64>,
    recording: Cell<bool>,
    /// When a signal comes that has been asked for.
    signal: Cell<Option<Duration>>,
}

/// Thrown at a loop that makes more calls than it was allowed: on the model no time passes between
/// them, so it would go on for ever.
#[derive(Debug)]
pub(crate) struct Restless;

struct State {
    system: System,
    choices: Box<dyn Choices>,
    seal: u64,
}

impl SimKernel {
    /// A kernel on which everything is ordinary.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Plain, Faults::default())
    }

    /// A kernel of these choices and faults.
    #[must_use]
    pub fn with(choices: impl Choices + 'static, faults: Faults) -> Self {
        let mut system = System::new();
        *system.faults_mut() = faults;
        Self::of(system, choices)
    }

    /// A kernel that goes on from a state. Its rings can be used by their numbers only, and
    /// requests that it has under way touch no memory.
    #[must_use]
    pub fn of(system: System, choices: impl Choices + 'static) -> Self {
        let mut system = system;
        let (seal, number) = Seal::new();
        if system.has_rings() {
            system.seal = Seal::BROKEN;
        } else {
            system.seal = seal;
        }
        let state = State { system, choices: Box::new(choices), seal: number };
        let shared = Shared {
            state: RefCell::new(state),
            environment: RefCell::new(None),
            counts: Cell::default(),
            allowed: Cell::new(u64::MAX),
            recording: Cell::new(false),
            signal: Cell::new(None),
        };
        Self { shared: Rc::new(shared) }
    }

    /// Puts a world around the kernel.
    pub fn set_environment(&self, environment: impl Environment + 'static) {
        self.shared.environment.replace(Some(Box::new(environment)));
    }

    /// Takes the world away.
    pub fn clear_environment(&self) {
        self.shared.environment.replace(None);
    }

    /// Uses other choices from now on.
    pub fn set_choices(&self, choices: impl Choices + 'static) {
        self.shared.state.borrow_mut().choices = Box::new(choices);
    }

    /// Looks at the state, or does something to it that no program does. No use may be made of this
    /// kernel within. Whoever puts another system in its place has one whose requests touch no
    /// memory.
    ///
    /// # Panics
    /// If this is called within itself.
    pub fn with_system<R>(&self, use_it: impl FnOnce(&mut System) -> R) -> R {
        let mut state = self.shared.state.borrow_mut();
        state.system.memory = Memory::Absent;
        use_it(&mut state.system)
    }

    /// The state as it is now.
    #[must_use]
    pub fn snapshot(&self) -> System {
        self.with_system(|system| system.clone())
    }

    /// One step of the kernel.
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut System, &mut Box<dyn Choices>) -> R) -> R {
        let mut state = self.shared.state.borrow_mut();
        let State { system, choices, seal } = &mut *state;
        system.memory = if system.seal.is(*seal) { Memory::Process } else { Memory::Absent };
        let answer = step(system, choices);
        system.memory = Memory::Absent;
        answer
    }

    /// Something that is done by others than the program: by its peers, or by time.
    pub(crate) fn by_others<R>(&self, step: impl FnOnce(&mut System) -> R) -> R {
        self.step(|system, _| step(system))
    }

    /// A system call that does not sleep: a step, and what is done at its end.
    pub(crate) fn call<R>(&self, call: impl FnOnce(&mut System, &mut Box<dyn Choices>) -> R) -> R {
        self.step(|system, choices| {
            let answer = call(system, choices);
            system.leave(choices);
            answer
        })
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.shared.counts.get();
        count(&mut counts);
        self.shared.counts.set(counts);
        if counts.total() > self.shared.allowed.get() {
            std::panic::panic_any(Restless);
        }
    }

    /// From now on loops may make so many more calls.
    pub(crate) fn allow(&self, calls: u64) {
        self.shared.allowed.set(self.shared.counts.get().total().saturating_add(calls));
    }

    fn count_other(&self) {
        self.count(|counts| counts.others += 1);
    }
}

impl Default for SimKernel {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SimKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("SimKernel");
        if let Ok(state) = self.shared.state.try_borrow() {
            debug.field("system", &state.system);
        }
        debug.finish_non_exhaustive()
    }
}

impl Poll for SimKernel {
    fn poll(&self, entries: &mut [PollEntry], wait: Wait) -> Result<usize, Errno> {
        self.count(|counts| counts.polls += 1);
        self.begins(|| recording::poll(entries, wait));
        let answer = self.poll_and_wait(entries, wait);
        if self.is_recording() && answer.is_ok() {
            self.note_judged(entries);
        }
        self.ends(|| recording::count(answer));
        answer
    }
}

impl SimKernel {
    fn poll_and_wait(&self, entries: &mut [PollEntry], wait: Wait) -> Result<usize, Errno> {
        let until = self.until(wait);
        loop {
            let ready = self.step(|system, _| system.poll(entries));
            if ready > 0 {
                break self.call(|_, _| Ok(ready));
            }
            let woken = loop {
                let woken = self.sleep_until(until)?;
                let again = matches!(woken, Woken::Again | Woken::ByWork);
                if !again || self.step(|system, _| system.wakes_poll(entries)) {
                    break woken;
                }
            };
            match woken {
                Woken::Again | Woken::ByWork => {}
                // One more look, at everything.
                Woken::TimeUp => break self.call(|system, _| Ok(system.poll(entries))),
                Woken::Interrupted => break self.call(|_, _| Err(Errno::INTR)),
            }
        }
    }
}

impl Kernel for SimKernel {
    type Epoll = SimEpoll;
    type Ring = SimRing;
    type EventFd = SimEventFd;

    fn epoll(&self) -> Result<SimEpoll, Errno> {
        self.count_other();
        let fd = self.call(|system, _| system.epoll())?;
        Ok(SimEpoll::new(self.clone(), fd))
    }

    fn ring(&self, setup: &RingSetup) -> Result<SimRing, RingError> {
        self.count_other();
        let made = self.call(|system, _| system.ring(setup))?;
        Ok(SimRing::new(self.clone(), made))
    }

    fn eventfd(&self) -> Result<SimEventFd, Errno> {
        self.count_other();
        let fd = self.call(|system, _| system.event(0))?;
        Ok(SimEventFd::new(self.clone(), fd))
    }

    fn clear(&self, eventfd: &SimEventFd) -> Result<bool, Errno> {
        self.count_other();
        self.begins(|| recording::other("read", "the eventfd".to_owned()));
        let answer = self.call(|system, _| system.read(eventfd.number(), &mut [0; 8]));
        self.ends(|| recording::count(answer));
        match answer {
            Ok(_) => Ok(true),
            Err(Errno::AGAIN) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    fn identity(&self, fd: RawFd) -> Result<FileIdentity, Errno> {
        self.count_other();
        self.begins(|| recording::other("fstat", format!("{fd}")));
        let answer = self.call(|system, _| system.identity(fd));
        self.ends(|| recording::outcome(answer.map(drop)));
        answer
    }

    fn forgo(&self, descriptor: OwnedFd) {
        // Its number is this kernel's: the process has no such descriptor, or another.
        let fd = descriptor.into_raw_fd();
        self.count_other();
        self.begins(|| recording::other("close", format!("{fd}")));
        let answer = self.call(|system, choices| system.close(choices, fd));
        self.ends(|| recording::outcome(answer));
    }

    fn now(&self) -> Duration {
        self.shared.state.borrow().system.now()
    }

    /// Never: the model's children do nothing but hold descriptors.
    fn forked(&self) -> bool {
        false
    }

    fn counts(&self) -> Counts {
        self.shared.counts.get()
    }
}
