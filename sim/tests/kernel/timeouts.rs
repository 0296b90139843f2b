//! TIMEOUT, TIMEOUT_REMOVE, LINK_TIMEOUT.

use levelring::io_uring::opcode;
use levelring::io_uring::squeue::Entry;
use levelring::io_uring::types::{TimeoutFlags, Timespec};

use crate::stage::{CANCELED, IN, NOENT, Stage, TIME, nop, poll_in, soft};

/// With its nanoseconds in place of an address (IORING_TIMEOUT_IMMEDIATE_ARG).
fn immediate(nanos: usize) -> (*const Timespec, TimeoutFlags) {
    let address = core::ptr::without_provenance(nanos);
    (address, TimeoutFlags::from_bits_retain(1 << 7))
}

fn timeout(nanos: usize, count: u32, user_data: u64) -> Entry {
    let (address, flags) = immediate(nanos);
    opcode::Timeout::new(address).count(count).flags(flags).build().user_data(user_data)
}

fn link_timeout(nanos: usize, user_data: u64) -> Entry {
    let (address, flags) = immediate(nanos);
    opcode::LinkTimeout::new(address).flags(flags).build().user_data(user_data)
}

#[test]
fn timeouts_expire_in_order() {
    let mut stage = Stage::deferring();
    let entries = [timeout(2_000_000, 0, 1), timeout(1_000_000, 0, 2), timeout(1_000_000, 0, 3)];
    assert_eq!(stage.run(&entries), []);
    stage.wait_until(1);
    assert_eq!(stage.run(&[]), [(2, TIME), (3, TIME)]);
    stage.wait_until(2);
    assert_eq!(stage.run(&[]), [(1, TIME)]);
    stage.submit(&[timeout(0, 0, 4)]);
    assert_eq!(stage.reap(), [], "by way of the work");
    assert_eq!(stage.run(&[]), [(4, TIME)]);
}

#[test]
fn a_timeout_counts_completions_and_can_be_removed() {
    let mut stage = Stage::deferring();
    stage.run(&[timeout(1_000_000, 2, 1)]);
    assert_eq!(stage.run(&[nop(2)]), [(2, 0)]);
    assert_eq!(stage.run(&[nop(3)]), [(3, 0), (1, 0)]);
    stage.run(&[timeout(1_000_000, 0, 4)]);
    let remove = |user_data| opcode::TimeoutRemove::new(4).build().user_data(user_data);
    assert_eq!(stage.run(&[remove(5)]), [(5, 0), (4, CANCELED)]);
    assert_eq!(stage.run(&[remove(6)]), [(6, NOENT)]);
}

#[test]
fn a_linked_timeout_ends_what_it_limits_or_ends_with_it() {
    let mut stage = Stage::deferring();
    let [reader, writer] = stage.pipe();
    let pair = [soft(poll_in(reader, 1)), link_timeout(1_000_000, 2)];
    assert_eq!(stage.run(&pair), []);
    stage.wait_until(1);
    assert_eq!(stage.run(&[]), [(2, TIME)]);
    assert_eq!(stage.run(&[]), [(1, CANCELED)]);
    assert_eq!(stage.run(&pair), []);
    stage.write(writer);
    let mut seen = stage.run(&[]);
    seen.extend(stage.run(&[]));
    assert_eq!(seen, [(1, IN), (2, CANCELED)]);
    let mut seen = stage.run(&pair);
    seen.extend(stage.run(&[]));
    assert_eq!(seen, [(1, IN), (2, CANCELED)], "done at once");
    assert_eq!(stage.system.in_flight(stage.ring), 0);
}
