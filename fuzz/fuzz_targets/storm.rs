//! The production loop in a random world, under four nets: the bytes are the entropy.
#![no_main]

use levelring_sim::storm;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let outcome = storm::run(bytes);
    assert!(outcome.failure.is_none(), "{}\n{:?}", outcome.script, outcome.failure);
});
