//! What a kernel's handle says to whoever writes down a run: the loop's system calls, in words.

use std::os::fd::RawFd;

use levelring::kernel::{Errno, PollEntry, Wait, mask};

use super::super::errno;
use super::super::record::{Doing, Note, Noted};
use super::super::set::Control;
use super::SimKernel;

impl SimKernel {
    /// Writes down what happens from now on.
    pub(crate) fn record(&self) {
        self.with_system(super::System::record);
        self.shared.recording.set(true);
    }

    /// What was written down.
    pub(crate) fn recorded(&self) -> Vec<Note> {
        self.shared.recording.set(false);
        self.with_system(super::System::recorded)
    }

    /// Something happened.
    #[inline]
    pub(crate) fn note(&self, what: impl FnOnce() -> Noted) {
        if self.shared.recording.get() {
            self.write_down(what());
        }
    }

    #[cold]
    #[inline(never)]
    fn write_down(&self, what: Noted) {
        self.step(|system, _| system.note(|| what));
    }

    /// Whether anybody wants to know.
    pub(super) fn is_recording(&self) -> bool {
        self.shared.recording.get()
    }

    /// Something begins.
    pub(crate) fn begins(&self, doing: impl FnOnce() -> Doing) {
        self.note(|| Noted::Begins(doing()));
    }

    /// What was begun last has ended.
    pub(crate) fn ends(&self, outcome: impl FnOnce() -> String) {
        self.note(|| Noted::Ends(outcome()));
    }

    /// What poll(2) has found.
    pub(super) fn note_judged(&self, entries: &[PollEntry]) {
        for PollEntry { fd, revents, .. } in entries {
            let (fd, seen) = (*fd, mask::from_poll(*revents));
            self.note(|| Noted::Judged { fd, seen });
        }
    }
}

pub(super) fn poll(entries: &[PollEntry], wait: Wait) -> Doing {
    let numbers: Vec<String> = entries.iter().map(|entry| entry.fd.to_string()).collect();
    other("poll", format!("of {}, {}", numbers.join(" "), waits(wait)))
}

pub(super) fn epoll_wait(most: usize, wait: Wait) -> Doing {
    other("epoll_wait", format!("for {most} at most, {}", waits(wait)))
}

pub(super) fn control(control: Control, fd: RawFd, events: u32) -> Doing {
    let what = match control {
        Control::Add => "ADD",
        Control::Modify => "MOD",
        Control::Delete => "DEL",
    };
    let events = if control == Control::Delete { String::new() } else { bits(events) };
    other("epoll_ctl", format!("{what} {fd} {events}"))
}

pub(super) fn enter(ring: u16, queued: usize, wait: Wait) -> Doing {
    let asked = format!("with {queued} submissions, {}", waits(wait));
    Doing::Call { ring: Some(ring), name: "enter", asked }
}

pub(super) const fn other(name: &'static str, asked: String) -> Doing {
    Doing::Call { ring: None, name, asked }
}

pub(super) fn count(answer: Result<usize, Errno>) -> String {
    answer.map_or_else(error, |count| count.to_string())
}

pub(super) fn entered(answer: Result<u32, Errno>) -> String {
    answer.map_or_else(error, |count| format!("took {count}"))
}

pub(super) fn outcome(answer: Result<(), Errno>) -> String {
    answer.map_or_else(error, |()| "done".to_owned())
}

fn error(errno: Errno) -> String {
    if errno == errno::DEADLK { "EDEADLK (asleep for ever)".to_owned() } else { errno.to_string() }
}

fn waits(wait: Wait) -> String {
    match wait.normalized() {
        Wait::Now => "does not wait".to_owned(),
        Wait::Until(time) => format!("waits {time:?}"),
        Wait::Forever => "waits for ever".to_owned(),
    }
}

/// A mask in words.
fn bits(events: u32) -> String {
    let named = [
        (mask::IN, "IN"),
        (mask::PRI, "PRI"),
        (mask::OUT, "OUT"),
        (mask::RDHUP, "RDHUP"),
        (mask::EPOLL_EDGE, "ET"),
        (mask::EPOLL_ONESHOT, "ONESHOT"),
    ];
    let set = named.iter().filter(|(bit, _)| events & bit != 0);
    set.map(|(_, name)| *name).collect::<Vec<_>>().join("+")
}
