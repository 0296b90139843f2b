//! Small worlds are closed, and the explorer itself is checked: that its reductions change no
//! verdict, that planted bugs are found, that a seed is a run.

mod closures;
mod reductions;
mod sabotaged;
mod walks;
