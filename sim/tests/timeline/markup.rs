//! Whether a page is well-formed: strictly, as XML would have it.

/// Elements in the order they begin, with what is in their tag; panics if they are not nested.
pub(super) fn elements(page: &str) -> Vec<String> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a page");
    let (mut open, mut all): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at]);
        let (tag, after) = rest[at + 1..].split_once('>').expect("a tag ends");
        assert!(!tag.contains('<'), "a tag within a tag: {tag}");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let innermost = open.pop();
            assert_eq!(innermost.as_deref(), Some(name), "nested");
            continue;
        }
        let (whole, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = whole.split_once(' ').unwrap_or((whole, ""));
        check_attributes(attributes);
        all.push(whole.to_owned());
        if closed {
            continue;
        }
        if name == "style" || name == "script" {
            // Their text is no markup.
            let end = format!("</{name}>");
            let (_, after) = rest.split_once(&end).expect("it ends");
            rest = after;
        } else {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, [""; 0], "all is closed");
    all
}

/// `name="value"`, one after another.
fn check_attributes(text: &str) {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no value: {text:?}"));
        let plain = |letter: char| letter.is_ascii_lowercase() || matches!(letter, '-' | 'B');
        assert!(
            name.trim().chars().all(|letter| plain(letter) || letter.is_ascii_digit()),
            "{name}"
        );
        let (value, after) = after.split_once('"').expect("a value ends");
        check_text(value);
        rest = after.trim();
    }
}

fn check_text(text: &str) {
    for (at, _) in text.match_indices('&') {
        let (entity, _) = text[at + 1..].split_once(';').expect("an entity ends");
        let known = ["amp", "lt", "gt", "quot"].contains(&entity);
        assert!(known || entity.starts_with('#'), "&{entity};");
    }
}

#[test]
fn what_is_not_well_formed_is_found() {
    let page = |body: &str| format!("<!DOCTYPE html><html>{body}</html>");
    assert_eq!(elements(&page("<b a=\"1\">x</b><br/>")), ["html", "b a=\"1\"", "br"]);
    for bad in ["<b>", "</b>", "<b><i></b></i>", "<b a=1></b>", "a & b", "<b a=\"&x\"></b>"] {
        let found = std::panic::catch_unwind(|| elements(&page(bad)));
        assert!(found.is_err(), "{bad}");
    }
}
