//! Storms: random worlds around the production loop, the committed scenarios, and whether the nets
//! under them hold.

mod lies;
mod scenarios;
mod seeds;
mod text;
