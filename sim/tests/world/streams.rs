//! Streams: all bytes come, in their order, whatever happens on the way.

use std::rc::Rc;

use levelring_sim::Odds;
use levelring_sim::check;
use levelring_sim::world::{Options, Rest, Trials};

use crate::support::{Log, bytes, client, receive, send, server};

#[test]
fn what_was_sent_arrives_whole_and_in_order() {
    check(0..150, |world| {
        let logs: Vec<Log> = (0..3).map(|_| Log::default()).collect();
        let all = logs.clone();
        server(world, move |events, stream| {
            let who = usize::from(stream.name().as_bytes()[0] - b'0');
            receive(events, stream, &all[who]);
        });
        let sizes = [1, 100, 3000];
        for (who, name) in ["0", "1", "2"].into_iter().enumerate() {
            let end = Log::default();
            client(world, name, |events, stream| {
                send(events, stream, bytes(sizes[who], who), &end)
            });
        }
        assert_eq!(world.run(), Rest::Quiet);
        for (who, log) in logs.iter().enumerate() {
            let log = log.borrow();
            assert_eq!(log.end, Some(Ok(())));
            assert!(log.bytes == bytes(sizes[who], who), "what {who} sent is what was received");
        }
    });
}

#[test]
fn an_echo_by_which_more_goes_than_fits_anywhere() {
    let options = Options { window: 100, buffers: vec![64, 300], ..Options::default() };
    Trials::new().options(options).check(0..50, |world| {
        server(world, |events, stream| {
            // Sends the same back once it has come to its end.
            let log = Log::default();
            let stream = Rc::new(stream);
            let (own, log) = (Rc::clone(&stream), Rc::clone(&log));
            let mut sent = 0;
            let both = levelring::Interest::READ | levelring::Interest::WRITE;
            let handler = move |events: &mut crate::support::Loop,
                                fired: levelring::Fired<'_, _>| {
                use levelring_sim::world::Stream as _;
                let mut buffer = [0; 50];
                match own.receive(&mut buffer) {
                    Ok(0) => log.borrow_mut().end = Some(Ok(())),
                    Ok(count) => log.borrow_mut().bytes.extend(&buffer[..count]),
                    Err(_) => {}
                }
                let received = log.borrow();
                sent += own.send(&received.bytes[sent..]).unwrap_or(0);
                let done = sent == received.bytes.len();
                let wanted = if done { levelring::Interest::READ } else { both };
                events.set_interest(fired.key, wanted).expect("it is there");
                if done && received.end.is_some() {
                    events.discard(fired.key).expect("it is there");
                }
            };
            events.add(Rc::clone(&stream), both, handler).expect("there is room");
        });
        let log = Log::default();
        client(world, "client", |events, stream| send(events, stream, bytes(5000, 1), &log));
        assert_eq!(world.run(), Rest::Quiet);
        assert!(log.borrow().bytes == bytes(5000, 1), "what comes back is what was sent");
        assert_eq!(log.borrow().end, Some(Ok(())));
    });
}

#[test]
fn streams_overtake_each_other_and_a_read_sees_parts() {
    let (mut orders, mut parts) = (std::collections::BTreeSet::new(), 0);
    for seed in 0..60 {
        let options = Options { pieces: Odds(1), ..Options::default() };
        let trials = Trials::new().options(options);
        let mut order = Vec::new();
        let run = trials.find([seed], |world| {
            let came = Log::default();
            let all = Rc::clone(&came);
            server(world, move |events, stream| {
                all.borrow_mut().accepted += 1;
                receive(events, stream, &all);
            });
            for name in ["a", "b", "c"] {
                let end = Log::default();
                let line = name.repeat(9).into_bytes();
                client(world, name, |events, stream| send(events, stream, line, &end));
            }
            world.run();
            order.clone_from(&came.borrow().bytes);
            assert_eq!(came.borrow().accepted, 3);
        });
        run.expect("nothing fails");
        let firsts: Vec<u8> = order.iter().copied().fold(Vec::new(), |mut firsts, byte| {
            if firsts.last() != Some(&byte) {
                firsts.push(byte);
            }
            firsts
        });
        parts += usize::from(firsts.len() > 3);
        orders.insert(order);
    }
    assert!(orders.len() > 10, "{} orders", orders.len());
    assert!(parts > 2, "{parts} times one was read between the parts of another");
}
