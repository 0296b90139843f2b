//! Horizontal bars: events per CPU-second, one event at a time on the left, batches on the right.

use core::fmt::Write as _;

use crate::contender::Entry;
use crate::measured::{Measured, Row};
use crate::work::Work;

/// How many characters the longest bar has.
const WIDTH: usize = 24;

/// The works that tell the ways apart; `None` of them need have been measured.
const SHOWN: [&str; 4] = ["samba", "pipes-50", "ring-100-1", "ring-100-100"];

/// The charts of the main works, or of whatever was measured if none of those was.
pub(crate) fn charts(works: &[Work], entries: &[Entry], measured: &Measured) -> String {
    let main = |work: &&Work| SHOWN.contains(&work.to_string().as_str());
    let mut shown: Vec<_> = works.iter().filter(main).collect();
    if shown.is_empty() {
        shown = works.iter().collect();
    }
    let mut text = String::new();
    for work in shown {
        if measured.rows.iter().any(|row| row.work == *work) {
            _ = writeln!(text, "{}", chart(*work, entries, measured));
        }
    }
    text
}

/// One work's bars, all to one scale.
fn chart(work: Work, entries: &[Entry], measured: &Measured) -> String {
    let rows = || measured.rows.iter().filter(|row| row.work == work);
    let longest = rows().map(per_second).fold(0.0, f64::max);
    let mut text = format!("{work:<20} {:<33}batches\n", "one at a time");
    let mut ways: Vec<&str> = Vec::new();
    for entry in entries {
        if ways.contains(&entry.way) {
            continue;
        }
        ways.push(entry.way);
        let side = |one_at_a_time| {
            let mut own = rows().filter(|row| row.way == entry.way);
            own.find(|row| row.freshness.one_at_a_time() == one_at_a_time)
                .map_or(String::new(), |row| bar(per_second(row), longest))
        };
        let line = format!("{:<20} {:<33}{}", entry.way, side(true), side(false));
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn per_second(row: &Row) -> f64 {
    1e9 / row.ns.median
}

/// A bar with its number behind it, such as `██████▌ 1.25 M`.
fn bar(value: f64, longest: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = eighths(value / longest);
    let number =
        if value < 1e6 { format!("{:.0} k", value / 1e3) } else { format!("{:.2} M", value / 1e6) };
    format!("{}{} {number}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to a width")]
fn eighths(share: f64) -> usize {
    (share.clamp(0.0, 1.0) * (8 * WIDTH) as f64).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion() {
        assert_eq!(bar(2e6, 2e6), format!("{} 2.00 M", "█".repeat(WIDTH)));
        assert_eq!(bar(1e6, 2e6), format!("{} 1.00 M", "█".repeat(WIDTH / 2)));
        assert_eq!(bar(125e3, 2e6), format!("{} 125 k", "█▌"));
        assert_eq!(bar(1.0, 2e6), " 0 k");
    }

    #[test]
    fn a_bar_fits_its_column() {
        assert!(bar(1.23e6, 1.23e6).chars().count() < 33);
    }
}
