//! The world of a run: a kernel, loops, what the program knows, and what has been checked.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::rc::{Rc, Weak};

use levelring::kernel::{FeatureMask, Kernel, PollEntry, mask};
use levelring::{DriverKind, EventLoop, Readiness};

use super::hash::Hash;
use super::op::{D, L, LOOPS, NAMES, Op};
use super::options::Options;
use super::probe::Probe;
use super::property::must;
use super::sabotage::Sabotage;
use super::tally::Tally;
use crate::kernel::{Choices, Fact, Noted};
use crate::model::{self, FileId, Files, Requests, Rules, Watches};
use crate::{Entropy, SimFile, SimKernel, System};

/// A loop of a storm.
pub(super) type Loop = EventLoop<'static, SimKernel>;

/// A descriptor of the program.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) fd: RawFd,
    pub(super) file: FileId,
    /// Once a loop has owned it: closed by whoever drops it last.
    pub(super) guard: Option<Rc<SimFile>>,
}

/// What is known of a loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) driver: DriverKind,
    pub(super) rules: Rules,
}

/// A turn that is being taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Turning {
    pub(super) on: L,
    pub(super) meanwhile: Vec<Op>,
    pub(super) deed: Vec<Op>,
    /// How many handlers were called in it.
    pub(super) called: u32,
    pub(super) slept: bool,
}

/// What is known and kept, apart from the loops.
#[derive(Debug)]
pub(super) struct World {
    pub(super) files: Files,
    pub(super) watches: Watches,
    pub(super) requests: Requests,
    pub(super) slots: [Option<Slot>; NAMES as usize],
    /// Descriptors that loops and requests may own, by number.
    pub(super) guards: BTreeMap<RawFd, Weak<SimFile>>,
    pub(super) places: [Option<Place>; LOOPS as usize],
    pub(super) tally: Tally,
    pub(super) hash: Hash,
    pub(super) turning: Vec<Turning>,
    pub(super) serial: u64,
    /// How many results were told.
    pub(super) told: u64,
    /// The handler that runs says this.
    pub(super) says: levelring::Progress,
    /// Whose handler was called last.
    pub(super) turned: Option<u8>,
    /// The world stands still, and nothing goes wrong.
    pub(super) settled: bool,
    /// What happened, if somebody wants to read it.
    pub(super) story: Option<Vec<String>>,
}

/// The world of a run.
pub(super) struct Stage {
    pub(super) kernel: SimKernel,
    pub(super) entropy: Entropy,
    pub(super) options: Options,
    pub(super) sabotage: Sabotage,
    pub(super) world: RefCell<World>,
    pub(super) loops: [RefCell<Option<Loop>>; LOOPS as usize],
    /// Who acts is not the program: no system call of the program's ends with it.
    pub(super) peer: Cell<bool>,
    /// How calm the kernel is while nothing is settled.
    pub(super) calm: Cell<u8>,
    /// Something was closed that a loop held.
    pub(super) snatched: Cell<bool>,
}

impl Stage {
    pub(super) fn new(options: Options, entropy: Entropy, sabotage: Sabotage) -> Rc<Self> {
        let kernel = SimKernel::with(entropy.clone(), options.faults);
        let world = World {
            files: Files::default(),
            watches: Watches::default(),
            requests: Requests::default(),
            slots: Default::default(),
            guards: BTreeMap::new(),
            places: [None; LOOPS as usize],
            tally: Tally::default(),
            hash: Hash::default(),
            turning: Vec::new(),
            serial: 0,
            told: 0,
            says: levelring::Progress::Unknown,
            turned: None,
            settled: false,
            story: None,
        };
        let (world, peer, calm) = (RefCell::new(world), Cell::new(false), Cell::new(0));
        let stage = Self {
            kernel,
            entropy,
            options,
            sabotage,
            world,
            loops: Default::default(),
            peer,
            calm,
            snatched: Cell::new(false),
        };
        let stage = Rc::new(stage);
        let around = Rc::downgrade(&stage);
        stage.kernel.set_environment(move |_: &SimKernel, until| {
            around.upgrade().is_some_and(|stage| stage.asleep(until))
        });
        stage
    }

    /// A system call: the program's, or that of another process.
    pub(super) fn call<R>(&self, call: impl FnOnce(&mut System, &mut Box<dyn Choices>) -> R) -> R {
        if self.peer.get() { self.kernel.step(call) } else { self.kernel.call(call) }
    }

    pub(super) fn hit(&self, probe: Probe) {
        self.world.borrow_mut().tally.hit(probe);
    }

    pub(super) fn tell(&self, what: impl FnOnce() -> String) {
        if let Some(story) = &mut self.world.borrow_mut().story {
            story.push(what());
        }
    }

    pub(super) fn level(&self, fd: RawFd) -> Readiness {
        let all = mask::IN | mask::OUT | mask::PRI | mask::RDHUP;
        let mut entry = [PollEntry::new(fd, mask::to_poll(all))];
        self.kernel.with_system(|system| system.poll(&mut entry));
        model::readiness(mask::from_poll(entry[0].revents))
    }

    /// Levels may have changed.
    pub(super) fn sample(&self) {
        let mut world = self.world.borrow_mut();
        let World { watches, files, .. } = &mut *world;
        watches.sample(files, |fd| self.level(fd));
    }

    /// Numbers whose last owner has dropped them are closed.
    pub(super) fn tidy(&self) {
        if self.snatched.get() {
            // A loop may have made its set anew.
            self.know_own();
        }
        let mut world = self.world.borrow_mut();
        let World { guards, files, .. } = &mut *world;
        guards.retain(|fd, guard| {
            let open = guard.strong_count() > 0;
            if !open {
                files.closed(*fd);
            }
            open
        });
    }

    /// What is done to a loop that is there and not in the midst of a turn, or in the midst of the
    /// very turn whose handler does it.
    pub(super) fn with_loop<R>(
        &self,
        on: L,
        turning: Option<(L, &mut Loop)>,
        act: impl FnOnce(&mut Loop) -> R,
    ) -> Option<R> {
        self.kernel.note(|| Noted::Told(Fact::Uses { on }));
        match turning {
            Some((own, events)) if own == on => Some(act(events)),
            _ => self.loops.get(usize::from(on))?.try_borrow_mut().ok()?.as_mut().map(act),
        }
    }

    pub(super) fn slot(&self, name: D) -> Option<Slot> {
        self.world.borrow().slots.get(usize::from(name))?.clone()
    }

    pub(super) fn now(&self) -> Duration {
        self.kernel.now()
    }

    pub(super) fn serial(&self) -> u64 {
        let mut world = self.world.borrow_mut();
        world.serial += 1;
        world.serial
    }

    /// The rules for the handlers of a loop, as things stand.
    pub(super) fn rules(&self, on: L) -> Option<Rules> {
        let world = self.world.borrow();
        let place = world.places.get(usize::from(on)).copied().flatten()?;
        let strict = world.settled || self.options.is_ordinary();
        // A batch does not see who becomes ready within it.
        let overflows = self.kernel.with_system(|system| system.blunders().overflows);
        let batch = u8::from(self.options.batch > 1);
        // Nor does a look see everything at once when the queue has overflowed.
        // Nor does it see what a ring that does not defer has put off.
        let late = u8::from(!self.options.defers());
        let most = OVERTAKING + batch + late + 8 * u8::from(overflows > 0);
        Some(Rules { overtaking: if strict { most } else { u8::MAX }, ..place.rules })
    }

    /// A loop in an empty place. It fails only for want of what it needs.
    pub(super) fn make(&self, on: L, driver: Option<DriverKind>) {
        let Some(place) = self.loops.get(usize::from(on)) else { return };
        if !place.try_borrow().is_ok_and(|there| there.is_none()) || self.is_turning(on) {
            return;
        }
        let wanted = driver.unwrap_or(self.options.driver);
        self.kernel.note(|| Noted::Told(Fact::Loop { on, driver: wanted.to_string() }));
        let made = self.options.builder(driver).build_reactor_on(self.kernel.clone());
        let reactor = match made {
            Ok(reactor) => reactor,
            Err(error) => {
                must!(Totality, self.options.faults.watches > 0, "no loop: {error}");
                return;
            }
        };
        let driver = reactor.report().chosen;
        let rules = Rules {
            batch: self.options.batch,
            overtaking: u8::MAX,
            whole: self.options.way != levelring::Way::PollAdd,
            inodes_only: driver == DriverKind::Poll,
        };
        place.replace(Some(EventLoop::on(reactor)));
        self.world.borrow_mut().places[usize::from(on)] = Some(Place { driver, rules });
        self.probe_loop(driver);
        self.know_own();
    }

    /// Loops' own descriptors are not the program's, but have numbers: sets, rings and eventfds.
    /// What operations bring are sockets, even at this moment.
    pub(super) fn know_own(&self) {
        let may_be = |fd| self.kernel.with_system(|system| system.is_anonymous(fd));
        self.world.borrow_mut().files.own_are_only(may_be);
        let mut own = self.unknown_numbers();
        own.retain(|fd| may_be(*fd));
        self.world.borrow_mut().files.are_a_loops(own);
    }

    pub(super) fn is_turning(&self, on: L) -> bool {
        self.world.borrow().turning.iter().any(|turning| turning.on == on)
    }

    fn probe_loop(&self, driver: DriverKind) {
        use levelring::Way;
        use levelring::kernel::Feature;
        let Options { way, batch, forbid, faults, .. } = &self.options;
        let mut world = self.world.borrow_mut();
        let tally = &mut world.tally;
        tally.hit(match driver {
            DriverKind::Uring => Probe::OnUring,
            DriverKind::Epoll => Probe::OnEpoll,
            DriverKind::Poll => Probe::OnPoll,
        });
        if driver == DriverKind::Uring {
            tally.hit(match way {
                Way::Auto => Probe::OnAuto,
                Way::PollAdd => Probe::OnPollAdd,
                Way::PollAddMultishot => Probe::OnMultishot,
                Way::EpollOnRing => Probe::OnRing,
                Way::EpollOutside => Probe::OnOutside,
            });
            let gone: FeatureMask = *forbid | faults.missing;
            tally.hit_if(Probe::NotDeferring, gone.contains(Feature::DeferTaskrun));
        }
        tally.hit(if *batch == 1 { Probe::Strict } else { Probe::Batch });
        let drivers: Vec<_> = world.places.iter().flatten().map(|place| place.driver).collect();
        let differ = drivers.windows(2).any(|pair| pair[0] != pair[1]);
        world.tally.hit_if(Probe::OtherDriver, differ);
    }
}

/// How many turns one may have while another is ready and waits, when nothing goes wrong.
pub(super) const OVERTAKING: u8 = 1;
