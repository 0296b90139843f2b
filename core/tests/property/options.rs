//! What a run is made of. Every seed draws its own: a swarm finds more than the average does.

use crate::entropy::Entropy;
use levelring_core::{Freshness, Watch};

/// How many slots a core has at the most.
pub(crate) const MOST_SLOTS: usize = 10;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) steps: usize,
    pub(crate) slots: usize,
    pub(crate) files: usize,
    pub(crate) freshness: Freshness,
    pub(crate) ways: Vec<Watch>,
    /// How often, of a hundred, a look sees only part of what is there.
    pub(crate) partial_looks: usize,
    /// How often a look fails before it is over.
    pub(crate) failing_looks: usize,
    /// How often a request to end a poll is answered EALREADY.
    pub(crate) already: usize,
    /// How often a poll fails for no reason.
    pub(crate) faults: usize,
    /// How often a level is raised rather than lowered.
    pub(crate) raising: usize,
    /// How often each action is taken.
    pub(crate) weights: [usize; Action::ALL.len()],
    pub(crate) sabotage: Sabotage,
}

/// One step of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The driver's turn, as the contract has it.
    Turn,
    /// Some file's level changes.
    Level,
    /// What was woken comes to post its completion.
    TaskWork,
    /// An operation in the kernel ends, or has one result of many.
    Work,
    /// The driver hands over some submissions, out of turn.
    Pump,
    /// The driver hands in some completions, out of turn.
    Deliver,
    Register,
    SetInterest,
    Remove,
    Submit,
    Cancel,
    Vanish,
    /// Something arrives that nobody asked for.
    Forge,
    /// A file begins, or stops, to refuse every poll.
    Break,
    /// The world stands still for a while: what is ready must have its turn.
    Freeze,
}

impl Action {
    pub(crate) const ALL: [Self; 15] = [
        Self::Turn,
        Self::Level,
        Self::TaskWork,
        Self::Work,
        Self::Pump,
        Self::Deliver,
        Self::Register,
        Self::SetInterest,
        Self::Remove,
        Self::Submit,
        Self::Cancel,
        Self::Vanish,
        Self::Forge,
        Self::Break,
        Self::Freeze,
    ];
}

/// What is broken on purpose, to see that it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    Nothing,
    /// Checks say "ready" whatever the level.
    JudgeSaysReady,
    /// Checks say "not ready" whatever the level.
    JudgeSaysIdle,
    /// A hint is lost on its way.
    DropHint,
    /// The answer to a request that ends a poll is lost.
    DropDisarmAnswer,
    /// An event of a removed registration is told.
    EventAfterRemoval,
    /// An event is told with bits that nobody asked for.
    UnwantedBits,
    /// An event is told twice.
    EventTwice,
    /// An operation's result is changed on its way to the application.
    ChangedResult,
    /// A poll is handed to the kernel twice.
    ArmTwice,
    /// A submission is lost on its way to the kernel.
    DropArm,
    /// The members of a chain are pulled apart.
    CutChain,
    /// A poll that cannot be masked completes for ever.
    HalfCloseSpins,
    /// The kernel is never looked at: "looked" is a lie.
    NeverLook,
    /// Nobody is ever checked.
    NeverJudge,
    /// The storage is smaller than it is said to be.
    SmallerStorage,
    /// Something is registered that nobody knows of, and never removed.
    Leak,
}

impl Options {
    pub(crate) fn draw(entropy: &mut Entropy) -> Self {
        let all = [Watch::Oneshot, Watch::Multishot, Watch::Level, Watch::Foreign];
        let mut ways: Vec<Watch> = all.into_iter().filter(|_| entropy.chance(60)).collect();
        if ways.is_empty() {
            ways.push(entropy.one_of(&all));
        }
        // A third of the seeds never use some action, and others use it all the time.
        let mut weights = [0; Action::ALL.len()];
        for (weight, usual) in weights.iter_mut().zip(USUAL) {
            *weight = usual * entropy.one_of(&[0, 1, 1, 1, 2, 3]);
        }
        weights[0] = weights[0].max(10);
        weights[6] = weights[6].max(2);
        let batch = entropy.one_of(&[0, 0, 0, 2, 3, 64]);
        Self {
            steps: entropy.one_of(&[50, 200, 200, 1000]),
            slots: 2 + entropy.below(MOST_SLOTS - 1),
            files: 1 + entropy.below(5),
            freshness: Freshness::batch(batch),
            ways,
            partial_looks: entropy.one_of(&[0, 20, 60]),
            failing_looks: entropy.one_of(&[0, 0, 10]),
            already: entropy.one_of(&[0, 10, 40]),
            faults: entropy.one_of(&[0, 0, 3]),
            raising: entropy.one_of(&[30, 50, 70, 90]),
            weights,
            sabotage: Sabotage::Nothing,
        }
    }
}

/// In the order of [`Action::ALL`].
const USUAL: [usize; Action::ALL.len()] = [30, 14, 4, 5, 4, 5, 4, 6, 2, 4, 3, 1, 4, 1, 1];
