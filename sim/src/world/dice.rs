//! One source of chance for a whole world, and a record of what was drawn from it.

use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;

use crate::{Choices, Odds};

/// The source of chance, shared by the network and the kernels of all hosts. A clone is the same.
///
/// Whatever was drawn is written down, one byte each: as a [`Script`](crate::Script) it makes the
/// same world again, and a shorter or a smaller script makes a simpler one.
#[derive(Clone)]
pub(super) struct Dice(Rc<RefCell<Drawn>>);

struct Drawn {
    source: Box<dyn Choices>,
    record: Vec<u8>,
}

/// How finely an amount is drawn from its range: as finely as one byte can say.
const GRAINS: u32 = 256;

impl Dice {
    pub(super) fn new(source: impl Choices + 'static) -> Self {
        Self(Rc::new(RefCell::new(Drawn { source: Box::new(source), record: Vec::new() })))
    }

    /// One of so many: the first is the ordinary one.
    pub(super) fn draw(&self, options: usize) -> usize {
        let options = u32::try_from(options).unwrap_or(GRAINS);
        self.clone().choose(options) as usize
    }

    pub(super) fn strike(&self, odds: Odds) -> bool {
        odds.strike(&mut self.clone())
    }

    /// A time of that range, the shortest first.
    pub(super) fn time(&self, [shortest, longest]: [Duration; 2]) -> Duration {
        let width = longest.saturating_sub(shortest);
        if width.is_zero() {
            return shortest;
        }
        shortest + width * self.clone().choose(GRAINS) / (GRAINS - 1)
    }

    /// A number from 1 to `most`: `most` is the ordinary one.
    pub(super) fn part(&self, most: usize) -> usize {
        most - self.draw(most)
    }

    pub(super) fn record(&self) -> Vec<u8> {
        self.0.borrow().record.clone()
    }
}

impl Choices for Dice {
    fn choose(&mut self, options: u32) -> u32 {
        let options = options.min(GRAINS);
        if options < 2 {
            return 0;
        }
        let mut drawn = self.0.borrow_mut();
        let choice = drawn.source.choose(options).min(options - 1);
        drawn.record.push(u8::try_from(choice).unwrap_or(u8::MAX));
        choice
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plain, Random, Script};

    #[test]
    fn what_was_drawn_can_be_drawn_again() {
        let draw = |dice: &Dice| {
            let times = [1, 50].map(Duration::from_millis);
            [2, 300, 7, 1].map(|n| (dice.draw(n), dice.time(times), dice.strike(Odds(1))))
        };
        let first = Dice::new(Random::new(3));
        let drawn = draw(&first);
        assert_eq!(drawn, draw(&Dice::new(Script::new(first.record()))));
        let plain = Dice::new(Plain);
        assert_eq!((plain.part(9), plain.draw(9), plain.strike(Odds(3))), (9, 0, false));
    }
}
