//! A chat on Linux, or in as many simulated worlds as you like. The program is the same.
//!
//! ```text
//! cargo run -p levelring-sim --example chat -- --listen 7000    # then: nc localhost 7000
//! cargo run -p levelring-sim --example chat -- --once           # a few clients of its own, on TCP
//! cargo run -p levelring-sim --example chat -- --worlds 1000
//! cargo run -p levelring-sim --example chat --features chat-bug -- --worlds 1000
//! ```
//!
//! The last one fails: it prints what happened in the simplest world that shows the bug, and a line
//! to see that world again. The bug is in `outbox.rs`.

#![expect(clippy::print_stdout, reason = "a program that reports")]

mod client;
mod outbox;
mod server;
mod trial;

use core::error::Error;
use core::time::Duration;

use clap::Parser;
use levelring::EventLoop;
use levelring_sim::world::{Sockets, Tcp, Timer, Trials};

use client::{Part, heard_rightly, join};

/// Whether the program has its bug.
const HASTY: bool = cfg!(feature = "chat-bug");

/// A chat on Linux, or in simulated worlds.
#[derive(Parser)]
struct Options {
    /// At which port of this machine to open a room
    #[arg(long, default_value_t = 0)]
    listen: u16,
    /// Have a few clients of its own talk over TCP, check what they heard, and end
    #[arg(long)]
    once: bool,
    /// In how many worlds to run instead
    #[arg(long)]
    worlds: Option<u64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    if let Some(worlds) = options.worlds {
        let (start, mut turns, mut hash) = (Tcp::default().now(), 0, 0_u64);
        Trials::new().check(0..worlds, |world| {
            trial::chat(world, HASTY);
            turns += world.turns();
            hash = hash.rotate_left(1) ^ world.trace_hash();
        });
        let took = Tcp::default().now() - start;
        println!("{worlds} worlds and {turns} turns in {took:?}, all in order; hash {hash:016x}");
        return Ok(());
    }
    let net = Tcp::default();
    let mut events = EventLoop::new()?;
    let port = server::serve(&mut events, &net, options.listen, HASTY)?;
    println!("a room at port {port}, on the {} driver", events.report().chosen);
    if options.once {
        return talk(events, &net, port);
    }
    Ok(events.run()?)
}

/// Clients talk over TCP, on the server's own loop.
fn talk(mut events: EventLoop<'static>, net: &Tcp, port: u16) -> Result<(), Box<dyn Error>> {
    let pause = Duration::from_millis(2);
    let parts = ["ann", "bob", "cyd"].map(|name| Part { name: name.to_owned(), lines: 50, pause });
    let mut heard = Vec::new();
    for part in &parts {
        heard.push(join(&mut events, net, ("127.0.0.1", port), part.clone())?);
    }
    let curfew = net.timer()?;
    curfew.set(Some(Duration::from_secs(1)))?;
    events.add(curfew, levelring::Interest::READ, |events, _| events.stop())?;
    events.run()?;
    for (listener, log) in parts.iter().zip(&heard) {
        let log = log.borrow();
        println!("{} said {}, and heard {}", listener.name, log.said, log.lines.len());
        for speaker in parts.iter().filter(|other| other.name != listener.name) {
            heard_rightly(&listener.name, &log, speaker)?;
        }
    }
    Ok(())
}
