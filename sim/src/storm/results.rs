//! What a ring answers to what was asked of it.

use std::os::fd::RawFd;
use std::rc::Rc;

use levelring::Decision;
use levelring::kernel::Errno;

use super::act::{Actor, SOCKET};
use super::probe::Probe;
use super::property::{Property, must};
use super::request::Request;
use super::requesting::Known;
use super::stage::{Loop, Slot, Stage};
use crate::model::{Asked, FileKind, Telling};

impl Stage {
    /// A request is about to be submitted, and somebody is asked.
    pub(super) fn asked(&self, known: Known, calls_off: bool) -> Decision {
        self.hit(Probe::HookAsked);
        self.tell(|| format!("    -> o{} asked", known.name));
        if !calls_off {
            return Decision::Submit;
        }
        self.hit(Probe::HookCalledOff);
        self.world.borrow_mut().requests.cancelled(known.name);
        Decision::Cancel
    }

    /// A result is told, the last one unless there are `more`; of a descriptor, its number.
    pub(super) fn done(
        self: &Rc<Self>,
        events: &mut Loop,
        known: Known,
        result: Result<u32, Errno>,
        more: bool,
    ) {
        let Known { on, name, serial } = known;
        self.tell(|| format!("    -> o{name} {result:?}{}", if more { " more" } else { "" }));
        let key = self.world.borrow().requests.all.get(&name).map(|asked| asked.key);
        self.note_done(on, key, name, result);
        self.tidy();
        self.sample();
        let number =
            result.map_or_else(|errno| 1 << 40 | u64::from(errno.0.unsigned_abs()), u64::from);
        self.note_call(on, number << 16 | u64::from(name) | 1 << 15);
        let asked = {
            let world = &mut *self.world.borrow_mut();
            let faults = &self.options.faults;
            let telling = Telling {
                now: self.now(),
                cuts: faults.short_submit.0 > 0,
                strange: faults.spurious_cancel.0 > 0 || faults.spurious_invalid.0 > 0,
            };
            let asked = world.requests.check_done((name, serial), result, more, telling);
            world.told += 1;
            for property in [Property::OneEnd, Property::Result, Property::ChainOrder] {
                world.tally.checked(property);
            }
            asked
        };
        self.probe_result(&asked, result, more);
        if asked.request.opens()
            && let Ok(number) = result
        {
            self.brought(known, &asked, number.cast_signed());
        }
        self.do_deed(events, on, Actor { name, mine: None });
        self.kernel.ends(String::new);
    }

    fn probe_result(&self, asked: &Asked, result: Result<u32, Errno>, more: bool) {
        let tally = &mut self.world.borrow_mut().tally;
        if result == Err(Errno::TIME) {
            tally.hit(Probe::TimeUp);
            tally.checked(Property::Early);
        }
        tally.hit(if asked.waited { Probe::DoneWaited } else { Probe::Done });
        let in_time = result == Err(Errno::CANCELED);
        tally.hit_if(Probe::CancelInTime, asked.cancelled && in_time);
        tally.hit_if(Probe::CancelTooLate, asked.cancelled && !in_time);
        let (many, last) = (asked.request.has_many(), !more);
        tally.hit_if(Probe::ManyEnded, many && last && asked.told > 2);
        tally.hit_if(Probe::ManyCancelled, many && last && asked.told > 1 && in_time);
        tally.hit_if(Probe::ManyCutShort, many && last && result.is_ok());
        tally.hit_if(Probe::ManyToldCancelled, many && more && asked.cancelled);
        match (asked.request, result) {
            (Request::Receive(..), Ok(1..)) => tally.hit(Probe::Received),
            (Request::Send(..), Ok(1..)) => tally.hit(Probe::Sent),
            (Request::PollEach(..), Ok(_)) => tally.hit_if(Probe::PolledAgain, asked.told > 1),
            (Request::Accept(_), Ok(_)) => tally.hit(Probe::AcceptedByRing),
            (Request::AcceptEach(_), Ok(_)) => tally.hit_if(Probe::AcceptedAgain, asked.told > 1),
            (Request::Accept(_), Err(_)) => tally.hit_if(Probe::AcceptCancelled, in_time),
            _ => {}
        }
    }

    /// An operation has brought a descriptor, which nobody else has.
    fn brought(&self, known: Known, asked: &Asked, fd: RawFd) {
        let name = known.name;
        let identity = self.kernel.with_system(|system| {
            let _ = system.set_socket_capacity(fd, SOCKET);
            system.identity(fd)
        });
        must!(Owned, identity.is_ok(), "o{name} tells of {fd}, which is not open");
        self.note_reuse(fd);
        let free = {
            let world = &mut *self.world.borrow_mut();
            let other = world.files.at(fd);
            must!(Owned, other.is_none(), "o{name} tells of {fd}, which is {other:?} already");
            world.tally.checked(Property::Owned);
            let file = world.files.brought(fd, FileKind::Socket, asked.forks);
            world.tally.hit_if(Probe::AskedBeforeFork, asked.forks < world.files.forks());
            let inode = identity.map_or(0, |identity| identity.inode);
            world.requests.check_order(name, asked, inode);
            world.tally.checked(Property::Order);
            let free = world.slots.iter_mut().find(|slot| slot.is_none());
            world.tally.hit_if(Probe::BroughtUnnamed, free.is_none());
            free.map(|slot| *slot = Some(Slot { fd, file, guard: None })).is_some()
        };
        if !free {
            let closed = self.call(|system, choices| system.close(choices, fd));
            must!(Owned, closed == Ok(()), "close {fd}: {closed:?}");
            self.world.borrow_mut().files.closed(fd);
        }
    }
}
