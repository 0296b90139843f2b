//! A run, from its bytes or its text.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::rc::Rc;
use std::sync::Once;

use super::draw::draw;
use super::noting::Recording;
use super::op::Op;
use super::options::Options;
use super::property::{Broken, Failure, FailureKind, Property};
use super::sabotage::Sabotage;
use super::script::{Line, Script};
use super::stage::Stage;
use super::tally::Tally;
use crate::Entropy;
use crate::kernel::Restless;

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run as text.
    pub script: Script,
    /// How it failed, if it did.
    pub failure: Option<Failure>,
    /// What was checked, and where it has been.
    pub tally: Tally,
    /// The same for the same run, everywhere.
    pub hash: u64,
    /// What happened, line by line, if that was asked for.
    pub story: Vec<String>,
    /// The same in full, to be drawn.
    pub recording: Recording,
}

/// The most operations of a run.
const MOST: usize = 400;

/// A run of bytes: those that a seed expands to, or a fuzzer's.
#[must_use]
pub fn run(bytes: &[u8]) -> Outcome {
    run_with(bytes, Sabotage::Nothing)
}

/// The run of a seed.
#[must_use]
pub fn run_seed(seed: u64) -> Outcome {
    run(&Entropy::bytes_of_seed(seed))
}

/// The same, with a lie told to the reference.
#[must_use]
pub fn run_with(bytes: &[u8], sabotage: Sabotage) -> Outcome {
    let entropy = Entropy::new(bytes);
    let options = Options::draw(&entropy);
    entropy.set_calm(options.calm);
    perform(options, entropy, None, sabotage, Aloud::Not)
}

/// A run of a script.
#[must_use]
pub fn replay(script: &Script) -> Outcome {
    replay_with(script, Sabotage::Nothing)
}

/// The same, with a lie told to the reference.
#[must_use]
pub fn replay_with(script: &Script, sabotage: Sabotage) -> Outcome {
    let options = script.options.clone();
    perform(options, Entropy::default(), Some(&script.lines), sabotage, Aloud::Not)
}

/// The same, with all that happened written down.
#[must_use]
pub fn replay_aloud(script: &Script) -> Outcome {
    let options = script.options.clone();
    perform(options, Entropy::default(), Some(&script.lines), Sabotage::Nothing, Aloud::Told)
}

/// The same, with all of it recorded, to be drawn.
#[must_use]
pub fn record(script: &Script) -> Outcome {
    record_with(script, Sabotage::Nothing)
}

/// The same, with a lie told to the reference.
#[must_use]
pub fn record_with(script: &Script, sabotage: Sabotage) -> Outcome {
    let options = script.options.clone();
    perform(options, Entropy::default(), Some(&script.lines), sabotage, Aloud::Recorded)
}

/// How much of what happens is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aloud {
    Not,
    Told,
    Recorded,
}

fn perform(
    options: Options,
    entropy: Entropy,
    lines: Option<&[Line]>,
    sabotage: Sabotage,
    aloud: Aloud,
) -> Outcome {
    silence();
    let stage = Stage::new(options.clone(), entropy, sabotage);
    stage.calm.set(if lines.is_some() { 0 } else { options.calm });
    stage.world.borrow_mut().story = (aloud == Aloud::Told).then(Vec::new);
    if aloud == Aloud::Recorded {
        stage.kernel.record();
    }
    let mut done = Vec::new();
    let end = {
        let (stage, done) = (&stage, &mut done);
        IN_A_RUN.set(IN_A_RUN.get() + 1);
        catch_unwind(AssertUnwindSafe(move || {
            stage.make(0, None);
            stage.kernel.with_system(|system| system.check());
            match lines {
                Some(lines) => recite(stage, lines, done),
                None => improvise(stage, done),
            }
            stage.entropy.refill(&[]);
            stage.tell(|| "the end".to_owned());
            stage.end();
        }))
    };
    IN_A_RUN.set(IN_A_RUN.get() - 1);
    let failure = end.err().map(|thrown| describe(&*thrown, done.len()));
    let (tally, hash, story) = gather(&stage);
    let recording = Recording(stage.kernel.recorded());
    if failure.is_some() {
        // What is broken may break again while it is dropped.
        core::mem::forget(stage);
    } else {
        stage.kernel.clear_environment();
    }
    let lines = lines.map_or(done, <[Line]>::to_vec);
    Outcome { script: Script { options, lines }, failure, tally, hash, story, recording }
}

/// Operations as the entropy has them.
fn improvise(stage: &Rc<Stage>, done: &mut Vec<Line>) {
    let _ = stage.entropy.take_given();
    while !stage.entropy.is_spent() && done.len() < MOST {
        let op = draw(stage);
        let guard = Given { stage, done, op };
        stage.tell(|| guard.op.to_string());
        stage.act(&guard.op, None, None);
        stage.check_step();
    }
}

/// Notes a line with what the kernel chose, also when it fails.
struct Given<'a> {
    stage: &'a Stage,
    done: &'a mut Vec<Line>,
    op: Op,
}

impl Drop for Given<'_> {
    fn drop(&mut self) {
        let op = core::mem::replace(&mut self.op, Op::Settle);
        self.done.push(Line { op, choices: self.stage.entropy.take_given() });
    }
}

fn recite(stage: &Rc<Stage>, lines: &[Line], done: &mut Vec<Line>) {
    for line in lines {
        stage.entropy.refill(&line.choices);
        stage.tell(|| line.to_string());
        let _guard = Given { stage, done, op: line.op.clone() };
        stage.act(&line.op, None, None);
        stage.check_step();
    }
}

fn gather(stage: &Stage) -> (Tally, u64, Vec<String>) {
    let Ok(mut world) = stage.world.try_borrow_mut() else {
        return (Tally::default(), 0, Vec::new());
    };
    let mut tally = world.tally.clone();
    stage.kernel.with_system(|system| tally.witnessed(system.witness()));
    (tally, world.hash.value(), world.story.take().unwrap_or_default())
}

fn describe(thrown: &(dyn core::any::Any + Send), line: usize) -> Failure {
    let line = line.saturating_sub(1);
    if let Some(Broken { property, text }) = thrown.downcast_ref() {
        let (kind, text) = (property.kind(), text.clone());
        return Failure { kind, property: Some(*property), text, line };
    }
    if thrown.is::<Restless>() {
        let (kind, text) = (Property::Spin.kind(), "a turn makes call after call".to_owned());
        return Failure { kind, property: Some(Property::Spin), text, line };
    }
    let text = thrown.downcast_ref::<String>().cloned();
    let text = text.or_else(|| thrown.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    let text = text.unwrap_or_else(|| "something unknown was thrown".to_owned());
    Failure { kind: FailureKind::Crash, property: None, text, line }
}

/// Checks that fail are told by the outcome, not by the panic's own message.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if IN_A_RUN.get() == 0 {
                usual(info);
            }
        }));
    });
}

std::thread_local! {
    static IN_A_RUN: core::cell::Cell<u32> = const { core::cell::Cell::new(0) };
}
