//! Every state of a registration's polls times everything that can come, through the public API,
//! and the stories behind the rows that surprise.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test names the cases it is about")]

mod bench;
mod looks;
mod stories;
mod table;
