//! What is next in a turn.

use crate::event::Event;
use crate::interest::Interest;
use crate::key::Key;
use crate::plan::Plan;

/// What [`next_turn`](crate::Core::next_turn) says is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The handler of this event runs, and that was the turn.
    Event(Event),
    /// It is this one's turn, if it is ready: [`decide`](crate::Core::decide) by its level. The
    /// plan would be to judge one candidate, this one, and not to look. It is
    /// [`Watch::Level`](crate::Watch::Level).
    Check {
        /// Whose level.
        key: Key,
        /// What it waits for.
        interest: Interest,
    },
    /// This is to be found out first.
    Plan(Plan),
}
