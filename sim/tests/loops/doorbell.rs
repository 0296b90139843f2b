//! The ring as a doorbell for the set: it rings only once the kernel has it.

use core::cell::Cell;
use std::rc::Rc;

use levelring::{DriverKind, EventLoop};
use levelring_sim::{Calls, Choices, Faults, Odds, SimKernel};

use crate::support::{Log, events, pipe, turn, watch};

/// The odds of a fault that is nothing else's.
const ODDS: u8 = 200;

/// Ordinary outcomes, but that the kernel takes nothing while it is told to.
struct Refusing(Rc<Cell<bool>>);

impl Choices for Refusing {
    fn choose(&mut self, options: u32) -> u32 {
        let strikes = self.0.get() && options == u32::from(ODDS) + 1;
        if strikes { options - 1 } else { 0 }
    }
}

#[test]
fn a_doorbell_that_the_kernel_does_not_take_is_not_relied_on() {
    let refusing = Rc::new(Cell::new(true));
    let faults = Faults { again: Odds(ODDS), ..Faults::default() };
    let kernel = SimKernel::with(Refusing(Rc::clone(&refusing)), faults);
    refusing.set(false);
    let mut events = events(&kernel, EventLoop::builder().driver(DriverKind::Uring));
    refusing.set(true);
    let log = Log::default();
    let (busy, _keep) = pipe(&kernel, b"x");
    let (newcomer, writer) = pipe(&kernel, b"");
    watch(&mut events, &log, 0, busy);
    watch(&mut events, &log, 1, newcomer);
    // Glance after glance brings nothing: the loop would rather be told.
    for _ in 0..100 {
        assert!(turn(&mut events));
    }
    assert!(!log.borrow().contains(&1));
    assert_eq!(kernel.write(writer, b"x"), Ok(1));
    for _ in 0..4 {
        assert!(turn(&mut events));
    }
    assert!(log.borrow().contains(&1), "it has had no turn: {:?}", log.borrow());
}
