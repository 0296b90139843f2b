//! Performs the operations of a script on a kernel.

mod files;
mod rings;
mod waits;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::fd::RawFd;

use levelring::kernel::{Errno, Kernel, RingError};

use super::op::{Name, Op};
use super::queues::{FIRST, Queues};
use super::submit::Queue;
use super::words::name_of;
use super::{RingKind, RingShape};
use crate::Calls;
use crate::calls::NO_FILE;

/// What is written: eight bytes that an eventfd takes for a one, again and again.
const ONE: [u8; 8] = 1_u64.to_ne_bytes();
/// How much at once, when a file is filled or drained.
const CHUNK: usize = 4096;

/// A kernel in the middle of a script.
///
/// All it opens it closes in the end, and all it has submitted it ends, but on rings that the
/// script closes.
#[derive(Debug)]
pub struct Machine<'a, K: Calls> {
    kernel: &'a K,
    queues: Queues<<K as Kernel>::Ring>,
    children: VecDeque<i32>,
    /// The slots of rings that files were put into.
    slots: BTreeSet<u32>,
    /// A signal has been asked for.
    signalled: bool,
    sets: BTreeMap<RawFd, <K as Kernel>::Epoll>,
    names: BTreeMap<Name, RawFd>,
    ports: BTreeMap<Name, u16>,
    open: BTreeSet<RawFd>,
}

impl<'a, K: Calls> Machine<'a, K> {
    /// A machine with a ring of that kind, or the reason why there is none.
    ///
    /// # Errors
    ///
    /// What [`Kernel::ring`] says.
    pub fn new(kernel: &'a K, kind: RingKind, shape: RingShape) -> Result<Self, RingError> {
        let queues = Queues::new(kernel, kind, shape)?;
        let (names, ports) = (BTreeMap::new(), BTreeMap::new());
        let (sets, open) = (BTreeMap::new(), BTreeSet::new());
        let (children, slots, signalled) = (VecDeque::new(), BTreeSet::new(), false);
        let mut machine =
            Self { kernel, queues, children, slots, signalled, sets, names, ports, open };
        machine.name_ring();
        Ok(machine)
    }

    /// The first ring's own descriptor has a name.
    fn name_ring(&mut self) {
        if let Some(number) = self.queues.first() {
            self.names.insert(FIRST.to_owned(), number);
        }
    }

    /// Performs an operation. The answer is empty if it did all that was asked, and nothing else
    /// is to be told.
    ///
    /// # Panics
    ///
    /// If the script is not one: a ring where there is none, a number closed that is not the
    /// script's.
    pub fn perform(&mut self, op: &Op) -> String {
        let kernel = self.kernel;
        match op {
            Op::Pipe(read, write) => self.two(read, write, kernel.pipe()),
            Op::Sockets(left, right) => self.two(left, right, kernel.socket_pair()),
            Op::Terminal(master, terminal) => self.two(master, terminal, kernel.terminal()),
            Op::Listen(listener, like) => self.listen(listener, like.as_ref()),
            Op::Connect(client, listener) => self.connect(client, listener),
            Op::Accept(server, listener) => self.one(server, kernel.accept(self.number(listener))),
            Op::Event(event, count) => self.one(event, kernel.event(*count)),
            Op::Timer(timer) => self.one(timer, kernel.timer()),
            Op::File(file) => self.one(file, kernel.regular()),
            Op::Duplicate(fd, new) => self.one(new, kernel.duplicate(self.number(fd))),
            Op::Expire(timer, time) => answer(kernel.set_timer(self.number(timer), *time)),
            Op::Attributes(terminal) => answer(kernel.set_terminal(self.number(terminal))),
            Op::Read(fd, count) => counted(*count, kernel.read(self.number(fd), &mut room(*count))),
            Op::Write(fd, count) => counted(*count, kernel.write(self.number(fd), &ones(*count))),
            Op::Value(event) => self.value(self.number(event)),
            Op::Fill(fd) => self.repeat(|kernel| kernel.write(self.number(fd), &ones(CHUNK))),
            Op::Drain(fd) => self.repeat(|kernel| kernel.read(self.number(fd), &mut room(CHUNK))),
            Op::Shutdown(fd, half) => answer(kernel.shutdown(self.number(fd), *half)),
            Op::Reset(fd) => self.reset(self.number(fd)),
            Op::Close(name) if self.queues.has(name) => self.close_ring(name),
            Op::Close(fd) => self.close(self.number(fd)),
            Op::Sleep(time) => {
                kernel.sleep(*time);
                String::new()
            }
            Op::Signal(after) => self.signal(*after),
            Op::Fork => answer(kernel.fork().map(|child| self.children.push_back(child))),
            Op::Exit => self.exit(),
            Op::Same(one, other) => yes(self.number(one) == self.number(other)),
            Op::Identity(one, other) => self.identity(one, other),
            Op::Poll(fd, mask, wait) => self.poll(self.number(fd), *mask, *wait),
            Op::Epoll(set) => self.epoll(set),
            Op::Control(set, control, fd) => self.control(set, *control, fd),
            Op::Harvest(set, most, wait) => self.harvest(set, *most, *wait),
            Op::Push(submission) => self.push(submission),
            Op::Enter(wait) => self.enter(*wait),
            Op::Reap => self.reap(),
            Op::Run(wait) => self.run(*wait),
            Op::Look => self.look(),
            Op::Ring(name) => self.further_ring(name),
            Op::Use(name) => self.take_up(name),
            Op::Keep(slot, fd) => self.keep(*slot, self.number(fd)),
            Op::Release(slot) => self.keep(*slot, NO_FILE),
            Op::Register(event) => self.register(self.number(event)),
            Op::SyncCancel(which, all) => self.sync_cancel(which, *all),
        }
    }

    /// Ends all that is under way and closes everything but the ring, for the next script; whether
    /// all requests came to an end. One whose first ring was closed is of no use any more.
    pub fn clear(&mut self) -> bool {
        for child in core::mem::take(&mut self.children) {
            // If it is gone already, there is none.
            let _ = self.kernel.end_child(child);
        }
        if core::mem::take(&mut self.signalled) {
            // It may have come already, to nobody.
            let _ = self.kernel.signal(Duration::ZERO);
        }
        let settled = self.queues.settle();
        self.name_opened();
        self.sets.clear();
        let networks = !self.ports.is_empty();
        for fd in core::mem::take(&mut self.open) {
            // Nothing is left to be done about an error, nor of a connection that was reset.
            let _ = (networks && self.kernel.reset(fd).is_ok()) || self.kernel.close(fd).is_ok();
        }
        self.names.clear();
        self.ports.clear();
        self.queues.close_further();
        self.name_ring();
        for slot in core::mem::take(&mut self.slots) {
            if self.queues.first().is_some() {
                // One that was never filled, or is not there, is empty.
                self.keep(slot, NO_FILE);
            }
        }
        settled
    }

    /// What the ring has opened is the script's.
    fn name_opened(&mut self) {
        for (name, fd) in self.queues.opened() {
            self.name(&name, fd);
        }
    }

    /// What was never opened has a number that nothing has.
    fn number(&self, name: &Name) -> RawFd {
        number(&self.names, name)
    }

    fn ring(&mut self) -> &mut Queue<<K as Kernel>::Ring> {
        self.queues.at_hand()
    }

    fn name(&mut self, name: &Name, fd: RawFd) {
        assert!(!self.queues.has(name), "{name} is a ring");
        self.names.insert(name.clone(), fd);
        self.open.insert(fd);
    }
}

impl<K: Calls> Drop for Machine<'_, K> {
    fn drop(&mut self) {
        self.clear();
    }
}

fn number(names: &BTreeMap<Name, RawFd>, name: &Name) -> RawFd {
    names.get(name).copied().unwrap_or(-1)
}

pub(super) fn ones(count: usize) -> Vec<u8> {
    ONE.iter().copied().cycle().take(count).collect()
}

pub(super) fn room(count: usize) -> Vec<u8> {
    vec![0; count]
}

fn say(text: &str) -> String {
    text.to_owned()
}

fn yes(is: bool) -> String {
    say(if is { "yes" } else { "no" })
}

/// All that was asked for goes without saying.
fn counted(asked: usize, answer: Result<usize, Errno>) -> String {
    match answer {
        Ok(count) if count == asked => String::new(),
        Ok(count) => count.to_string(),
        Err(errno) => name_of(errno),
    }
}

fn answer(result: Result<(), Errno>) -> String {
    result.map_or_else(name_of, |()| String::new())
}
