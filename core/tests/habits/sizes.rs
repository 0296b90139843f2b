//! How long a line, a function and a file may be.

use crate::source::Source;

const LINE: usize = 100;
const FUNCTION: usize = 70;
const FILE: usize = 400;

pub(crate) fn long_lines(source: &Source) -> Vec<(usize, String)> {
    let lengths = source.text.lines().map(|line| line.chars().count());
    (1..)
        .zip(lengths)
        .filter(|&(_, length)| length > LINE)
        .map(|(line, length)| (line, format!("a line of {length} characters, over {LINE}")))
        .collect()
}

pub(crate) fn long_file(source: &Source) -> Vec<(usize, String)> {
    let lines = source.text.lines().count();
    let complaint = (lines, format!("a file of {lines} lines, over {FILE}"));
    Vec::from_iter((lines > FILE).then_some(complaint))
}

pub(crate) fn long_functions(source: &Source) -> Vec<(usize, String)> {
    let mut complaints = Vec::new();
    for at in source.find(&["fn"]) {
        // A name sets a function apart from the type of a pointer to one.
        if source.word(at + 1) == "(" {
            continue;
        }
        let first = source.tokens[at].line;
        let lines = last_line(source, at).map_or(1, |last| last - first + 1);
        if lines > FUNCTION {
            let name = source.word(at + 1);
            complaints.push((first, format!("`{name}` has {lines} lines, over {FUNCTION}")));
        }
    }
    complaints
}

/// The line of the brace that closes the function at this `fn`, if it has a body.
fn last_line(source: &Source, at: usize) -> Option<usize> {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for token in &source.tokens[at..] {
        match token.text.as_str() {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets = brackets.saturating_sub(1),
            // Within brackets of the signature: an array's length.
            ";" if braces == 0 && brackets == 0 => return None,
            "{" => braces += 1,
            "}" => braces = braces.saturating_sub(1),
            _ => continue,
        }
        if token.text == "}" && braces == 0 {
            return Some(token.line);
        }
    }
    None
}

#[test]
fn a_line_over_the_limit_is_found() {
    let text = format!("{}\n{}\n", "a".repeat(LINE), "ä".repeat(LINE + 1));
    let complaints = long_lines(&Source::new("a.rs", &text));
    assert_eq!(complaints, [(2, "a line of 101 characters, over 100".to_owned())]);
}

#[test]
fn a_file_over_the_limit_is_found() {
    let of = |lines| Source::new("a.rs", &"x\n".repeat(lines));
    assert_eq!(long_file(&of(FILE)), []);
    assert_eq!(long_file(&of(FILE + 1)), [(401, "a file of 401 lines, over 400".to_owned())]);
}

#[test]
fn a_function_over_the_limit_is_found() {
    let of = |lines: usize| {
        let body = "    if x == '}' { \"}\" } else { fn_pointer }; // }\n".repeat(lines - 3);
        let text = format!(
            "trait T {{ fn none(&self, a: [u8; 4]); }}\ntype P = fn(u8);\n\
             pub(crate) unsafe extern \"C\" fn long<T>(\n    a: [T; 2]) {{\n{body}}}\n\
             fn short() {{}}\n"
        );
        long_functions(&Source::new("a.rs", &text))
    };
    assert_eq!(of(FUNCTION), []);
    assert_eq!(of(FUNCTION + 1), [(3, "`long` has 71 lines, over 70".to_owned())]);
}
