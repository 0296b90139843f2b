//! What is printed: where this ran, the tables, the charts, and how to read them.

use core::fmt::Write as _;

use crate::chart;
use crate::contender::Entry;
use crate::machine::Machine;
use crate::measured::{Measured, Row};
use crate::schedule::Schedule;
use crate::table::Table;
use crate::work::Work;

const HOW_TO_READ: &str = "\
How to read this: a cell is the speed as a multiple of epoll-wait-1, the loop that asks the kernel
for one event at a time (x1.18: in the same CPU time, 18 % more events), and CPU nanoseconds per
event, the handler's own read and write included; so the floor, handlers without any loop, is the
best there can be. Medians of interleaved rounds: compare within this run, not across machines. The
spread is that of single slices, a median of 90 is some five times steadier: differences of one or
two percent mean nothing, with 1000 pipes those of four. A strict loop calls a handler only if its
fd is ready at that moment; a batch-64 loop may call one whose bytes another handler of the same
batch has just taken, but never one that was removed; with hints nobody checks even that.
samba: one pipe, a reader and a writer. pipes-50: 50 of these, always ready. ring-N-A: N pipes in a
ring, A bytes travelling; who gets one passes it on.";

/// Who measures what, where.
pub(crate) fn header(machine: &Machine, schedule: &Schedule) -> String {
    let Machine { kernel, processor, cores, features } = machine;
    let mut text = format!("The pipe table\n\nLinux {kernel}, {cores} cores, {processor}\n");
    for line in features.lines() {
        _ = writeln!(text, "  {line}");
    }
    let (rounds, slice) = (schedule.sittings * schedule.rounds, schedule.slice.as_secs_f64() * 1e3);
    _ = writeln!(text, "{rounds} rounds, slices of {slice:.1} ms");
    for refused in &schedule.refused {
        _ = writeln!(text, "{refused}");
    }
    text
}

/// All results.
pub(crate) fn body(works: &[Work], entries: &[Entry], measured: &Measured) -> String {
    let page = Page { works, entries, measured };
    let ratio = |row: &Row| format!("x{:.2} {:>5.0}", row.ratio.median, row.ns.median);
    let syscalls = |row: &Row| format!("{:.2}", row.syscalls);
    let spread =
        |row: &Row| format!("{:.0} %", 100.0 * row.ns.relative().max(row.ratio.relative()));
    let mut text = String::new();
    for (title, table) in [
        (
            "Strict: ready when the handler is called (speed, CPU ns per event)",
            page.table(|entry| entry.freshness.one_at_a_time(), ratio),
        ),
        (
            "Batches: ready when the batch began (speed, CPU ns per event)",
            page.table(|entry| !entry.freshness.one_at_a_time(), ratio),
        ),
        ("The loop's own system calls per event", page.table(|_| true, syscalls)),
        (
            "Spread: the middle half of the rounds, as a part of the median",
            page.table(|_| true, spread),
        ),
    ] {
        _ = writeln!(text, "{title}\n\n{table}");
    }
    _ = writeln!(text, "Events per CPU-second\n\n{}", chart::charts(works, entries, measured));
    for note in &measured.notes {
        _ = writeln!(text, "Note: {note}");
    }
    if !measured.notes.is_empty() {
        text.push('\n');
    }
    text + HOW_TO_READ
}

/// What every table is drawn from.
struct Page<'a> {
    works: &'a [Work],
    entries: &'a [Entry],
    measured: &'a Measured,
}

impl Page<'_> {
    /// A row per contender shown, a column per work measured.
    fn table(&self, shown: impl Fn(&Entry) -> bool, cell: impl Fn(&Row) -> String) -> Table {
        let has_rows = |work: &&Work| self.measured.rows.iter().any(|row| row.work == **work);
        let works: Vec<_> = self.works.iter().filter(has_rows).collect();
        let head = works.iter().map(|work| work.to_string());
        let mut table = Table::new([String::new()].into_iter().chain(head));
        for entry in self.entries.iter().filter(|entry| shown(entry)) {
            let cells = works.iter().map(|work| {
                let row = self.measured.row(**work, entry.way, entry.freshness);
                row.map_or("-".to_owned(), &cell)
            });
            table.row([format!("{} ({})", entry.way, entry.freshness)].into_iter().chain(cells));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::chosen;
    use crate::stats::Spread;

    #[test]
    fn a_contender_that_did_not_run_leaves_a_dash() {
        let entries = chosen(&["floor".to_owned()]).expect("known ways");
        let ns = Spread { low: 900.0, median: 1000.0, high: 1100.0 };
        let row = Row {
            work: Work::Samba,
            way: entries[0].way,
            freshness: entries[0].freshness,
            ns,
            wall_ns: ns,
            ratio: Spread { low: 1.0, median: 1.0, high: 1.0 },
            syscalls: 1.0,
            missed: 0,
        };
        let measured = Measured { rows: vec![row], notes: vec!["floor fell through".to_owned()] };
        let works = [Work::Samba, Work::Busy { pipes: 50 }];
        let text = body(&works, &entries, &measured);
        assert!(text.contains("epoll-wait-1 (strict)  x1.00  1000\n"), "{text}");
        assert!(text.contains("floor (none)                     -\n"), "{text}");
        assert!(!text.contains("pipes-50  "), "not measured, so no column: {text}");
        assert!(text.contains("Note: floor fell through\n"), "{text}");
    }
}
