//! What was found out: slices become series, series become rows.

use crate::contender::{Entry, Freshness};
use crate::meter::Sample;
use crate::stats::Spread;
use crate::work::Work;

/// Everything found out so far.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// One row per work and contender.
    pub(crate) rows: Vec<Row>,
    /// Who could not take part, or did something it should not.
    pub(crate) notes: Vec<String>,
}

/// One contender at one work.
#[derive(Debug)]
pub(crate) struct Row {
    /// The work.
    pub(crate) work: Work,
    /// The way's name.
    pub(crate) way: &'static str,
    /// Its freshness.
    pub(crate) freshness: Freshness,
    /// CPU nanoseconds per event.
    pub(crate) ns: Spread,
    /// Nanoseconds per event on the wall: much more than `ns` means that the machine was busy.
    pub(crate) wall_ns: Spread,
    /// How many times the speed of the baseline in the same round.
    pub(crate) ratio: Spread,
    /// The loop's own system calls per event.
    pub(crate) syscalls: f64,
    /// How many handlers were called for nothing.
    pub(crate) missed: u64,
}

/// All slices of one contender at one work.
#[derive(Debug)]
pub(crate) struct Series {
    entry: Entry,
    slices: Vec<Sample>,
    ratios: Vec<f64>,
    missed: u64,
}

impl Series {
    /// None yet.
    pub(crate) const fn new(entry: Entry) -> Self {
        Self { entry, slices: Vec::new(), ratios: Vec::new(), missed: 0 }
    }

    /// Whether it is this contender's.
    pub(crate) fn is_of(&self, entry: &Entry) -> bool {
        (self.entry.way, self.entry.freshness) == (entry.way, entry.freshness)
    }

    /// Adds the slices of some rounds, with the baseline's slices of the same rounds.
    pub(crate) fn extend(&mut self, slices: &[Sample], baseline: &[Sample], missed: u64) {
        self.slices.extend(slices);
        self.ratios.extend(baseline.iter().zip(slices).map(|(base, own)| base.ns / own.ns));
        self.missed += missed;
    }

    fn row(&self, work: Work) -> Option<Row> {
        let of = |value: fn(&Sample) -> f64| Spread::of(self.slices.iter().map(value));
        Some(Row {
            work,
            way: self.entry.way,
            freshness: self.entry.freshness,
            ns: of(|slice| slice.ns)?,
            wall_ns: of(|slice| slice.wall_ns)?,
            ratio: Spread::of(self.ratios.iter().copied())?,
            syscalls: of(|slice| slice.syscalls)?.median,
            missed: self.missed,
        })
    }
}

impl Measured {
    /// The row of this contender at this work.
    pub(crate) fn row(&self, work: Work, way: &str, freshness: Freshness) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.work == work && row.way == way && row.freshness == freshness)
    }

    /// Takes note of something, once.
    pub(crate) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Makes a row of a contender's slices, if it had any.
    pub(crate) fn add(&mut self, work: Work, series: &Series) {
        let Entry { way, freshness, .. } = series.entry;
        if series.missed > 0 {
            self.note(format!(
                "{way} ({freshness}) called {} handlers in vain in {work}",
                series.missed
            ));
        }
        self.rows.extend(series.row(work));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::chosen;

    #[test]
    fn a_ratio_compares_slices_of_one_round() {
        let sample = |ns| Sample { ns, wall_ns: ns, syscalls: 1.0 };
        let mut series = Series::new(chosen(&[]).expect("all")[1]);
        // The machine slows down fivefold; the ratio does not notice.
        series.extend(&[sample(50.0)], &[sample(100.0)], 0);
        series.extend(&[sample(250.0)], &[sample(500.0)], 3);
        let mut measured = Measured::default();
        measured.add(Work::Samba, &series);
        let [row] = &measured.rows[..] else { panic!("one row") };
        assert_eq!(row.ratio, Spread { low: 2.0, median: 2.0, high: 2.0 });
        assert_eq!((row.ns.median, row.missed), (150.0, 3));
        assert_eq!(measured.notes, ["floor (none) called 3 handlers in vain in samba"]);
    }

    #[test]
    fn no_slices_no_row() {
        let mut measured = Measured::default();
        measured.add(Work::Samba, &Series::new(chosen(&[]).expect("all")[0]));
        assert!(measured.rows.is_empty() && measured.notes.is_empty());
    }
}
