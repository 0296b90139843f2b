//! Small programs for the tests.

use core::cell::RefCell;
use std::rc::Rc;

use levelring::{EventLoop, Fired, Interest, Readiness};
use levelring_sim::world::{Host, Listener, SimListener, SimStream, Sockets, Stream};
use levelring_sim::{SimKernel, World};

pub(crate) type Loop = EventLoop<'static, SimKernel>;

/// What a program has received, and how that ended.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: Option<Result<(), i32>>,
    pub(crate) accepted: usize,
}

pub(crate) type Log = Rc<RefCell<Received>>;

/// Receives all that comes by a stream.
pub(crate) fn receive(events: &mut Loop, stream: SimStream, log: &Log) {
    let log = Rc::clone(log);
    let handler = move |events: &mut Loop, fired: Fired<'_, SimStream>| {
        let mut buffer = [0; 100];
        let end = match fired.source.receive(&mut buffer) {
            Ok(0) => Ok(()),
            Ok(count) => return log.borrow_mut().bytes.extend(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
            Err(error) => Err(error.raw_os_error().expect("an error of the kernel")),
        };
        log.borrow_mut().end = Some(end);
        events.discard(fired.key).expect("it is there");
    };
    events.add(stream, Interest::READ, handler).expect("there is room");
}

/// Sends bytes by a stream, as it takes them; then says that there are no more, and receives.
pub(crate) fn send(events: &mut Loop, stream: SimStream, bytes: Vec<u8>, log: &Log) {
    let (log, mut bytes, mut buffer) = (Rc::clone(log), bytes, [0; 100]);
    let handler = move |events: &mut Loop, fired: Fired<'_, SimStream>| {
        if fired.readiness.contains(Readiness::WRITE) && !bytes.is_empty() {
            if let Ok(count) = fired.source.send(&bytes) {
                bytes.drain(..count);
            }
            if bytes.is_empty() {
                let _ = fired.source.shut_down(std::net::Shutdown::Write);
                events.set_interest(fired.key, Interest::READ).expect("it is there");
            }
            return;
        }
        match fired.source.receive(&mut buffer) {
            Ok(0) => log.borrow_mut().end = Some(Ok(())),
            Ok(count) => return log.borrow_mut().bytes.extend(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
            Err(error) => log.borrow_mut().end = Some(Err(error.raw_os_error().unwrap_or(0))),
        }
        events.discard(fired.key).expect("it is there");
    };
    events.add(stream, Interest::READ | Interest::WRITE, handler).expect("there is room");
}

/// A host with a listener at port 80 whose connections are handed to `serve`.
pub(crate) fn server(
    world: &mut World,
    mut serve: impl FnMut(&mut Loop, SimStream) + 'static,
) -> Host {
    let host = world.host("server");
    let listener = host.listen(80).expect("the port is free");
    let handler = move |events: &mut Loop, fired: Fired<'_, SimListener>| {
        if let Ok(stream) = fired.source.accept_stream() {
            serve(events, stream);
        }
    };
    world.start(&host, |events| events.add(listener, Interest::READ, handler)).expect("added");
    host
}

/// A host of that name that is connected to the server, and what it does with the stream.
pub(crate) fn client<R>(
    world: &mut World,
    name: &str,
    with: impl FnOnce(&mut Loop, SimStream) -> R,
) -> (Host, R) {
    let host = world.host(name);
    let stream = host.connect("server", 80).expect("there is such a host");
    let answer = world.start(&host, |events| with(events, stream));
    (host, answer)
}

/// Bytes of which each depends on its place.
pub(crate) fn bytes(count: usize, salt: usize) -> Vec<u8> {
    (0..count).map(|at| u8::try_from((at * 31 + salt) % 251).expect("below 251")).collect()
}
