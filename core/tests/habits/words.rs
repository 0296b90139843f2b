//! Words that have their place, and words that have none.

use crate::source::Source;

/// Where memory is handed to the kernel or taken by its model, and the binary that has no std.
const UNSAFE_PLACES: [&str; 11] = [
    "drivers/src/kernel/",
    "drivers/src/operation",
    "drivers/src/uring",
    "sim/src/conformance/submit.rs",
    "sim/src/kernel/memory.rs",
    "sim/src/kernel/handle/owned.rs",
    "sim/src/kernel/handle/polling.rs",
    "sim/src/kernel/handle/ring.rs",
    "sim/src/linux.rs",
    "sim/src/linux/register.rs",
    "core/no-std/",
];
/// Where `unsafe` may be when it says why.
const UNSAFE_WITH_REASON: [&str; 3] = ["tests", "examples", "benches"];
/// How far above the word its reason may begin.
const LINES_OF_REASON: usize = 4;

pub(crate) fn unsafe_out_of_place(source: &Source) -> Vec<(usize, String)> {
    if UNSAFE_PLACES.iter().any(|place| source.path.starts_with(place)) {
        return Vec::new();
    }
    let may_with_reason = source.path.split('/').any(|part| UNSAFE_WITH_REASON.contains(&part));
    source
        .find(&["unsafe"])
        .map(|at| source.tokens[at].line)
        .filter(|&line| !(may_with_reason && says_why(source, line)))
        .map(|line| (line, "`unsafe` out of its place".to_owned()))
        .collect()
}

fn says_why(source: &Source, line: usize) -> bool {
    let above = line.saturating_sub(LINES_OF_REASON + 1);
    source.text.lines().take(line).skip(above).any(|text| {
        let text = text.trim_start();
        text.starts_with("//") && (text.contains("SAFETY: ") || text.contains("# Safety"))
    })
}

pub(crate) fn left_standing(source: &Source) -> Vec<(usize, String)> {
    let words: [&[&str]; 4] =
        [&["#", "[", "ignore"], &["todo", "!"], &["unimplemented", "!"], &["dbg", "!"]];
    let mut complaints = Vec::new();
    for words in words {
        for at in source.find(words) {
            complaints.push((source.tokens[at].line, format!("`{}`", words.concat())));
        }
    }
    complaints
}

#[test]
fn unsafe_is_found_out_of_its_place() {
    let bare = "//! unsafe: a word\nfn a() {\n    unsafe { b() }\n}\n";
    let reasoned =
        "fn a() {\n    // SAFETY: b is total.\n    let c =\n        unsafe { b() };\n}\n";
    let far = "// SAFETY: too far away.\n\n\n\n\nunsafe fn a() {}\n";
    for (path, text, expected) in [
        ("core/src/arm.rs", bare, Some(3)),
        ("core/src/arm.rs", reasoned, Some(4)),
        ("drivers/src/event_loop.rs", reasoned, Some(4)),
        ("drivers/src/kernel/uring.rs", bare, None),
        ("core/no-std/src/main.rs", bare, None),
        ("drivers/tests/close.rs", bare, Some(3)),
        ("drivers/tests/close.rs", reasoned, None),
        ("drivers/examples/pipes/main.rs", reasoned, None),
        ("drivers/tests/close.rs", far, Some(6)),
        ("core/src/lib.rs", "#![forbid(unsafe_code)]", None),
    ] {
        let lines = unsafe_out_of_place(&Source::new(path, text));
        let lines: Vec<usize> = lines.into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, Vec::from_iter(expected), "{path}: {text}");
    }
}

#[test]
fn what_was_left_standing_is_found() {
    let text = "// todo!()\n#[ignore = \"later\"]\nfn a() { todo!() }\n\
                fn b() { unimplemented!(\"b\") }\nfn c() { dbg!(1); \"dbg!(1)\" }\n";
    let complaints = left_standing(&Source::new("a.rs", text));
    let expected = [(2, "`#[ignore`"), (3, "`todo!`"), (4, "`unimplemented!`"), (5, "`dbg!`")];
    assert_eq!(complaints, expected.map(|(line, what)| (line, what.to_owned())));
    assert_eq!(left_standing(&Source::new("a.rs", "fn ignore() { todo(); }")), []);
}
