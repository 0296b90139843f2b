//! Looks among the model's choices for those that make it do what Linux did.
//!
//! The answers are the guide: a way is given up at the first answer that differs, and the last
//! choice before it is made otherwise. Depth first, from the beginning each time, since a run is
//! short.

use core::cell::RefCell;
use std::rc::Rc;

use crate::{Choices, Faults, SimKernel};

/// The choices that led there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// What came out.
    pub outcome: T,
    /// After how many runs.
    pub runs: usize,
}

/// No choices lead there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed<D> {
    /// What stood in the way of the run that got farthest.
    pub closest: D,
    /// How many runs there were.
    pub runs: usize,
    /// Whether all choices were tried.
    pub exhausted: bool,
}

/// The choices of a run: those that were given, then the ordinary ones; and what was asked.
#[derive(Clone, Default)]
struct Trail(Rc<RefCell<Record>>);

#[derive(Default)]
struct Record {
    given: Vec<u32>,
    /// What was taken, of how many.
    taken: Vec<(u32, u32)>,
}

impl Choices for Trail {
    fn choose(&mut self, options: u32) -> u32 {
        let mut record = self.0.borrow_mut();
        let given = record.given.get(record.taken.len()).copied().unwrap_or(0);
        record.taken.push((given, options));
        given
    }
}

/// Tries the model's choices, `most` runs of them, until `run` succeeds on a new model.
///
/// `run` is given a function to call when its outcome is known: what is chosen after that is of no
/// matter. `progress` says how far a failed run got.
///
/// # Errors
///
/// No choice of those tried led to success.
pub fn search<T, D>(
    most: usize,
    mut run: impl FnMut(&SimKernel, &dyn Fn()) -> Result<T, D>,
    progress: impl Fn(&D) -> usize,
) -> Result<Found<T>, Failed<D>> {
    let mut given = Vec::new();
    let mut closest: Option<D> = None;
    let mut runs = 0;
    loop {
        runs += 1;
        let trail = Trail::default();
        trail.0.borrow_mut().given = given;
        let kernel = SimKernel::with(trail.clone(), Faults::default());
        let until = RefCell::new(None);
        let stop = || {
            until.replace(Some(trail.0.borrow().taken.len()));
        };
        let difference = match run(&kernel, &stop) {
            Ok(outcome) => return Ok(Found { outcome, runs }),
            Err(difference) => difference,
        };
        if closest.as_ref().is_none_or(|closest| progress(&difference) > progress(closest)) {
            closest = Some(difference);
        }
        let mut taken = core::mem::take(&mut trail.0.borrow_mut().taken);
        taken.truncate(until.take().unwrap_or(usize::MAX));
        let next = otherwise(taken);
        let exhausted = next.is_none();
        match (next, closest.take()) {
            (Some(next), found) if runs < most => {
                given = next;
                closest = found;
            }
            (_, Some(closest)) => return Err(Failed { closest, runs, exhausted }),
            (_, None) => unreachable!("a run that fails differs"),
        }
    }
}

/// The next choices in order, which differ at the last place where they can.
fn otherwise(mut taken: Vec<(u32, u32)>) -> Option<Vec<u32>> {
    while let Some((choice, options)) = taken.pop() {
        if choice + 1 < options {
            let mut given: Vec<u32> = taken.into_iter().map(|(choice, _)| choice).collect();
            given.push(choice + 1);
            return Some(given);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_counted_up_from_the_end() {
        assert_eq!(otherwise(vec![(0, 2), (1, 2)]), Some(vec![1]));
        assert_eq!(otherwise(vec![(0, 2), (0, 3), (0, 1)]), Some(vec![0, 1]));
        assert_eq!(otherwise(vec![(1, 2)]), None);
    }
}
