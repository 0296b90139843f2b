//! Waiting: poll(2) and epoll, and what ends it.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring::kernel::{Epoll, EpollEvent, Errno, Kernel, PollEntry, Wait, mask};

use super::super::op::{Control, Name};
use super::super::submit::list_of;
use super::super::words::{Mask, name_of};
use super::{Machine, answer};
use crate::Calls;

/// The answer of what was never made, or is closed.
const NO_SET: &str = "no set";

impl<K: Calls> Machine<'_, K> {
    pub(super) fn poll(&self, fd: RawFd, events: u32, wait: Wait) -> String {
        let mut entries = [PollEntry::new(fd, mask::to_poll(events))];
        match self.timed(wait, |kernel| self.patient(|| kernel.poll(&mut entries, wait))) {
            (Ok(0), early) => format!("-{early}"),
            (Ok(_), _) => Mask(mask::from_poll(entries[0].revents)).to_string(),
            (Err(errno), _) => name_of(errno),
        }
    }

    pub(super) fn epoll(&mut self, name: &Name) -> String {
        answer(self.kernel.epoll().map(|set| {
            let fd = set.raw_fd();
            self.names.insert(name.clone(), fd);
            self.sets.insert(fd, set);
        }))
    }

    pub(super) fn control(&self, set: &Name, control: Control, fd: &Name) -> String {
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

    pub(super) fn harvest(&self, set: &Name, most: usize, wait: Wait) -> String {
        let mut events = vec![EpollEvent::default(); most];
        let Some(set) = self.set(set) else { return NO_SET.to_owned() };
        match self.timed(wait, |_| self.patient(|| set.wait(&mut events, wait))) {
            (Ok(0), early) => format!("-{early}"),
            (Ok(count), _) => list_of(&events[..count]),
            (Err(errno), _) => name_of(errno),
        }
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
            if self.signalled || !self.queues.is_empty() || !matches!(answer, Err(Errno::INTR)) {
                return answer;
            }
        }
    }

    pub(super) fn signal(&mut self, after: Duration) -> String {
        self.signalled = true;
        answer(self.kernel.signal(after))
    }
}

pub(super) fn early(wait: Wait, passed: Duration) -> &'static str {
    match wait {
        Wait::Until(time) if passed < time => " too early",
        Wait::Now | Wait::Until(_) | Wait::Forever => "",
    }
}
