//! The ways the kernel can be asked to watch a descriptor.

/// What a registration's arm in the kernel is: what its completions mean, and how long it lives.
///
/// Whichever it is, a completion is only a *hint*; the kinds differ in what is owed afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Watch {
    /// One completion, then the arm is gone (POLL_ADD). A busy registration has no arm at all;
    /// it is armed again when it was seen not ready.
    Oneshot,
    /// Stays armed, and tells of *changes* only (POLL_ADD with MULTI). Whoever ran stays a
    /// candidate until seen not ready, for no further completion is owed for what is left.
    Multishot,
    /// Stays armed, and tells at every look for as long as it is ready (a level-triggered epoll
    /// set). Whoever ran need not be judged: the set will say so again. A registration that is
    /// ready time after time is *parked*: disarmed, and judged in its turn instead.
    Level,
    /// As [`Level`](Self::Level), but never parked: the descriptor may be closed, and its number
    /// used again, behind the loop's back, and only the set knows which file was meant.
    Foreign,
}
