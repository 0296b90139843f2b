//! The number that travels to the kernel and back.
//!
//! ```text
//!  63    60   59   58                            28 27                          0
//! ┌────────┬──────┬────────────────────────────────┬─────────────────────────────┐
//! │  kind  │ lane │           generation           │            index            │
//! └────────┴──────┴────────────────────────────────┴─────────────────────────────┘
//!   4 bits   1 bit              31 bits                         28 bits
//! ```
//!
//! Kind 0 is nobody's, so that a zeroed entry is never taken for one of ours; kinds from 8 up
//! are left to the driver for requests of its own.

use crate::key::{GENERATION_BITS, INDEX_BITS, Key};
use crate::lane::Lane;

/// What a request was for: the `user_data` of a submission, and of its completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// A poll of this registration, on this lane.
    Arm(Key, Lane),
    /// The request that ends such a poll.
    Disarm(Key, Lane),
    /// An operation.
    Operation(Key),
    /// The request that cancels an operation.
    Cancel(Key),
}

impl Tag {
    /// From this number up, a `user_data` is the driver's own: the core calls it foreign.
    pub const FIRST_DRIVERS_OWN: u64 = 8 << KIND_SHIFT;

    /// The number that stands for it.
    #[must_use]
    pub const fn encode(self) -> u64 {
        let (kind, lane, key) = match self {
            Self::Arm(key, lane) => (ARM, lane, key),
            Self::Disarm(key, lane) => (DISARM, lane, key),
            Self::Operation(key) => (OPERATION, Lane::A, key),
            Self::Cancel(key) => (CANCEL, Lane::A, key),
        };
        (kind << KIND_SHIFT)
            | ((matches!(lane, Lane::B) as u64) << LANE_SHIFT)
            | ((key.generation() as u64) << INDEX_BITS)
            | key.index() as u64
    }

    /// What the number stands for; `None` when it was not made by [`encode`](Self::encode).
    #[must_use]
    pub const fn decode(number: u64) -> Option<Self> {
        let lane = if number >> LANE_SHIFT & 1 == 0 { Lane::A } else { Lane::B };
        let key = Key::new(
            (number & ((1 << INDEX_BITS) - 1)) as u32,
            (number >> INDEX_BITS & ((1 << GENERATION_BITS) - 1)) as u32,
        );
        match (number >> KIND_SHIFT, lane) {
            (ARM, lane) => Some(Self::Arm(key, lane)),
            (DISARM, lane) => Some(Self::Disarm(key, lane)),
            (OPERATION, Lane::A) => Some(Self::Operation(key)),
            (CANCEL, Lane::A) => Some(Self::Cancel(key)),
            _ => None,
        }
    }

    /// The key within.
    #[must_use]
    pub const fn key(self) -> Key {
        match self {
            Self::Arm(key, _) | Self::Disarm(key, _) | Self::Operation(key) | Self::Cancel(key) => {
                key
            }
        }
    }
}

const KIND_SHIFT: u32 = 60;
const LANE_SHIFT: u32 = 59;
const _: () = assert!(INDEX_BITS + GENERATION_BITS == LANE_SHIFT);

const ARM: u64 = 1;
const DISARM: u64 = 2;
const OPERATION: u64 = 3;
const CANCEL: u64 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(key: Key) -> [Tag; 6] {
        [
            Tag::Arm(key, Lane::A),
            Tag::Arm(key, Lane::B),
            Tag::Disarm(key, Lane::A),
            Tag::Disarm(key, Lane::B),
            Tag::Operation(key),
            Tag::Cancel(key),
        ]
    }

    #[test]
    fn round_trip_at_every_edge() {
        let edges = [0, 1, (1 << INDEX_BITS) - 1];
        for index in edges {
            for generation in [0, 1, (1 << GENERATION_BITS) - 1] {
                for tag in all(Key::new(index, generation)) {
                    assert_eq!(Tag::decode(tag.encode()), Some(tag));
                    assert!(tag.encode() < Tag::FIRST_DRIVERS_OWN);
                }
            }
        }
    }

    #[test]
    fn whatever_decodes_encodes_to_the_same_number() {
        // A cheap scramble over the whole range; kinds 0 and 5..16 must be refused.
        let mut number = 0x9e37_79b9_7f4a_7c15u64;
        let (mut ours, mut foreign) = (0, 0);
        for _ in 0..100_000 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            match Tag::decode(number) {
                Some(tag) => {
                    assert_eq!(tag.encode(), number);
                    ours += 1;
                }
                None => foreign += 1,
            }
        }
        assert!(ours > 1000 && foreign > 1000, "{ours} {foreign}");
        assert_eq!(Tag::decode(0), None);
        assert_eq!(Tag::decode(u64::MAX), None);
    }
}
