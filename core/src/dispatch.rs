//! The core: the machine, with its storage.

use core::hash::Hasher;

use crate::candidates::Candidates;
use crate::completion::{Completion, Disposition};
use crate::error::{Full, Stale, SubmitError};
use crate::event::Event;
use crate::freshness::Freshness;
use crate::interest::Interest;
use crate::key::Key;
use crate::machine::Machine;
use crate::operation::Request;
use crate::plan::Plan;
use crate::planted::planted;
use crate::progress::Progress;
use crate::readiness::Readiness;
use crate::registration::Registration;
use crate::slot::Slot;
use crate::state::State;
use crate::storage::Storage;
use crate::submission::Submission;
use crate::turn::Turn;
use crate::watch::Watch;

/// The state machine that makes every decision, and does no I/O.
///
/// The [crate's documentation](crate) is its contract. Every method takes constant time, but for
/// those that hand out a chain, which take time by its length, [`candidates`](Self::candidates)
/// and [`registrations`](Self::registrations), which walk, and growing storage, which may move.
///
/// ```
/// use levelring_core::*;
///
/// let mut core = Core::new([Slot::NEW; 8], Freshness::Strict);
/// let key = core.register(Watch::Oneshot, Interest::READ)?;
///
/// // Nobody is known to be ready: the driver looks, tells the kernel what the core wants told ...
/// assert_eq!(core.plan().look, Look::Wait);
/// let Some(Submission::Arm { tag, .. }) = core.next_submission(8) else { panic!() };
/// // ... and hands in what the kernel says.
/// let ready = i32::from(Readiness::READ.bits());
/// core.complete(Completion { level: true, ..Completion::last(tag.encode(), ready) });
/// core.looked();
///
/// // The poll was made in this look, and completed at once: its answer is a verdict.
/// assert_eq!(core.next_event(), Some(Event::Ready { key, readiness: Readiness::READ }));
/// # Ok::<(), Full>(())
/// ```
#[derive(Clone, Debug)]
pub struct Core<S> {
    storage: S,
    state: State,
}

impl<S: Storage> Core<S> {
    /// A core that keeps its slots in `storage`, overwriting what is in them.
    pub fn new(mut storage: S, freshness: Freshness) -> Self {
        storage.slots_mut().fill(Slot::NEW);
        let mut core = Self { storage, state: State::new(freshness) };
        let slots = core.storage.slots().len().min(Key::MAX_SLOTS);
        let mut machine = core.machine();
        for index in (0..).take(slots) {
            machine.adopt(index);
        }
        core
    }

    /// Starts watching a descriptor. Which one, only the embedder knows: by [`Key::index`].
    ///
    /// # Errors
    /// [`Full`] when every slot is in use.
    pub fn register(&mut self, watch: Watch, interest: Interest) -> Result<Key, Full> {
        self.reserve(1)?;
        self.machine().register(watch, interest).ok_or(Full)
    }

    /// Changes what a registration waits for; an empty interest waits for nothing, not even
    /// hang-ups. Changes made before the driver asks cost nothing, and later ones coalesce.
    ///
    /// # Errors
    /// [`Stale`] when `key` is not that of a registration.
    pub fn set_interest(&mut self, key: Key, interest: Interest) -> Result<(), Stale> {
        self.machine().set_interest(key, interest)
    }

    /// Ends a registration: there will be no event of it. The kernel may hold its descriptor
    /// until it has answered what was submitted: see [`is_pinned`](Self::is_pinned).
    ///
    /// # Errors
    /// [`Stale`] when `key` is not that of a registration.
    pub fn remove(&mut self, key: Key) -> Result<(), Stale> {
        self.machine().remove(key)
    }

    /// The driver has found that the descriptor is closed, or its number another file's: the
    /// registration is quiet until removed.
    ///
    /// # Errors
    /// [`Stale`] when `key` is not that of a registration.
    pub fn vanish(&mut self, key: Key) -> Result<(), Stale> {
        self.machine().vanish(key)
    }

    /// The driver cannot hear what was answered, as that is behind results for which there is no
    /// room: all registrations are to be checked, but those of a level-triggered set, which tells
    /// again. Takes time by the number of slots.
    pub fn suspect_all(&mut self) {
        self.machine().suspect_all();
    }

    /// What the handler of the registration's last event said of its work; to be told before the
    /// next event is asked for.
    ///
    /// # Errors
    /// [`Stale`] when `key` is not that of a registration.
    pub fn progress(&mut self, key: Key, progress: Progress) -> Result<(), Stale> {
        self.machine().progress(key, progress)
    }

    /// Takes an operation, or a chain of linked ones, to be submitted; the key is that of the
    /// first, and [`linked_after`](Self::linked_after) gives the others'.
    ///
    /// A chain is handed out whole, in one call after another of
    /// [`next_submission`](Self::next_submission), when there is room for all of it: it is the
    /// driver's duty to refuse one longer than its ring.
    ///
    /// # Errors
    /// [`SubmitError::Full`] when there are not slots for all; [`SubmitError::Empty`].
    pub fn submit(&mut self, chain: &[Request]) -> Result<Key, SubmitError> {
        let wanted = if planted!(ChainTakenInPart) { 1 } else { chain.len() };
        self.reserve(wanted).map_err(|Full| SubmitError::Full)?;
        self.machine().submit(chain)
    }

    /// The operation after `key` in its chain, while the chain has not been handed out.
    #[must_use]
    pub fn linked_after(&mut self, key: Key) -> Option<Key> {
        self.machine().linked_after(key)
    }

    /// Cancels an operation: its last result will come as soon as may be, and says whether the
    /// cancelling came in time (-ECANCELED). One that was not yet handed out is never submitted.
    ///
    /// # Errors
    /// [`Stale`] when `key` is not that of an operation.
    pub fn cancel(&mut self, key: Key) -> Result<(), Stale> {
        self.machine().cancel(key)
    }

    /// The next thing to tell the kernel, if it fits into `room` ring entries. What does not fit
    /// is not handed out, nor what comes after it.
    pub fn next_submission(&mut self, room: usize) -> Option<Submission> {
        self.machine().next_submission(room)
    }

    /// Whether [`next_submission`](Self::next_submission) would hand something out, given room.
    #[must_use]
    pub fn wants_submission(&self) -> bool {
        self.state.chain.is_some() || !self.state.wants.is_empty()
    }

    /// Takes in an answer of the kernel.
    pub fn complete(&mut self, completion: Completion) -> Disposition {
        let disposition = self.machine().complete(completion);
        // A multishot operation's results may pile up: storage grows for them if it can.
        if disposition == Disposition::Busy && self.reserve(1).is_ok() {
            return self.machine().complete(completion);
        }
        disposition
    }

    /// Takes in the one answer that a look brought, if that is the report of a level-triggered
    /// set: a level check of a poll that lives on. Hands out its event if that may come at once.
    /// The same as [`complete`](Self::complete), [`looked`](Self::looked) and
    /// [`next_event`](Self::next_event), and cheaper: of a loop that is not busy it is all there is
    /// to do. `None` says nothing: then ask for the event.
    #[inline(always)]
    #[must_use = "an event that is dropped is lost"]
    pub fn deliver(&mut self, user_data: u64, seen: Readiness) -> Option<Event> {
        let event = self.machine().deliver(user_data, seen);
        if event.is_none() {
            self.take_report(user_data, seen);
        }
        event
    }

    #[inline(never)]
    fn take_report(&mut self, user_data: u64, seen: Readiness) {
        self.complete(Completion::report(user_data, seen));
        self.looked();
    }

    /// What to find out, when [`next_event`](Self::next_event) has nothing to tell.
    pub fn plan(&mut self) -> Plan {
        self.machine().plan()
    }

    /// The candidates that need a check, in the order of their turns.
    pub fn candidates(&self) -> Candidates<'_> {
        Candidates::of(self.storage.slots(), &self.state)
    }

    /// Takes in the verdict of a level check made just now: with no event, and nothing completed,
    /// since. Of one that is no candidate it only tells whether its descriptor is
    /// [`INVALID`](Readiness::INVALID).
    #[inline]
    pub fn judge(&mut self, key: Key, readiness: Readiness) {
        self.machine().judge(key, readiness);
    }

    /// Takes in the verdict on one candidate, as [`judge`](Self::judge) does; hands out its event,
    /// as [`next_event`](Self::next_event) would, if it is its turn and nothing else changes by
    /// that. `None` says nothing: then ask for the event.
    #[inline(always)]
    #[must_use = "an event that is dropped is lost"]
    pub fn decide(&mut self, key: Key, readiness: Readiness) -> Option<Event> {
        self.machine().decide(key, readiness)
    }

    /// The driver has looked, as [`Look`](crate::Look) demanded, and handed in all that it saw.
    pub fn looked(&mut self) {
        self.machine().looked();
    }

    /// The next event: exactly one, whose handler the caller runs now. `None` when something must
    /// be found out first: [`plan`](Self::plan) says what.
    pub fn next_event(&mut self) -> Option<Event> {
        self.machine().next_event()
    }

    /// The next event or, if there is none, what to find out: the same as
    /// [`next_event`](Self::next_event) and [`plan`](Self::plan), and cheaper.
    #[inline(always)]
    pub fn next_turn(&mut self) -> Turn {
        self.machine().next_turn()
    }

    /// Whether anybody may be ready: if so, the driver must not wait.
    #[must_use]
    pub fn has_candidates(&self) -> bool {
        self.state.hinted > 0
    }

    /// Whether the kernel may still hold the descriptor of `key`, or owe an answer about it.
    #[must_use]
    pub fn is_pinned(&mut self, key: Key) -> bool {
        let machine = self.machine();
        let slot = machine.find(key).and_then(|index| machine.slots.get(index as usize));
        slot.and_then(Slot::registration).is_some_and(Registration::is_pinned)
    }

    /// What a registration waits for; `None` if `key` is not that of one.
    #[must_use]
    pub fn interest(&mut self, key: Key) -> Option<Interest> {
        self.machine().registration(key).map(|(_, registration)| registration.interest())
    }

    /// Whether the registration has gone quiet: the driver has found its descriptor closed, or the
    /// kernel refused to watch it. `None` if `key` is not that of one.
    #[must_use]
    pub fn is_quiet(&mut self, key: Key) -> Option<bool> {
        self.machine().registration(key).map(|(_, registration)| !registration.is_live())
    }

    /// All registrations that were not removed. Takes time by the number of slots.
    pub fn registrations(&self) -> impl Iterator<Item = Key> {
        (0..).zip(self.storage.slots()).filter_map(|(index, slot)| {
            let alive = slot.registration().is_some_and(|registration| !registration.is_removed());
            alive.then(|| slot.key(index))
        })
    }

    /// How many slots are in use, by registrations, operations and results not yet told.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.storage.slots().len() - self.state.free.len() as usize
    }

    /// Recomputes every list and predicate and panics at the first that is out of step. For
    /// tests, simulators and fuzzers: takes time by the number of slots.
    ///
    /// # Panics
    /// If the core is broken.
    pub fn check_invariants(&self) {
        crate::check::check(self.storage.slots(), &self.state);
    }

    /// Writes into a hasher all that the future of this core depends on. For those who explore
    /// every state of it: counts that only ever grow are told as they compare with the present,
    /// and generations not at all. The slot of index `i` appears as `names[i]`, so that states
    /// which differ only in which slot is whose can be told to be the same; the names are the
    /// numbers from 0 up, each once.
    pub fn image(&self, names: &[u8], into: &mut impl Hasher) {
        crate::image::write(self.storage.slots(), &self.state, names, into);
    }

    /// What the `user_data` of a request is called where the slots are called by `names`, and
    /// lanes as in [`image`](Self::image); itself, if it is of nothing that is alive.
    #[must_use]
    pub fn tag_name(&self, user_data: u64, names: &[u8]) -> u64 {
        crate::image::name_tag(self.storage.slots(), user_data, names)
    }

    /// How often a registration must yet be seen ready, time after time, to be taken for busy: 0 if
    /// it is. `None` if `key` is not that of one.
    #[must_use]
    pub fn until_busy(&mut self, key: Key) -> Option<u8> {
        self.machine().registration(key).map(|(_, registration)| registration.until_busy())
    }

    /// As if a registration had been ready so long that `left` more times make it busy (at most
    /// 128), and had never been taken for busy in vain. For explorers, to whom it is all one how
    /// that came about; any such length may be had by waiting.
    ///
    /// # Errors
    /// [`Stale`] when `key` is not that of a registration.
    pub fn assume_until_busy(&mut self, key: Key, left: u8) -> Result<(), Stale> {
        let mut machine = self.machine();
        let (index, registration) = machine.registration(key).ok_or(Stale)?;
        registration.assume_until_busy(left);
        machine.settle(index);
        Ok(())
    }

    /// Makes sure that `wanted` slots are free.
    fn reserve(&mut self, wanted: usize) -> Result<(), Full> {
        while (self.state.free.len() as usize) < wanted {
            let new = u32::try_from(self.storage.slots().len()).map_err(|_| Full)?;
            if new as usize >= Key::MAX_SLOTS || !self.storage.grow() {
                return Err(Full);
            }
            self.machine().adopt(new);
        }
        Ok(())
    }

    fn machine(&mut self) -> Machine<'_> {
        Machine { slots: self.storage.slots_mut(), state: &mut self.state }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "count of candidates")]
    fn a_broken_core_is_noticed() {
        let mut core = Core::new([Slot::NEW; 2], Freshness::Strict);
        core.check_invariants();
        core.state.hinted += 1;
        core.check_invariants();
    }

    #[test]
    fn a_number_that_is_nobodys_has_no_other_name() {
        let core = Core::new([Slot::NEW; 1], Freshness::Strict);
        assert_eq!([0, 7, u64::MAX].map(|it| core.tag_name(it, &[0])), [0, 7, u64::MAX]);
    }
}
