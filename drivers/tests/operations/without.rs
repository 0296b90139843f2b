//! Drivers that have no ring.

use std::rc::Rc;

use levelring::{Builder, DriverKind, Link, Linked, Operation, OperationError};

use crate::support::pipe;

#[test]
fn without_a_ring_operations_are_refused_and_what_was_given_is_dropped() {
    for driver in [DriverKind::Epoll, DriverKind::Poll] {
        let (reader, _writer) = pipe();
        let reader = Rc::new(reader);
        let mut events = Builder::default().driver(driver).build().expect("loop");
        let refused = Err(OperationError::Unsupported(driver));
        assert_eq!(events.submit(Operation::nop(), |_, _| {}), refused);
        let read = Operation::read(Rc::clone(&reader), vec![0; 1]);
        let chain = Linked::new().then(read, Link::Soft, |_, _| {}).then(
            Operation::nop(),
            Link::None,
            |_, _| {},
        );
        assert_eq!(events.submit_linked(chain).err(), refused.err());
        assert_eq!(Rc::strong_count(&reader), 1);
        assert!(events.is_empty() && !events.turn(Some(core::time::Duration::ZERO)).expect("turn"));
        let text = OperationError::Unsupported(driver).to_string();
        assert_eq!(text, format!("the {driver} driver has no operations: they need io_uring"));
    }
}
