//! What happened in the kernel, counted, so that a storm can tell what it has really been through.

macro_rules! sights {
    ($($name:ident = $text:literal: $what:literal,)*) => {
        /// Something that a kernel may see happen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Sight {
            $(#[doc = $what] $name,)*
        }

        impl Sight {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// By which name it is reported.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

sights! {
    Interrupted = "eintr-in-wait": "A sleep was interrupted.",
    ShortSubmit = "short-submit": "An enter took fewer submissions than it was given.",
    Busy = "enter-busy": "An enter was refused with EBUSY.",
    Again = "enter-again": "An enter was refused with EAGAIN.",
    SpuriousWake = "spurious-wake": "A sleep ended with nothing to show for it.",
    SpuriousCancel = "spurious-cancel": "A poll that fired ended with ECANCELED.",
    SpuriousInvalid = "spurious-invalid": "A poll that fired ended with EINVAL.",
    Already = "ealready-seen": "A poll that was to be removed had been woken.",
    Rearmed = "woken-in-vain": "A poll was woken for what was no longer so, and went on.",
    StaleMask = "stale-mask": "A poll reported what was no longer so.",
    Inline = "poll-inline": "A poll completed when it was issued.",
    Once = "oneshot-armed": "A oneshot poll was armed.",
    Multishot = "multishot-armed": "A multishot poll was armed.",
    MultishotFull = "multishot-ended-by-overflow": "A multishot poll found the queue full.",
    Overflow = "cq-overflow": "A completion found the queue full.",
    Removed = "poll-removed": "A poll was removed.",
    NothingThere = "nothing-to-remove": "A poll that was to be removed was gone.",
    Cancelled = "operation-cancelled": "A request was cancelled.",
    ChainCut = "chain-cut": "A batch ended within a chain.",
    ChainBroken = "chain-broken": "What was linked to a failure was cancelled.",
    SetOnRing = "set-waited-for-on-ring": "An epoll set was waited for by EPOLL_WAIT.",
    SetPolled = "doorbell-set": "An epoll set was polled by a ring.",
    SetAdd = "set-add": "An epoll set was given a file.",
    SetDelete = "set-delete": "A file was taken out of an epoll set.",
    SetModify = "set-modify": "A file of an epoll set was changed.",
    SetUnknown = "set-knows-nothing": "A file to be changed was in the set no more.",
    SetRefused = "set-refused": "A file was not one to be watched by a set.",
    SetForgot = "set-forgot": "A file that was closed left an epoll set.",
    SetOneshot = "set-told-once": "An entry of a set was told of, and disarmed.",
    Ghost = "ghost-reported": "A set told of a number that named that file no more.",
    RingDiedLate = "ring-died-late": "A ring was closed, and died later.",
}

/// How often each [`Sight`] was seen.
#[derive(Clone, Debug)]
pub struct Witness([u64; Sight::ALL.len()]);

impl Witness {
    pub(super) const fn new() -> Self {
        Self([0; Sight::ALL.len()])
    }

    pub(super) const fn saw(&mut self, sight: Sight) {
        self.0[sight as usize] += 1;
    }

    /// How often.
    #[must_use]
    pub const fn count(&self, sight: Sight) -> u64 {
        self.0[sight as usize]
    }
}
