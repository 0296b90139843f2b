//! A ring as a script uses it: submissions by name, completions as text.

use core::fmt;
use core::mem;
use core::time::Duration;
use std::collections::BTreeMap;
use std::os::fd::RawFd;

use levelring::io_uring::opcode;
use levelring::io_uring::squeue::{Entry, Flags};
use levelring::io_uring::types::{CancelBuilder, Fd, TimeoutFlags, Timespec, epoll_event};
use levelring::kernel::{Cqe, Ended, EpollEvent, Errno, Ring, Wait};

use super::op::{Control, Link, Name, Request, Submission};
use super::words::{Mask, name_of};

/// The `user_data` of what is submitted beside the script.
const OWN: u64 = u64::MAX - 1;
/// How often the end of all requests is asked for.
const ATTEMPTS: usize = 100;
/// How often nothing has to be found.
const LOOKS: usize = 3;
/// Two clocks at once: refused before the operation is issued.
const BOTH_CLOCKS: TimeoutFlags = TimeoutFlags::BOOTTIME.union(TimeoutFlags::REALTIME);

/// A ring, what is under way on it, and the memory that the kernel uses meanwhile.
pub(super) struct Queue<R: Ring> {
    ring: R,
    /// How the results of a `user_data` are to be read.
    results: BTreeMap<u64, Results>,
    /// Where the kernel writes events, per `user_data`.
    harvests: BTreeMap<u64, Box<[EpollEvent]>>,
    /// What the kernel reads at submission.
    times: Vec<Box<[Timespec]>>,
    changes: Vec<Box<[EpollEvent]>>,
}

#[derive(Clone, Copy)]
enum Results {
    Mask,
    Number,
    Harvest,
}

/// Without the buffers: the kernel may be writing there.
impl<R: Ring + fmt::Debug> fmt::Debug for Queue<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("ring", &self.ring).finish_non_exhaustive()
    }
}

impl<R: Ring> Queue<R> {
    pub(super) fn new(ring: R) -> Self {
        let (results, harvests) = (BTreeMap::new(), BTreeMap::new());
        Self { ring, results, harvests, times: Vec::new(), changes: Vec::new() }
    }

    pub(super) fn ring(&mut self) -> &mut R {
        &mut self.ring
    }

    /// Queues a submission; says so if there is no room.
    ///
    /// # Panics
    ///
    /// If a harvest of that `user_data` is still under way: its buffer is in use.
    pub(super) fn push(
        &mut self,
        submission: &Submission,
        number: impl Fn(&Name) -> RawFd,
    ) -> String {
        let user_data = submission.user_data;
        assert!(!self.harvests.contains_key(&user_data), "{user_data} is under way");
        let entry = self.entry(user_data, &submission.request, number).user_data(user_data);
        let link = match submission.link {
            Link::None => Flags::empty(),
            Link::Soft => Flags::IO_LINK,
            Link::Hard => Flags::IO_HARDLINK,
        };
        let skip = if submission.skip { Flags::SKIP_SUCCESS } else { Flags::empty() };
        let results = match submission.request {
            Request::Arm(..) | Request::Multi(..) => Results::Mask,
            Request::Harvest(..) => Results::Harvest,
            Request::Remove(_)
            | Request::Cancel { .. }
            | Request::CancelFd { .. }
            | Request::CancelAny { .. }
            | Request::Nop
            | Request::Bad
            | Request::Timeout(..)
            | Request::EndTimeout(_)
            | Request::LinkTimeout(_)
            | Request::Control(..) => Results::Number,
        };
        self.results.insert(user_data, results);
        // SAFETY: whatever the entry points to is kept in `self`: a harvest's buffer until its
        // completion, the rest until all is settled. What is not settled is never freed.
        let pushed = unsafe { self.ring.push(&entry.flags(link | skip)) };
        if pushed {
            return String::new();
        }
        self.harvests.remove(&user_data);
        "no room".to_owned()
    }

    fn entry(
        &mut self,
        user_data: u64,
        request: &Request,
        number: impl Fn(&Name) -> RawFd,
    ) -> Entry {
        let fd = |name: &Name| Fd(number(name));
        let cancel = |builder: CancelBuilder, all: bool| {
            opcode::AsyncCancel2::new(if all { builder.all() } else { builder }).build()
        };
        match request {
            Request::Arm(name, mask) => opcode::PollAdd::new(fd(name), *mask).build(),
            Request::Multi(name, mask) => opcode::PollAdd::new(fd(name), *mask).multi(true).build(),
            Request::Remove(target) => opcode::PollRemove::new(*target).build(),
            Request::Cancel { target, all: false } => opcode::AsyncCancel::new(*target).build(),
            Request::Cancel { target, all } => cancel(CancelBuilder::user_data(*target), *all),
            Request::CancelFd { fd: name, all } => cancel(CancelBuilder::fd(fd(name)), *all),
            Request::CancelAny { all } => cancel(CancelBuilder::any(), *all),
            Request::Nop => opcode::Nop::new().build(),
            Request::Bad => {
                let time = self.time(Duration::ZERO);
                opcode::Timeout::new(time).flags(BOTH_CLOCKS).build()
            }
            Request::Timeout(time, count) => {
                opcode::Timeout::new(self.time(*time)).count(*count).build()
            }
            Request::EndTimeout(target) => opcode::TimeoutRemove::new(*target).build(),
            Request::LinkTimeout(time) => opcode::LinkTimeout::new(self.time(*time)).build(),
            Request::Harvest(set, most) => {
                let mut buffer = vec![EpollEvent::default(); *most].into_boxed_slice();
                let list = buffer.as_mut_ptr().cast::<epoll_event>();
                self.harvests.insert(user_data, buffer);
                let most = u32::try_from(*most).unwrap_or(u32::MAX);
                opcode::EpollWait::new(fd(set), list, most).build()
            }
            Request::Control(set, control, name) => {
                let (operation, events, data) = match *control {
                    Control::Add { events, data } => (libc::EPOLL_CTL_ADD, events, data),
                    Control::Modify { events, data } => (libc::EPOLL_CTL_MOD, events, data),
                    Control::Delete => (libc::EPOLL_CTL_DEL, 0, 0),
                };
                let event = Box::new([EpollEvent::new(events, data)]);
                let address = event.as_ptr().cast::<epoll_event>();
                self.changes.push(event);
                opcode::EpollCtl::new(fd(set), fd(name), operation, address).build()
            }
        }
    }

    fn time(&mut self, time: Duration) -> *const Timespec {
        let time = Box::new([Timespec::from(time)]);
        let address = time.as_ptr();
        self.times.push(time);
        address
    }

    /// Enters; says what was out of the ordinary.
    pub(super) fn enter(&mut self, wait: Wait) -> String {
        let queued = self.ring.queued();
        match self.ring.enter(wait) {
            Ok(entered) => {
                let mut said = Vec::new();
                if entered.submitted as usize != queued {
                    said.push(format!("{} of {queued}", entered.submitted));
                }
                match entered.ended {
                    Ended::Normally => {}
                    Ended::TimedOut => said.push("timed out".to_owned()),
                    Ended::Interrupted => said.push("interrupted".to_owned()),
                    Ended::Refused => said.push("refused".to_owned()),
                }
                said.join(", ")
            }
            Err(errno) => name_of(errno),
        }
    }

    /// Takes all completions that are there.
    pub(super) fn reap(&mut self) -> Vec<String> {
        let mut list = Vec::new();
        while let Some(cqe) = self.ring.pop() {
            list.push(self.text(cqe));
        }
        list
    }

    fn text(&mut self, cqe: Cqe) -> String {
        let more = if cqe.has_more() { "*" } else { "" };
        let events = if cqe.has_more() { None } else { self.harvests.remove(&cqe.user_data) };
        let result = match cqe.outcome() {
            Err(errno) => name_of(errno),
            Ok(value) => match self.results.get(&cqe.user_data) {
                Some(Results::Mask) => Mask(value).to_string(),
                Some(Results::Harvest) => {
                    let events = events.unwrap_or_default();
                    let count = (value as usize).min(events.len());
                    format!("[{}]", list_of(&events[..count]))
                }
                Some(Results::Number) | None => value.to_string(),
            },
        };
        format!("{}:{result}{more}", cqe.user_data)
    }

    /// Ends all that is under way, and takes what comes of it; whether that came to an end.
    pub(super) fn settle(&mut self) -> bool {
        // The end of one request may begin another, that is linked to it: one look is not enough.
        let mut quiet = 0;
        let settled = (0..ATTEMPTS).any(|_| {
            quiet = if self.is_quiet() { quiet + 1 } else { 0 };
            quiet == LOOKS
        });
        if settled {
            self.times.clear();
            self.changes.clear();
            self.results.clear();
        }
        // If there are any yet, the kernel may write there: nobody else may have them.
        mem::forget(mem::take(&mut self.harvests));
        settled
    }

    /// Asks for the end of everything; whether there was nothing.
    fn is_quiet(&mut self) -> bool {
        let all = CancelBuilder::any().all();
        let entry = opcode::AsyncCancel2::new(all).build().user_data(OWN);
        // SAFETY: a cancel points to no memory.
        let asked = unsafe { self.ring.push(&entry) };
        let entered = self.ring.enter(Wait::Now).is_ok();
        let mut nothing = false;
        let mut others = false;
        while let Some(cqe) = self.ring.pop() {
            if cqe.user_data == OWN {
                nothing = matches!(cqe.outcome(), Ok(0) | Err(Errno::NOENT));
            } else {
                others = true;
                self.text(cqe);
            }
        }
        asked && entered && nothing && !others && !self.ring.has_completions()
    }
}

/// `7:IN 8:OUT`
pub(super) fn list_of(events: &[EpollEvent]) -> String {
    let list = events.iter().map(|event| format!("{}:{}", event.data(), Mask(event.events())));
    list.collect::<Vec<_>>().join(" ")
}

impl<R: Ring> Drop for Queue<R> {
    fn drop(&mut self) {
        if !self.settle() {
            mem::forget((mem::take(&mut self.times), mem::take(&mut self.changes)));
        }
    }
}
