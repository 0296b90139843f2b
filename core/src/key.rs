//! The name of a registration or an operation.

use core::fmt;

/// Names one registration or one operation for as long as it lives, and nothing after that.
///
/// An index says where it is stored; a generation tells it from what was stored there before.
/// A key is not used again until the kernel has answered everything issued under it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// How many indices a key can tell apart; storage beyond that is not used.
    pub const MAX_SLOTS: usize = 1 << INDEX_BITS;

    pub(crate) const fn new(index: u32, generation: u32) -> Self {
        Self { index, generation: generation & GENERATION_MASK }
    }

    /// The place in the storage: below its capacity, and free for the embedder to use as the
    /// index of a table of its own (of descriptors, say).
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// Which tenant of that place.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.generation
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.index, self.generation)
    }
}

pub(crate) const INDEX_BITS: u32 = 28;
pub(crate) const GENERATION_BITS: u32 = 31;
const GENERATION_MASK: u32 = (1 << GENERATION_BITS) - 1;

/// The generation after `generation`, wrapping.
pub(crate) const fn next_generation(generation: u32) -> u32 {
    generation.wrapping_add(1) & GENERATION_MASK
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;

    #[test]
    fn generations_follow_one_another_and_begin_anew() {
        assert_eq!((next_generation(0), next_generation(5)), (1, 6));
        assert_eq!(next_generation(GENERATION_MASK), 0);
    }

    #[test]
    fn is_written_as_its_place_and_its_tenant() {
        assert_eq!(format!("{:?}", Key::new(3, 2)), "3v2");
    }
}
