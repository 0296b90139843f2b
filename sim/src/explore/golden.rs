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
    /// What takes how long at most.
    pub bounds: Bounds,
}

const fn golden(
    world: &'static str,
    states: usize,
    transitions: u64,
    depth: u32,
    [dispatch, overtaking, quiet, reclaim]: [u32; 4],
) -> Golden {
    let bounds = Bounds { dispatch, overtaking, quiet, reclaim };
    Golden { world, states, transitions, depth, bounds }
}

/// Worlds that are closed in a moment.
pub const SMALL: &[Golden] = &[
];

/// Worlds that take longer.
pub const LARGE: &[Golden] = &[
];
