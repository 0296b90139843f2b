//! Whatever stands in a scenario's file is refused, or read and written back as it was meant.
#![no_main]

use levelring_sim::roundtrip;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| roundtrip::text(bytes));
