//! Where a storm should have been ("sometimes"): a campaign that never got there has shown little.

macro_rules! probes {
    ($($name:ident = $text:literal,)*) => {
        /// Something that a campaign must have seen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each says what it is by the name it is reported by")]
        pub enum Probe { $($name,)* }

        impl Probe {
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

probes! {
    OnUring = "on-uring",
    OnEpoll = "on-epoll",
    OnPoll = "on-poll",
    OnPollAdd = "on-poll-add",
    OnMultishot = "on-poll-add-multishot",
    OnRing = "on-epoll-on-ring",
    OnOutside = "on-epoll-outside",
    OnAuto = "on-auto",
    NotDeferring = "ring-that-does-not-defer",
    Strict = "strict",
    Batch = "batch",
    BatchVoided = "batch-voided",
    UsedUp = "used-up-within-its-batch",
    WatchedHeld = "watched-held",
    WatchedForeign = "watched-foreign",
    WatchedRegular = "watched-regular-file",
    WatchedTerminal = "watched-terminal",
    WatchedListener = "watched-listener",
    WatchedTimer = "watched-timer",
    WatchedEvent = "watched-eventfd",
    SameFileTwice = "one-file-watched-twice",
    SameNumberTwice = "one-number-watched-twice",
    TwoLoops = "one-file-watched-by-two-loops",
    NumberReused = "number-reused-while-watched",
    NumberReusedReady = "number-reused-by-something-ready",
    GhostReady = "closed-but-alive-and-ready",
    SnatchedReady = "held-closed-but-alive-and-ready",
    ForeignVouched = "foreign-vouched",
    ForeignClosedReady = "foreign-closed-while-ready",
    Parked = "parked",
    Unparked = "unparked",
    HalfClosed = "half-closed-to-registered",
    HalfClosedMultishot = "half-closed-to-multishot",
    ReadReady = "event-read",
    WriteReady = "event-write",
    HangUp = "event-hang-up",
    ErrorEvent = "event-error",
    ReadHangUp = "event-read-hang-up",
    Refused = "event-refused",
    InterestDropped = "interest-in-nothing",
    InterestChanged = "interest-changed-while-ready",
    InterestChangedTwice = "interest-changed-twice-between-turns",
    RemovedReady = "removed-while-ready",
    RemovedSelf = "removed-itself",
    RemovedOther = "removed-another-in-handler",
    RemovedOtherReady = "removed-another-ready-one-in-handler",
    AddedInHandler = "added-in-handler",
    ClosedInHandler = "closed-in-handler",
    SubmittedInHandler = "submitted-in-handler",
    SaidDrained = "said-drained",
    SaidMore = "said-more",
    Full = "full",
    Unsupported = "operations-unsupported",
    TooLong = "chain-too-long",
    ChainSoft = "chain-soft",
    ChainHard = "chain-hard",
    HookAsked = "hook-asked",
    HookCalledOff = "hook-called-off",
    Done = "operation-done",
    DoneWaited = "operation-done-after-waiting",
    TimeUp = "timeout-up",
    Received = "received",
    Sent = "sent",
    AcceptedByRing = "accepted-by-the-ring",
    AcceptCancelled = "accepting-cancelled",
    AcceptedAgain = "accepted-by-the-ring-again",
    PolledAgain = "polled-by-the-ring-again",
    ManyEnded = "many-results-ended",
    ManyCancelled = "many-results-cancelled",
    ManyCutShort = "many-results-cut-short-by-a-full-queue",
    ManyToldCancelled = "many-results-told-after-cancel",
    BroughtUnnamed = "brought-for-nobody",
    AskedBeforeFork = "brought-after-a-fork",
    ForkedUntold = "forked-before-it-was-told",
    DroppedUntold = "loop-dropped-before-it-was-told",
    UntoldMany = "five-brought-and-not-told",
    PeerConnected = "connected-while-asleep",
    CancelInTime = "cancel-in-time",
    CancelTooLate = "cancel-too-late",
    CancelQueued = "cancel-before-submission",
    Slept = "slept-till-its-deadline",
    SleptForEver = "slept-for-ever",
    WokenByPeer = "woken-by-peer",
    WokenByTimer = "woken-by-timer",
    TurnAtOnce = "turn-that-may-not-wait",
    DroppedBusy = "loop-dropped-with-registrations",
    DroppedInFlight = "loop-dropped-with-operations",
    Remade = "loop-made-anew",
    OtherDriver = "loops-on-two-drivers",
    Forked = "forked",
    SettledBusy = "settled-with-three-ready",
    SettledIdle = "settled-with-nothing-ready",
    ManyCandidates = "five-ready-at-once",
}
