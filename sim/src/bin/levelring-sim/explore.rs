//! `explore`: a small world, closed.

use core::cmp::Reverse;
use core::time::Duration;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use clap::Args;
use levelring_sim::explore::{
    Closure, Golden, HARDEST, LARGE, Limits, Options, Swarm, Verdict, bounds, close, swarm,
};

use crate::{SAFETY, USAGE};

#[derive(Debug, Args)]
pub(crate) struct Explore {
    /// Which world: handlers x files, and what can happen in it, as `2x1,plain,multishot,closes`.
    /// `harsh` is everything that can go wrong at once.
    #[arg(default_value = "2x1")]
    world: String,
    /// Also say what takes how long at most, from every state.
    #[arg(long)]
    bounds: bool,
    /// Close the worlds of which everything is known, and compare.
    #[arg(long)]
    golden: bool,
    /// The same, or also, with the hardest of them: minutes, and 2 GB a job.
    #[arg(long)]
    hardest: bool,
    /// Instead, walk through it so many times at random.
    #[arg(long, default_value_t = 0)]
    runs: u64,
    /// The first walk's seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many steps a walk has.
    #[arg(long)]
    steps: Option<u32>,
    /// No further than so many steps from the beginning.
    #[arg(long)]
    depth: Option<u32>,
    /// No more than about so many states.
    #[arg(long)]
    states: Option<usize>,
    /// On so many threads.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
}

impl Explore {
    pub(crate) fn run(&self) -> ExitCode {
        if self.golden || self.hardest {
            return if self.compare_all() { ExitCode::SUCCESS } else { ExitCode::from(SAFETY) };
        }
        let options: Options = match self.world.parse() {
            Ok(options) => options,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(USAGE);
            }
        };
        let well = if self.runs > 0 { self.walk(&options) } else { self.close(&options) };
        if well { ExitCode::SUCCESS } else { ExitCode::from(SAFETY) }
    }

    fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            jobs: self.jobs.max(1),
            depth: self.depth.unwrap_or(usual.depth),
            states: self.states.unwrap_or(usual.states),
            ..usual
        }
    }

    fn walk(&self, options: &Options) -> bool {
        let usual = Swarm::default();
        let steps = self.steps.unwrap_or(usual.steps);
        let walks = Swarm { runs: self.runs, seed: self.seed, steps, jobs: self.jobs.max(1) };
        let (walked, time) = timed(|| swarm(options, &walks));
        println!("{options}: {walked}");
        println!("{:.2} million steps per second", walked.steps as f64 / time.as_secs_f64() / 1e6);
        walked.failed.is_none()
    }

    fn close(&self, options: &Options) -> bool {
        let (closure, time) = timed(|| self.closed(options, self.bounds));
        println!("{options}: {closure} ({:.1} s)", time.as_secs_f64());
        println!("new at each level: {:?}", closure.levels);
        !matches!(closure.verdict, Verdict::Failed(_))
    }

    fn closed(&self, options: &Options, with_bounds: bool) -> Closure {
        if !with_bounds {
            return close(options, &self.limits());
        }
        let (closure, found) = bounds(options, &self.limits());
        println!("{options}: {found}");
        closure
    }

    /// Closes the worlds of which everything is known: one on each thread, which is faster than
    /// several threads on one.
    fn compare_all(&self) -> bool {
        let large = LARGE.iter().filter(|_| self.golden);
        let hardest = HARDEST.iter().filter(|_| self.hardest);
        let mut worlds: Vec<&Golden> = large.chain(hardest).collect();
        // What takes longest is not begun last.
        worlds.sort_by_key(|known| Reverse(known.transitions));
        let left = Mutex::new(worlds.into_iter());
        let next = || left.lock().expect("whoever holds it does not panic").next();
        let compare_some = || {
            let mut same = true;
            while let Some(known) = next() {
                same &= self.compare(known);
            }
            same
        };
        thread::scope(|scope| {
            let some: Vec<_> = (0..self.jobs.max(1)).map(|_| scope.spawn(compare_some)).collect();
            // One that panics has failed. All are waited for.
            let same = some.into_iter().map(|it| it.join().unwrap_or(false));
            same.filter(|same| !same).count() == 0
        })
    }

    /// Closes a world of which everything is known.
    fn compare(&self, known: &Golden) -> bool {
        let options = known.world.parse().expect("a world that is known");
        let limits = Limits { jobs: 1, ..self.limits() };
        let (closure, found) = if known.bounds.is_some() {
            let (closure, found) = bounds(&options, &limits);
            (closure, Some(found))
        } else {
            (close(&options, &limits), None)
        };
        println!("{}: {closure}", known.world);
        let counts = (closure.states, closure.transitions, closure.depth, found);
        let same = counts == (known.states, known.transitions, known.depth, known.bounds)
            && closure.verdict == Verdict::Closed;
        if !same {
            eprintln!("{}: {counts:?} is not {known:?}", known.world);
        }
        same
    }
}

#[expect(clippy::disallowed_methods, reason = "it says how long it took")]
fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = what();
    (done, begun.elapsed())
}
