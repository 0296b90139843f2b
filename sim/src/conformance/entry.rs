//! Requests as entries of the submission queue, and the memory that those point to.

use core::mem;
use core::time::Duration;
use std::collections::BTreeMap;
use std::os::fd::RawFd;

use levelring::io_uring::opcode;
use levelring::io_uring::squeue::Entry;
use levelring::io_uring::types::{CancelBuilder, Fd, Fixed, Timespec, epoll_event};
use levelring::kernel::{EpollEvent, mask};

use super::encode;
use super::machine::{ones, room};
use super::op::{Control, Name};
use super::request::{Request, slot};

/// What READ and WRITE take for "wherever the file is".
const CURRENT_POSITION: u64 = u64::MAX;

/// The memory that the kernel uses while requests are under way.
#[derive(Default)]
pub(super) struct Kept {
    /// Where the kernel writes events, per `user_data`.
    harvests: BTreeMap<u64, Box<[EpollEvent]>>,
    /// Where it reads and writes bytes.
    buffers: BTreeMap<u64, Box<[u8]>>,
    /// What it reads at submission.
    times: Vec<Box<[Timespec]>>,
    changes: Vec<Box<[EpollEvent]>>,
    /// What it used for requests of a `user_data` that has ended: there may be two of that.
    old_harvests: Vec<Box<[EpollEvent]>>,
    old_buffers: Vec<Box<[u8]>>,
}

impl Kept {
    /// Whether the request of a `user_data` may be using memory.
    pub(super) fn has(&self, user_data: u64) -> bool {
        self.harvests.contains_key(&user_data) || self.buffers.contains_key(&user_data)
    }

    /// That request has come to its end: the events it has brought, if they were asked for.
    pub(super) fn end(&mut self, user_data: u64) -> Vec<EpollEvent> {
        self.old_buffers.extend(self.buffers.remove(&user_data));
        let events = self.harvests.remove(&user_data);
        let copy = events.as_ref().map_or_else(Vec::new, |events| events.to_vec());
        self.old_harvests.extend(events);
        copy
    }

    /// All submissions have been taken, and all requests that there were have ended but for those
    /// that never will: where the kernel may yet write, nobody else may have the memory.
    pub(super) fn end_all(&mut self, settled: bool) {
        let Self { harvests, buffers, times, changes, old_harvests, old_buffers } = mem::take(self);
        mem::forget((harvests, buffers));
        if !settled {
            mem::forget((times, changes, old_harvests, old_buffers));
        }
    }

    pub(super) fn entry(
        &mut self,
        user_data: u64,
        request: &Request,
        now: Duration,
        number: &dyn Fn(&Name) -> RawFd,
    ) -> Entry {
        let fd = |name: &Name| Fd(number(name));
        match request {
            Request::Arm(name, mask) => opcode::PollAdd::new(fd(name), *mask).build(),
            Request::Multi(name, mask) => opcode::PollAdd::new(fd(name), *mask).multi(true).build(),
            Request::Level(name, mask, multi) => encode::level(fd(name), *mask, *multi),
            Request::ArmWith(name, field) => {
                encode::filled(&opcode::PollAdd::new(fd(name), mask::IN).build(), *field)
            }
            Request::Update(target, mask, multi) => encode::update(*target, *mask, *multi),
            Request::Rename(target, new) => encode::rename(*target, *new),
            Request::Remove(target) => opcode::PollRemove::new(*target).build(),
            Request::Cancel { target, all: false } => opcode::AsyncCancel::new(*target).build(),
            Request::Cancel { target, all } => encode::cancel(by_name(*target), *all),
            Request::CancelFd { fd: name, all } => encode::cancel(by_file(name, fd(name)), *all),
            Request::CancelBoth(name, target) => {
                encode::cancel_both(by_file(name, fd(name)), *target)
            }
            Request::CancelOp { opcode, all } => encode::cancel_operation(*opcode, *all),
            Request::CancelAny { all } => encode::cancel(CancelBuilder::any(), *all),
            Request::Nop => opcode::Nop::new().build(),
            Request::Bad => encode::bad(self.time(Duration::ZERO)),
            Request::Timeout(time, count, timing) => {
                let time = self.time(timing.of(now, *time));
                opcode::Timeout::new(time).count(*count).flags(timing.flags()).build()
            }
            Request::MoveTimeout(target, time, timing) => {
                let time = self.time(timing.of(now, *time));
                opcode::TimeoutUpdate::new(*target, time).flags(timing.flags()).build()
            }
            Request::EndTimeout(target) => opcode::TimeoutRemove::new(*target).build(),
            Request::LinkTimeout(time) => opcode::LinkTimeout::new(self.time(*time)).build(),
            Request::Harvest(set, most) => self.harvest(user_data, fd(set), *most),
            Request::HarvestNowhere(set, most) => {
                opcode::EpollWait::new(fd(set), encode::nowhere(), length(*most)).build()
            }
            Request::HarvestWith(set, field) => {
                encode::filled(&self.harvest(user_data, fd(set), 1), *field)
            }
            Request::Control(set, control, name) => self.control(fd(set), *control, fd(name)),
            Request::Read(name, count) => self.read(user_data, fd(name), *count),
            Request::Write(name, count) => self.write(user_data, fd(name), *count),
            Request::Receive(name, count) => self.receive(user_data, fd(name), *count),
            Request::Send(name, count) => self.send(user_data, fd(name), *count),
            Request::Accept(listener, _) => encode::accept(fd(listener)),
            Request::AcceptEach(listener, _) => encode::accept_each(fd(listener)),
            Request::Close(name) => opcode::Close::new(fd(name)).build(),
        }
    }

    fn harvest(&mut self, user_data: u64, set: Fd, most: usize) -> Entry {
        let mut buffer = vec![EpollEvent::default(); most].into_boxed_slice();
        let list = buffer.as_mut_ptr().cast::<epoll_event>();
        self.harvests.insert(user_data, buffer);
        opcode::EpollWait::new(set, list, length(most)).build()
    }

    fn control(&mut self, set: Fd, control: Control, fd: Fd) -> Entry {
        let (operation, events, data) = match control {
            Control::Add { events, data } => (libc::EPOLL_CTL_ADD, events, data),
            Control::Modify { events, data } => (libc::EPOLL_CTL_MOD, events, data),
            Control::Delete => (libc::EPOLL_CTL_DEL, 0, 0),
        };
        let event = Box::new([EpollEvent::new(events, data)]);
        let address = event.as_ptr().cast::<epoll_event>();
        self.changes.push(event);
        opcode::EpollCtl::new(set, fd, operation, address).build()
    }

    fn read(&mut self, user_data: u64, fd: Fd, count: usize) -> Entry {
        let to = self.buffer(user_data, room(count));
        opcode::Read::new(fd, to, length(count)).offset(CURRENT_POSITION).build()
    }

    fn write(&mut self, user_data: u64, fd: Fd, count: usize) -> Entry {
        let from = self.buffer(user_data, ones(count)).cast_const();
        opcode::Write::new(fd, from, length(count)).offset(CURRENT_POSITION).build()
    }

    fn receive(&mut self, user_data: u64, fd: Fd, count: usize) -> Entry {
        let to = self.buffer(user_data, room(count));
        opcode::Recv::new(fd, to, length(count)).build()
    }

    fn send(&mut self, user_data: u64, fd: Fd, count: usize) -> Entry {
        let from = self.buffer(user_data, ones(count)).cast_const();
        let all = libc::MSG_NOSIGNAL | libc::MSG_WAITALL;
        opcode::Send::new(fd, from, length(count)).flags(all).build()
    }

    fn buffer(&mut self, user_data: u64, bytes: Vec<u8>) -> *mut u8 {
        let mut bytes = bytes.into_boxed_slice();
        let address = bytes.as_mut_ptr();
        self.buffers.insert(user_data, bytes);
        address
    }

    fn time(&mut self, time: Duration) -> *const Timespec {
        let time = Box::new([Timespec::from(time)]);
        let address = time.as_ptr();
        self.times.push(time);
        address
    }
}

fn by_file(name: &Name, fd: Fd) -> CancelBuilder {
    slot(name).map_or_else(|| CancelBuilder::fd(fd), |slot| CancelBuilder::fd(Fixed(slot)))
}

fn by_name(target: u64) -> CancelBuilder {
    CancelBuilder::user_data(target)
}

fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
