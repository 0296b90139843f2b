//! A ring as a script uses it: submissions by name, completions as text.

use core::fmt;
use core::mem;
use core::time::Duration;
use std::collections::BTreeMap;
use std::os::fd::RawFd;

use levelring::io_uring::opcode;
use levelring::io_uring::squeue::Flags;
use levelring::io_uring::types::CancelBuilder;
use levelring::kernel::{Cqe, Ended, EpollEvent, Errno, Ring, Wait};

use super::entry::Kept;
use super::op::Name;
use super::request::{Link, Request, Submission};
use super::words::{Mask, name_of};

/// The `user_data` of what is submitted beside the script.
const OWN: u64 = u64::MAX - 1;
/// How often the end of all requests is asked for.
const ATTEMPTS: usize = 100;
/// How often nothing has to be found.
const LOOKS: usize = 3;

/// A ring, what is under way on it, and the memory that the kernel uses meanwhile.
pub(super) struct Queue<R: Ring> {
    ring: R,
    /// How the results of a `user_data` are to be read.
    results: BTreeMap<u64, Results>,
    kept: Kept,
    /// The descriptors that it has opened, and what the script calls them.
    opened: Vec<(Name, RawFd)>,
    /// Whether it is closed as it is.
    forsaken: bool,
}

enum Results {
    Mask,
    Number,
    Harvest,
    /// A descriptor of that name.
    One(Name),
    /// Descriptors of that name and a number, so many of them already.
    Each(Name, u32),
}

impl Results {
    fn of(request: &Request) -> Self {
        match request {
            Request::Arm(..) | Request::Multi(..) => Self::Mask,
            Request::Harvest(..) | Request::HarvestNowhere(..) | Request::HarvestWith(..) => {
                Self::Harvest
            }
            Request::Accept(_, server) => Self::One(server.clone()),
            Request::AcceptEach(_, server) => Self::Each(server.clone(), 0),
            Request::Level(..)
            | Request::ArmWith(..)
            | Request::Update(..)
            | Request::Rename(..)
            | Request::CancelBoth(..)
            | Request::Remove(_)
            | Request::Cancel { .. }
            | Request::CancelFd { .. }
            | Request::CancelOp { .. }
            | Request::CancelAny { .. }
            | Request::Nop
            | Request::Bad
            | Request::Timeout(..)
            | Request::EndTimeout(_)
            | Request::MoveTimeout(..)
            | Request::LinkTimeout(_)
            | Request::Control(..)
            | Request::Read(..)
            | Request::Write(..)
            | Request::Receive(..)
            | Request::Send(..)
            | Request::Close(_) => Self::Number,
        }
    }
}

/// Without the buffers: the kernel may be writing there.
impl<R: Ring + fmt::Debug> fmt::Debug for Queue<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("ring", &self.ring).finish_non_exhaustive()
    }
}

impl<R: Ring> Queue<R> {
    pub(super) fn new(ring: R) -> Self {
        let (results, kept, opened) = (BTreeMap::new(), Kept::default(), Vec::new());
        Self { ring, results, kept, opened, forsaken: false }
    }

    pub(super) fn ring(&mut self) -> &mut R {
        &mut self.ring
    }

    /// Queues a submission; says so if there is no room.
    ///
    /// # Panics
    ///
    /// If a request of that `user_data` is still under way: its buffer is in use.
    pub(super) fn push(
        &mut self,
        submission: &Submission,
        now: Duration,
        number: &dyn Fn(&Name) -> RawFd,
    ) -> String {
        let user_data = submission.user_data;
        assert!(!self.kept.has(user_data), "{user_data} is under way");
        let request = &submission.request;
        let entry = self.kept.entry(user_data, request, now, number).user_data(user_data);
        let slot = if request.is_of_slot() { Flags::FIXED_FILE } else { Flags::empty() };
        let link = match submission.link {
            Link::None => Flags::empty(),
            Link::Soft => Flags::IO_LINK,
            Link::Hard => Flags::IO_HARDLINK,
        };
        let skip = if submission.skip { Flags::SKIP_SUCCESS } else { Flags::empty() };
        self.results.insert(user_data, Results::of(&submission.request));
        if let Request::Rename(_, new) = submission.request {
            self.results.insert(new, Results::Mask);
        }
        // SAFETY: whatever the entry points to is kept in `self` until all is settled. What is not
        // settled is never freed.
        let pushed = unsafe { self.ring.push(&entry.flags(slot | link | skip)) };
        if pushed {
            return String::new();
        }
        self.kept.end(user_data);
        "no room".to_owned()
    }

    /// The descriptors that have been told of since this was asked last.
    pub(super) fn opened(&mut self) -> Vec<(Name, RawFd)> {
        mem::take(&mut self.opened)
    }

    /// Whether there may be descriptors that have not been told of.
    pub(super) fn opens(&self) -> bool {
        self.results.values().any(|results| matches!(results, Results::One(_) | Results::Each(..)))
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
        let events = if cqe.has_more() { Vec::new() } else { self.kept.end(cqe.user_data) };
        let result = match cqe.outcome() {
            Err(errno) => name_of(errno),
            Ok(value) => self.value(cqe.user_data, value, &events),
        };
        format!("{}:{result}{more}", cqe.user_data)
    }

    fn value(&mut self, user_data: u64, value: u32, events: &[EpollEvent]) -> String {
        let name = match self.results.get_mut(&user_data) {
            Some(Results::Mask) => return Mask(value).to_string(),
            Some(Results::Harvest) => {
                let count = (value as usize).min(events.len());
                return format!("[{}]", list_of(&events[..count]));
            }
            Some(Results::One(name)) => name.clone(),
            Some(Results::Each(name, count)) => {
                *count += 1;
                format!("{name}{count}")
            }
            Some(Results::Number) | None => return value.to_string(),
        };
        self.opened.extend(RawFd::try_from(value).map(|fd| (name.clone(), fd)));
        name
    }

    /// Closes the ring with all that is under way, which the kernel ends when it likes. Tells what
    /// it has opened.
    pub(super) fn forsake(mut self) -> Vec<(Name, RawFd)> {
        self.reap();
        self.kept.end_all(false);
        self.forsaken = true;
        self.opened()
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
            self.results.clear();
        }
        self.kept.end_all(settled);
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
        if !self.forsaken {
            self.settle();
        }
    }
}
