//! Between the core's words and the kernel's bits: pure, both ways.

use levelring_core::{Completion, Interest, Readiness};

use crate::kernel::{Cqe, mask};

/// What to ask the kernel for. ERR and HUP come unasked.
pub(crate) const fn wanted(interest: Interest) -> u32 {
    bit(interest.contains(Interest::READ), mask::IN)
        | bit(interest.contains(Interest::WRITE), mask::OUT)
        | bit(interest.contains(Interest::PRIORITY), mask::PRI)
        | bit(interest.contains(Interest::READ_HANGUP), mask::RDHUP)
}

const fn bit(set: bool, bit: u32) -> u32 {
    if set { bit } else { 0 }
}

/// What the kernel's answer means.
pub(crate) const fn readiness(events: u32) -> Readiness {
    Readiness::from_bits(
        pick(events, mask::IN, Readiness::READ)
            | pick(events, mask::OUT, Readiness::WRITE)
            | pick(events, mask::PRI, Readiness::PRIORITY)
            | pick(events, mask::RDHUP, Readiness::READ_HANGUP)
            | pick(events, mask::ERR, Readiness::ERROR)
            | pick(events, mask::HUP, Readiness::HANGUP)
            | pick(events, mask::NVAL, Readiness::INVALID),
    )
}

const fn pick(events: u32, bit: u32, meaning: Readiness) -> u8 {
    if events & bit == 0 { 0 } else { meaning.bits() }
}

/// A poll's answer, as the core takes it.
pub(crate) fn polled(events: u32) -> i32 {
    readiness(events).bits().into()
}

/// The answer of a level-triggered set or of poll(2): its poll lives on.
pub(crate) fn report(user_data: u64, events: u32, level: bool) -> Completion {
    Completion { user_data, result: polled(events), more: true, level, flags: 0 }
}

/// A ring's answer to a poll.
pub(crate) fn poll_completion(cqe: Cqe) -> Completion {
    let result = cqe.outcome().map_or(cqe.result, polled);
    Completion { result, more: cqe.has_more(), ..Completion::last(cqe.user_data, 0) }
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
        for bits in 0..32 {
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
        let taken = poll_completion(cqe);
        assert_eq!((taken.user_data, taken.result, taken.more), (7, -9, true));
    }
}
