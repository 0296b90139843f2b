//! Runs scenarios on stands, and tells what came of it.

use core::any::Any;
use core::cell::RefCell;
use core::fmt::Write as _;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::env;
use std::panic::{catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Instant;

use levelring::Error;

use crate::stand::{On, Stand, stands};

/// Something that a loop does, as a function that panics if it does not.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) on: On,
    pub(crate) run: fn(&Stand),
}

/// A module's scenarios: on which stands, and the function.
macro_rules! scenarios {
    ($($on:ident: $run:ident,)*) => {
        pub(crate) const SCENARIOS: &[$crate::runner::Scenario] = &[$($crate::runner::Scenario {
            name: concat!(module_path!(), "::", stringify!($run)),
            on: $crate::stand::On::$on,
            run: $run,
        },)*];
    };
}

pub(crate) use scenarios;

/// A cell that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many failing stands of one scenario are told at length.
const TOLD: usize = 3;

/// How many may fail before the rest is not tried.
const ENOUGH: usize = 12;

/// Has a stand been skipped, this says that it is a failure: CI sets it where io_uring is there.
const REQUIRE: &str = "LEVELRING_REQUIRE_URING";
const ONLY_STANDS: &str = "LEVELRING_STANDS";

#[derive(Default)]
struct Tally {
    ran: usize,
    skipped: usize,
    failed: Vec<String>,
}

/// A stand, or why there is none.
type Ground = (Stand, Result<(), String>);

/// Runs those that the command line asks for.
pub(crate) fn run(groups: &[&[Scenario]]) -> ExitCode {
    let chosen = choose(groups);
    if env::args().any(|word| word == "--list") {
        chosen.iter().for_each(|scenario| say(&format!("{}: test", scenario.name)));
        return ExitCode::SUCCESS;
    }
    let grounds = grounds();
    let watchdog = watchdog();
    keep_panics_for_later();
    let (begun, mut tally) = (now(), Tally::default());
    for scenario in &chosen {
        run_scenario(scenario, &grounds, &watchdog, &mut tally);
    }
    conclude(chosen.len(), &grounds, &tally, begun.elapsed())
}

/// The scenarios that have one of the command line's words in their names.
fn choose(groups: &[&[Scenario]]) -> Vec<Scenario> {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |scenario: &&Scenario| {
        words.is_empty() || words.iter().any(|word| scenario.name.contains(word.as_str()))
    };
    groups.iter().copied().flatten().filter(wanted).copied().collect()
}

fn grounds() -> Vec<Ground> {
    let only = env::var(ONLY_STANDS).unwrap_or_default();
    let wanted = stands().into_iter().filter(|stand| stand.to_string().contains(&only));
    wanted
        .map(|stand| match stand.try_out() {
            Ok(()) => (stand, Ok(())),
            Err(Error::Unavailable { errno, reason, .. }) => {
                say(&format!("SKIPPED {stand}: {reason}: {errno}"));
                (stand, Err(format!("{reason}: {errno}")))
            }
            Err(error) => panic!("{stand}: {error}"),
        })
        .collect()
}

fn run_scenario(scenario: &Scenario, grounds: &[Ground], dog: &Sender<String>, all: &mut Tally) {
    let begun = now();
    let (mut ran, mut skipped, mut failures) = (0, 0, Vec::new());
    for (stand, to_be_had) in grounds.iter().filter(|(stand, _)| stand.is_for(scenario.on)) {
        if to_be_had.is_err() {
            skipped += 1;
            continue;
        }
        if failures.len() == ENOUGH {
            failures.push((format!("{} on the rest: not tried", scenario.name), String::new()));
            break;
        }
        let cell = format!("{} on {stand}", scenario.name);
        // The dog lives as long as its end of the channel does: for ever.
        let _ = dog.send(cell.clone());
        ran += 1;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (scenario.run)(stand))) {
            failures.push((cell, told(panic.as_ref())));
        }
    }
    let verdict = if failures.is_empty() { "ok    " } else { "FAILED" };
    let mut line = format!("{verdict} {:<64}{ran:>4} cells", scenario.name);
    if skipped > 0 {
        let _ = write!(line, ", {skipped} SKIPPED");
    }
    say(&format!("{line} {:>6} ms", begun.elapsed().as_millis()));
    for (cell, why) in failures.iter().take(TOLD) {
        say(&format!("    {cell}:\n        {}", why.replace('\n', "\n        ")));
    }
    all.ran += ran;
    all.skipped += skipped;
    all.failed.extend(failures.into_iter().map(|(cell, _)| cell));
}

fn conclude(scenarios: usize, grounds: &[Ground], tally: &Tally, time: Duration) -> ExitCode {
    for cell in &tally.failed {
        say(&format!("FAILED {cell}"));
    }
    for (stand, to_be_had) in grounds {
        if let Err(why) = to_be_had {
            say(&format!("SKIPPED {stand}: {why}"));
        }
    }
    let required = env::var(REQUIRE).is_ok_and(|value| !value.is_empty() && value != "0");
    let refused = required && tally.skipped > 0;
    if refused {
        say(&format!("FAILED: {REQUIRE} is set, and stands were skipped"));
    }
    say(&format!(
        "behaviour: {} cells ran, {} of them SKIPPED in part, {} SKIPPED, {} FAILED; \
         {scenarios} scenarios, {} stands, {:.1} s",
        tally.ran,
        IN_PART.load(Ordering::Relaxed),
        tally.skipped,
        tally.failed.len(),
        grounds.len(),
        time.as_secs_f32(),
    ));
    if tally.failed.is_empty() && !refused { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

thread_local! {
    /// Where the last panic of this thread was, and its message.
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic is told with its cell, and one that a scenario wants not at all.
fn keep_panics_for_later() {
    set_hook(Box::new(|panic| {
        LAST_PANIC.with_borrow_mut(|last| *last = panic.to_string());
    }));
}

fn told(panic: &(dyn Any + Send)) -> String {
    let last = LAST_PANIC.take();
    // A thread's panic was not kept here, but its message may be.
    let text = panic.downcast_ref::<String>().map(String::as_str);
    if last.is_empty() { text.unwrap_or("a panic without words").to_owned() } else { last }
}

/// Ends the process, naming the cell, when one hangs.
fn watchdog() -> Sender<String> {
    let (begin, begun) = mpsc::channel::<String>();
    std::thread::spawn(move || {
        let mut cell = String::from("nothing yet");
        loop {
            match begun.recv_timeout(PATIENCE) {
                Ok(next) => cell = next,
                Err(RecvTimeoutError::Timeout) => {
                    say(&format!("FAILED {cell}: hangs"));
                    std::process::abort();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
    begin
}

/// Cells that could not show all that they are for.
static IN_PART: AtomicUsize = AtomicUsize::new(0);

/// Says so of the present cell, and counts it.
pub(crate) fn skipped_in_part(why: &str) {
    IN_PART.fetch_add(1, Ordering::Relaxed);
    say(&format!("SKIPPED in part: {why}"));
}

#[expect(clippy::print_stdout, reason = "a test's words are its output")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::disallowed_methods, reason = "how long the kernel took is what is tested")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
