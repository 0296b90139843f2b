//! What the core wants the kernel to be told.

use crate::interest::Interest;
use crate::key::Key;
use crate::operation::Link;
use crate::tag::Tag;
use crate::watch::Watch;

/// One thing to tell the kernel, computed when the driver asks for it.
///
/// The tags go into the requests' `user_data` ([`Tag::encode`]); each request that is made must be
/// answered by one final [`Completion`](crate::Completion) carrying its tag, also where the
/// mechanism answers at once (as epoll_ctl does).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submission {
    /// Watch a descriptor (POLL_ADD, or EPOLL_CTL_ADD / MOD).
    Arm {
        /// Whose descriptor.
        key: Key,
        /// Answers with this.
        tag: Tag,
        /// For what.
        interest: Interest,
        /// In which way. Not always the registration's own: a half-closed socket is watched by
        /// [`Watch::Multishot`] where a oneshot poll would complete for ever.
        watch: Watch,
    },
    /// Watch it for something else: end the old poll and, whatever comes of that, make the new one
    /// (POLL_REMOVE hard-linked to POLL_ADD, or EPOLL_CTL_MOD). Two entries, or neither.
    Rearm {
        /// Whose descriptor.
        key: Key,
        /// The poll to end.
        target: Tag,
        /// The request that ends it answers with this.
        by: Tag,
        /// The new poll answers with this.
        tag: Tag,
        /// For what.
        interest: Interest,
        /// In which way.
        watch: Watch,
    },
    /// Stop watching (ASYNC_CANCEL, or EPOLL_CTL_DEL).
    Disarm {
        /// Whose descriptor.
        key: Key,
        /// The poll to end.
        target: Tag,
        /// The request that ends it answers with this.
        by: Tag,
        /// Whether the registration is only parked, being busy, and will be armed again.
        parked: bool,
    },
    /// An operation is about to be submitted: the last moment to change it, or to
    /// [`cancel`](crate::Core::cancel) it. Takes no entry.
    Prepare {
        /// Which one.
        key: Key,
    },
    /// Submit an operation. The members of a chain follow one another without anything between.
    Operation {
        /// Which one.
        key: Key,
        /// Answers with this.
        tag: Tag,
        /// How it is linked to the next operation handed out.
        link: Link,
    },
    /// Cancel an operation that is in the kernel (ASYNC_CANCEL).
    Cancel {
        /// Which one.
        key: Key,
        /// The request to cancel.
        target: Tag,
        /// The cancelling request answers with this.
        by: Tag,
    },
}
