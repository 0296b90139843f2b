//! What travels to the kernel and back is what it was.
#![no_main]

use levelring_core::{Completion, Readiness, Tag};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|said: (u64, u8)| {
    let (number, bits) = said;
    match Tag::decode(number) {
        Some(tag) => assert_eq!(tag.encode(), number, "one number, one tag"),
        None => assert!(!matches!(number >> 60, 1 | 2), "each number of a poll is a tag"),
    }
    let seen = Readiness::from_bits(bits);
    let report = Completion::report(number, seen);
    assert_eq!((report.user_data, report.result), (number, i32::from(seen.bits())));
});
