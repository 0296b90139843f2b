//! Loops of every kind, sources that know who holds them, and children.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::io::{PipeReader, PipeWriter};
use std::panic::catch_unwind;
use std::rc::Rc;

use levelring::{Builder, DriverKind, Error, EventLoop, Operation, Way};

use crate::skipping::skipped;

/// Long enough for whatever is sure to happen; not reached unless something is broken.
pub(crate) const SURE: Duration = Duration::from_secs(5);

/// Short enough to be waited for when nothing shall happen.
pub(crate) const BRIEF: Duration = Duration::from_millis(5);

/// A builder for the uring driver; where there is no io_uring `None`, and not in silence.
pub(crate) fn uring() -> Option<Builder> {
    let builder = Builder::default().driver(DriverKind::Uring);
    let Err(error @ Error::Unavailable { .. }) = builder.build() else { return Some(builder) };
    skipped(error);
    None
}

/// Every driver, and the uring one with every way, with what to call it.
pub(crate) fn every_kind() -> Vec<(String, Builder)> {
    let ways = uring().into_iter().flat_map(|builder| {
        Way::ALL.into_iter().map(move |way| (format!("uring, {way}"), builder.way(way)))
    });
    let others = [DriverKind::Epoll, DriverKind::Poll];
    ways.chain(others.map(|kind| (kind.to_string(), Builder::default().driver(kind)))).collect()
}

pub(crate) fn pipe() -> (PipeReader, PipeWriter) {
    std::io::pipe().expect("pipe")
}

/// A READ into a buffer.
pub(crate) type Reading = Operation<(Rc<PipeReader>, Vec<u8>)>;

/// An operation that is under way until something is written. Its file, of which one count is
/// ours, tells whether its memory is alive: file and buffer live and die together.
pub(crate) fn reading() -> (Rc<PipeReader>, Reading, PipeWriter) {
    let (reader, writer) = pipe();
    let reader = Rc::new(reader);
    (Rc::clone(&reader), Operation::read(reader, vec![0; 4096]), writer)
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

/// Whether it panicked.
pub(crate) fn unwinds<T>(act: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(act)).is_err()
}

/// Panics when it is dropped, unless that would abort.
pub(crate) struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

/// Does something in a `fork()`ed child, which must neither panic nor die of it.
pub(crate) fn in_child(act: impl FnOnce()) {
    // SAFETY: the child runs `act`, which allocates and makes system calls: glibc sees to its
    // allocator in a child. It returns to nobody.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork");
    if child == 0 {
        let code = i32::from(unwinds(act));
        // SAFETY: ends the child at once, without what the parent has yet to do.
        unsafe { libc::_exit(code) };
    }
    let mut status = -1;
    // SAFETY: the status is an int that outlives the call, and the child is ours.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!((waited, status), (child, 0), "the child panicked (256) or was killed (a signal)");
}
