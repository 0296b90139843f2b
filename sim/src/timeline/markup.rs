//! Text that goes into a page.

use super::run::Subject;

/// Text as markup: nothing in it is taken for a tag, or ends an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(letter),
            // Not to be had in a page, not even escaped; nor what turns the text around.
            _ if letter.is_control() || is_bidirectional(letter) => escaped.push('\u{fffd}'),
            _ => escaped.push(letter),
        }
    }
    escaped
}

const fn is_bidirectional(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The attribute that says what a thing is about, if it is about anything.
pub(super) fn about(subjects: &[Subject]) -> String {
    if subjects.is_empty() {
        return String::new();
    }
    let names: Vec<String> = subjects.iter().map(Subject::to_string).collect();
    format!(" data-k=\"{}\"", names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_markup() {
        assert_eq!(
            escape("</title><b a='\"'>&"),
            "&lt;/title&gt;&lt;b a=&#39;&quot;&#39;&gt;&amp;"
        );
        assert_eq!(escape("a\u{0}b\u{1b}c\u{202e}d\ne"), "a\u{fffd}b\u{fffd}c\u{fffd}d\ne");
        assert_eq!(escape("r0\u{b7}A \u{25b2}"), "r0\u{b7}A \u{25b2}");
    }

    #[test]
    fn subjects_are_words_of_one_attribute() {
        assert_eq!(about(&[]), "");
        assert_eq!(about(&[Subject::Registration(3), Subject::File(7)]), " data-k=\"r3 f7\"");
    }
}
