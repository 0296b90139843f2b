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
    golden("1x1", 366, 1518, 15, Some([1, 0, 3, 1])),
    golden("1x1,plain", 626, 4138, 15, Some([1, 0, 3, 1])),
    golden("1x1,harsh", 2603, 13_792, 20, Some([1, 0, 3, 1])),
    golden("1x1,plain,harsh", 4155, 32_819, 20, Some([1, 0, 3, 1])),
    golden("1x2,harsh", 11_124, 66_687, 22, Some([1, 0, 3, 1])),
    golden("1x1,multishot,harsh", 23_548, 109_660, 23, Some([1, 0, 5, 3])),
    golden("2x1", 38_416, 300_592, 26, Some([2, 1, 5, 2])),
    golden("2x1,plain", 73_604, 724_284, 26, Some([3, 2, 6, 2])),
];

/// Worlds that take longer.
pub const LARGE: &[Golden] = &[
    golden("2x2", 208_341, 1_709_514, 27, Some([2, 1, 5, 2])),
    golden("2x1,closes,overflow", 360_123, 2_880_882, 35, Some([2, 1, 5, 3])),
    golden("2x1,plain,closes,overflow", 575_834, 5_628_290, 35, Some([3, 2, 6, 3])),
    golden("2x1,multishot", 1_211_222, 6_692_402, 43, None),
];

/// The hardest that were closed: everything that can go wrong, at once. Minutes, and gigabytes.
pub const HARDEST: &[Golden] = &[
    golden("2x2,closes", 2_625_579, 24_990_447, 36, None),
    golden("2x1,harsh", 10_099_146, 73_766_652, 56, None),
    golden("2x1,plain,harsh", 10_419_846, 101_437_784, 50, None),
];
