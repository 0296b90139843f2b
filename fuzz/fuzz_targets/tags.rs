//! What travels to the kernel and back is what it was.
#![no_main]

use levelring_sim::roundtrip;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| roundtrip::tag(bytes));
