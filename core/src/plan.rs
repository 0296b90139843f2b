//! What the driver is to find out before there can be an event.

/// What to find out next, when [`next_event`](crate::Core::next_event) had nothing to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many of [`candidates`](crate::Core::candidates), from the first, to check and
    /// [`judge`](crate::Core::judge).
    pub judge: usize,
    /// Whether to look for completions.
    pub look: Look,
}

/// Whether, and how, to look for completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Not now: those who are known have their turns first.
    No,
    /// Look without waiting: the rotation is over, and newcomers come before a second turn.
    Glance,
    /// Wait for a completion: nobody is known to be ready.
    Wait,
}
