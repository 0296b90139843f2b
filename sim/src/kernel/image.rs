//! What the future of a system depends on, whatever its files, requests and numbers are called.
//!
//! For those who explore every state of a small world: two systems in which nothing but names
//! differs behave alike. Requests go by the names of what they were submitted for, files by those
//! of their numbers; what has no order is written in the order of names.

use core::hash::{Hash, Hasher};
use std::os::fd::RawFd;

use super::file::{File, Kind, Who};
use super::request::{Place, Request, Submission};
use super::ring::{Completion, RingId};
use super::system::System;
use super::task::Task;

/// How many requests and files an image can tell apart.
const MOST: usize = 24;

/// Whose name is asked for is not there.
const NOBODY: u8 = u8::MAX;

impl System {
    /// Writes the image of one ring and the files around it into a hasher: of eventfds, pipes and
    /// whatever refers to no other file. `numbers` are all descriptors that matter, in the order
    /// of their names; `name` says what a `user_data` is called. No two requests may have the same.
    ///
    /// # Panics
    /// If there are more requests and files than fit.
    pub fn image(
        &self,
        ring: RingId,
        numbers: &[RawFd],
        name: impl Fn(u64) -> u64,
        into: &mut impl Hasher,
    ) {
        let mut named = Named { requests: List::new(), files: List::new() };
        named.collect(self, ring, numbers, &name);
        for fd in numbers {
            into.write_u8(self.file(*fd).map_or(NOBODY, |file| named.files.place(file)));
        }
        for at in 0..named.files.len {
            self.write_file_image(named.files.items[at], &named, into);
        }
        for task in &self.tasks {
            into.write_u8(match task {
                Task::Work(_) => 0,
                Task::Release(file) => 1 + named.files.place(*file),
                Task::Awaken(_) => NOBODY - 1,
                Task::Signal(_) => NOBODY - 2,
            });
        }
        into.write_u8(NOBODY);
        let there = &self.rings[ring.0];
        for at in 0..named.requests.len {
            let request = &there.requests[named.requests.items[at]];
            write_request(request, &named, numbers, &name, into);
        }
        there.work.iter().for_each(|id| into.write_u8(named.requests.place(*id)));
        into.write_u8(NOBODY);
        there.punted.iter().for_each(|id| into.write_u8(named.requests.place(*id)));
        into.write_u8(NOBODY);
        for submission in &there.queue {
            write_submission(submission, numbers, &name, into);
        }
        for completions in [&there.completions, &there.overflow] {
            into.write_u8(NOBODY);
            for Completion { user_data, result, flags } in completions {
                into.write_u64(name(*user_data) << 48 | u64::from(result.cast_unsigned()));
                into.write_u32(*flags);
            }
        }
        into.write_u8(there.lingers.into());
    }

    fn write_file_image(&self, file: u16, named: &Named, into: &mut impl Hasher) {
        let File { references, kind, waiters, .. } = &self.files[file];
        into.write_u16(*references);
        match kind {
            Kind::Event(count) => into.write_u64(*count),
            Kind::PipeReader(pipe) | Kind::PipeWriter(pipe) => {
                let pipe = &self.pipes[*pipe];
                into.write_u32(pipe.read_level() | pipe.write_level() << 16);
            }
            Kind::Socket(_)
            | Kind::Listener { .. }
            | Kind::Timer(_)
            | Kind::Regular(_)
            | Kind::Terminal(_)
            | Kind::Epoll(_)
            | Kind::Ring(_) => kind.hash(into),
        }
        for waiter in waiters {
            match waiter.who {
                Who::Request { request, .. } => into.write_u8(named.requests.place(request)),
                Who::Entry { .. } => waiter.hash(into),
            }
        }
        into.write_u8(NOBODY);
    }

    /// Every `user_data` that the program has given to a ring and not been told the end of, and
    /// whether the ring holds a file open for it.
    pub fn each_owed(&self, ring: RingId, mut tell: impl FnMut(u64, bool)) {
        let there = &self.rings[ring.0];
        there.queue.iter().for_each(|submission| tell(submission.user_data, false));
        for (_, request) in there.requests.iter() {
            tell(request.sqe.user_data, request.file.is_some());
        }
        for completion in there.completions.iter().chain(&there.overflow) {
            if completion.flags & levelring::kernel::mask::CQE_MORE == 0 {
                tell(completion.user_data, false);
            }
        }
    }
}

/// A few numbers in an order.
struct List {
    items: [u16; MOST],
    len: usize,
}

impl List {
    const fn new() -> Self {
        Self { items: [0; MOST], len: 0 }
    }

    fn place(&self, wanted: u16) -> u8 {
        let place = self.items[..self.len].iter().position(|item| *item == wanted);
        place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NOBODY)
    }

    fn push(&mut self, item: u16) {
        assert!(self.len < MOST, "a small world");
        self.items[self.len] = item;
        self.len += 1;
    }

    fn push_new(&mut self, item: u16) {
        if self.place(item) == NOBODY {
            self.push(item);
        }
    }
}

/// Requests and files in the order of their names.
struct Named {
    requests: List,
    files: List,
}

impl Named {
    fn collect(
        &mut self,
        system: &System,
        ring: RingId,
        numbers: &[RawFd],
        name: &impl Fn(u64) -> u64,
    ) {
        let requests = &system.rings[ring.0].requests;
        let called = |id: u16| name(requests[id].sqe.user_data);
        for (id, _) in requests.iter() {
            self.requests.push(id);
            let mut at = self.requests.len - 1;
            while at > 0 && called(self.requests.items[at - 1]) > called(id) {
                self.requests.items.swap(at - 1, at);
                at -= 1;
            }
        }
        for fd in numbers {
            if let Ok(file) = system.file(*fd) {
                self.files.push_new(file);
            }
        }
        for at in 0..self.requests.len {
            if let Some(file) = requests[self.requests.items[at]].file {
                self.files.push_new(file);
            }
        }
    }
}

fn write_request(
    request: &Request,
    named: &Named,
    numbers: &[RawFd],
    name: &impl Fn(u64) -> u64,
    into: &mut impl Hasher,
) {
    let Request { file, place, next, result, failed, silent, poll, .. } = request;
    write_submission(&request.sqe, numbers, name, into);
    let place = match place {
        Place::Hand => 0,
        Place::Chained => 1,
        Place::Punted => 2,
        Place::Polled => 3,
        Place::Timed => 4,
        Place::Issue => 5,
        Place::Complete => 6,
        Place::Expired { .. } => 7,
    };
    let flags = [*failed, *silent, poll.once, poll.hooked, poll.owned, poll.again, poll.cancelled];
    let flags = flags.into_iter().fold(0, |all, flag| all << 1 | u64::from(flag));
    into.write_u64(
        u64::from(file.map_or(NOBODY, |file| named.files.place(file)))
            | u64::from(next.map_or(NOBODY, |next| named.requests.place(next))) << 8
            | place << 16
            | flags << 20
            | u64::from(result.cast_unsigned()) << 32,
    );
    into.write_u64(u64::from(poll.events) << 32 | u64::from(poll.stash));
}

fn write_submission(
    submission: &Submission,
    numbers: &[RawFd],
    name: &impl Fn(u64) -> u64,
    into: &mut impl Hasher,
) {
    let Submission { opcode, flags, fd, addr, len, op_flags, user_data, .. } = submission;
    let number = numbers.iter().position(|other| other == fd).unwrap_or(0xff) as u64;
    into.write_u64(
        u64::from(*opcode) | u64::from(*flags) << 8 | number << 16 | u64::from(*len) << 24,
    );
    let target = if *addr == 0 { 0 } else { name(*addr) + 1 };
    into.write_u64(name(*user_data) | target << 16 | u64::from(*op_flags) << 32);
}
