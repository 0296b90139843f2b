//! Lies told to the reference, to see that it notices.

/// What is done wrong on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sabotage {
    /// Nothing.
    #[default]
    Nothing,
    /// Handlers are called, but the reference is not told.
    Swallow,
    /// It is told twice.
    Double,
    /// A removed registration is called once more.
    Revive,
    /// A handler is called with what it did not ask for.
    Unwanted,
    /// A descriptor is held open that should be closed.
    Pin,
}

impl Sabotage {
    /// All there are.
    pub const ALL: [Self; 5] =
        [Self::Swallow, Self::Double, Self::Revive, Self::Unwanted, Self::Pin];
}
