//! Turns: what a loop does, what others do meanwhile, and what has to hold.

use core::mem::ManuallyDrop;
use core::time::Duration;
use std::rc::Rc;

use levelring::kernel::Errno;
use levelring::{Error, Readiness};

use super::act::Turner;
use super::noting::outcome;
use super::op::{L, Turn};
use super::probe::Probe;
use super::property::{Property, must};
use super::stage::{Stage, Turning, World};
use crate::Sight;
use crate::kernel::Doing;
use crate::model::FileKind;

/// What a sleep that nothing will end is answered by on the model: as good as sleeping for ever.
const DEADLOCK: Errno = Errno(libc::EDEADLK);

/// How many system calls a turn may take, however many are ready and whatever goes wrong.
const CALLS_IN_A_TURN: u64 = 10_000;

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// A handler was called.
    Called,
    /// None was.
    Idle,
    /// Nothing will ever end its sleep.
    Asleep,
    /// There is no such loop, or it is being turned.
    Nobody,
}

impl Stage {
    pub(super) fn turn(self: &Rc<Self>, turn: &Turn, turner: Turner<'_>) {
        match turner {
            Some((own, events)) if own == turn.on => {
                let nested = events.turn(Some(Duration::ZERO));
                must!(Nested, nested == Err(Error::Nested), "a nested turn: {nested:?}");
                self.world.borrow_mut().tally.checked(Property::Nested);
            }
            // A loop within a loop would be a tale of its own.
            Some(_) => {}
            None => {
                let Turn { on, wait, meanwhile, deed } = turn.clone();
                let wait = wait.map(|millis| Duration::from_millis(millis.into()));
                self.take_turn(on, wait, Turning { on, meanwhile, deed, ..Turning::default() });
            }
        }
    }

    /// One turn of a loop.
    pub(super) fn take_turn(
        self: &Rc<Self>,
        on: L,
        wait: Option<Duration>,
        turning: Turning,
    ) -> Turned {
        let there = self.loops.get(usize::from(on)).and_then(|place| place.borrow_mut().take());
        let Some(there) = there else { return Turned::Nobody };
        // Nothing is dropped while a check unwinds: what is broken may break again.
        let mut events = ManuallyDrop::new(there);
        self.sample();
        self.world.borrow_mut().turning.push(turning);
        let (began, before) = (self.now(), self.sights());
        self.kernel.begins(|| Doing::Turn { on, wait });
        self.kernel.allow(CALLS_IN_A_TURN);
        let answer = events.turn(wait);
        self.kernel.allow(u64::MAX);
        self.kernel.ends(|| outcome(&answer));
        self.tidy();
        self.sample();
        let turning = self.world.borrow_mut().turning.pop().unwrap_or_default();
        let turned = self.check_turn(&turning, wait, began, answer);
        self.probe_turn(&turning, wait, turned, before);
        self.loops[usize::from(on)].replace(Some(ManuallyDrop::into_inner(events)));
        turned
    }

    fn check_turn(
        &self,
        turning: &Turning,
        wait: Option<Duration>,
        began: Duration,
        answer: Result<bool, Error>,
    ) -> Turned {
        let turned = match answer {
            Ok(true) => Turned::Called,
            Ok(false) => Turned::Idle,
            Err(Error::Kernel(DEADLOCK)) if wait.is_none() => Turned::Asleep,
            Err(error) => {
                must!(Totality, false, "turn: {error}");
                Turned::Nobody
            }
        };
        let (now, world) = (self.now(), &mut *self.world.borrow_mut());
        let called = turned == Turned::Called;
        must!(OneTurn, (turning.called == 1) == called, "{} calls, {turned:?}", turning.called);
        world.tally.checked(Property::OneTurn);
        if let Some(wait) = wait {
            let took = now - began;
            // A handler may sleep as long as it likes.
            let right = called || took == wait;
            must!(Deadline, right, "a turn of {wait:?} took {took:?}: {turned:?}");
            world.tally.checked(Property::Deadline);
        } else {
            must!(Deadline, turned != Turned::Idle, "a turn that waits for ever gave up");
        }
        for asked in world.requests.all.values_mut().filter(|asked| asked.on == turning.on) {
            asked.waited = true;
        }
        if !called || turning.slept {
            world.watches.looked(turning.on);
        }
        world.hash.add(u64::from(called) << 1 | u64::from(turned == Turned::Asleep));
        world.tally.turns += 1;
        turned
    }

    fn sights(&self) -> [u64; 2] {
        self.kernel.with_system(|system| {
            [Sight::SetDelete, Sight::SetAdd].map(|sight| system.witness().count(sight))
        })
    }

    fn probe_turn(
        &self,
        turning: &Turning,
        wait: Option<Duration>,
        turned: Turned,
        before: [u64; 2],
    ) {
        let [parked, unparked] = self.sights();
        let World { tally, watches, .. } = &mut *self.world.borrow_mut();
        let idle = turned == Turned::Idle;
        tally.hit_if(Probe::TurnAtOnce, wait == Some(Duration::ZERO));
        tally.hit_if(Probe::Slept, idle && wait > Some(Duration::ZERO));
        tally.hit_if(Probe::SleptForEver, turned == Turned::Asleep);
        let woken = turned == Turned::Called && turning.slept;
        tally.hit_if(Probe::WokenByPeer, woken && turning.meanwhile.is_empty());
        tally.hit_if(Probe::WokenByTimer, woken && !turning.meanwhile.is_empty());
        if self.options.way != levelring::Way::PollAdd {
            tally.hit_if(Probe::Parked, parked > before[0] && turned == Turned::Called);
            tally.hit_if(Probe::Unparked, unparked > before[1] && parked > 0 && idle);
        }
        let ready = watches.waiting(turning.on).len();
        tally.hit_if(Probe::ManyCandidates, ready >= 5);
        tally.hit_if(Probe::BatchVoided, self.options.batch > 1 && ready >= 2 && idle);
    }

    /// The program sleeps: in a turn, nobody who is ready may be kept waiting; then others act.
    pub(super) fn asleep(self: &Rc<Self>, _until: Option<Duration>) -> bool {
        self.sample();
        let op = {
            let world = &mut *self.world.borrow_mut();
            let Some(turning) = world.turning.last_mut() else { return false };
            turning.slept = true;
            let on = turning.on;
            let op =
                if turning.meanwhile.is_empty() { None } else { Some(turning.meanwhile.remove(0)) };
            let waiting = world.watches.waiting(on);
            must!(Asleep, waiting.is_empty(), "l{on} sleeps, and {waiting:?} are ready");
            world.tally.checked(Property::Asleep);
            op
        };
        self.check_takers();
        let Some(op) = op else { return false };
        self.peer.set(true);
        self.act(&op, None, None);
        self.peer.set(false);
        true
    }

    /// Nor may an operation be that could be done.
    fn check_takers(&self) {
        let world = &mut *self.world.borrow_mut();
        let World { requests, files, tally, turning, .. } = world;
        let Some(on) = turning.last().map(|turning| turning.on) else { return };
        for (name, file) in requests.takers(on) {
            // A terminal may be readable and have nothing to read.
            let plain = files.kind(file) != FileKind::Terminal;
            let Some(fd) = files.number_of(file).filter(|_| plain) else { continue };
            let ready = self.level(fd).contains(Readiness::READ);
            must!(Awaited, !ready, "l{on} sleeps, and o{name} could be done");
            tally.checked(Property::Awaited);
        }
    }
}
