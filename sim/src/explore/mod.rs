//! Small worlds: the production core, a driver of one page and the model kernel, in which every
//! reachable state is visited.

mod action;
mod bounds;
mod checks;
mod driver;
mod golden;
mod hash;
mod image;
mod options;
mod search;
mod step;
mod swarm;
mod table;
mod trail;
mod user;
mod world;

pub use action::Action;
pub use bounds::{Bounds, bounds};
pub use golden::{Golden, HARDEST, LARGE, SMALL};
pub use hash::Folding;
pub use image::Reductions;
pub use options::{Options, Sabotage, UnknownWorld};
pub use search::{Closure, Failure, Limits, Verdict, close};
pub use swarm::{Swarm, Swarmed, swarm, walk};
pub use trail::Trail;
pub use world::World;
