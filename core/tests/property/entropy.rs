//! Where choices come from: a seed, or a finite script of numbers that can be shortened.

/// A source of choices; the same source gives the same run.
#[derive(Clone, Debug)]
pub(crate) enum Entropy {
    /// Endless, from a seed.
    Seed(u64),
    /// Finite. When it is used up every choice is the first one, so that shorter means simpler.
    Script { choices: Vec<u16>, at: usize },
}

impl Entropy {
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self::Seed(seed)
    }

    pub(crate) fn of_script(choices: Vec<u16>) -> Self {
        Self::Script { choices, at: 0 }
    }

    pub(crate) fn is_spent(&self) -> bool {
        match self {
            Self::Seed(_) => false,
            Self::Script { choices, at } => *at >= choices.len(),
        }
    }

    /// A number below `count`, which is not zero.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        match self {
            Self::Seed(state) => {
                let wide = u128::from(split_mix(state)) * count as u128;
                usize::try_from(wide >> 64).expect("below a usize")
            }
            Self::Script { choices, at } => {
                let choice = choices.get(*at).copied().unwrap_or(0);
                *at += 1;
                usize::from(choice) % count
            }
        }
    }

    /// True in so many of a hundred cases; false when the script is used up.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// An index, as often as its weight says.
    pub(crate) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut at = self.below(weights.iter().sum());
        weights
            .iter()
            .position(|&weight| {
                let here = at < weight;
                at = at.saturating_sub(weight);
                here
            })
            .expect("below the sum")
    }

    pub(crate) fn number(&mut self) -> u64 {
        match self {
            Self::Seed(state) => split_mix(state),
            Self::Script { .. } => self.below(usize::from(u16::MAX)) as u64 * 0x1_0001_0001_0001,
        }
    }
}

/// SplitMix64: tiny, and good enough to choose with.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
