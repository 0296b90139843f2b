//! What is asked of the ring, and what it answers.

use std::rc::{Rc, Weak};

use levelring::kernel::Errno;
use levelring::{Decision, Link, Linked, Operation, OperationError};

use super::act::{Actor, Turner};
use super::op::{D, L, Member, O, Request};
use super::probe::Probe;
use super::property::{Property, must};
use super::stage::{Loop, Stage};
use crate::SimFile;
use crate::model::{Asked, FileId};

/// A request as its handler knows it.
#[derive(Clone, Copy, Debug)]
struct Known {
    on: L,
    name: O,
    serial: u64,
}

/// A member with what it needs.
struct Ready {
    member: Member,
    known: Known,
    file: Option<(Rc<SimFile>, FileId)>,
}

impl Stage {
    pub(super) fn submit(self: &Rc<Self>, on: L, members: &[Member], turner: Turner<'_>) {
        let Some(ready) = self.prepare(on, members) else { return };
        let full = self.is_full(on, ready.len());
        let stage = Rc::downgrade(self);
        let submitted = self.with_loop(on, turner, |events| {
            let linked = ready.iter().fold(Linked::new(), |linked, one| chain(&stage, linked, one));
            events.submit_linked(linked)
        });
        let Some(submitted) = submitted else { return };
        let uring = self.world.borrow().places[usize::from(on)]
            .is_some_and(|place| place.driver == levelring::DriverKind::Uring);
        let world = &mut *self.world.borrow_mut();
        let keys = match submitted {
            Ok(keys) => {
                self.note_asked(on, members, &keys);
                keys
            }
            Err(error) => {
                let (right, probe) = match error {
                    OperationError::Unsupported(_) => (!uring, Probe::Unsupported),
                    OperationError::Full => (true, Probe::Full),
                    OperationError::TooLong { longest } => {
                        (ready.len() > longest && uring, Probe::TooLong)
                    }
                    error @ (OperationError::Empty | _) => {
                        must!(Totality, false, "submit: {error}");
                        return;
                    }
                };
                must!(Totality, right, "submit: {error:?}");
                world.tally.hit(probe);
                return;
            }
        };
        must!(Full, !full && uring, "requests were taken beyond the capacity");
        world.serial += 1;
        let chain = world.serial;
        let (at, links) = (self.kernel_now(), ready.iter().map(|one| one.member.link).collect());
        let asked = ready.into_iter().zip(keys).enumerate().map(|(index, (one, key))| {
            let Ready { member, known, file } = one;
            let (guard, file) = file
                .map_or((Weak::new(), None), |(guard, file)| (Rc::downgrade(&guard), Some(file)));
            let (serial, request) = (known.serial, member.request);
            let (chain, cancelled, waited) = ((chain, index), false, false);
            (
                member.name,
                Asked { serial, key, on, request, file, guard, at, chain, cancelled, waited },
            )
        });
        let asked = asked.collect();
        world.tally.hit_if(Probe::ChainSoft, members.iter().any(|one| one.link == Link::Soft));
        world.tally.hit_if(Probe::ChainHard, members.iter().any(|one| one.link == Link::Hard));
        world.requests.submitted(chain, links, asked);
    }

    fn kernel_now(&self) -> core::time::Duration {
        self.now()
    }

    /// What the members need; `None` if anything is not there.
    fn prepare(&self, on: L, members: &[Member]) -> Option<Vec<Ready>> {
        let mut names: Vec<O> = members.iter().map(|member| member.name).collect();
        names.sort_unstable();
        names.dedup();
        let known = |name: &O| self.world.borrow().requests.all.contains_key(name);
        if names.len() != members.len() || names.iter().any(known) {
            return None;
        }
        members.iter().map(|member| self.prepare_one(on, *member)).collect()
    }

    fn prepare_one(&self, on: L, member: Member) -> Option<Ready> {
        let file = |name: D| {
            let (guard, slot) = self.guard(name)?;
            Some((guard, slot.file))
        };
        let file = match member.request {
            Request::Nop | Request::Timeout(_) => None,
            Request::Read(of, _) | Request::Write(of, _) => Some(file(of)?),
        };
        let known = Known { on, name: member.name, serial: self.serial() };
        Some(Ready { member, known, file })
    }

    pub(super) fn cancel(&self, name: O, turner: Turner<'_>) {
        let known = self.world.borrow().requests.all.get(&name).cloned();
        let Some(asked) = known else { return };
        let cancelled = self.with_loop(asked.on, turner, |events| events.cancel(asked.key));
        let Some(cancelled) = cancelled else { return };
        must!(Totality, cancelled.is_ok(), "cancel o{name}: {cancelled:?}");
        let world = &mut *self.world.borrow_mut();
        world.requests.cancelled(name);
        world.tally.hit_if(Probe::CancelQueued, !asked.waited);
    }

    /// A request is about to be submitted, and somebody is asked.
    fn asked(&self, known: Known, calls_off: bool) -> Decision {
        self.hit(Probe::HookAsked);
        self.tell(|| format!("    -> o{} asked", known.name));
        if !calls_off {
            return Decision::Submit;
        }
        self.hit(Probe::HookCalledOff);
        self.world.borrow_mut().requests.cancelled(known.name);
        Decision::Cancel
    }

    fn done(
        self: &Rc<Self>,
        events: &mut Loop,
        known: Known,
        result: Result<u32, Errno>,
        more: bool,
    ) {
        let Known { on, name, serial } = known;
        self.tell(|| format!("    -> o{name} {result:?}"));
        let key = self.world.borrow().requests.all.get(&name).map(|asked| asked.key);
        self.note_done(on, key, name, result);
        self.tidy();
        self.sample();
        let number =
            result.map_or_else(|errno| 1 << 40 | u64::from(errno.0.unsigned_abs()), u64::from);
        self.note_call(on, number << 16 | u64::from(name) | 1 << 15);
        {
            let now = self.now();
            let world = &mut *self.world.borrow_mut();
            let cuts = self.options.faults.short_submit.0 > 0;
            let asked = world.requests.check_done((name, serial), result, more, now, cuts);
            let tally = &mut world.tally;
            tally.checked(Property::OneEnd);
            tally.checked(Property::Result);
            tally.checked(Property::ChainOrder);
            let up = result == Err(Errno::TIME);
            tally.hit_if(Probe::TimeUp, up);
            if up {
                tally.checked(Property::Early);
            }
            tally.hit(if asked.waited { Probe::DoneWaited } else { Probe::Done });
            let in_time = result == Err(Errno::CANCELED);
            tally.hit_if(Probe::CancelInTime, asked.cancelled && in_time);
            tally.hit_if(Probe::CancelTooLate, asked.cancelled && !in_time);
        }
        self.do_deed(events, on, Actor { name, mine: None });
        self.kernel.ends(String::new);
    }
}

/// Adds a member to those before it.
fn chain(
    stage: &Weak<Stage>,
    linked: Linked<'static, crate::SimKernel>,
    one: &Ready,
) -> Linked<'static, crate::SimKernel> {
    let Ready { member, known, file } = one;
    let (known, link) = (*known, member.link);
    let hook = member.hook.map(|calls_off| {
        let stage = Weak::clone(stage);
        move || {
            let asked = |stage: Rc<Stage>| stage.asked(known, calls_off);
            stage.upgrade().map_or(Decision::Submit, asked)
        }
    });
    let stage = Weak::clone(stage);
    macro_rules! then {
        ($operation:expr) => {{
            let operation = $operation;
            let operation = match hook {
                Some(hook) => operation.at_the_last_moment(hook),
                None => operation,
            };
            linked.then(operation, link, move |events, done| {
                if let Some(stage) = stage.upgrade() {
                    stage.done(events, known, done.result, done.more);
                }
            })
        }};
    }
    match (member.request, file) {
        (Request::Timeout(time), _) => {
            then!(Operation::timeout(core::time::Duration::from_millis(time.into())))
        }
        (Request::Read(_, length), Some((file, _))) => {
            then!(Operation::read(Rc::clone(file), vec![0; length.into()]))
        }
        (Request::Write(_, length), Some((file, _))) => {
            then!(Operation::write(Rc::clone(file), vec![7; length.into()]))
        }
        (Request::Nop | Request::Read(..) | Request::Write(..), _) => then!(Operation::nop()),
    }
}
