//! Ring entries: pure.

use std::os::fd::RawFd;

use io_uring::squeue::{Entry, Flags};
use io_uring::{opcode, types};
use levelring_core::{Interest, Link, Tag, Watch};

use crate::kernel::Sqe;
use crate::planted::planted;
use crate::translate;

/// A poll.
pub(super) fn poll(fd: RawFd, interest: Interest, watch: Watch, tag: Tag) -> Entry {
    opcode::PollAdd::new(types::Fd(fd), translate::wanted(interest))
        .multi(watch == Watch::Multishot)
        .build()
        .user_data(tag.encode())
}

/// Ends a poll that the next entry replaces, which is made whatever comes of this: hence the hard
/// link. It never eats readiness, as a cancel may.
pub(super) fn replaced(target: Tag, by: Tag) -> Entry {
    opcode::PollRemove::new(target.encode())
        .build()
        .user_data(by.encode())
        .flags(if planted!(RecycledEntry) { Flags::BUFFER_SELECT } else { Flags::empty() })
        .flags(Flags::IO_HARDLINK)
}

/// Ends a poll or an operation. Of a poll it is sure: it has no "already under way", after which
/// the poll might be armed again.
pub(super) fn cancel(target: Tag, by: Tag) -> Entry {
    if planted!(CancelByRemove) {
        return opcode::PollRemove::new(target.encode()).build().user_data(by.encode());
    }
    opcode::AsyncCancel::new(target.encode()).build().user_data(by.encode())
}

/// An operation, linked to the one after it.
///
/// Flags of the entry's own that the core knows nothing of do not stay: a link would bind it to a
/// stranger, and a success that is not reported would never end.
pub(super) fn operation(entry: Entry, tag: Tag, link: Link) -> Entry {
    let own = Flags::from_bits_truncate(Sqe::from(&entry).flags) - NOT_ITS_OWN;
    let entry = entry.clear_flags().flags(own).user_data(tag.encode());
    match link {
        Link::None => entry,
        Link::Soft => entry.flags(Flags::IO_LINK),
        Link::Hard => entry.flags(Flags::IO_HARDLINK),
    }
}

const NOT_ITS_OWN: Flags = Flags::IO_LINK.union(Flags::IO_HARDLINK).union(Flags::SKIP_SUCCESS);

#[cfg(test)]
mod tests {
    use levelring_core::{Core, Freshness, Lane, Slot};

    use super::*;
    use crate::kernel::mask;

    fn tags() -> [Tag; 3] {
        let mut core = Core::new([Slot::NEW; 1], Freshness::Strict);
        let key = core.register(Watch::Oneshot, Interest::READ).expect("there is room for one");
        [Tag::Arm(key, Lane::A), Tag::Arm(key, Lane::B), Tag::Disarm(key, Lane::A)]
    }

    #[test]
    fn a_poll_asks_for_the_interest_once_or_for_good() {
        let [tag, ..] = tags();
        let once = Sqe::from(&poll(5, Interest::READ, Watch::Oneshot, tag));
        assert_eq!((once.opcode, once.fd, once.flags), (opcode::PollAdd::CODE, 5, 0));
        assert_eq!((once.op_flags, once.len, once.user_data), (mask::IN, 0, tag.encode()));
        let often = Sqe::from(&poll(5, Interest::WRITE, Watch::Multishot, tag));
        assert_eq!((often.op_flags, often.len), (mask::OUT, 1));
    }

    #[test]
    fn ends_name_their_target_and_only_a_replacement_is_linked() {
        let [tag, _, by] = tags();
        let removal = Sqe::from(&replaced(tag, by));
        assert_eq!(removal.opcode, opcode::PollRemove::CODE);
        assert_eq!((removal.addr, removal.user_data), (tag.encode(), by.encode()));
        assert_eq!(removal.flags, Flags::IO_HARDLINK.bits());
        let cancel = Sqe::from(&cancel(tag, by));
        assert_eq!(cancel.opcode, opcode::AsyncCancel::CODE);
        assert_eq!((cancel.addr, cancel.flags), (tag.encode(), 0));
    }

    #[test]
    fn links_become_flags() {
        let [tag, ..] = tags();
        let linked = |link| Sqe::from(&operation(opcode::Nop::new().build(), tag, link)).flags;
        assert_eq!(linked(Link::None), 0);
        assert_eq!(linked(Link::Soft), Flags::IO_LINK.bits());
        assert_eq!(linked(Link::Hard), Flags::IO_HARDLINK.bits());
    }

    #[test]
    fn flags_that_would_break_the_accounting_do_not_stay() {
        let [tag, ..] = tags();
        let entry = opcode::Nop::new().build().flags(Flags::all());
        let kept = Flags::from_bits_retain(Sqe::from(&operation(entry, tag, Link::None)).flags);
        assert_eq!(kept, Flags::all() - NOT_ITS_OWN);
        assert!(kept.contains(Flags::ASYNC | Flags::FIXED_FILE));
    }
}
