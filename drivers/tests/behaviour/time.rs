//! Waiting: as long as was asked for, and no longer than need be.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use std::rc::Rc;

use levelring::{Interest, Tenure, Way};

use crate::files::{Fd, full_pipe, pipe, put, take};
use crate::runner::{now, scenarios, skipped_in_part};
use crate::stand::Stand;
use crate::trial::{Trial, check};

scenarios! {
    Every: a_wait_is_never_early,
    Every: a_wait_is_not_doubled,
    Every: a_false_alarm_does_not_lengthen_a_wait,
    Every: a_turn_of_no_time_does_not_block,
    Every: a_wait_ends_with_what_it_waits_for,
    Every: a_signal_neither_ends_nor_lengthens_a_wait,
    Every: a_signal_loses_no_event,
    Few: a_wait_for_ever_ends_with_an_event,
}

const WAITS: [Duration; 5] = [
    Duration::from_nanos(1),
    Duration::from_micros(300),
    Duration::from_millis(1),
    Duration::from_nanos(2_500_001),
    Duration::from_millis(4),
];

/// Somebody who waits in vain.
fn sleeper(stand: &Stand) -> Trial {
    let mut trial = Trial::on(stand);
    let pipe = pipe();
    trial.watch(Tenure::Held, 'A', &pipe.read, Interest::READ);
    trial.watch(Tenure::Held, 'B', &Rc::clone(&pipe.read), Interest::PRIORITY);
    // The loop owns shares of the reading end; the writing end stays open, or there is a hang-up.
    core::mem::forget(pipe.write);
    trial
}

fn took(trial: &mut Trial, wait: Duration) -> Duration {
    let begun = now();
    check("nobody", trial.turn(wait), ".");
    begun.elapsed()
}

fn a_wait_is_never_early(stand: &Stand) {
    let mut empty = Trial::on(stand);
    for wait in WAITS {
        // The first turn submits and waits at once.
        let mut trial = sleeper(stand);
        for _ in 0..2 {
            let time = took(&mut trial, wait);
            assert!(time >= wait, "{wait:?} took {time:?}");
        }
        let time = took(&mut empty, wait);
        assert!(time >= wait, "{wait:?} took {time:?} with nobody there");
    }
}

/// That a wait takes little more than was asked for. Other programs hold it up for as long as we
/// stand in line for a processor, however long the wait is: so it is tried again, and with longer
/// ones. A loop that waits twice takes twice as long, always, whatever it waits.
///
/// `run` waits, and says how long that took; nothing if it showed nothing.
#[track_caller]
fn keeps_time(mut run: impl FnMut(Duration) -> Option<Duration>) {
    let mut took = Vec::new();
    for (millis, often) in [(8, 10), (32, 10), (128, 5)] {
        let wait = Duration::from_millis(millis);
        for _ in 0..often {
            match run(wait) {
                Some(time) if time < wait * 3 / 2 => return,
                time => took.push((wait, time)),
            }
        }
    }
    panic!("not once about as long as was asked for: {took:?}");
}

fn a_wait_is_not_doubled(stand: &Stand) {
    for anew in [true, false] {
        let mut trial = sleeper(stand);
        keeps_time(|wait| {
            if anew {
                trial = sleeper(stand);
            }
            Some(took(&mut trial, wait))
        });
    }
}

/// What comes and goes during a wait wakes the loop in vain. It must go on waiting, for what is
/// left of the time: alarms are raised for ten times as long.
fn a_false_alarm_does_not_lengthen_a_wait(stand: &Stand) {
    const WAIT: Duration = Duration::from_millis(6);
    let (mut trial, pipe) = (Trial::on(stand), pipe());
    trial.watch(Tenure::Held, 'A', &pipe.read, Interest::READ);
    check("idle", trial.turns(1), ".");
    let wait = |trial: &mut Trial| {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let ends = [&pipe.read, &pipe.write].map(|end| rustix::io::dup(end).expect("another"));
            scope.spawn(|| raise_alarms(&ends.map(Fd::new), &done));
            let begun = now();
            let ran = give_way(|| trial.turn(WAIT));
            done.store(true, Ordering::Relaxed);
            // Somebody may run, if the alarm is not over before the loop is awake.
            (ran == ".").then(|| begun.elapsed())
        })
    };
    let waits: Vec<Duration> = (0..200).filter_map(|_| wait(&mut trial)).take(10).collect();
    let as_asked = |time: &Duration| *time < 2 * WAIT;
    if waits.is_empty() && stand.way != Way::PollAddMultishot {
        // Where a wake-up is as good as a check, every alarm may run the handler.
        skipped_in_part(&format!("no alarm was false on {stand}"));
        return;
    }
    assert!(waits.iter().any(as_asked), "waits of {WAIT:?} took {waits:?}");
}

fn raise_alarms([read, write]: &[Fd; 2], done: &AtomicBool) {
    for _ in 0..30 {
        if !done.load(Ordering::Relaxed) {
            put(write);
            take(read);
            pause(2);
        }
    }
}

/// Does something on a thread that takes the processor from nobody when it is woken.
fn give_way<T>(deed: impl FnOnce() -> T) -> T {
    // SAFETY: all zeroes is a valid sched_param.
    let parameters: libc::sched_param = unsafe { core::mem::zeroed() };
    let become_one_of = |policy| {
        // SAFETY: this thread's policy is changed, which touches no memory but the parameters.
        let answer = unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
        check("a policy", answer, 0);
    };
    become_one_of(libc::SCHED_BATCH);
    let result = deed();
    become_one_of(libc::SCHED_OTHER);
    result
}

fn a_turn_of_no_time_does_not_block(stand: &Stand) {
    let mut trial = sleeper(stand);
    check("to begin with", trial.turns(1), ".");
    let mut times: Vec<Duration> = (0..50).map(|_| took(&mut trial, Duration::ZERO)).collect();
    times.sort_unstable();
    assert!(times[25] < Duration::from_millis(1), "half took longer than {:?}", times[25]);
}

fn a_wait_ends_with_what_it_waits_for(stand: &Stand) {
    for tenure in crate::trial::BOTH {
        let (mut trial, pipe) = (Trial::on(stand), pipe());
        trial.watch(tenure, 'A', &pipe.read, Interest::READ);
        let writer = rustix::io::dup(&pipe.write).expect("a duplicate");
        let begun = now();
        let writing = std::thread::spawn(move || {
            pause(3);
            rustix::io::write(writer, b"x").expect("to write");
        });
        check("it comes", trial.turn(crate::trial::SOON), "A");
        let time = begun.elapsed();
        assert!(time < crate::trial::SOON / 2, "it took {time:?}");
        writing.join().expect("the writer to write");
    }
}

fn a_wait_for_ever_ends_with_an_event(stand: &Stand) {
    let (mut trial, pipe) = (Trial::on(stand), pipe());
    trial.watch(Tenure::Held, 'A', &pipe.read, Interest::READ);
    let writer = rustix::io::dup(&pipe.write).expect("a duplicate");
    let writing = std::thread::spawn(move || {
        pause(3);
        rustix::io::write(writer, b"x").expect("to write");
    });
    check("a turn without end", trial.events.turn(None), Ok(true));
    check("who", trial.log.take(), "A");
    writing.join().expect("the writer to write");
}

static SIGNALS: AtomicU32 = AtomicU32::new(0);

extern "C" fn count_signal(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

/// Has this thread interrupted, over and over for some `time`, while `meanwhile` runs; says when it
/// was for the last time.
fn interrupted<T>(time: Duration, meanwhile: impl FnOnce() -> T) -> (T, Option<Duration>) {
    // SAFETY: all zeroes is a valid sigaction: no flags, so no SA_RESTART, and nothing masked.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = count_signal as extern "C" fn(libc::c_int) as usize;
    // SAFETY: the handler does but count, which a handler may.
    let answer =
        unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, core::ptr::null_mut()) };
    check("a handler of signals", answer, 0);
    // SAFETY: they only tell who we are.
    let (process, thread) = unsafe { (libc::getpid(), libc::gettid()) };
    let before = SIGNALS.load(Ordering::Relaxed);
    let (begun, done) = (now(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let signalling = scope.spawn(|| {
            let mut last = None;
            while !done.load(Ordering::Relaxed) && begun.elapsed() < time {
                // SAFETY: sends a signal that has a handler; touches no memory.
                unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGUSR1) };
                last = Some(begun.elapsed());
                pause(1);
            }
            last
        });
        let result = meanwhile();
        done.store(true, Ordering::Relaxed);
        let last = signalling.join().expect("signals to be sent");
        assert!(last.is_none() || SIGNALS.load(Ordering::Relaxed) > before, "no signal came");
        (result, last)
    })
}

/// The last signal comes shortly before the end: a wait that begins anew with it takes half as long
/// again at the least.
fn a_signal_neither_ends_nor_lengthens_a_wait(stand: &Stand) {
    let mut trial = sleeper(stand);
    keeps_time(|wait| {
        let (time, last) = interrupted(wait * 7 / 8, || took(&mut trial, wait));
        assert!(time >= wait, "{wait:?} took {time:?}, with signals up to {last:?}");
        // The other thread may have had no processor until it was too late, or too early.
        let late = wait * 5 / 8..wait;
        last.is_some_and(|last| late.contains(&last)).then_some(time)
    });
}

fn a_signal_loses_no_event(stand: &Stand) {
    for tenure in crate::trial::BOTH {
        let (mut trial, pipes) = (Trial::on(stand), [full_pipe(), pipe()]);
        let reader = pipes[1].read.clone();
        trial.watch_and(tenure, 'A', &pipes[1].read, Interest::READ, move |_, _| {
            take(&reader);
        });
        let writer = rustix::io::dup(&pipes[1].write).expect("a duplicate");
        let ((), _) = interrupted(Duration::MAX, || {
            let writing = std::thread::spawn(move || {
                for _ in 0..3 {
                    pause(1);
                    rustix::io::write(&writer, b"x").expect("to write");
                }
            });
            check("all of them", trial.nexts(3), "AAA");
            writing.join().expect("the writer to write");
        });
        put(&pipes[1].write);
        check("and without signals", trial.next(), "A");
    }
}

/// Lets the others run.
#[expect(clippy::disallowed_methods, reason = "another thread's deed shall come during a wait")]
pub(crate) fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}
