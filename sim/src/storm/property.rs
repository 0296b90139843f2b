//! What has to hold, by name.

macro_rules! properties {
    ($($name:ident = $text:literal $kind:ident: $what:literal,)*) => {
        /// What has to hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Property {
            $(#[doc = $what] $name,)*
        }

        impl Property {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// By which name it is reported: the guarantee, and what it is about.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether something bad happens when it is broken, or something good does not.
            #[must_use]
            pub const fn kind(self) -> FailureKind {
                match self { $(Self::$name => FailureKind::$kind,)* }
            }
        }
    };
}

properties! {
    Identity = "S1-identity(G1)" Safety:
        "A handler runs only for a live registration, for the file it was made for.",
    Interest = "S1-interest(G1)" Safety: "And for bits of its present interest, at least one.",
    Lanes = "S2-two-polls(G3)" Safety: "At most two polls per registration are in the kernel.",
    Unique = "S2-unique-requests(G3)" Safety: "No two requests in flight have one name.",
    OneEnd = "S3-one-end(G3)" Safety: "Each request has exactly one last result.",
    Result = "S3-result(G3)" Safety: "A request's result is one that it can have.",
    Order = "S3-order(G3)" Safety:
        "An operation's results are told in the order in which they came.",
    Owned = "S3-owned(G3)" Safety: "A descriptor that is told is open, and nobody else's.",
    Untold = "S3-untold(G6)" Safety: "One that is not told is closed.",
    ChainOrder = "S3-chain(G3)" Safety: "What is linked to a failure is cancelled.",
    Memory = "S3-sources(G3)" Safety: "What the loop owns is let go of when it is over.",
    Asleep = "S4-ready-sleeps(G4)" Liveness: "The loop never sleeps while somebody is ready.",
    Awaited = "S4-result-sleeps(G4)" Liveness:
        "The loop never sleeps while an operation could be done.",
    Pins = "S5-pins(G6)" Safety: "The kernel holds nothing of what nobody watches.",
    EndOfFile = "S5-end-of-file(G6)" Safety: "A close takes effect at once, as its peer sees.",
    Overflow = "S6-overflow(G9)" Liveness: "Nothing is lost when the queue overflows.",
    Full = "S6-full(G9)" Safety: "At the bound there is an error, and nothing is changed.",
    Early = "S7-early(G8)" Safety: "Nothing that waits for a time comes before it.",
    Deadline = "S7-deadline(G8)" Safety: "A turn waits as long as it was told, and no longer.",
    Spin = "S8-spin(G7)" Liveness: "With nothing ready the loop sleeps, in few calls.",
    Fresh = "S9-fresh(G2)" Safety: "When a handler is called, its descriptor is ready.",
    Batch = "S9-batch(G2)" Safety: "Or was, within the batch.",
    OneTurn = "S10-one-handler" Safety: "A turn calls one handler at most.",
    Reentrancy = "S11-reentrancy(G11)" Safety: "Whatever a handler does, the rest holds.",
    Nested = "S11-nested(G11)" Safety: "A handler cannot turn its own loop.",
    Independence = "S12-independence" Liveness: "Loops on the same files disturb nobody.",
    Totality = "S13-totality(G10)" Safety: "No operation fails but as it says it may.",
    Invariants = "S13-invariants(G10)" Safety: "The core is in order after every step.",
    Determinism = "S14-determinism(G12)" Safety: "The same run again is the same.",
    Overtaking = "L1-fairness(G5)" Liveness: "Nobody has two turns before the others have one.",
    Response = "L2-response(G4)" Liveness: "Who is ready has a turn within a bound.",
    Reclaim = "L3-reclaim(G6)" Liveness: "All that was given comes back at the end.",
    Quiet = "L4-quiet(G7)" Liveness: "The loop comes to rest within a bound.",
    Recovery = "L5-recovery(G4)" Liveness: "When the faults end, all this holds again.",
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Something bad happened.
    Safety,
    /// Something good did not happen.
    Liveness,
    /// Something panicked that is not one of the checks here.
    Crash,
}

/// How a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What did not hold; none for a crash.
    pub property: Option<Property>,
    /// The particulars.
    pub text: String,
    /// In which line of the script, from 0; beyond the last one at the end.
    pub line: usize,
}

/// Thrown by the checks.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) property: Property,
    pub(crate) text: String,
}

/// Ends the run: this does not hold.
pub(crate) fn broken(property: Property, text: String) -> ! {
    std::panic::panic_any(Broken { property, text })
}

/// Ends the run unless it holds.
macro_rules! must {
    ($property:ident, $holds:expr, $($text:tt)*) => {
        if !$holds {
            $crate::storm::property::broken(
                $crate::storm::property::Property::$property,
                format!($($text)*),
            )
        }
    };
}
pub(crate) use must;
