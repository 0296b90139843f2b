//! Time: latency, timers, pauses, and worlds that come to no rest.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use levelring::Interest;
use levelring_sim::world::{Options, Rest, Sockets, Timer, Trials};
use levelring_sim::{Plain, World, check};

use crate::support::{Log, bytes, client, receive, send, server};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// When the server of such a world has received what a client sends at once.
fn arrival(options: Options, trouble: impl FnOnce(&mut World)) -> Duration {
    let mut world = World::new(Plain, options);
    let log = Log::default();
    let own = Rc::clone(&log);
    server(&mut world, move |events, stream| receive(events, stream, &own));
    let end = Log::default();
    client(&mut world, "client", |events, stream| send(events, stream, bytes(10, 0), &end));
    trouble(&mut world);
    let came = world.run_until(Duration::MAX, |_| !log.borrow().bytes.is_empty());
    assert_eq!(came, Rest::Met);
    world.now()
}

#[test]
fn bytes_take_their_latency_and_wait_while_somebody_is_cut_off_or_stands_still() {
    let options = Options { latency: [ms(10), ms(10)], ..Options::calm() };
    // To and fro to be connected, and then to the server.
    let near = |time: Duration, expected| {
        assert!(time >= expected && time < expected + ms(1), "{time:?} for {expected:?}");
    };
    near(arrival(options.clone(), |_| ()), ms(30));
    let later = |trouble: fn(&mut World)| arrival(options.clone(), trouble);
    near(
        later(|world| {
            let host = world.host("c");
            world.cut_off(&host, ms(99))
        }),
        ms(30),
    );
    let cut = |world: &mut World| {
        world.at(ms(25), |world| {
            let host = world.find("server").expect("it is there");
            world.cut_off(&host, ms(50));
        })
    };
    near(later(cut), ms(75));
    let paused = |world: &mut World| {
        world.at(ms(25), |world| {
            let host = world.find("server").expect("it is there");
            world.pause(&host, ms(60));
        })
    };
    near(later(paused), ms(85));
}

#[test]
fn timers_ring_in_their_order_on_every_driver() {
    check(0..60, |world| {
        let host = world.host("lonely");
        let rung = Rc::new(RefCell::new(Vec::new()));
        for millis in [30, 10, 20] {
            let timer = host.timer().expect("a timer");
            timer.set(Some(ms(millis))).expect("set");
            let (own, rung, begun) = (host.clone(), Rc::clone(&rung), host.now());
            let handler = move |events: &mut crate::support::Loop,
                                fired: levelring::Fired<'_, _>| {
                let timer: &levelring_sim::world::SimTimer = fired.source;
                assert!(timer.has_rung().expect("a timer"));
                assert!(own.now() >= begun + ms(millis), "never early");
                rung.borrow_mut().push(millis);
                events.discard(fired.key).expect("it is there");
            };
            world.start(&host, |events| events.add(timer, Interest::READ, handler)).expect("added");
        }
        assert_eq!(world.run_until(ms(5), |_| false), Rest::TimeUp);
        assert_eq!((world.now(), rung.borrow().len()), (ms(5), 0));
        assert_eq!(world.run(), Rest::Quiet);
        assert_eq!(*rung.borrow(), [10, 20, 30]);
    });
}

#[test]
fn a_program_may_go_by_the_timeouts_of_its_turns() {
    check(0..60, |world| {
        let host = world.host("lonely");
        let (count, own, begun) = (Rc::new(Cell::new(0)), host.clone(), host.now());
        let counted = Rc::clone(&count);
        world.between_turns(&host, Some(ms(10)), move |_, ran| {
            assert!(!ran, "there is nothing to be run");
            counted.set(counted.get() + 1);
            assert!(own.now() >= begun + ms(10) * counted.get());
            (counted.get() < 5).then_some(ms(10))
        });
        assert_eq!(world.run(), Rest::Quiet);
        assert_eq!(count.get(), 5);
    });
}

#[test]
fn a_world_that_comes_to_no_rest_is_a_failure() {
    let options = Options { turns: 100, ..Options::calm() };
    let failure = Trials::new().options(options).find([1], |world| {
        server(world, |_, _| ());
        let log = Log::default();
        client(world, "client", |events, stream| {
            // Always writable, and nobody writes.
            events.add(stream, Interest::WRITE, |_, _| ()).expect("there is room");
            drop(log);
        });
        world.run();
    });
    let reason = failure.expect_err("it does not end").reason;
    assert!(reason.starts_with("the world has not come to rest in 100 turns"), "{reason}");
}
