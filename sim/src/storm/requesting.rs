//! What is asked of the ring.

use core::time::Duration;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::rc::{Rc, Weak};

use levelring::kernel::Feature;
use levelring::{Decision, Link, Linked, Operation, OperationError};

use super::act::Turner;
use super::op::{D, L, O};
use super::probe::Probe;
use super::property::must;
use super::request::{Member, Request};
use super::stage::Stage;
use crate::SimFile;
use crate::kernel::poll_each;
use crate::model::{Asked, FileId};

/// A request as its handler knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) on: L,
    pub(super) name: O,
    pub(super) serial: u64,
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
        let forks = world.files.forks();
        let asked = ready.into_iter().zip(keys).enumerate().map(|(index, (one, key))| {
            let Ready { member, known, file } = one;
            let (guard, file) = file
                .map_or((Weak::new(), None), |(guard, file)| (Rc::downgrade(&guard), Some(file)));
            let odd = file.is_some_and(|file| world.files.kind(file).is_odd());
            let asked = Asked {
                serial: known.serial,
                key,
                on,
                request: member.request,
                file,
                guard,
                at,
                chain: (chain, index),
                cancelled: false,
                waited: false,
                rivalled: false,
                forks,
                odd,
                told: 0,
                inode: 0,
            };
            (member.name, asked)
        });
        let asked = asked.collect();
        world.tally.hit_if(Probe::ChainSoft, members.iter().any(|one| one.link == Link::Soft));
        world.tally.hit_if(Probe::ChainHard, members.iter().any(|one| one.link == Link::Hard));
        world.requests.submitted(chain, links, asked);
    }

    fn kernel_now(&self) -> Duration {
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
        // Nobody asks for what the kernel has not got.
        let missing = self.options.faults.missing.contains(Feature::Multishot);
        if missing && member.request.has_many() {
            return None;
        }
        let file = |name: D| {
            let (guard, slot) = self.guard(name)?;
            Some((guard, slot.file))
        };
        let file = match member.request.descriptor() {
            None => None,
            Some(of) => Some(file(of)?),
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
        ($operation:expr, $number:expr) => {{
            let operation = $operation;
            let operation = match hook {
                Some(hook) => operation.at_the_last_moment(hook),
                None => operation,
            };
            linked.then(operation, link, move |events, done| {
                let (result, more) = (done.result.map($number), done.more);
                if let Some(stage) = stage.upgrade() {
                    stage.done(events, known, result, more);
                }
            })
        }};
    }
    // A descriptor of the model's: only its number means something.
    let number = |descriptor: OwnedFd| descriptor.into_raw_fd().cast_unsigned();
    let same = |count: u32| count;
    let Some((file, _)) = file else {
        let Request::Timeout(time) = member.request else {
            return then!(Operation::nop(), same);
        };
        return then!(Operation::timeout(Duration::from_millis(time.into())), same);
    };
    let file = Rc::clone(file);
    let room = |length: u8| vec![0; length.into()];
    let data = |length: u8| vec![7; length.into()];
    match member.request {
        Request::Read(_, length) => then!(Operation::read(file, room(length)), same),
        Request::Write(_, length) => then!(Operation::write(file, data(length)), same),
        Request::Receive(_, length) => then!(Operation::receive(file, room(length)), same),
        Request::Send(_, length) => then!(Operation::send(file, data(length)), same),
        Request::Accept(_) => then!(Operation::accept(file), number),
        Request::AcceptEach(_) => then!(Operation::accept_each(file), number),
        Request::PollEach(_, interest) => then!(poll_each(file, interest), same),
        Request::Nop | Request::Timeout(_) => then!(Operation::nop(), same),
    }
}
