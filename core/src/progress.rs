//! What a handler says of its work.

/// What a handler may say when it returns, to save the loop a check.
///
/// Saying nothing, [`Unknown`](Self::Unknown), is always correct.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Progress {
    /// It does not know whether anything is left.
    #[default]
    Unknown,
    /// It saw EAGAIN: nothing is left, so no check is needed before the descriptor is armed.
    Drained,
    /// It stopped early: what it was called for is still there, all of it. Believed until another
    /// handler has run, which may have used it up.
    More,
}

impl From<()> for Progress {
    fn from((): ()) -> Self {
        Self::Unknown
    }
}
