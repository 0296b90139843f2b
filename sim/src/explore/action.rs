//! What can happen next.

use levelring::Interest;

/// One thing that somebody does. Where Linux leaves the outcome open, there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The loop goes on, as far as its next call of the kernel and what comes of it.
    Go,
    /// The loop has slept long enough.
    TimeUp,
    /// The program watches a descriptor.
    Add {
        /// Which one.
        file: usize,
        /// For what.
        interest: Interest,
    },
    /// The program waits for something else.
    Want {
        /// Which registration: the index of its key.
        slot: usize,
        /// What it waits for from now on.
        interest: Interest,
    },
    /// The program ends a registration, and waits until the kernel has let go.
    Remove {
        /// Which one.
        slot: usize,
    },
    /// A descriptor becomes readable instead of writable, or the other way round.
    Toggle {
        /// Which one.
        file: usize,
    },
    /// The program closes a descriptor behind the loop's back.
    Close {
        /// Which one.
        file: usize,
    },
    /// The program opens a file, which gets the lowest number that is free.
    Open,
}

/// What somebody may wait for.
pub(super) const INTERESTS: [Interest; 3] = [Interest::READ, Interest::WRITE, Interest::EMPTY];
