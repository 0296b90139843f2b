//! One program on Linux and in a world: what it sees is the same.

use core::cell::RefCell;
use core::time::Duration;
use std::io;
use std::net::Shutdown;
use std::rc::Rc;

use levelring::{EventLoop, Fired, Interest, Readiness};
use levelring_sim::World;
use levelring_sim::world::{Listener, Options, Rest, Sockets, Stream, Tcp, Timer, Trials};

type Seen = Rc<RefCell<Vec<String>>>;

/// How a server treats its only client, and what a client sends.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Nobody listens.
    Absent,
    /// Reads to the end, and closes.
    Polite,
    /// Says something, and closes at once, though the client has said something too.
    Rude,
    /// Says something, ends its half, reads to the end.
    HalfClosed,
}

/// One client that says one thing, ends its half, and notes what it sees until the end.
fn meet<S: Sockets>(
    events: &mut EventLoop<'static, S::Kernel>,
    net: &S,
    (host, port): (&str, u16),
    manner: Manner,
) -> io::Result<Seen> {
    let seen = Seen::default();
    let listener = net.listen(port)?;
    let port = listener.port()?;
    if matches!(manner, Manner::Absent) {
        drop(listener);
    } else {
        let accept = move |events: &mut EventLoop<'static, _>, fired: Fired<'_, S::Listener>| {
            if let Ok(stream) = fired.source.accept_stream() {
                serve::<S>(events, stream, manner);
                let _ = events.discard(fired.key);
            }
        };
        events
            .add(listener, Interest::READ, accept)
            .map_err(|full| io::Error::other(full.reason))?;
    }
    let (log, mut said) = (Rc::clone(&seen), false);
    let both = Interest::READ | Interest::WRITE;
    let talk = move |events: &mut EventLoop<'static, _>, fired: Fired<'_, S::Stream>| {
        let Fired { key, source, readiness, .. } = fired;
        let note = |text: String| log.borrow_mut().push(text);
        if readiness.contains(Readiness::WRITE) && !said && !readiness.contains(Readiness::ERROR) {
            said = true;
            note(format!("sent {:?}", source.send(b"question").map_err(|error| error.kind())));
            let _ = source.shut_down(Shutdown::Write);
            let _ = events.set_interest(key, Interest::READ);
            return;
        }
        match source.receive(&mut [0; 100]) {
            Ok(0) => note("end".to_owned()),
            Ok(count) => return note(format!("received {count}")),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(error) => note(format!("{:?}", error.kind())),
        }
        let _ = events.discard(key);
    };
    let stream = net.connect(host, port)?;
    events.add(stream, both, talk).map_err(|full| io::Error::other(full.reason))?;
    Ok(seen)
}

fn serve<S: Sockets>(
    events: &mut EventLoop<'static, S::Kernel>,
    stream: S::Stream,
    manner: Manner,
) {
    let mut begun = false;
    let handler = move |events: &mut EventLoop<'static, _>, fired: Fired<'_, S::Stream>| {
        let stream = fired.source;
        if !matches!(manner, Manner::Polite) && !begun {
            begun = true;
            let _ = stream.send(b"answer");
            match manner {
                Manner::HalfClosed => drop(stream.shut_down(Shutdown::Write)),
                Manner::Rude => drop(events.discard(fired.key).map_err(|_| ())),
                Manner::Absent | Manner::Polite => {}
            }
            return;
        }
        if matches!(stream.receive(&mut [0; 100]), Ok(0)) {
            let _ = events.discard(fired.key);
        }
    };
    let _ = events.add(stream, Interest::READ, handler);
}

fn on_linux(manner: Manner) -> Vec<String> {
    let (net, mut events) = (Tcp::default(), EventLoop::new().expect("a loop"));
    let seen = meet(&mut events, &net, ("127.0.0.1", 0), manner).expect("it begins");
    // Should it never end, that is to be seen.
    let curfew = net.timer().expect("a timer");
    curfew.set(Some(Duration::from_secs(20))).expect("set");
    let ring = |_: &mut _, _: Fired<'_, _>| -> () { panic!("it takes too long") };
    events.add(curfew, Interest::READ, ring).expect("added");
    while events.len() > 1 {
        events.turn(None).expect("turn");
    }
    seen.take()
}

fn in_a_world(world: &mut World, manner: Manner) -> Vec<String> {
    let host = world.host("here");
    let seen = world.start(&host, |events| meet(events, &host, ("here", 0), manner));
    assert_eq!(world.run(), Rest::Quiet);
    host.kernel().with_system(|system| system.check());
    seen.expect("it begins").take()
}

#[test]
fn a_program_sees_the_same_on_linux_and_in_every_world() {
    for manner in [Manner::Absent, Manner::Polite, Manner::Rude, Manner::HalfClosed] {
        let expected = on_linux(manner);
        let whole = Options { short_reads: levelring_sim::Odds(0), ..Options::default() };
        let whole = Options { short_writes: levelring_sim::Odds(0), ..whole };
        let whole = Options { pieces: levelring_sim::Odds(0), ..whole };
        Trials::new().options(whole).check(0..100, |world| {
            assert_eq!(in_a_world(world, manner), expected, "{manner:?}");
        });
    }
}
