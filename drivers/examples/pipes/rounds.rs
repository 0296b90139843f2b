//! Sittings and rounds: in a sitting everybody gets new pipes, in a round everybody gets a slice.

use core::time::Duration;

use crate::contender::{Contender, Entry};
use crate::measured::{Measured, Series};
use crate::meter::{self, Sample};
use crate::progress::Progress;
use crate::random::Random;
use crate::schedule::{Part, Schedule};
use crate::work::Work;
use crate::world::World;

/// Has everybody run all the rounds of one work.
pub(crate) fn measure(
    part: &Part,
    schedule: &Schedule,
    progress: &mut Progress,
    measured: &mut Measured,
) -> Result<(), String> {
    let (mut random, mut all) = (Random::new(), Vec::new());
    for _ in 0..schedule.sittings {
        for group in &part.groups {
            progress.at(part.work);
            let worlds = create(part.work, group.len(), &mut random)?;
            let slice = schedule.slice_after(progress.finished());
            let mut runners = seat(group, &worlds, slice, measured)?;
            take_turns(&mut runners, schedule.rounds, slice, &mut random, progress, measured)?;
            record(&runners, &mut all);
        }
    }
    all.iter().for_each(|series| measured.add(part.work, series));
    Ok(())
}

/// New pipes for everybody. Where in memory they happen to lie can be worth several percent, for
/// as long as they live: hence new ones in every sitting, each time dealt out in another order.
fn create(work: Work, count: usize, random: &mut Random) -> Result<Vec<World>, String> {
    let worlds = (0..count).map(|_| World::new(work)).collect::<Result<Vec<_>, _>>();
    let mut worlds = worlds.map_err(|why| format!("{work}: cannot create pipes: {why}"))?;
    random.shuffle(&mut worlds);
    Ok(worlds)
}

/// Sets everybody up; leaves a place empty where that fails, except the baseline's.
fn seat<'w>(
    group: &[Entry],
    worlds: &'w [World],
    slice: Duration,
    measured: &mut Measured,
) -> Result<Vec<Option<Runner<'w>>>, String> {
    let mut runners = Vec::new();
    for (&entry, world) in group.iter().zip(worlds) {
        let runner = Runner::set_up(entry, world, slice);
        runners.push(kept(runner, entry, world.work(), measured)?);
    }
    Ok(runners)
}

/// The rounds of one sitting. Who fails leaves; only without a baseline there is no going on.
fn take_turns(
    runners: &mut [Option<Runner<'_>>],
    rounds: u32,
    slice: Duration,
    random: &mut Random,
    progress: &mut Progress,
    measured: &mut Measured,
) -> Result<(), String> {
    let mut order: Vec<usize> = (0..runners.len()).collect();
    for _ in 0..rounds {
        random.shuffle(&mut order);
        for &index in &order {
            if let Some(runner) = &mut runners[index] {
                let (entry, work) = (runner.entry, runner.world.work());
                if kept(runner.slice(slice), entry, work, measured)?.is_none() {
                    runners[index] = None;
                }
            }
            progress.step();
        }
    }
    Ok(())
}

/// Turns a contender's failure into a note, and the baseline's into the end.
fn kept<T>(
    result: Result<T, String>,
    entry: Entry,
    work: Work,
    measured: &mut Measured,
) -> Result<Option<T>, String> {
    let failed = |why| format!("{} ({}) did not run in {work}: {why}", entry.way, entry.freshness);
    match result.map_err(failed) {
        Ok(value) => Ok(Some(value)),
        Err(note) if entry.is_baseline() => Err(note),
        Err(note) => {
            measured.note(note);
            Ok(None)
        }
    }
}

/// Adds a sitting's slices to what there is from earlier ones.
fn record(runners: &[Option<Runner<'_>>], all: &mut Vec<Series>) {
    let Some(baseline) = runners.iter().flatten().next() else { return };
    for runner in runners.iter().flatten() {
        let known = all.iter().position(|series| series.is_of(&runner.entry));
        let place = known.unwrap_or_else(|| {
            all.push(Series::new(runner.entry));
            all.len() - 1
        });
        all[place].extend(&runner.samples, &baseline.samples, runner.world.missed());
    }
}

/// A contender set up for a sitting.
struct Runner<'w> {
    entry: Entry,
    world: &'w World,
    contender: Box<dyn Contender + 'w>,
    samples: Vec<Sample>,
    /// How many events are expected to fill the next slice.
    events: u64,
}

impl<'w> Runner<'w> {
    /// Builds the contender and warms it up until it is known how many events fill a slice.
    fn set_up(entry: Entry, world: &'w World, slice: Duration) -> Result<Self, String> {
        let contender = entry.build(world)?;
        let mut runner = Self { entry, world, contender, samples: Vec::new(), events: 32 };
        loop {
            let events = runner.events;
            runner.slice(slice)?;
            if events > runner.events / 4 {
                runner.samples.clear();
                return Ok(runner);
            }
            // The first events say little: get closer by steps.
            runner.events = runner.events.min(events * 8);
        }
    }

    fn slice(&mut self, slice: Duration) -> Result<(), String> {
        let sample = meter::slice(&mut *self.contender, self.world, self.events)?;
        self.events = meter::as_events(slice.as_secs_f64() * 1e9 / sample.wall_ns);
        self.samples.push(sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::contender::{Freshness, chosen};
    use crate::options::Options;

    fn measured(work: Work, room: u64) -> Measured {
        let options = Options::parse_from(["pipes", "--seconds", "1", "--rounds", "7"]);
        let ways = ["floor".to_owned(), "poll-2".to_owned()];
        let entries = chosen(&ways).expect("known ways");
        let mut schedule = Schedule::draw_up(&[work], &entries, room, &options);
        schedule.slice = Duration::from_millis(1);
        let (mut measured, mut progress) = (Measured::default(), Progress::silent());
        measure(&schedule.parts[0], &schedule, &mut progress, &mut measured).expect("a part");
        measured
    }

    #[test]
    fn the_baseline_is_once_as_fast_as_itself() {
        // With room for all at once, and for two at a time.
        for room in [1000, 25] {
            let measured = measured(Work::Samba, room);
            assert_eq!(measured.rows.len(), 3);
            let one = measured.row(Work::Samba, "epoll-wait-1", Freshness::Strict);
            let one = one.expect("the baseline's row");
            assert!((one.ratio.median - 1.0).abs() < f64::EPSILON);
            assert!((one.syscalls - 1.0).abs() < f64::EPSILON);
            assert_eq!(measured.notes, Vec::<String>::new());
        }
    }

    #[test]
    fn who_cannot_take_part_is_noted_and_holds_nobody_up() {
        let measured = measured(Work::Ring { pipes: 9, active: 4 }, 1000);
        assert_eq!(measured.rows.len(), 2);
        let [note] = &measured.notes[..] else { panic!("one note: {:?}", measured.notes) };
        assert!(note.starts_with("floor (none) did not run in ring-9-4"), "{note}");
    }
}
