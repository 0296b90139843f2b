//! Randomness as a finite byte string.
//!
//! A seed expands to bytes, and a fuzzer's bytes are the same thing, so that to make a failure
//! shorter is to make a string shorter. One string decides both what the program does and what the
//! kernel chooses: an [`Entropy`] is a handle, and its clones draw from the same string.

use core::cell::RefCell;
use std::rc::Rc;

use crate::{Choices, Random};

/// A source of choices that runs dry: from then on everything is 0, the ordinary outcome.
#[derive(Clone, Debug, Default)]
pub struct Entropy(Rc<RefCell<Tape>>);

#[derive(Debug, Default)]
struct Tape {
    bytes: Vec<u8>,
    next: usize,
    /// Of the kernel's choices, so many in 256 are the ordinary outcome whatever comes.
    calm: u8,
    /// What the kernel was given since it was last asked for.
    given: Vec<u8>,
}

/// The longest string that a seed expands to; the shortest is an eighth of it.
const LONGEST: u32 = 4096;

impl Entropy {
    /// Of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Rc::new(RefCell::new(Tape { bytes: bytes.into(), ..Tape::default() })))
    }

    /// The bytes that a seed expands to.
    #[must_use]
    pub fn bytes_of_seed(seed: u64) -> Vec<u8> {
        // Neighbouring seeds are to have nothing in common.
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for _ in 0..4 {
            random.draw();
        }
        let length = LONGEST / 8 + random.draw() % (LONGEST - LONGEST / 8);
        let words = (0..length.div_ceil(4)).map(|_| random.draw().to_le_bytes());
        words.flatten().collect()
    }

    /// Whether all is used up.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        let tape = self.0.borrow();
        tape.next >= tape.bytes.len()
    }

    /// The next byte, or 0.
    #[must_use]
    pub fn byte(&self) -> u8 {
        self.0.borrow_mut().byte()
    }

    /// A number below `end`; 0 if that is 0.
    #[must_use]
    pub fn below(&self, end: u32) -> u32 {
        if end <= 1 {
            return 0;
        }
        let mut tape = self.0.borrow_mut();
        let first = u32::from(tape.byte());
        let drawn = if end > 256 { first | u32::from(tape.byte()) << 8 } else { first };
        drawn % end
    }

    /// True so many times in 256.
    #[must_use]
    pub fn chance(&self, of_256: u8) -> bool {
        // 0 is the ordinary outcome.
        of_256 > 0 && self.byte() >= 255 - (of_256 - 1)
    }

    /// One of them; `None` of none.
    #[must_use]
    pub fn pick<T: Copy>(&self, from: &[T]) -> Option<T> {
        let count = u32::try_from(from.len()).unwrap_or(u32::MAX);
        from.get(self.below(count) as usize).copied()
    }

    /// How calm the kernel is from now on.
    pub fn set_calm(&self, calm: u8) {
        self.0.borrow_mut().calm = calm;
    }

    /// Puts other bytes in the place of what is left.
    pub fn refill(&self, bytes: &[u8]) {
        let mut tape = self.0.borrow_mut();
        tape.bytes.clear();
        tape.bytes.extend_from_slice(bytes);
        tape.next = 0;
    }

    /// What the kernel was given since this was last asked, without the zeros at the end: those
    /// come by themselves.
    #[must_use]
    pub fn take_given(&self) -> Vec<u8> {
        let mut given = core::mem::take(&mut self.0.borrow_mut().given);
        while given.last() == Some(&0) {
            given.pop();
        }
        given
    }
}

impl Tape {
    fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        byte
    }
}

/// As the kernel's: what it is given is noted, so that it can be given again.
impl Choices for Entropy {
    fn choose(&mut self, options: u32) -> u32 {
        if options <= 1 {
            return 0;
        }
        let mut tape = self.0.borrow_mut();
        let byte = tape.byte();
        let most = u8::try_from(options - 1).unwrap_or(u8::MAX);
        let chosen = if byte < tape.calm || tape.calm == u8::MAX {
            0
        } else if most == u8::MAX {
            byte
        } else {
            byte % (most + 1)
        };
        tape.given.push(chosen);
        u32::from(chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_ordinary() {
        let entropy = Entropy::new([5, 200]);
        let mut kernel = entropy.clone();
        assert_eq!((entropy.below(4), kernel.choose(150)), (1, 50));
        assert!(entropy.is_spent());
        assert_eq!((entropy.below(1000), kernel.choose(2), entropy.chance(255)), (0, 0, false));
        assert_eq!(entropy.take_given(), [50], "zeros come by themselves");
    }

    #[test]
    fn what_the_kernel_was_given_can_be_given_again() {
        let mut entropy = Entropy::new(Entropy::bytes_of_seed(3));
        entropy.set_calm(100);
        let options = [2, 7, 1, 256, 3, 300, 2, 2];
        let first = options.map(|options| entropy.choose(options));
        let again = entropy.take_given();
        entropy.set_calm(0);
        entropy.refill(&again);
        assert_eq!(options.map(|options| entropy.choose(options)), first);
    }

    #[test]
    fn a_seed_is_a_string() {
        assert_eq!(Entropy::bytes_of_seed(1), Entropy::bytes_of_seed(1));
        assert_ne!(Entropy::bytes_of_seed(1), Entropy::bytes_of_seed(2));
    }
}
