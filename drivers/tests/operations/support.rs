//! Rings of every kind, and a few things to do with them.

use core::cell::RefCell;
use core::time::Duration;
use std::io::Write;
use std::io::{PipeReader, PipeWriter};
use std::os::fd::AsRawFd;
use std::panic::resume_unwind;
use std::{fs, thread};

use levelring::kernel::{Errno, Feature, FeatureMask};
use levelring::{Builder, Completed, DriverKind, Error, EventLoop, Way};

use crate::skipping::skipped;

/// Long enough for whatever is sure to happen; not reached unless something is broken.
pub(crate) const SURE: Duration = Duration::from_secs(5);

/// Short enough to be waited for when nothing shall happen.
pub(crate) const BRIEF: Duration = Duration::from_millis(1);

/// Runs `check` with every way of watching on a ring with everything, and with each feature forced
/// off in turn, and with all.
pub(crate) fn on_every_ring(check: impl Fn(Builder)) {
    let plain = Builder::default().driver(DriverKind::Uring);
    if let Err(error @ Error::Unavailable { .. }) = plain.build() {
        return skipped(error);
    }
    for way in Way::ALL {
        for forbidden in forbidden() {
            let _context = Context(format!("on {way} without {forbidden:?}"));
            check(plain.way(way).forbid(forbidden));
        }
    }
}

/// What to do without: nothing, each one, those that stand in for one another, and all.
fn forbidden() -> Vec<FeatureMask> {
    let both = FeatureMask::from(Feature::DeferTaskrun) | FeatureMask::from(Feature::CoopTaskrun);
    let all = Feature::ALL.iter().copied().collect();
    let each = Feature::ALL.iter().copied().map(FeatureMask::from);
    [FeatureMask::NONE, both, all].into_iter().chain(each).collect()
}

/// Says on which ring a check has failed.
struct Context(String);

impl Drop for Context {
    fn drop(&mut self) {
        if thread::panicking() {
            // Nothing to be done about a closed stderr.
            let _ = writeln!(std::io::stderr(), "^ {}", self.0);
        }
    }
}

/// A result, as plain values: what, its number in the order of telling, whether there is more.
pub(crate) type Told<T> = (T, Result<u32, Errno>, bool);

/// Results in the order in which they were told.
pub(crate) struct Log<T>(RefCell<Vec<Told<T>>>);

impl<T: Copy + 'static> Log<T> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// A handler that takes down what it is told, under a name.
    pub(crate) fn taker<'log, B>(
        &'log self,
        name: T,
    ) -> impl FnMut(&mut EventLoop<'log>, Completed<B>) + 'log {
        move |_, Completed { result, more, .. }| self.note((name, result, more))
    }

    pub(crate) fn note(&self, told: Told<T>) {
        self.0.borrow_mut().push(told);
    }

    pub(crate) fn take(&self) -> Vec<Told<T>> {
        self.0.take()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

/// Turns until nothing is left, but not for ever.
pub(crate) fn finish(events: &mut EventLoop<'_>) {
    while !events.is_empty() {
        assert!(events.turn(Some(SURE)).expect("turn"), "nothing more happens, but there is more");
    }
}

/// Turns until nobody has anything to do.
pub(crate) fn settle(events: &mut EventLoop<'_>) {
    while events.turn(Some(BRIEF)).expect("turn") {}
}

pub(crate) fn pipe() -> (PipeReader, PipeWriter) {
    std::io::pipe().expect("pipe")
}

/// How many bytes wait in a pipe or socket.
pub(crate) fn waiting(reader: &impl AsRawFd) -> i32 {
    let mut bytes = -1;
    // SAFETY: FIONREAD writes one int, which outlives the call.
    let answer = unsafe { libc::ioctl(reader.as_raw_fd(), libc::FIONREAD, &raw mut bytes) };
    assert_eq!(answer, 0, "FIONREAD");
    bytes
}

/// Runs `body` on a thread whose descriptors are its own: those of the other tests are not there.
pub(crate) fn with_own_descriptors(body: impl FnOnce() + Send + 'static) {
    let thread = thread::spawn(|| {
        // SAFETY: closes what this thread has a copy of, and owns none of.
        let answer =
            unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_UNSHARE) };
        assert_eq!(answer, 0, "close_range");
        body();
    });
    if let Err(panic) = thread.join() {
        resume_unwind(panic);
    }
}

pub(crate) fn open_descriptors() -> usize {
    fs::read_dir("/proc/thread-self/fd").expect("proc").count()
}
