//! What is done to registrations, and what happens when a handler is called.

use std::os::fd::RawFd;
use std::rc::{Rc, Weak};

use levelring::kernel::Errno;
use levelring::{Fired, Interest, Key, Progress, Readiness, Refusal, Tenure};

use super::act::{Actor, Turner};
use super::op::{L, R, Watch};
use super::probe::Probe;
use super::property::{Property, must};
use super::sabotage::Sabotage;
use super::stage::{Loop, Stage, World};
use super::words::Word as _;
use crate::kernel::{Fact, Noted};
use crate::model::{FileKind, Watched};
use crate::{Faults, SimFile};

/// A registration as its handler knows it.
#[derive(Clone, Copy, Debug)]
struct Registered {
    on: L,
    name: R,
    serial: u64,
    fd: RawFd,
}

impl Stage {
    pub(super) fn watch(self: &Rc<Self>, watch: Watch, turner: Turner<'_>) {
        let Watch { name, descriptor, tenure, interest, on } = watch;
        let taken = self.world.borrow().watches.all.contains_key(&name) || name >= super::NAMES;
        let in_handler = turner.is_some();
        let slot = self.slot(descriptor).filter(|_| !taken);
        let Some(slot) = slot.filter(|slot| self.world.borrow().files.at(slot.fd).is_some()) else {
            return;
        };
        let serial = self.serial();
        let me = Registered { on, name, serial, fd: slot.fd };
        let stage = Rc::downgrade(self);
        let full = self.is_full(on, 1);
        let added = match tenure {
            Tenure::Held => {
                let Some((guard, _)) = self.guard(descriptor) else { return };
                self.with_loop(on, turner, |events| {
                    let weak = Rc::downgrade(&guard);
                    let handler = move |events: &mut Loop, fired: Fired<'_, Rc<SimFile>>| {
                        let Fired { key, readiness, refused, .. } = fired;
                        called(&stage, events, me, key, readiness, refused.is_some())
                    };
                    let added = events.add(guard, interest, handler);
                    added.map(|handle| (handle.key(), weak)).map_err(|error| error.reason)
                })
            }
            Tenure::Foreign => self.with_loop(on, turner, |events| {
                let handler = move |events: &mut Loop, fired: Fired<'_, RawFd>| {
                    let Fired { key, readiness, refused, .. } = fired;
                    called(&stage, events, me, key, readiness, refused.is_some())
                };
                let added = events.add_foreign(slot.fd, interest, handler);
                added.map(|key| (key, Weak::new())).map_err(|error| error.reason)
            }),
        };
        let Some(added) = added else { return };
        if let Ok((key, _)) = &added {
            self.note_registered(watch, *key, slot.fd);
        }
        let world = &mut *self.world.borrow_mut();
        match added {
            Ok((key, guard)) => {
                must!(Full, !full, "r{name} was taken beyond the capacity");
                world.probe_watch(&slot, watch, in_handler);
                let about = (slot.fd, slot.file, tenure);
                let watched = Watched::new((serial, key, on), about, interest, guard);
                world.watches.insert(name, watched);
            }
            // The kernel is out of watches, and a foreign one needs one from the first.
            Err(Refusal::Kernel(Errno::NOSPC)) if tenure == Tenure::Foreign => {}
            Err(reason) => {
                must!(Totality, reason == Refusal::Full, "r{name}: {reason:?}");
                world.tally.hit(Probe::Full);
                world.tally.checked(Property::Full);
            }
        }
    }

    /// Whether a loop has no room for so many more, by what the caller knows of it.
    pub(super) fn is_full(&self, on: L, more: usize) -> bool {
        let world = self.world.borrow();
        let asked = world.requests.all.values().filter(|asked| asked.on == on).count();
        world.watches.on(on).count() + asked + more > self.options.capacity
    }

    pub(super) fn set_interest(&self, name: Option<R>, interest: Interest, turner: Turner<'_>) {
        let Some(name) = name else { return };
        let known = self.world.borrow().watches.all.get(&name).cloned();
        let Some(watched) = known else { return };
        let set =
            self.with_loop(watched.on, turner, |events| events.set_interest(watched.key, interest));
        let Some(set) = set else { return };
        must!(Totality, set.is_ok(), "r{name} is there: {set:?}");
        let (on, key) = (watched.on, watched.key);
        self.kernel.note(|| Noted::Told(Fact::Interest { on, key, interest }));
        let ready = !watched.wants(self.level(watched.fd)).is_empty();
        let world = &mut *self.world.borrow_mut();
        world.watches.set_interest(name, interest);
        world.tally.hit_if(Probe::InterestDropped, interest.is_empty());
        world.tally.hit_if(Probe::InterestChanged, ready && watched.is_owed());
        world.tally.hit_if(Probe::InterestChangedTwice, watched.changes == 1);
    }

    pub(super) fn remove(&self, name: Option<R>, turner: Turner<'_>, actor: Option<Actor>) {
        let Some(name) = name else { return };
        let known = self.world.borrow().watches.all.get(&name).cloned();
        let Some(watched) = known else { return };
        let in_handler = turner.is_some();
        let removed = self.with_loop(watched.on, turner, |events| events.discard(watched.key));
        let Some(removed) = removed else { return };
        must!(Totality, removed.is_ok(), "remove r{name}: {removed:?}");
        let (on, key) = (watched.on, watched.key);
        self.kernel.note(|| Noted::Told(Fact::Removed { on, key }));
        if self.sabotage == Sabotage::Pin {
            core::mem::forget(watched.guard.upgrade());
        }
        self.tidy();
        let ready = watched.is_owed() && !watched.wants(self.level(watched.fd)).is_empty();
        {
            let world = &mut *self.world.borrow_mut();
            world.watches.remove(name);
            let own = actor.is_some_and(|actor| actor.name == name);
            world.tally.hit_if(Probe::RemovedReady, ready);
            world.tally.hit_if(Probe::RemovedSelf, own);
            world.tally.hit_if(Probe::RemovedOther, in_handler && !own);
            world.tally.hit_if(Probe::RemovedOtherReady, in_handler && !own && ready);
        }
        self.check_pins();
        self.check_end_of(watched.file);
    }
}

impl World {
    fn probe_watch(&mut self, slot: &super::stage::Slot, watch: Watch, in_handler: bool) {
        let kind = self.files.kind(slot.file);
        let tally = &mut self.tally;
        tally.hit_if(Probe::AddedInHandler, in_handler);
        tally.hit(match watch.tenure {
            Tenure::Held => Probe::WatchedHeld,
            Tenure::Foreign => Probe::WatchedForeign,
        });
        match kind {
            FileKind::Regular => tally.hit(Probe::WatchedRegular),
            FileKind::Terminal => tally.hit(Probe::WatchedTerminal),
            FileKind::Listener => tally.hit(Probe::WatchedListener),
            FileKind::Timer => tally.hit(Probe::WatchedTimer),
            FileKind::Event => tally.hit(Probe::WatchedEvent),
            FileKind::Pipe | FileKind::Socket | FileKind::Own => {}
        }
        for other in self.watches.all.values().filter(|other| other.file == slot.file) {
            let same = other.on == watch.on;
            tally.hit(if same { Probe::SameFileTwice } else { Probe::TwoLoops });
            tally.hit_if(Probe::SameNumberTwice, same && other.fd == slot.fd);
            if !same {
                tally.checked(Property::Independence);
            }
        }
    }
}

/// A loop calls a handler.
fn called(
    stage: &Weak<Stage>,
    events: &mut Loop,
    me: Registered,
    key: Key,
    told: Readiness,
    refused: bool,
) -> Progress {
    let Some(stage) = stage.upgrade() else { return Progress::Unknown };
    stage.tell(|| format!("    -> r{} {told:?}{}", me.name, if refused { " refused" } else { "" }));
    stage.note_handler(me.on, key, me.name, told);
    stage.tidy();
    stage.sample();
    stage.note_call(me.on, u64::from(told.bits()) << 8 | u64::from(me.name));
    match stage.sabotage {
        Sabotage::Swallow => return Progress::Unknown,
        Sabotage::Double => stage.note_call(me.on, 0),
        Sabotage::Unwanted => stage.check_call(me, key, Readiness::from_bits(0x7f)),
        Sabotage::Nothing | Sabotage::Revive | Sabotage::Pin => {}
    }
    if refused {
        stage.check_refusal(me);
    } else {
        stage.check_call(me, key, told);
    }
    stage.do_deed(events, me.on, Actor { name: me.name, mine: Some(me.fd) });
    if stage.sabotage == Sabotage::Revive {
        let gone = !stage.world.borrow().watches.all.contains_key(&me.name);
        if gone {
            stage.check_call(me, key, told);
        }
    }
    let says = stage.honest(me.name, told);
    stage.kernel.ends(|| format!("says {}", says.word()));
    says
}

impl Stage {
    /// A handler of a loop is called.
    pub(super) fn note_call(&self, on: L, what: u64) {
        let world = &mut *self.world.borrow_mut();
        world.tally.events += 1;
        world.hash.add(what);
        let called = world.turning.last_mut().map(|turning| {
            turning.called += 1;
            (turning.on, turning.called)
        });
        must!(OneTurn, called == Some((on, 1)), "a handler is called in a turn: {called:?}");
    }

    fn check_call(&self, me: Registered, key: Key, told: Readiness) {
        let Some(rules) = self.rules(me.on) else { return };
        let world = &mut *self.world.borrow_mut();
        let World { watches, files, tally, requests, .. } = world;
        let file = watches.all.get(&me.name).map(|watched| watched.file);
        // At the end of any system call a ring that does not defer does what it has to do.
        let between = rules.batch > 1 || !self.options.defers();
        let shared = between && file.is_some_and(|file| requests.of(file) > 0);
        watches.check_call((me.name, me.serial), key, told, files, (rules, shared));
        world.turned = Some(me.name);
        tally.checked(Property::Identity);
        tally.checked(Property::Interest);
        tally.checked(if rules.batch == 1 { Property::Fresh } else { Property::Batch });
        if rules.overtaking < u8::MAX {
            tally.checked(Property::Overtaking);
        }
        for (bit, probe) in [
            (Readiness::READ, Probe::ReadReady),
            (Readiness::WRITE, Probe::WriteReady),
            (Readiness::HANGUP, Probe::HangUp),
            (Readiness::ERROR, Probe::ErrorEvent),
            (Readiness::READ_HANGUP, Probe::ReadHangUp),
        ] {
            tally.hit_if(probe, told.contains(bit));
        }
        if let Some(watched) = watches.all.get_mut(&me.name) {
            watched.changes = 0;
            tally.hit_if(Probe::ForeignVouched, watched.tenure == Tenure::Foreign);
            let level = self.level(watched.fd);
            tally.hit_if(Probe::UsedUp, rules.batch > 1 && !level.contains(told));
        }
    }

    fn check_refusal(&self, me: Registered) {
        let Faults { spurious_invalid, spurious_cancel, watches, .. } = self.options.faults;
        let strange = spurious_invalid.0 > 0 || spurious_cancel.0 > 0 || watches > 0;
        let world = &mut *self.world.borrow_mut();
        world.tally.hit(Probe::Refused);
        let watched = world.watches.all.get_mut(&me.name);
        let Some(watched) = watched.filter(|watched| watched.serial == me.serial) else {
            must!(Identity, false, "r{} was removed, and is refused", me.name);
            return;
        };
        must!(Totality, !watched.quiet, "r{} is refused twice", me.name);
        let odd = world.files.kind(watched.file).is_odd();
        must!(Totality, strange || odd, "r{} is refused for no reason", me.name);
        watched.quiet = true;
    }

    /// What the handler does that is called in this turn.
    pub(super) fn do_deed(self: &Rc<Self>, events: &mut Loop, on: L, actor: Actor) {
        let deed = {
            let world = &mut *self.world.borrow_mut();
            world.says = Progress::Unknown;
            world.turning.last_mut().map(|turning| core::mem::take(&mut turning.deed))
        };
        for op in deed.iter().flatten() {
            use super::op::Kind;
            self.act(op, Some((on, events)), Some(actor));
            let world = &mut *self.world.borrow_mut();
            world.tally.checked(Property::Reentrancy);
            world.tally.hit_if(Probe::ClosedInHandler, op.kind() == Kind::Close);
            world.tally.hit_if(Probe::SubmittedInHandler, op.kind() == Kind::Submit);
        }
    }
}
