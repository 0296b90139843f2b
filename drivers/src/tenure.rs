//! Who may close a descriptor.

/// Who may close a descriptor that is watched: it decides how it may be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tenure {
    /// It stays open, and its number the same file's, until the registration is removed: the loop
    /// owns it, or has borrowed it. Breaking the promise is safe, but the loop may then watch
    /// whatever file the number names next, and hold the old one open.
    Held,
    /// Other code may close it at any time, and its number may name another file the next moment.
    /// The loop never holds it open, and asks who it is before each event.
    Foreign,
}
