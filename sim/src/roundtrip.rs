//! What is written is read as it was meant, whatever hostile bytes it was made of.

use levelring_core::{Completion, Readiness, Tag};

use crate::conformance::Scenario;
use crate::storm::Script;

/// Whatever stands in a scenario's file is refused, or read and written back as it was meant.
///
/// # Panics
///
/// When a text is read as one thing and written back as another.
pub fn text(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Ok(scenarios) = Scenario::read_all(text) {
        let each: Vec<String> = scenarios.iter().map(ToString::to_string).collect();
        let written = each.join("\n");
        assert_eq!(Scenario::read_all(&written).as_ref(), Ok(&scenarios), "{written}");
    }
    if let Ok(script) = text.parse::<Script>() {
        let written = script.to_string();
        assert_eq!(written.parse::<Script>().map(|again| again.to_string()), Ok(written));
    }
}

/// What travels to the kernel and back, eight bytes of a number and one of readiness, is what it
/// was. Bytes that are missing are zero.
///
/// # Panics
///
/// When two numbers are one tag, or a poll's number is none.
pub fn tag(bytes: &[u8]) {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let number = u64::from_le_bytes(core::array::from_fn(byte));
    match Tag::decode(number) {
        Some(tag) => assert_eq!(tag.encode(), number, "one number, one tag"),
        None => assert!(!matches!(number >> 60, 1 | 2), "each number of a poll is a tag"),
    }
    let seen = Readiness::from_bits(byte(8));
    let report = Completion::report(number, seen);
    assert_eq!((report.user_data, report.result), (number, i32::from(seen.bits())));
}
