//! A loop on a model kernel, and what its handlers saw.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use levelring::kernel::Kernel;
use levelring::{Builder, DriverKind, EventLoop, Interest, Way};
use levelring_sim::{Calls, Choices, Faults, Odds, SimFile, SimKernel};

/// A loop on the model.
pub(crate) type Loop = EventLoop<'static, SimKernel>;

/// Who was called, in order.
pub(crate) type Log = Rc<RefCell<Vec<u32>>>;

/// Runs a test on every driver and way.
#[expect(clippy::print_stdout, reason = "a failure is to show of which driver it is")]
pub(crate) fn on_all(test: impl Fn(&SimKernel, Loop)) {
    for (kind, way) in kinds() {
        println!("on {kind} {way}");
        let kernel = SimKernel::new();
        test(&kernel, events(&kernel, EventLoop::builder().driver(kind).way(way)));
        kernel.with_system(|system| system.check());
    }
}

/// Every driver, and every way of the ring's.
pub(crate) fn kinds() -> impl Iterator<Item = (DriverKind, Way)> {
    let others = [(DriverKind::Epoll, Way::Auto), (DriverKind::Poll, Way::Auto)];
    Way::ALL.into_iter().map(|way| (DriverKind::Uring, way)).chain(others)
}

/// A loop on the ring that watches in this way.
pub(crate) fn on_uring(way: Way) -> Builder {
    EventLoop::builder().driver(DriverKind::Uring).way(way)
}

/// A loop of that kind on this kernel.
pub(crate) fn events(kernel: &SimKernel, builder: Builder) -> Loop {
    EventLoop::on(builder.build_reactor_on(kernel.clone()).expect("a loop"))
}

/// A pipe with one byte in it, or none: its reader as a source, its writer as a number.
pub(crate) fn pipe(kernel: &SimKernel, bytes: &[u8]) -> (SimFile, i32) {
    let [reader, writer] = kernel.pipe().expect("a pipe");
    if !bytes.is_empty() {
        assert_eq!(kernel.write(writer, bytes), Ok(bytes.len()));
    }
    (SimFile::new(kernel.clone(), reader), writer)
}

/// Watches a reader; its handler reads nothing and notes its number.
pub(crate) fn watch(events: &mut Loop, log: &Log, number: u32, reader: SimFile) {
    let log = Rc::clone(log);
    let added = events.add(reader, Interest::READ, move |_, _| log.borrow_mut().push(number));
    added.expect("add");
}

/// A pipe whose reader a loop has held, and which was closed all the same, before it was removed.
/// It lives on by another number; here is its writer.
pub(crate) fn ghost(kernel: &SimKernel, events: &mut Loop) -> i32 {
    let [reader, writer] = kernel.pipe().expect("a pipe");
    let source = SimFile::new(kernel.clone(), reader);
    let handle = events.add(source, Interest::READ, |_, _| ()).expect("add");
    turn(events);
    kernel.duplicate(reader).expect("a duplicate");
    kernel.close(reader).expect("close");
    drop(events.remove(&handle).expect("remove"));
    writer
}

/// One turn that may not wait.
pub(crate) fn turn(events: &mut Loop) -> bool {
    events.turn(Some(Duration::ZERO)).expect("turn")
}

/// How long something took on the model's clock.
pub(crate) fn took<R>(kernel: &SimKernel, what: impl FnOnce() -> R) -> (Duration, R) {
    let before = kernel.now();
    let answer = what();
    (kernel.now() - before, answer)
}

/// The odds of a fault that is nothing else's.
pub(crate) const ODDS: Odds = Odds(200);

/// Ordinary outcomes, but that a fault of these [`ODDS`] strikes so many times more.
#[derive(Clone, Default)]
pub(crate) struct Strikes(pub(crate) Rc<Cell<u32>>);

impl Choices for Strikes {
    fn choose(&mut self, options: u32) -> u32 {
        let left = self.0.get();
        if left == 0 || options != u32::from(ODDS.0) + 1 {
            return 0;
        }
        self.0.set(left - 1);
        options - 1
    }
}

/// A kernel that takes nothing, for want of memory, when that strikes.
pub(crate) fn poor() -> (SimKernel, Strikes) {
    let strikes = Strikes::default();
    let faults = Faults { again: ODDS, ..Faults::default() };
    (SimKernel::with(strikes.clone(), faults), strikes)
}
