//! A source file as the checks see it: its text, and its code as tokens, free of comments and
//! literals.

/// A file of the workspace.
pub(crate) struct Source {
    /// Where it is, from the root of the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

/// A word (a name, keyword or number) or one character of punctuation, with its line from 1.
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), tokens: tokens(&blank(text)) }
    }

    /// The positions at which the tokens read like this.
    pub(crate) fn find<'a>(&'a self, words: &'a [&str]) -> impl Iterator<Item = usize> + 'a {
        (0..self.tokens.len()).filter(move |&at| self.reads(at, words))
    }

    pub(crate) fn reads(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(offset, word)| self.word(at + offset) == *word)
    }

    /// The token there; nothing, beyond the end.
    pub(crate) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let mut within_word = false;
        for letter in text.chars() {
            let continues = within_word && is_name(letter);
            match tokens.last_mut() {
                Some(word) if continues => word.text.push(letter),
                _ if letter.is_whitespace() => {}
                _ => tokens.push(Token { line, text: letter.to_string() }),
            }
            within_word = is_name(letter);
        }
    }
    tokens
}

fn is_name(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

/// The text with spaces for comments and for what is within quotes; every line stays where it is.
fn blank(text: &str) -> String {
    let text: Vec<char> = text.chars().collect();
    let mut code = String::new();
    let mut at = 0;
    while at < text.len() {
        let end = end_of_blank(&text, at);
        for &letter in &text[at..end] {
            code.push(if letter == '\n' { '\n' } else { ' ' });
        }
        if end == at {
            code.push(text[at]);
        }
        at = end.max(at + 1);
    }
    code
}

/// Where the comment or literal that begins here ends; `at` itself when none does.
fn end_of_blank(text: &[char], at: usize) -> usize {
    let here = |ahead: usize| text.get(at + ahead).copied().unwrap_or(' ');
    match (here(0), here(1), here(2)) {
        ('/', '/', _) => find(text, at, |rest| rest[0] == '\n'),
        ('/', '*', _) => end_of_comment(text, at),
        ('"', ..) => end_of_quotes(text, at + 1, '"'),
        ('\'', '\\', _) | ('\'', _, '\'') => end_of_quotes(text, at + 1, '\''),
        ('r', '"' | '#', _) if begins_a_raw_string(text, at) => end_of_raw_string(text, at + 1),
        _ => at,
    }
}

fn find(text: &[char], from: usize, is_there: impl Fn(&[char]) -> bool) -> usize {
    (from..text.len()).find(|&at| is_there(&text[at..])).unwrap_or(text.len())
}

fn end_of_comment(text: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < text.len() {
        match text[at..] {
            ['/', '*', ..] => (at, depth) = (at + 2, depth + 1),
            ['*', '/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_quotes(text: &[char], from: usize, quote: char) -> usize {
    let mut at = from;
    while at < text.len() && text[at] != quote {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    text.len().min(at + 1)
}

fn begins_a_raw_string(text: &[char], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or(' ', |at| text[at]);
    let starts_a_word = match before(1) {
        'b' | 'c' => !is_name(before(2)),
        other => !is_name(other),
    };
    starts_a_word && text[find(text, at + 1, |rest| rest[0] != '#')..].starts_with(&['"'])
}

fn end_of_raw_string(text: &[char], from: usize) -> usize {
    let quote = find(text, from, |rest| rest[0] == '"');
    let close: Vec<char> =
        core::iter::once('"').chain(core::iter::repeat_n('#', quote - from)).collect();
    text.len().min(find(text, quote + 1, |rest| rest.starts_with(&close)) + close.len())
}

#[test]
fn comments_and_literals_are_no_code() {
    let blanked = |text: &str| blank(text).split_whitespace().collect::<Vec<_>>().join(" ");
    for (text, code) in [
        ("a // unsafe\nb", "a b"),
        ("a /* one /* two */ one */ b", "a b"),
        ("a(\"todo!() \\\" {\", b)", "a( , b)"),
        ("a(r#\"\"unsafe\" {\"#, b)", "a( , b)"),
        ("a(br\"\\\", b)", "a(b , b)"),
        ("var\"x\"", "var"),
        ("'{' '\\'' '\\u{7d}' x", "x"),
        ("fn a<'a>(b: &'a str) {}", "fn a<'a>(b: &'a str) {}"),
        ("r#type", "r#type"),
        ("\"never closed", ""),
    ] {
        assert_eq!(blanked(text), code, "of {text}");
    }
}

#[test]
fn tokens_know_their_lines() {
    let source = Source::new("a.rs", "use a::b_1;\n\n// fn\n  x!{ }");
    let found: Vec<_> = source.tokens.iter().map(|t| (t.line, t.text.as_str())).collect();
    let first = ["use", "a", ":", ":", "b_1", ";"].map(|word| (1, word));
    assert_eq!(found, [&first[..], &["x", "!", "{", "}"].map(|word| (4, word))].concat());
}
