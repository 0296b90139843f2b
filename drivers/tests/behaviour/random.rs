//! Chance, as a function of a seed; and the loop against poll(2), under it.

use core::cell::Cell;
use core::time::Duration;
use std::rc::Rc;

use levelring::{Interest, Key, Readiness, Tenure};

use crate::files::{Fd, empty, fill, level, put, sockets};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: a_thousand_changes_of_one_interest,
    Every: a_thousand_changes_among_several,
}

/// xorshift64: not good chance, but the same every time.
pub(crate) struct Dice(Cell<u64>);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
    }

    /// A number below that one.
    pub(crate) fn below(&self, end: usize) -> usize {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        usize::try_from((x >> 33) % end as u64).expect("it is below a usize")
    }
}

const INTERESTS: [Interest; 7] = [
    Interest::EMPTY,
    Interest::READ,
    Interest::WRITE,
    Interest::PRIORITY,
    Interest::READ_HANGUP,
    Interest::ERROR,
    Interest::from_bits(3),
];

/// One of a socket pair, watched; and the other, with which things are done to it.
struct Watched {
    key: Key,
    interest: Interest,
    ours: Fd,
    peer: Fd,
    told: Rc<Cell<Readiness>>,
}

impl Watched {
    fn new(trial: &mut Trial, tenure: Tenure) -> Self {
        let [ours, peer] = sockets();
        let told = Rc::new(Cell::new(Readiness::EMPTY));
        let tell = told.clone();
        let key = trial.watch_and(tenure, 'x', &ours, Interest::READ, move |_, readiness| {
            check("told one at a time", tell.replace(readiness), Readiness::EMPTY);
        });
        Self { key, interest: Interest::READ, ours, peer, told }
    }

    /// Changes the interest, or what there is to be interested in.
    fn stir(&mut self, trial: &mut Trial, dice: &Dice) {
        match dice.below(12) {
            0 => put(&self.peer),
            1 => empty(&self.ours),
            2 => fill(&self.ours),
            3 => empty(&self.peer),
            _ => {
                self.interest = INTERESTS[dice.below(INTERESTS.len())];
                trial.set(self.key, self.interest);
            }
        }
    }

    fn level(&self) -> Readiness {
        level(&self.ours, self.interest)
    }
}

fn a_thousand_changes_of_one_interest(stand: &Stand) {
    for tenure in BOTH {
        let dice = Dice::new(if tenure == Tenure::Held { 7 } else { 11 });
        let mut trial = Trial::on(stand);
        let mut one = Watched::new(&mut trial, tenure);
        for _ in 0..1000 {
            for _ in 0..dice.below(3) {
                one.stir(&mut trial, &dice);
            }
            turn_against_poll(&mut trial, core::slice::from_ref(&one), true);
        }
    }
}

fn a_thousand_changes_among_several(stand: &Stand) {
    let dice = Dice::new(13);
    let mut trial = Trial::on(stand);
    let tenures = [Tenure::Held, Tenure::Foreign, Tenure::Held, Tenure::Held];
    let mut all: Vec<_> =
        tenures.into_iter().map(|tenure| Watched::new(&mut trial, tenure)).collect();
    for _ in 0..1000 {
        for _ in 0..dice.below(4) {
            let one = dice.below(all.len());
            all[one].stir(&mut trial, &dice);
        }
        turn_against_poll(&mut trial, &all, stand.is_strict());
    }
}

/// A turn runs somebody if poll(2) says that somebody is ready, and whoever it runs is told what
/// poll(2) says: under Strict, or in a batch of one.
fn turn_against_poll(trial: &mut Trial, all: &[Watched], fresh: bool) {
    let levels: Vec<Readiness> = all.iter().map(Watched::level).collect();
    let ready = levels.iter().any(|level| !level.is_empty());
    let ran = if ready { trial.next() } else { trial.turn(Duration::ZERO) };
    if ready || fresh {
        let interests: Vec<Interest> = all.iter().map(|one| one.interest).collect();
        let what = format!("whether somebody ran; {interests:?}, {levels:?}");
        check(&what, ran == "x", ready);
    }
    for (one, level) in all.iter().zip(levels) {
        let told = one.told.replace(Readiness::EMPTY);
        if fresh && !told.is_empty() {
            check("what it was told", told, level);
        }
        assert!(told.is_empty() || !one.interest.is_empty(), "it wanted nothing");
    }
}
