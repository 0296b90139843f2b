//! Between the core's words and the kernel's bits: pure, both ways.

use levelring_core::{Completion, Interest, Readiness};

use crate::kernel::{Cqe, mask};
use crate::planted::planted;

/// The flags that are poll(2)'s own bits: POLLIN, POLLPRI, POLLOUT, and POLLERR, POLLHUP, POLLNVAL.
const ASKED: u32 = mask::IN | mask::PRI | mask::OUT;
const TOLD: u32 = ASKED | mask::ERR | mask::HUP | mask::NVAL;

/// What to ask the kernel for. ERR and HUP come unasked.
pub(crate) const fn wanted(interest: Interest) -> u32 {
    let hangup = if interest.contains(Interest::READ_HANGUP) { mask::RDHUP } else { 0 };
    interest.bits() as u32 & ASKED | hangup
}

/// What the kernel's answer means.
pub(crate) const fn readiness(events: u32) -> Readiness {
    let hangup = if events & mask::RDHUP == 0 { 0 } else { Readiness::READ_HANGUP.bits() };
    let [told, ..] = (events & TOLD).to_le_bytes();
    Readiness::from_bits(told | hangup)
}

/// A poll's answer, as the core takes it.
pub(crate) fn polled(events: u32) -> i32 {
    readiness(events).bits().into()
}

/// The answer of a level-triggered set or of poll(2): its poll lives on.
pub(crate) fn report(user_data: u64, events: u32, level: bool) -> Completion {
    Completion { user_data, result: polled(events), more: true, level, flags: 0 }
}

/// A ring's answer to a poll. If it is the last one, and came `promptly`, without anybody being
/// waited for, then it may be a level check: the poll's, when it was made.
pub(crate) fn poll_completion(cqe: Cqe, promptly: bool) -> Completion {
    let result = cqe.outcome().map_or(cqe.result, polled);
    let more = cqe.has_more() && !planted!(MoreIgnored);
    Completion { result, more, level: promptly && !more, ..Completion::last(cqe.user_data, 0) }
}

/// A ring's answer to anything else.
pub(crate) fn completion(cqe: Cqe) -> Completion {
    Completion {
        more: cqe.has_more(),
        flags: cqe.flags,
        ..Completion::last(cqe.user_data, cqe.result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pairs in which interest, readiness and mask correspond.
    const PAIRS: [(Interest, Readiness, u32); 4] = [
        (Interest::READ, Readiness::READ, mask::IN),
        (Interest::WRITE, Readiness::WRITE, mask::OUT),
        (Interest::PRIORITY, Readiness::PRIORITY, mask::PRI),
        (Interest::READ_HANGUP, Readiness::READ_HANGUP, mask::RDHUP),
    ];

    #[test]
    fn every_interest_asks_for_its_bits_and_no_others() {
        for bits in 0..=u8::MAX {
            let interest = Interest::from_bits(bits);
            let expected = PAIRS.iter().filter(|pair| interest.contains(pair.0));
            assert_eq!(wanted(interest), expected.fold(0, |all, pair| all | pair.2));
        }
    }

    #[test]
    fn what_was_asked_for_is_what_is_answered() {
        for (_, meaning, bit) in PAIRS {
            assert_eq!(readiness(bit), meaning);
        }
        assert_eq!(readiness(mask::ERR | mask::HUP), Readiness::ERROR | Readiness::HANGUP);
        assert_eq!(readiness(mask::NVAL), Readiness::INVALID);
        assert_eq!(readiness(0x0fff_df80), Readiness::EMPTY, "RDNORM and the like mean nothing");
    }

    #[test]
    fn an_error_stays_one() {
        let cqe = Cqe { user_data: 7, result: -9, flags: mask::CQE_MORE };
        let taken = poll_completion(cqe, true);
        assert_eq!((taken.user_data, taken.result, taken.more), (7, -9, true));
        assert!(!taken.level, "one that goes on was woken, sooner or later");
    }
}
