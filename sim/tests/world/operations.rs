//! Operations of the ring on streams of the world.

use core::cell::RefCell;
use std::rc::Rc;

use levelring::{DriverKind, Operation, Way};
use levelring_sim::world::{Options, Rest, SimStream, Trials};

use crate::support::{Log, Loop, bytes, client, receive, server};

/// Receives by operations, one after another, until the end.
fn pull(events: &mut Loop, stream: Rc<SimStream>, log: Log) {
    let receive = Operation::receive(Rc::clone(&stream), vec![0; 64]);
    let submitted = events.submit(receive, move |events, done| {
        let (_, buffer) = done.kept.expect("the last result");
        let count = done.result.expect("nothing is reset") as usize;
        log.borrow_mut().bytes.extend(&buffer[..count]);
        if count == 0 {
            log.borrow_mut().end = Some(Ok(()));
        } else {
            pull(events, Rc::clone(&stream), Rc::clone(&log));
        }
    });
    submitted.expect("submitted");
}

#[test]
fn operations_have_the_bytes_that_come_by_a_stream_and_send_others() {
    let drivers = Way::ALL.map(|way| (DriverKind::Uring, way)).to_vec();
    let trials = Trials::new().options(Options { drivers, ..Options::default() });
    trials.check(0..200, |world| {
        let log = Log::default();
        let own = Rc::clone(&log);
        server(world, move |events, stream| pull(events, Rc::new(stream), Rc::clone(&own)));
        let sent = Rc::new(RefCell::new(None));
        let result = Rc::clone(&sent);
        client(world, "client", |events, stream| {
            // Not connected yet: it waits, and takes the stream with it when it is done.
            let send = Operation::send(Rc::new(stream), bytes(48, 1));
            let submitted = events.submit(send, move |_, done| {
                *result.borrow_mut() = Some(done.result);
            });
            submitted.expect("submitted");
        });
        assert_eq!(world.run(), Rest::Quiet);
        assert_eq!(*sent.borrow(), Some(Ok(48)));
        assert_eq!(log.borrow().bytes, bytes(48, 1));
        assert_eq!(log.borrow().end, Some(Ok(())));
        let idle = Log::default();
        client(world, "late", |events, stream| receive(events, stream, &idle));
        world.run();
    });
}
