//! The same numbers for programs.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::machine::Machine;
use crate::measured::{Measured, Row};
use crate::schedule::Schedule;
use crate::stats::Spread;

#[derive(Serialize)]
struct Document<'a> {
    kernel: &'a str,
    processor: &'a str,
    cores: usize,
    features: &'a str,
    rounds: u32,
    slice_ms: f64,
    rows: Vec<Line>,
    notes: Vec<&'a str>,
}

/// One row. `ns` and `ratio` are medians; `spread` is the interquartile range of the ratio as a
/// part of it.
#[derive(Serialize)]
struct Line {
    work: String,
    way: &'static str,
    freshness: &'static str,
    ns: f64,
    ratio: f64,
    spread: f64,
    syscalls: f64,
    events_per_second: f64,
    missed: u64,
    ns_quartiles: Spread,
    wall_ns_quartiles: Spread,
    ratio_quartiles: Spread,
}

/// Writes the document.
pub(crate) fn write(
    path: &Path,
    machine: &Machine,
    schedule: &Schedule,
    measured: &Measured,
) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer_pretty(&mut file, &document(machine, schedule, measured))?;
    writeln!(file)?;
    file.flush()
}

fn document<'a>(
    machine: &'a Machine,
    schedule: &'a Schedule,
    measured: &'a Measured,
) -> Document<'a> {
    Document {
        kernel: &machine.kernel,
        processor: &machine.processor,
        cores: machine.cores,
        features: &machine.features,
        rounds: schedule.sittings * schedule.rounds,
        slice_ms: schedule.slice.as_secs_f64() * 1e3,
        rows: measured.rows.iter().map(line).collect(),
        notes: schedule.refused.iter().chain(&measured.notes).map(String::as_str).collect(),
    }
}

fn line(row: &Row) -> Line {
    Line {
        work: row.work.to_string(),
        way: row.way,
        freshness: row.freshness.word(),
        ns: row.ns.median,
        ratio: row.ratio.median,
        spread: row.ratio.relative(),
        syscalls: row.syscalls,
        events_per_second: 1e9 / row.ns.median,
        missed: row.missed,
        ns_quartiles: row.ns,
        wall_ns_quartiles: row.wall_ns,
        ratio_quartiles: row.ratio,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Freshness;
    use crate::work::Work;

    #[test]
    fn a_row_has_the_names_readers_rely_on() {
        let ns = Spread { low: 400.0, median: 500.0, high: 600.0 };
        let ratio = Spread { low: 0.9, median: 1.0, high: 1.1 };
        let row = Row {
            work: Work::Busy { pipes: 50 },
            way: "auto",
            freshness: Freshness::Batch64,
            ns,
            wall_ns: ns,
            ratio,
            syscalls: 0.5,
            missed: 0,
        };
        let json = serde_json::to_value(line(&row)).expect("a row");
        assert_eq!(json["work"], "pipes-50");
        assert_eq!(json["way"], "auto");
        assert_eq!(json["freshness"], "batch-64");
        assert_eq!(json["ns"], 500.0);
        assert_eq!(json["ratio"], 1.0);
        assert_eq!(json["syscalls"], 0.5);
        assert_eq!(json["events_per_second"], 2e6);
        let floor = line(&Row { freshness: Freshness::Unchecked, ..row });
        assert_eq!(floor.freshness, "hints", "one of three words");
    }
}
