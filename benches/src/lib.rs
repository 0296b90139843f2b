//! What the core alone costs: nanoseconds, instructions and allocations, by the number of
//! registrations. All of it should be flat.

pub mod allocator;
pub mod instructions;
pub mod timing;
pub mod work;

/// The numbers of registrations that everything is measured at.
pub const SIZES: [usize; 3] = [1, 1000, 1_000_000];
