//! Performs the operations of a script on a kernel.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::RawFd;

use levelring::kernel::{Epoll, EpollEvent, Errno, Kernel, PollEntry, Ring, RingError, Wait, mask};

use super::op::{Control, Name, Op};
use super::submit::{Queue, list_of};
use super::words::{Mask, name_of};
use super::{RingKind, RingShape};
use crate::Calls;

/// What is written: eight bytes that an eventfd takes for a one, again and again.
const ONE: [u8; 8] = 1_u64.to_ne_bytes();
/// The answer of what was never made, or is closed.
const NO_SET: &str = "no set";
/// How much at once, when a file is filled or drained.
const CHUNK: usize = 4096;

/// A kernel in the middle of a script.
///
/// All it opens it closes in the end, and all it has submitted it ends.
#[derive(Debug)]
pub struct Machine<'a, K: Calls> {
    kernel: &'a K,
    queue: Option<Queue<<K as Kernel>::Ring>>,
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
        let queue = match kind {
            RingKind::None => None,
            RingKind::Plain | RingKind::Coop | RingKind::Defer => {
                Some(Queue::new(kernel.ring(&shape.setup(kind))?))
            }
        };
        let (names, ports) = (BTreeMap::new(), BTreeMap::new());
        let (sets, open) = (BTreeMap::new(), BTreeSet::new());
        let mut machine = Self { kernel, queue, sets, names, ports, open };
        machine.name_ring();
        Ok(machine)
    }

    /// The ring's own descriptor has a name, and is not the script's to close.
    fn name_ring(&mut self) {
        if let Some(queue) = &mut self.queue {
            let number = queue.ring().raw_fd();
            self.names.insert("ring".to_owned(), number);
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
            Op::Connect(client, listener) => match self.ports.get(listener) {
                Some(port) => self.one(client, kernel.connect(*port)),
                None => say("no listener"),
            },
            Op::Accept(server, listener) => self.one(server, kernel.accept(self.number(listener))),
            Op::Event(event, count) => self.one(event, kernel.event(*count)),
            Op::Timer(timer) => self.one(timer, kernel.timer()),
            Op::File(file) => self.one(file, kernel.regular()),
            Op::Duplicate(fd, new) => self.one(new, kernel.duplicate(self.number(fd))),
            Op::Expire(timer, time) => answer(kernel.set_timer(self.number(timer), *time)),
            Op::Attributes(terminal) => answer(kernel.set_terminal(self.number(terminal))),
            Op::Read(fd, count) => counted(*count, kernel.read(self.number(fd), &mut room(*count))),
            Op::Write(fd, count) => counted(*count, kernel.write(self.number(fd), &ones(*count))),
            Op::Fill(fd) => self.repeat(|kernel| kernel.write(self.number(fd), &ones(CHUNK))),
            Op::Drain(fd) => self.repeat(|kernel| kernel.read(self.number(fd), &mut room(CHUNK))),
            Op::Shutdown(fd, half) => answer(kernel.shutdown(self.number(fd), *half)),
            Op::Reset(fd) => self.reset(self.number(fd)),
            Op::Close(fd) => self.close(self.number(fd)),
            Op::Sleep(time) => {
                kernel.sleep(*time);
                String::new()
            }
            Op::Same(one, other) => yes(self.number(one) == self.number(other)),
            Op::Identity(one, other) => self.identity(one, other),
            Op::Poll(fd, mask, wait) => self.poll(self.number(fd), *mask, *wait),
            Op::Epoll(set) => self.epoll(set),
            Op::Control(set, control, fd) => self.control(set, *control, fd),
            Op::Harvest(set, most, wait) => self.harvest(set, *most, *wait),
            Op::Push(submission) => {
                let names = &self.names;
                queue(&mut self.queue).push(submission, |name| number(names, name))
            }
            Op::Enter(wait) => self.enter(*wait),
            Op::Reap => self.reap(),
            Op::Run(wait) => {
                let entered = self.enter(*wait);
                let list = self.reap();
                if entered.is_empty() { list } else { format!("{entered}, {list}") }
            }
            Op::Look => self.look(),
            Op::Register(event) => {
                let event = self.number(event);
                answer(self.ring().ring().register_eventfd(event))
            }
            Op::SyncCancel(target) => answer(self.ring().ring().sync_cancel(*target)),
        }
    }

    /// Ends all that is under way and closes everything but the ring, for the next script; whether
    /// all requests came to an end.
    pub fn clear(&mut self) -> bool {
        let settled = self.queue.as_mut().is_none_or(Queue::settle);
        self.name_opened();
        self.sets.clear();
        let networks = !self.ports.is_empty();
        for fd in core::mem::take(&mut self.open) {
            // Nothing is left to be done about an error, nor of a connection that was reset.
            let _ = (networks && self.kernel.reset(fd).is_ok()) || self.kernel.close(fd).is_ok();
        }
        self.names.clear();
        self.ports.clear();
        self.name_ring();
        settled
    }

    fn reap(&mut self) -> String {
        let list = listed(&self.ring().reap());
        self.name_opened();
        list
    }

    /// What the ring has opened is the script's.
    fn name_opened(&mut self) {
        let opened = self.queue.as_mut().map(Queue::opened).unwrap_or_default();
        for (name, fd) in opened {
            self.name(&name, fd);
        }
    }

    /// What was never opened has a number that nothing has.
    fn number(&self, name: &Name) -> RawFd {
        number(&self.names, name)
    }

    fn ring(&mut self) -> &mut Queue<<K as Kernel>::Ring> {
        queue(&mut self.queue)
    }

    fn name(&mut self, name: &Name, fd: RawFd) {
        self.names.insert(name.clone(), fd);
        self.open.insert(fd);
    }

    fn one(&mut self, name: &Name, made: Result<RawFd, Errno>) -> String {
        answer(made.map(|fd| self.name(name, fd)))
    }

    fn two(&mut self, one: &Name, other: &Name, made: Result<[RawFd; 2], Errno>) -> String {
        answer(made.map(|[first, second]| {
            self.name(one, first);
            self.name(other, second);
        }))
    }

    fn listen(&mut self, listener: &Name, like: Option<&Name>) -> String {
        let port = like.map_or(0, |like| self.ports[like]);
        answer(self.kernel.listen(port).map(|(fd, port)| {
            self.ports.insert(listener.clone(), port);
            self.name(listener, fd);
        }))
    }

    /// What ends the repetition.
    fn repeat(&self, mut once: impl FnMut(&K) -> Result<usize, Errno>) -> String {
        loop {
            match once(self.kernel) {
                Ok(0) => return "0".to_owned(),
                Ok(_) => {}
                Err(Errno::AGAIN) => return String::new(),
                Err(errno) => return name_of(errno),
            }
        }
    }

    fn reset(&mut self, fd: RawFd) -> String {
        self.assert_ours(fd);
        answer(self.kernel.reset(fd).map(|()| {
            self.open.remove(&fd);
        }))
    }

    fn assert_ours(&self, fd: RawFd) {
        // The ring may have opened it without having told so.
        let opens = || self.queue.as_ref().is_some_and(Queue::opens);
        let ours = self.open.contains(&fd) || self.sets.contains_key(&fd) || opens();
        assert!(ours || self.kernel.identity(fd).is_err(), "{fd} is not the script's");
    }

    /// A number that is not open anywhere may be closed: the kernel answers that.
    fn close(&mut self, fd: RawFd) -> String {
        if self.sets.remove(&fd).is_some() {
            return String::new();
        }
        self.assert_ours(fd);
        self.open.remove(&fd);
        answer(self.kernel.close(fd))
    }

    fn identity(&self, one: &Name, other: &Name) -> String {
        let identity = |name| self.kernel.identity(self.number(name));
        match (identity(one), identity(other)) {
            (Ok(one), Ok(other)) => yes(one == other),
            (Err(errno), _) | (_, Err(errno)) => name_of(errno),
        }
    }

    fn poll(&self, fd: RawFd, events: u32, wait: Wait) -> String {
        let mut entries = [PollEntry::new(fd, mask::to_poll(events))];
        match self.timed(wait, |kernel| self.patient(|| kernel.poll(&mut entries, wait))) {
            (Ok(0), early) => format!("-{early}"),
            (Ok(_), _) => Mask(mask::from_poll(entries[0].revents)).to_string(),
            (Err(errno), _) => name_of(errno),
        }
    }

    fn epoll(&mut self, name: &Name) -> String {
        answer(self.kernel.epoll().map(|set| {
            let fd = set.raw_fd();
            self.names.insert(name.clone(), fd);
            self.sets.insert(fd, set);
        }))
    }

    fn control(&self, set: &Name, control: Control, fd: &Name) -> String {
        let fd = self.number(fd);
        let Some(set) = self.set(set) else { return NO_SET.to_owned() };
        answer(match control {
            Control::Add { events, data } => set.add(fd, events, data),
            Control::Modify { events, data } => set.modify(fd, events, data),
            Control::Delete => set.delete(fd),
        })
    }

    fn set(&self, name: &Name) -> Option<&<K as Kernel>::Epoll> {
        self.sets.get(&self.number(name))
    }

    fn harvest(&self, set: &Name, most: usize, wait: Wait) -> String {
        let mut events = vec![EpollEvent::default(); most];
        let Some(set) = self.set(set) else { return NO_SET.to_owned() };
        match self.timed(wait, |_| self.patient(|| set.wait(&mut events, wait))) {
            (Ok(0), early) => format!("-{early}"),
            (Ok(count), _) => list_of(&events[..count]),
            (Err(errno), _) => name_of(errno),
        }
    }

    fn enter(&mut self, wait: Wait) -> String {
        let before = self.kernel.now();
        let said = self.ring().enter(wait);
        let early = early(wait, self.kernel.now() - before);
        if said == "timed out" { format!("{said}{early}") } else { said }
    }

    /// What a call answers, and a remark if it came back before its time.
    fn timed<T>(&self, wait: Wait, call: impl FnOnce(&K) -> T) -> (T, &'static str) {
        let before = self.kernel.now();
        let answer = call(self.kernel);
        (answer, early(wait, self.kernel.now() - before))
    }

    /// A ring that was closed a while ago may yet interrupt those who come after it.
    fn patient<T>(&self, mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
        loop {
            let answer = call();
            if self.queue.is_some() || !matches!(answer, Err(Errno::INTR)) {
                return answer;
            }
        }
    }

    fn look(&mut self) -> String {
        let ring = self.ring().ring();
        say(match (ring.has_completions(), ring.has_deferred_work()) {
            (true, true) => "completions, deferred work",
            (true, false) => "completions",
            (false, true) => "deferred work",
            (false, false) => "nothing",
        })
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

fn queue<R: Ring>(queue: &mut Option<Queue<R>>) -> &mut Queue<R> {
    queue.as_mut().expect("a script that needs a ring says so")
}

fn early(wait: Wait, passed: Duration) -> &'static str {
    match wait {
        Wait::Until(time) if passed < time => " too early",
        Wait::Now | Wait::Until(_) | Wait::Forever => "",
    }
}

pub(super) fn ones(count: usize) -> Vec<u8> {
    ONE.iter().copied().cycle().take(count).collect()
}

pub(super) fn room(count: usize) -> Vec<u8> {
    vec![0; count]
}

fn listed(list: &[String]) -> String {
    if list.is_empty() { "-".to_owned() } else { list.join(" ") }
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
