//! Ends: refusals, resets, crashes.

use core::time::Duration;
use std::rc::Rc;

use levelring_sim::world::{Options, Rest, Sockets};
use levelring_sim::{Plain, World, check};

use crate::support::{Log, bytes, client, receive, send, server};

const REFUSED: i32 = 111;
const RESET: i32 = 104;
const UNREACHABLE: i32 = 113;

#[test]
fn nobody_listens_and_nobody_is_there() {
    check(0..50, |world| {
        world.host("server");
        let log = Log::default();
        let (host, ()) = client(world, "client", |events, stream| receive(events, stream, &log));
        assert_eq!(world.run(), Rest::Quiet);
        assert_eq!(log.borrow().end, Some(Err(REFUSED)));
        let nobody = host.connect("nobody", 80).expect_err("there is no such host");
        assert_eq!(nobody.raw_os_error(), Some(UNREACHABLE));
    });
}

#[test]
fn a_crash_is_the_end_of_the_stream_or_a_reset_if_something_was_not_read() {
    for (read, expected) in [(true, Some(Ok(()))), (false, Some(Err(RESET)))] {
        let mut world = World::new(Plain, Options::calm());
        let server = server(&mut world, move |events, stream| {
            if read {
                receive(events, stream, &Log::default());
            } else {
                let held = events.add(stream, levelring::Interest::EMPTY, |_, _| ());
                held.expect("there is room");
            }
        });
        let log = Log::default();
        let line = bytes(10, 0);
        client(&mut world, "client", |events, stream| send(events, stream, line, &log));
        let host = server.clone();
        world.at(Duration::from_millis(10), move |world| world.crash(&host));
        assert_eq!(world.run(), Rest::Quiet);
        assert_eq!(log.borrow().end, expected, "read: {read}");
        server.kernel().with_system(|system| system.check());
    }
}

#[test]
fn a_reset_on_demand_is_seen_by_both_and_another_program_may_be_started() {
    check(0..50, |world| {
        let served = Log::default();
        let own = Rc::clone(&served);
        let server = server(world, move |events, stream| receive(events, stream, &own));
        let log = Log::default();
        let (host, ()) = client(world, "client", |events, stream| receive(events, stream, &log));
        assert_eq!(world.run(), Rest::Quiet);
        world.reset(&server, &host);
        assert_eq!(world.run(), Rest::Quiet);
        assert_eq!(log.borrow().end, Some(Err(RESET)));

        world.crash(&host);
        let stream = host.connect("server", 80).expect("there is such a host");
        let again = Log::default();
        served.borrow_mut().bytes.clear();
        world.start(&host, |events| send(events, stream, bytes(9, 9), &again));
        assert_eq!(world.run(), Rest::Quiet);
        assert_eq!(served.borrow().bytes, bytes(9, 9));
        for host in [&host, &server] {
            host.kernel().with_system(|system| system.check());
        }
    });
}
