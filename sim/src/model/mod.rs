//! The reference: the user's view.
//!
//! What the caller of a loop was promised, written apart from how the loop keeps it: which
//! registrations live, for which file and interest, what was asked of the ring, which descriptors
//! name what. It knows levels and desires, and nothing of lanes, lists, tags or arms.

mod files;
mod requests;
mod watches;

pub(crate) use files::{FileId, FileKind, Files};
pub(crate) use requests::{Asked, Requests, Telling};
pub(crate) use watches::{Rules, Watched, Watches};

use levelring::Readiness;

/// What a mask of poll(2) means to a handler.
pub(crate) fn readiness(mask: u32) -> Readiness {
    use levelring::kernel::mask;
    let table = [
        (mask::IN, Readiness::READ),
        (mask::OUT, Readiness::WRITE),
        (mask::PRI, Readiness::PRIORITY),
        (mask::RDHUP, Readiness::READ_HANGUP),
        (mask::ERR, Readiness::ERROR),
        (mask::HUP, Readiness::HANGUP),
        (mask::NVAL, Readiness::INVALID),
    ];
    let set = table.into_iter().filter(|(bit, _)| mask & bit != 0);
    set.fold(Readiness::EMPTY, |all, (_, readiness)| all | readiness)
}
