//! Where Linux leaves something open, somebody has to choose.

/// A source of choices.
///
/// The first option, 0, is always the ordinary outcome, so that a source that has run dry means
/// plain behaviour.
pub trait Choices {
    /// One of `options` outcomes: a number below it. Of a single option there is no choice.
    fn choose(&mut self, options: u32) -> u32;
}

impl<C: Choices + ?Sized> Choices for &mut C {
    fn choose(&mut self, options: u32) -> u32 {
        (**self).choose(options)
    }
}

impl<C: Choices + ?Sized> Choices for Box<C> {
    fn choose(&mut self, options: u32) -> u32 {
        (**self).choose(options)
    }
}

/// Everything is ordinary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Plain;

impl Choices for Plain {
    fn choose(&mut self, _: u32) -> u32 {
        0
    }
}

/// Choices written down beforehand, one byte each; when they are used up, everything is ordinary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Script {
    bytes: Vec<u8>,
    next: usize,
}

impl Script {
    /// A script of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), next: 0 }
    }

    /// How many bytes have been asked for, those beyond the end included.
    #[must_use]
    pub const fn asked(&self) -> usize {
        self.next
    }
}

impl Choices for Script {
    fn choose(&mut self, options: u32) -> u32 {
        let byte = self.bytes.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        u32::from(byte) % options.max(1)
    }
}

/// Choices drawn at random, the same for the same seed (xorshift64*).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Random(u64);

impl Random {
    /// The sequence of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15 | 1)
    }

    /// The next number of the sequence.
    pub const fn draw(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let [.., a, b, c, d] = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}

impl Choices for Random {
    fn choose(&mut self, options: u32) -> u32 {
        self.draw() % options.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_has_run_dry_is_plain() {
        let mut script = Script::new([1, 5, 7]);
        let drawn: Vec<u32> = (0..5).map(|_| script.choose(3)).collect();
        assert_eq!(drawn, [1, 2, 1, 0, 0]);
        assert_eq!(script.asked(), 5);
    }

    #[test]
    fn a_seed_is_a_sequence() {
        let [mut one, mut two] = [Random::new(7), Random::new(7)];
        assert!((0..100).all(|_| one.choose(10) == two.choose(10)));
        assert!((0..100).any(|_| one.choose(2) == 1));
    }
}
