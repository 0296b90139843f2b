//! The world: what its network does to streams, how time passes in it, and that a program sees on
//! it what it sees on Linux.

mod both;
mod ends;
mod operations;
mod streams;
mod support;
mod time;
mod trouble;
