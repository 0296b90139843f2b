//! One program on every driver and way: all keep the same promises.
#![no_main]

use levelring_sim::differential;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(different) = differential::run(bytes) {
        panic!("{}\n{:?}", different.script, different.failure);
    }
});
