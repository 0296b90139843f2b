//! The table: bug, guarantee, net, seeds.

use core::fmt::Write as _;

use super::hunts::Row;

pub(super) fn name(row: &Row) -> &'static str {
    row.bug.name()
}

/// One line of the table.
pub(super) fn line(row: &Row) -> String {
    let Row { bug, net, within, found } = row;
    let (by, seeds, text) = found.as_ref().map_or_else(
        || (format!("**not by {}**", net.name()), String::new(), String::new()),
        |found| (found.by.clone(), found.seeds.to_string(), shortened(&found.text)),
    );
    let (name, guarantee, what) = (bug.name(), bug.guarantee(), bug.what());
    format!("| `{name}` | {guarantee} | {by} | {within} | {seeds} | {what} | {text} |")
}

/// A table of Markdown.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = "| bug | breaks | found by | within | seeds needed | what is wrong | said |\n\
                    | --- | --- | --- | --: | --: | --- | --- |\n"
        .to_owned();
    for row in rows {
        let _ = writeln!(text, "{}", line(row));
    }
    text
}

/// The particulars differ from seed to seed; the beginning says what did not hold.
fn shortened(text: &str) -> String {
    let text = text.trim_start_matches("assertion `left == right` failed: ");
    let short: String = text.chars().take(70).collect();
    let short = short.replace('|', "+").replace('<', "(").replace('>', ")");
    if short.len() < text.len() { format!("{short} ...") } else { short }
}

/// Puts the table where the documentation is.
pub(super) fn write(table: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/PLANTED.md");
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let above = before.split(MARK).next().unwrap_or_default();
    std::fs::write(path, format!("{above}{MARK}{table}")).expect("the table is written");
}

const MARK: &str =
    "<!-- made by `levelring-sim bugs --all --write`; what is below is not written by hand -->\n\n";
