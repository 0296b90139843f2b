//! A hash of 64 bits: one multiplication per word, the same on every machine and in every build.

use core::hash::Hasher;

/// Folds each word in by a multiplication to 128 bits, of which both halves are kept.
///
/// A fingerprint stands for a state, so that two states of one fingerprint would pass for one: of
/// `n` states some two have the same with a chance of about n² / 2^65.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folding(u64);

impl Default for Folding {
    fn default() -> Self {
        Self(0x243f_6a88_85a3_08d3)
    }
}

impl Folding {
    const fn fold(&mut self, word: u64) {
        let [low, high] = halves((self.0 ^ word) as u128 * 0x9e37_79b9_7f4a_7c15_u128);
        // Turned, so that the order of words matters, and never stuck at 0.
        self.0 = (low ^ high).rotate_left(23).wrapping_add(0x1319_8a2e_0370_7344);
    }
}

const fn halves(number: u128) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = number.to_le_bytes();
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p])]
}

impl Hasher for Folding {
    fn finish(&self) -> u64 {
        let mut last = *self;
        last.fold(0xa409_3822_299f_31d0);
        last.fold(0x082e_fa98_ec4e_6c89);
        last.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.fold(u64::from_le_bytes(word));
        }
        self.fold(bytes.len() as u64);
    }

    fn write_u8(&mut self, word: u8) {
        self.fold(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.fold(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.fold(word.into());
    }

    fn write_i32(&mut self, word: i32) {
        self.fold(word.cast_unsigned().into());
    }

    fn write_u64(&mut self, word: u64) {
        self.fold(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.fold(word as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(words: &[u64]) -> u64 {
        let mut hasher = Folding::default();
        words.iter().for_each(|word| hasher.write_u64(*word));
        hasher.finish()
    }

    #[test]
    fn order_and_every_bit_matter() {
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
        assert_ne!(hash(&[0]), hash(&[0, 0]));
        for bit in 0..64 {
            let changed = (hash(&[7, 9]) ^ hash(&[7 ^ 1 << bit, 9])).count_ones();
            assert!((10..54).contains(&changed), "bit {bit} changes {changed} bits");
        }
    }
}
