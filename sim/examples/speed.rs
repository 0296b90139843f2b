//! How fast the model is: states per second for an explorer, turns per second for a loop.
//!
//! `cargo run --release -p levelring-sim --example speed`

#![expect(clippy::print_stdout, reason = "what it is for")]
#![expect(clippy::disallowed_methods, reason = "it takes the time")]

use core::hash::{Hash, Hasher};
use core::hint::black_box;
use core::time::Duration;
use std::hash::DefaultHasher;
use std::time::Instant;

use levelring::io_uring::{opcode, types};
use levelring::kernel::{RingSetup, Sqe, mask};
use levelring::{DriverKind, EventLoop, Fired, Interest, Way};
use levelring_sim::explore::Folding;
use levelring_sim::{Calls, Plain, SimFile, SimKernel, Step, System};

/// How often each thing is done.
const TIMES: u32 = 500_000;

fn main() {
    state();
    steps();
    for (kind, way) in [
        (DriverKind::Uring, Way::Auto),
        (DriverKind::Uring, Way::PollAdd),
        (DriverKind::Uring, Way::EpollOnRing),
        (DriverKind::Epoll, Way::Auto),
        (DriverKind::Poll, Way::Auto),
    ] {
        turns(kind, way);
    }
}

fn measure(what: &str, mut once: impl FnMut()) {
    let start = Instant::now();
    for _ in 0..TIMES {
        once();
    }
    let nanos = start.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES);
    println!("{what:<48}{nanos:>8.0} ns {:>12.0} /s", 1e9 / nanos);
}

fn hash<H: Hasher + Default>(system: &System) -> u64 {
    let mut hasher = H::default();
    system.hash(&mut hasher);
    hasher.finish()
}

fn poll(fd: i32, user_data: u64) -> Sqe {
    let entry = opcode::PollAdd::new(types::Fd(fd), mask::IN).build();
    Sqe::from(&entry.user_data(user_data))
}

fn state() {
    let mut system = System::new();
    let ring = system.ring(&RingSetup::default()).expect("a ring").ring;
    for number in 0..2 {
        let [reader, _] = system.pipe().expect("a pipe");
        system.push(ring, poll(reader, number));
    }
    let Step::Returned(_) = system.enter(&mut Plain, ring, 2, 0) else { return };
    measure("clone, of 2 pipes and 2 polls on a ring", || drop(black_box(system.clone())));
    measure("hash, SipHash", || {
        black_box(hash::<DefaultHasher>(&system));
    });
    measure("hash, of the explorer", || {
        black_box(hash::<Folding>(&system));
    });
    measure("clone and hash, of the explorer", || {
        let copy = black_box(system.clone());
        black_box(hash::<Folding>(&copy));
    });
    measure("check", || system.check());
}

fn steps() {
    let mut system = System::new();
    let ring = system.ring(&RingSetup::default()).expect("a ring").ring;
    let [reader, writer] = system.pipe().expect("a pipe");
    measure("push, enter, write, enter, pop, read", || {
        system.push(ring, poll(reader, 1));
        let _ = black_box(system.enter(&mut Plain, ring, 1, 0));
        let _ = system.write(writer, b"x");
        let _ = black_box(system.enter(&mut Plain, ring, 0, 1));
        black_box(system.pop(ring));
        let _ = system.read(reader, &mut [0]);
    });
}

fn turns(kind: DriverKind, way: Way) {
    const PIPES: usize = 10;
    let kernel = SimKernel::new();
    let builder = EventLoop::builder().driver(kind).way(way);
    let mut events = EventLoop::on(builder.build_reactor_on(kernel.clone()).expect("a loop"));
    for _ in 0..PIPES {
        let [reader, writer] = kernel.pipe().expect("a pipe");
        kernel.write(writer, b"x").expect("write");
        let own = kernel.clone();
        let handler = move |_: &mut _, Fired { source, .. }: Fired<'_, SimFile>| {
            let mut byte = [0];
            own.read(source.number(), &mut byte).expect("read");
            own.write(writer, &byte).expect("write");
        };
        events.add(SimFile::new(kernel.clone(), reader), Interest::READ, handler).expect("add");
    }
    measure(&format!("turn of {kind} {way}, {PIPES} busy pipes"), || {
        events.turn(Some(Duration::ZERO)).expect("turn");
    });
}
