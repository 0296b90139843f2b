//! The planted bugs: what each breaks, and the net that must find it.

use core::sync::atomic::{AtomicU16, Ordering};

/// Something that finds bugs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Net {
    /// The property test of the core, with its small honest kernel and its reference.
    Property,
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
    ReusedNumberUnderToggle("G1, G4", Property, 300)
        "EBADF of an old poll ends the registration, though its number names a new file"
    EalreadyBelieved("G3, G6", Property, 300)
        "EALREADY is taken for a promise that the poll will end"
    LaneNeverDrains("G3", Property, 300)
        "the last answer of an old poll does not free its lane"
    ArmAndTagDisagree("G3", Property, 300)
        "the new poll of a replacement carries the tag of the old one's lane"
    NoSettle("G4", Property, 300)
        "lists are not brought in step after a poll's answer"
    RoomNotChecked("G9", Property, 300)
        "a replacement is handed out though its two entries do not fit"
    RearmWhileDraining("G3", Property, 300)
        "a poll is replaced again while the one before it drains"
    SlotFreedTooEarly("G3", Property, 300)
        "a removed registration's slot is free before the kernel has answered everything"
    GenerationNotBumped("G1", Property, 300)
        "a slot's next tenant has the key of the one before"
    ReadinessLost("G4", Property, 300)
        "a handler's Drained denies a hint that came after it looked"
    EventOutsideInterest("G1", Property, 300)
        "an event tells all that was seen, not only what is wanted"
    LifoReadyList("G5", Property, 300)
        "newcomers come before those who wait already"
    LostRemove("G3, G6", Property, 300)
        "the answer to a removal is taken for the end of the poll"
    BareIndex("G1", Property, 300)
        "an answer is matched by index alone, whatever the generation"
    EventOfTheRemoved("G1", Property, 300)
        "a removed registration stays a candidate"
    MultishotEndMissed("G4", Property, 300)
        "a multishot poll that has ended is believed to be armed"
    EdgeTakenForLevel("G4", Property, 300)
        "after its event one with a multishot poll waits for another edge"
    RdhupSpin("G7", Property, 300)
        "a half-closed socket is watched by oneshot polls, which complete for ever"
    BelievedOutsideALook("G2", Property, 300)
        "a level check made outside a look is a verdict"
    OldPollBelieved("G2", Property, 300)
        "the answer of a poll made before this look is a verdict"
    FailedLookBelieved("G2", Property, 300)
        "what a look brought that was never finished is still a verdict at the next"
    ReportVoidsNoCheck("G4", Property, 300)
        "the report that disarms a foreign descriptor leaves an earlier check valid"
    BatchVouches("G1", Property, 300)
        "a batch vouches for foreign descriptors"
    ForeignMore("G1", Property, 300)
        "a handler's More vouches for a foreign descriptor"
    MoreOfOldInterest("G2", Property, 300)
        "a handler's More outlives a change of interest"
    VerdictForEver("G2", Property, 300)
        "a verdict does not age"
    BatchNeverEnds("G2", Property, 300)
        "batches are counted, and never end"
    InvalidIsNoNews("G1", Property, 300)
        "POLLNVAL from a level check is taken for not ready"
    ToggleUnheard("G4", Property, 300)
        "back to the interest its multishot poll has, nobody asks what was missed"
    WideInterestKept("G7", Property, 300)
        "a poll that waits for more than is wanted is kept"
    ArmsForNothing("G1, G7", Property, 300)
        "an empty interest is watched, for hang-ups"
    ReplacedWhileEnding("G3", Property, 300)
        "a replacement takes a lane whose last removal is not answered"
    ArmedWhileEnding("G3", Property, 300)
        "a new poll takes a lane whose last removal is not answered"
    RetryOfTheDead("G3", Property, 300)
        "a removal is repeated on EALREADY though the poll has ended"
    RefusedAtOnce("L5", Property, 300)
        "the first refusal is the last word"
    PlaceNotKept("G5", Property, 300)
        "who has run and may be ready again does not keep a place"
    PlaceLostAtOnce("G5", Property, 300)
        "who is seen not ready loses the place it had"
    NewcomerNotHeldBack("G5", Property, 300)
        "who comes between two looks does not wait for the next"
    ServedAsWaiting("G5", Property, 300)
        "who runs first in a rotation is not marked as served"
    MarkerLeftBehind("G5, G10", Property, 300)
        "the rotation's marker stays on one that has left"
    BusyNeverLooks("G4", Property, 300)
        "while somebody is ready the kernel is never looked at"
    BusyNeverJudged("G4", Property, 300)
        "the busy are never checked"
    DeliveredOverOthers("G5", Property, 300)
        "the only answer of a look goes before those who wait"
    DecidedOutOfTurn("G5", Property, 300)
        "a check that says ready is an event, whoever's turn it is"
    RemovedStillNamed("G1", Property, 300)
        "a removed registration can be changed until its slot is free"
    ChainCut("G9", Property, 300)
        "a chain is handed out though it does not fit"
    ChainTakenInPart("G9", Property, 300)
        "a chain for which there is no room leaves some of it behind"
    LinkToAStranger("G3", Property, 300)
        "the last one left of a chain keeps its link"
    SoftLinkGoesOn("G3", Property, 300)
        "what is softly linked behind a cancelled operation is submitted"
    CommittedNotCancelled("L3", Property, 300)
        "to cancel a member of a chain that is being handed out does nothing"
    CancelUnawaited("G3", Property, 300)
        "an operation's slot is free before its cancelling was answered"
    CancelAnsweredTwice("G3, G10", Property, 300)
        "the answer to a cancelling that nobody asked for is taken"
    WaitingResultLost("G9", Property, 300)
        "the results that wait behind others are not chained"
}
