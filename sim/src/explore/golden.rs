//! What is known of small worlds: a change of what the core, the driver or the model does moves
//! these numbers, and whoever makes it says why.

use super::bounds::Bounds;

/// A closed world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Golden {
    /// Which, as [`Options`](super::Options) are written.
    pub world: &'static str,
    /// Its states.
    pub states: usize,
    /// What can happen in them, by its outcomes.
    pub transitions: u64,
    /// How far the farthest is from the first.
    pub depth: u32,
    /// What takes how long at most; nothing where the kernel has too many ways to try them all.
    pub bounds: Option<Bounds>,
}

const fn golden(
    world: &'static str,
    states: usize,
    transitions: u64,
    depth: u32,
    bounds: Option<[u32; 4]>,
) -> Golden {
    let bounds = match bounds {
        Some([dispatch, overtaking, quiet, reclaim]) => {
            Some(Bounds { dispatch, overtaking, quiet, reclaim })
        }
        None => None,
    };
    Golden { world, states, transitions, depth, bounds }
}

/// Worlds that are closed in a moment.
pub const SMALL: &[Golden] = &[
    golden("1x1", 366, 1542, 15, Some([1, 0, 3, 1])),
    golden("1x1,plain", 626, 4186, 15, Some([1, 0, 3, 1])),
    golden("1x1,harsh", 2603, 14_104, 20, Some([1, 0, 3, 1])),
    golden("1x1,plain,harsh", 4155, 33_119, 20, Some([1, 0, 3, 1])),
    golden("1x2,harsh", 11_124, 68_031, 22, Some([1, 0, 3, 1])),
    golden("1x1,multishot,harsh", 23_560, 111_604, 23, Some([1, 0, 5, 3])),
    golden("2x1", 38_416, 316_692, 26, Some([2, 1, 5, 2])),
    golden("2x1,plain", 73_604, 756_408, 26, Some([3, 2, 6, 2])),
];

/// Worlds that take longer.
pub const LARGE: &[Golden] = &[
    golden("2x2", 208_341, 1_798_082, 27, Some([2, 1, 5, 2])),
    golden("2x1,closes,overflow", 364_211, 3_031_026, 35, Some([2, 1, 5, 3])),
    golden("2x1,plain,closes,overflow", 578_026, 5_898_020, 35, Some([3, 2, 6, 3])),
    golden("2x1,multishot", 1_211_222, 7_003_708, 43, None),
];

/// The hardest that were closed: everything that can go wrong, at once. Minutes, and gigabytes.
pub const HARDEST: &[Golden] = &[
    golden("2x2,closes", 2_625_579, 26_471_723, 36, None),
    golden("2x1,harsh", 10_194_446, 74_560_363, 56, None),
    golden("2x1,plain,harsh", 10_461_356, 102_036_566, 50, None),
];
