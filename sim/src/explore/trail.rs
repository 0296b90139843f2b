//! Every outcome of a step: it is taken again and again, each time with other choices.

use crate::kernel::Choices;

/// Choices by a trail that is gone to its end each time, and turned off at the last fork where a
/// way is left that was not yet taken.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// What was chosen, and of how many.
    forks: Vec<(u32, u32)>,
    at: usize,
}

impl Trail {
    /// Goes back to the start, to go another way; `false` if there is none that is new.
    pub fn turn(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, options)) = self.forks.pop() {
            if chosen + 1 < options {
                self.forks.push((chosen + 1, options));
                return true;
            }
        }
        false
    }
}

impl Choices for Trail {
    fn choose(&mut self, options: u32) -> u32 {
        if options < 2 {
            return 0;
        }
        if self.at == self.forks.len() {
            self.forks.push((0, options));
        }
        let (chosen, known) = self.forks[self.at];
        assert_eq!(known, options, "the same choices lead to the same fork");
        self.at += 1;
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_gone_once() {
        let mut trail = Trail::default();
        let mut ways = Vec::new();
        loop {
            let first = trail.choose(2);
            let second = if first == 1 { trail.choose(3) } else { 0 };
            ways.push((first, second));
            if !trail.turn() {
                break;
            }
        }
        assert_eq!(ways, [(0, 0), (1, 0), (1, 1), (1, 2)]);
    }
}
