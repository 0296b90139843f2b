//! The planted bugs: what each breaks, and the net that must find it.

use core::sync::atomic::{AtomicU16, Ordering};

/// Something that finds bugs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Net {
    /// The property test of the core, with its small honest kernel and its reference.
    Property,
    /// Random worlds around the loop, on the model kernel.
    Storm,
    /// Hostile input to the core, held to what was said.
    Forge,
    /// Random walks through the explorer's small worlds.
    Explorer,
    /// The loop's own tests on the model kernel, without a seed.
    Loops,
    /// The drivers' tests of operations on the real kernel, without a seed.
    Operations,
    /// The drivers' tests on the real kernel of urgent data, which no model has, and of polls that
    /// are being replaced; without a seed.
    Behaviour,
}

impl Net {
    const ALL: [Self; 7] = [
        Self::Property,
        Self::Storm,
        Self::Forge,
        Self::Explorer,
        Self::Loops,
        Self::Operations,
        Self::Behaviour,
    ];

    /// How it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Property => "property",
            Self::Storm => "storm",
            Self::Forge => "forge",
            Self::Explorer => "explorer",
            Self::Loops => "loops",
            Self::Operations => "operations",
            Self::Behaviour => "behaviour",
        }
    }

    /// The one that is called so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|net| net.name() == name)
    }
}

macro_rules! bugs {
    ($($name:ident($guarantee:literal, $net:ident, $seeds:literal) $what:literal)*) => {
        /// A bug that can be planted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Bug {
            $(#[doc = $what] $name,)*
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// How it is called.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The one that is called so.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|bug| bug.name() == name)
            }

            /// The guarantees that it breaks.
            #[must_use]
            pub const fn guarantee(self) -> &'static str {
                match self {
                    $(Self::$name => $guarantee,)*
                }
            }

            /// The net that must find it, and within how many seeds.
            #[must_use]
            pub const fn stated(self) -> (Net, u64) {
                match self {
                    $(Self::$name => (Net::$net, $seeds),)*
                }
            }

            /// What is wrong.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$name => $what,)*
                }
            }
        }
    };
}

/// The one that is in place: its number and one, or 0.
static PLANTED: AtomicU16 = AtomicU16::new(0);

/// Puts a bug into place, or takes it away.
pub fn plant(bug: Option<Bug>) {
    PLANTED.store(bug.map_or(0, Bug::mark), Ordering::Relaxed);
}

impl Bug {
    /// Whether it is in place.
    #[must_use]
    pub fn is_planted(self) -> bool {
        PLANTED.load(Ordering::Relaxed) == self.mark()
    }

    const fn mark(self) -> u16 {
        self as u16 + 1
    }
}

bugs! {
    ReusedNumberUnderToggle("G1, G4", Property, 100)
        "EBADF of an old poll ends the registration, though its number names a new file"
    EalreadyBelieved("G3, G6", Property, 100)
        "EALREADY is taken for a promise that the poll will end"
    LaneNeverDrains("G3", Property, 100)
        "the last answer of an old poll does not free its lane"
    ArmAndTagDisagree("G3", Property, 100)
        "the new poll of a replacement carries the tag of the old one's lane"
    NoSettle("G4", Property, 100)
        "lists are not brought in step after a poll's answer"
    RoomNotChecked("G9", Property, 100)
        "a replacement is handed out though its two entries do not fit"
    RearmWhileDraining("G3", Explorer, 1000)
        "a poll is replaced again while the one before it drains"
    ChangeForgotten("G1, G4", Behaviour, 1)
        "a change of interest is forgotten while the poll before is being replaced"
    SlotFreedTooEarly("G3", Property, 100)
        "a removed registration's slot is free before the kernel has answered everything"
    GenerationNotBumped("G1", Property, 100)
        "a slot's next tenant has the key of the one before"
    ReadinessLost("G4", Property, 100)
        "a handler's Drained denies a hint that came after it looked"
    EventOutsideInterest("G1", Property, 100)
        "an event tells all that was seen, not only what is wanted"
    LifoReadyList("G5", Property, 3000)
        "newcomers come before those who wait already"
    LostRemove("G3, G6", Property, 100)
        "the answer to a removal is taken for the end of the poll"
    BareIndex("G1", Property, 100)
        "an answer is matched by index alone, whatever the generation"
    EventOfTheRemoved("G1", Property, 100)
        "a removed registration stays a candidate"
    MultishotEndMissed("G4", Property, 100)
        "a multishot poll that has ended is believed to be armed"
    EdgeTakenForLevel("G4", Property, 100)
        "after its event one with a multishot poll waits for another edge"
    RdhupSpin("G7", Property, 100)
        "a half-closed socket is watched by oneshot polls, which complete for ever"
    BelievedOutsideALook("G2", Explorer, 100)
        "a level check made outside a look is a verdict"
    OldPollBelieved("G2", Explorer, 100)
        "the answer of a poll made before this look is a verdict"
    FailedLookBelieved("G2", Property, 1000)
        "what a look brought that was never finished is still a verdict at the next"
    ReportVoidsNoCheck("G4", Property, 100000)
        "the report that disarms a foreign descriptor leaves an earlier check valid"
    BatchVouches("G1", Property, 100)
        "a batch vouches for foreign descriptors"
    ForeignMore("G1", Property, 1000)
        "a handler's More vouches for a foreign descriptor"
    MoreOfOldInterest("G2", Property, 10000)
        "a handler's More outlives a change of interest"
    VerdictForEver("G2", Property, 100)
        "a verdict does not age"
    BatchNeverEnds("G2", Property, 100)
        "batches are counted, and never end"
    InvalidIsNoNews("G1", Property, 100)
        "POLLNVAL from a level check is taken for not ready"
    ToggleUnheard("G4", Property, 10000)
        "back to the interest its multishot poll has, nobody asks what was missed"
    WideInterestKept("G7", Property, 100)
        "a poll that waits for more than is wanted is kept"
    ArmsForNothing("G1, G7", Property, 100)
        "an empty interest is watched, for hang-ups"
    RetryOfTheDead("G3", Property, 300)
        "a removal is repeated on EALREADY though the poll has ended"
    RefusedAtOnce("L5", Property, 100)
        "the first refusal is the last word"
    PlaceNotKept("G5", Property, 100)
        "who has run and may be ready again does not keep a place"
    PlaceLostAtOnce("G5", Property, 100000)
        "who is seen not ready loses the place it had"
    NewcomerNotHeldBack("G5", Property, 300)
        "who comes between two looks does not wait for the next"
    ServedAsWaiting("G5", Property, 100)
        "who runs first in a rotation is not marked as served"
    MarkerLeftBehind("G5, G10", Property, 100)
        "the rotation's marker stays on one that has left"
    BusyNeverLooks("G4", Property, 100)
        "while somebody is ready the kernel is never looked at"
    BusyNeverJudged("G4", Property, 100)
        "the busy are never checked"
    DeliveredOverOthers("G5", Property, 100)
        "the only answer of a look goes before those who wait"
    DecidedOutOfTurn("G5", Property, 100)
        "a check that says ready is an event, whoever's turn it is"
    RemovedStillNamed("G1", Property, 100)
        "a removed registration can be changed until its slot is free"
    ChainCut("G9", Property, 100)
        "a chain is handed out though it does not fit"
    ChainTakenInPart("G9", Property, 100)
        "a chain for which there is no room leaves some of it behind"
    LinkToAStranger("G3", Property, 100)
        "the last one left of a chain keeps its link"
    SoftLinkGoesOn("G3", Property, 100)
        "what is softly linked behind a cancelled operation is submitted"
    IssuedNotCancelled("L3", Storm, 100)
        "to cancel what the kernel has does nothing"
    CancelledInVain("L3", Storm, 1000)
        "to cancel what waits in its chain, and so is not known yet, is done with"
    PrematureForGood("L3", Storm, 1000)
        "what could not be cancelled yet is not cancelled when its turn comes"
    CancelUnawaited("G3", Property, 100)
        "an operation's slot is free before its cancelling was answered"
    CancelAnsweredTwice("G3, G10", Property, 100)
        "the answer to a cancelling that nobody asked for is taken"
    WaitingResultLost("G9", Property, 100)
        "the results that wait behind others are not chained"
    FirstResultEnds("G3", Storm, 300)
        "an operation of many results is taken as ended at its first"
    CancelEnds("G3", Storm, 300)
        "a cancelled operation is freed before its last completion"

    DoubleWait("G7, G8", Storm, 100)
        "a turn waits as long as it may, and then once more"
    FalseHintRestarts("G7, G8", Storm, 300)
        "a wait that a false hint has cut short begins anew"
    TurnEndsEarly("G8", Storm, 100)
        "a turn that was woken in vain ends before its time"
    ClosePinned("G6", Storm, 100)
        "a removal returns before the kernel has let go"
    RemovalNeedsRoom("G6, G9", Operations, 1)
        "a removal waits for results for which there is no room"
    WakeUpLost("G4", Loops, 1)
        "the loop sleeps on its set while operations are under way on the ring"
    StoppedUp("G4, G5", Storm, 30000)
        "who answers behind results for which there is no room waits for them"
    AnswersSleptOn("G4", Storm, 10000)
        "the loop sleeps on what the answers so far ask for"
    HeldSleptOn("G4, G9", Operations, 1)
        "the loop sleeps on results for which there was no room"
    CandidatesSleptOn("G4", Storm, 100)
        "the loop sleeps though somebody has just become a candidate"
    DoorbellQueued("G4", Loops, 1)
        "a doorbell that the kernel has not taken yet is believed to ring"
    DoorbellDeferred("G4", Loops, 1)
        "a doorbell that the kernel has yet to bring up is believed to be silent"
    SetNotLast("G2", Loops, 1)
        "the set is looked at before the ring has done all that it does in that look"
    LateMemberUnasked("G5", Loops, 1)
        "who is put into the set within a look is not looked at in it"
    OperationsIgnored("G2", Loops, 1)
        "what a ring has seen is a verdict, though an operation of the same look may use it up"
    TwentyAtATime("G5", Storm, 3000)
        "a look ends after the first twenty completions of a ring that defers"
    MoreCountedAsLast("G4", Storm, 100)
        "each answer of a multishot request is counted as its last"
    BusyDropped("G9", Operations, 1)
        "results for which there is no room are dropped"
    HeldOvertaken("G9", Storm, 10000)
        "a result overtakes one for which there was no room"
    UntoldLeftOpen("G6", Storm, 1000)
        "a descriptor that an operation has opened, and nobody was told of, is not closed"
    HeldLeftOpen("G6, G9", Storm, 3000)
        "one for which there was no room is not closed when the loop ends"
    RefusalForgotten("L5", Loops, 1)
        "who is refused by the ring is asked for on the ring again"
    OldWaitIsLevel("G2", Storm, 10000)
        "what an EPOLL_WAIT of an earlier look fetched is a verdict"
    RecycledEntry("G3, G6", Storm, 100)
        "a removal is written into an entry that was not cleared, and refused"
    CancelByRemove("L3", Storm, 100)
        "operations are cancelled by POLL_REMOVE, which knows polls only"
    FullQueueLeft("G4, G6", Storm, 10000)
        "what does not fit into the queue waits for the next look"
    RoutesMixed("G3", Storm, 100)
        "a poll in the set is replaced on the ring, or the other way round"
    RouteForgotten("G3", Storm, 100)
        "which mechanism holds a replacing poll is not noted"
    UrgentOnRing("G4", Behaviour, 1)
        "the ring is asked for what it wakes nobody for"
    WaitedForTwice("G3", Storm, 100)
        "the set is waited for twice at once, under one user_data"
    NewcomerUnasked("G1", Storm, 300)
        "who joins a number in the set is not asked who it is"
    SuspectTrusted("G1", Storm, 1000)
        "those who were at a number stay when a newcomer brings another file"
    RegularFileRefused("G4", Loops, 1)
        "a regular file, which epoll refuses, is refused"
    ListedForGood("G4", Storm, 100)
        "a number taken out of the set is believed to be in it"
    SharerLeavesUnion("G7", Storm, 100)
        "who leaves a shared number leaves the set waiting for it"
    FetchedOneByOne("G5", Storm, 100)
        "a look fetches one event of the set"
    InterruptedWait("G10", Storm, 100)
        "a signal is an error"
    GhostBelieved("G1", Storm, 100)
        "the report of a foreign descriptor vouches for its number"
    WriteStarvesRead("G5", Storm, 100)
        "of those who share a number only the first is told"
    SharedNotRearmed("G4", Storm, 100)
        "the report of a shared foreign number is its last"
    VouchedUnasked("G1, G4", Storm, 100)
        "who is in the set is vouched for unasked"
    RemovalUnanswered("G3", Storm, 100)
        "a set ends a poll, and does not answer for the removal"
    OldTagKept("G4", Storm, 100)
        "a poll replaced in the set reports by the old one's tag"
    GhostFires("G7", Storm, 100)
        "a foreign descriptor, closed while a dup lives, reports for ever"
    UnionForgotten("G4", Storm, 100)
        "of a shared number only what the last one wants is asked for"
    ForeignAsHeld("G1", Storm, 100)
        "the set's report of a foreign descriptor is taken for a held one's"
    GhostKept("G7", Storm, 3000)
        "a set that reports who is not there any more is never made anew"
    StrangersMovedIn("G1", Storm, 10000)
        "a new set takes in whoever has the numbers of those who were in the old one"
    OldSetWaitedFor("G6", Loops, 1)
        "what waits for a set on the ring goes on waiting for the old one"
    UnheardUnasked("G4, G5", Loops, 1)
        "a set for which the ring does not take the wait is not looked at"
    SharersUnsuspected("G5", Storm, 50000)
        "who shares a descriptor with a foreign one is not suspected behind results without room"
    NumberTrusted("G1", Storm, 100)
        "a foreign number is judged by poll(2) without a question"
    VerdictsShifted("G1, G2", Storm, 100)
        "who is left out of a check leaves its answer to the next"
    PollUnasked("G1", Storm, 100)
        "on the poll driver a ready number is whoever it was"
    NeverNarrower("G7", Storm, 100)
        "on the poll driver a number is asked for all it was ever asked for"
    MovedNotFound("G4", Storm, 100)
        "an entry that takes the place of another is not found there"
    OldHandlerSits("G1, G11", Storm, 100)
        "a handler that has removed itself takes the seat of who came after"
    SilenceIsDrained("G4", Storm, 100)
        "a handler that says nothing is taken to have drained its descriptor"
    MoreIgnored("G3", Storm, 100)
        "a multishot poll's answers are each its last"
    IdentityKept("G4", Storm, 100)
        "a key's place remembers the first foreign file that was there"
}
