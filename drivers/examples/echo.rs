//! A TCP server that sends back what it receives, of the everyday kind.
//!
//! ```text
//! cargo run -p levelring --example echo -- --listen 127.0.0.1:7000
//! cargo run -p levelring --example echo -- --once      # serves a client of its own, and ends
//! ```

#![expect(clippy::print_stdout, reason = "a program that reports")]

use core::cell::Cell;
use core::error::Error;
use core::net::SocketAddr;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::thread;

use clap::Parser;
use levelring::kernel::Errno;
use levelring::{EventLoop, Fired, Interest, Key};

/// A TCP server that sends back what it receives.
#[derive(Parser)]
struct Options {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Serve a few clients of its own, check what they get back, and end
    #[arg(long)]
    once: bool,
}

/// How many clients there are with `--once`, and how much each sends: more than sockets hold.
const CLIENTS: usize = 3;
const BYTES: usize = 8 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let listener = TcpListener::bind(options.listen)?;
    let address = listener.local_addr()?;
    let mut events = EventLoop::new()?;
    println!("listening on {address}, by the {} driver", events.report().chosen);
    let clients = if options.once { CLIENTS } else { 0 };
    let clients: Vec<_> = (0..clients).map(|n| thread::spawn(move || client(address, n))).collect();

    let left = Rc::new(Cell::new(options.once.then_some(CLIENTS)));
    listener.set_nonblocking(true)?;
    events.add(listener, Interest::READ, move |events, Fired { source, .. }| {
        match source.accept() {
            Ok((stream, peer)) => welcome(events, stream, peer, &left),
            // Gone again, or none left to be had: it will be called again.
            Err(error) => println!("accept: {error}"),
        }
    })?;
    events.run()?;

    for client in clients {
        client.join().map_err(|_| "a client panicked")??;
    }
    println!("{} system calls for it all", events.counts().total());
    Ok(())
}

/// Adds a connection to the loop, which owns it until it ends.
fn welcome(
    events: &mut EventLoop<'_>,
    stream: TcpStream,
    peer: SocketAddr,
    left: &Rc<Cell<Option<usize>>>,
) {
    if let Err(error) = stream.set_nonblocking(true) {
        return println!("{peer}: {error}");
    }
    let left = Rc::clone(left);
    let mut connection = Connection::default();
    let handler = move |events: &mut EventLoop<'_>, fired: Fired<'_, TcpStream>| {
        let Fired { key, source, refused, .. } = fired;
        match connection.serve(events, key, source, refused) {
            Ok(true) => {}
            Ok(false) => end(events, key, &left, &format!("{peer}: {} bytes", connection.total)),
            Err(error) => end(events, key, &left, &format!("{peer}: {error}")),
        }
    };
    if let Err(error) = events.add(stream, Interest::READ, handler) {
        println!("{peer}: {error}");
    }
}

/// Drops the connection. (Within its handler, when that returns.)
fn end(events: &mut EventLoop<'_>, key: Key, left: &Cell<Option<usize>>, why: &str) {
    println!("{why}");
    if let Err(error) = events.discard(key) {
        println!("{error}");
    }
    left.set(left.get().map(|left| left - 1));
    if left.get() == Some(0) {
        events.stop();
    }
}

/// What was received and not yet sent back.
#[derive(Default)]
struct Connection {
    pending: Vec<u8>,
    total: usize,
}

impl Connection {
    /// Receives once, or sends once: the others have their turns too. `false` at the end.
    fn serve(
        &mut self,
        events: &mut EventLoop<'_>,
        key: Key,
        mut stream: &TcpStream,
        refused: Option<Errno>,
    ) -> Result<bool, Box<dyn Error>> {
        if let Some(errno) = refused {
            return Err(errno.into());
        }
        if self.pending.is_empty() {
            let mut buffer = [0; 16 << 10];
            let Some(count) = unless_blocked(stream.read(&mut buffer))? else { return Ok(true) };
            self.pending.extend_from_slice(&buffer[..count]);
            if count == 0 {
                return Ok(false);
            }
        }
        let sent = unless_blocked(stream.write(&self.pending))?.unwrap_or(0);
        self.pending.drain(..sent);
        self.total += sent;
        // Who is slow to take what was sent is not listened to meanwhile.
        let slow = !self.pending.is_empty();
        events.set_interest(key, if slow { Interest::WRITE } else { Interest::READ })?;
        Ok(true)
    }
}

fn unless_blocked(answer: io::Result<usize>) -> io::Result<Option<usize>> {
    match answer {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Sends more than fits anywhere, and checks that the same comes back.
fn client(address: SocketAddr, number: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let byte = move |index: usize| u8::try_from((index * 31 + number) % 251).unwrap_or(0);
    let mut sender = stream.try_clone()?;
    let sending = thread::spawn(move || {
        let bytes: Vec<u8> = (0..BYTES).map(byte).collect();
        sender.write_all(&bytes)
    });
    let mut received = vec![0; BYTES];
    stream.read_exact(&mut received)?;
    sending.join().map_err(|_| io::Error::other("the sender panicked"))??;
    let same = received.iter().enumerate().all(|(index, got)| *got == byte(index));
    if same { Ok(()) } else { Err(io::Error::other("that was not what was sent")) }
}
