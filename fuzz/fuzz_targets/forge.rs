//! The core against its reference, under commands and completions of every kind.
#![no_main]

use levelring_sim::forge;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = forge::run(bytes);
});
