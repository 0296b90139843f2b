//! What is next in a turn.

use crate::event::Event;
use crate::interest::Interest;
use crate::key::Key;
use crate::plan::Plan;

/// What [`next_turn`](crate::Core::next_turn) says is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an event that is dropped is lost"]
pub enum Turn {
    /// The handler of this event runs, and that was the turn.
    Event(Event),
    /// It is this one's turn, if it is ready: check its level, [`decide`](crate::Core::decide) by
    /// that, and if there is no event, or the check failed, ask again. The plan would be to judge
    /// one candidate, this one, and not to look. It is [`Watch::Level`](crate::Watch::Level):
    /// nobody else may close it, so its number is enough. (Under `Strict` only; in a batch, several
    /// are checked at once.)
    Check {
        /// Whose level.
        key: Key,
        /// What it waits for.
        interest: Interest,
    },
    /// This is to be found out first.
    Plan(Plan),
}
