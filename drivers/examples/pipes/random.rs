//! A few bits of disorder, the same in each run.

/// Xorshift.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The one there is: two runs differ by the machine's noise only.
    pub(crate) const fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// Brings these into another order.
    pub(crate) fn shuffle<T>(&mut self, order: &mut [T]) {
        for last in (1..order.len()).rev() {
            order.swap(last, self.below(last + 1));
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let bound = u64::try_from(bound).expect("a count");
        usize::try_from(self.0 % bound).expect("below a usize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_keeps_everybody_and_changes_the_order() {
        let mut random = Random::new();
        let mut order: Vec<usize> = (0..10).collect();
        random.shuffle(&mut order);
        assert_ne!(order, (0..10).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn everybody_is_first_now_and_then() {
        let mut random = Random::new();
        let mut order = [0, 1, 2];
        let mut first = [0; 3];
        for _ in 0..300 {
            random.shuffle(&mut order);
            first[order[0]] += 1;
        }
        assert!(first.iter().all(|&times| times > 60), "{first:?}");
    }
}
