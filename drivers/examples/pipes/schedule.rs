//! Who runs beside whom, and for how long.

use core::time::Duration;

use crate::contender::Entry;
use crate::limits;
use crate::meter;
use crate::options::Options;
use crate::work::Work;

/// How often contenders and pipes are set up anew, if there are rounds enough.
const SITTINGS: u32 = 5;

/// However late it is, a slice has to hold some events.
const SHORTEST: Duration = Duration::from_micros(500);

/// One work, and who does it.
#[derive(Debug)]
pub(crate) struct Part {
    /// What they do.
    pub(crate) work: Work,
    /// Contenders that are set up together and take turns; the baseline is the first of each group.
    pub(crate) groups: Vec<Vec<Entry>>,
}

/// The whole run.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// One after the other.
    pub(crate) parts: Vec<Part>,
    /// How often everybody is set up anew.
    pub(crate) sittings: u32,
    /// How many slices everybody gets in a sitting.
    pub(crate) rounds: u32,
    /// How long a slice is meant to be.
    pub(crate) slice: Duration,
    /// When all is to be over, in nanoseconds of the wall's clock.
    deadline: u64,
    /// What cannot run at all, and why.
    pub(crate) refused: Vec<String>,
}

impl Schedule {
    /// Divides the time among all. Where the files that may be open do not suffice for everybody
    /// at once, a work is done by several groups in turn, each with a baseline of its own.
    pub(crate) fn draw_up(works: &[Work], entries: &[Entry], room: u64, options: &Options) -> Self {
        let (mut parts, mut refused) = (Vec::new(), Vec::new());
        for &work in works {
            let needed = limits::files_of(work);
            let at_once = usize::try_from(room / needed).expect("a count");
            match divide(entries, at_once) {
                Some(groups) => parts.push(Part { work, groups: groups.collect() }),
                None => refused.push(format!(
                    "{work} cannot run: two ways side by side need {} open files, and the hard \
                     limit leaves {room} (see ulimit -Hn)",
                    2 * needed
                )),
            }
        }
        let sittings = SITTINGS.min(options.rounds);
        let rounds = options.rounds.div_ceil(sittings);
        let time = Duration::from_secs(u64::from(options.seconds));
        let deadline = meter::wall() + nanoseconds(time);
        let slice = Duration::ZERO;
        let mut schedule = Self { parts, sittings, rounds, slice, deadline, refused };
        schedule.slice = time / schedule.with_warming_up(schedule.slices());
        schedule
    }

    /// How long a slice may be in the next sitting, so that a machine which is busy with something
    /// else does not make the run longer, only coarser.
    pub(crate) fn slice_after(&self, finished: u64) -> Duration {
        let left = Duration::from_nanos(self.deadline.saturating_sub(meter::wall()));
        let slices = self.with_warming_up(self.slices().saturating_sub(finished));
        (left / slices).clamp(SHORTEST.min(self.slice), self.slice)
    }

    /// One more round per sitting is for warming up.
    fn with_warming_up(&self, slices: u64) -> u32 {
        let rounds = u64::from(self.rounds);
        u32::try_from((slices / rounds * (rounds + 1)).max(1)).unwrap_or(u32::MAX)
    }

    /// How many slices there are in all.
    pub(crate) fn slices(&self) -> u64 {
        let groups = self.parts.iter().flat_map(|part| &part.groups);
        let contenders: usize = groups.map(Vec::len).sum();
        u64::try_from(contenders).expect("a count") * u64::from(self.sittings * self.rounds)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 2)
}

/// Groups of at most `at_once`, equally large as far as can be, each beginning with the baseline.
fn divide(entries: &[Entry], at_once: usize) -> Option<impl Iterator<Item = Vec<Entry>>> {
    let (baseline, others) = entries.split_first()?;
    if at_once < entries.len().min(2) {
        return None;
    }
    let groups = others.len().div_ceil(at_once.saturating_sub(1).max(1)).max(1);
    let size = others.len().div_ceil(groups).max(1);
    let mut chunks: Vec<_> = others.chunks(size).map(<[_]>::to_vec).collect();
    if chunks.is_empty() {
        chunks.push(Vec::new());
    }
    Some(chunks.into_iter().map(|mut group| {
        group.insert(0, *baseline);
        group
    }))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::contender::chosen;

    fn sizes(count: usize, at_once: usize) -> Option<Vec<usize>> {
        let entries = chosen(&[]).expect("all");
        Some(divide(&entries[..count], at_once)?.map(|group| group.len()).collect())
    }

    #[test]
    fn groups_are_even_and_each_has_the_baseline() {
        assert_eq!(sizes(18, 18), Some(vec![18]));
        assert_eq!(sizes(18, 9), Some(vec![7, 7, 6]));
        assert_eq!(sizes(3, 2), Some(vec![2, 2]));
        assert_eq!(sizes(1, 1), Some(vec![1]));
        assert_eq!(sizes(3, 1), None);
        let entries = chosen(&[]).expect("all");
        assert!(divide(&entries, 4).expect("groups").all(|group| group[0].is_baseline()));
    }

    #[test]
    fn a_work_too_large_is_refused_with_a_reason() {
        let options = Options::parse_from(["pipes", "--seconds", "3"]);
        let entries = chosen(&[]).expect("all");
        let schedule = Schedule::draw_up(&Work::USUAL, &entries, 1000, &options);
        assert_eq!(schedule.refused.len(), 2);
        assert!(schedule.refused[0].starts_with("ring-1000-1 cannot run"));
        assert!(
            schedule.slice * u32::try_from(schedule.slices()).expect("few")
                <= Duration::from_secs(3)
        );
    }

    #[test]
    fn a_run_that_is_late_hurries() {
        let options = Options::parse_from(["pipes", "--seconds", "60", "--rounds", "10"]);
        let entries = chosen(&[]).expect("all");
        let mut schedule = Schedule::draw_up(&[Work::Samba], &entries, 1000, &options);
        assert!(schedule.slice > Duration::from_millis(100));
        schedule.deadline -= nanoseconds(Duration::from_secs(30));
        let slice = schedule.slice_after(0);
        assert!(slice < schedule.slice * 51 / 100 && slice > schedule.slice / 3, "{slice:?}");
        schedule.deadline = 0;
        assert_eq!(schedule.slice_after(0), SHORTEST);
    }
}
