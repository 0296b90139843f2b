//! Who was passed over by whom: G5, and the part of G4 that is about order.
//!
//! For a waiting key W that stays ready and wanted all the while (an operation: as long as it has
//! results to tell), and any other key O: W has a turn between any two turns of O,
//!
//! - if W was hinted at before the first of them; or
//! - if every look since then was complete: whatever the kernel had to say was said in it.

/// More slots than any run has.
const SLOTS: usize = 16;

/// Everything is by the index of a key: a new tenant begins anew.
#[derive(Debug, Default)]
pub(crate) struct Fairness {
    waiting: [Option<Waiting>; SLOTS],
}

#[derive(Clone, Debug, Default)]
struct Waiting {
    hinted: bool,
    /// Events of others since then.
    turns: usize,
    /// Those who had an event when this one had been hinted at.
    passed_hinted: u16,
    /// Those who had an event since the last look that was not complete.
    passed: u16,
}

impl Fairness {
    /// `index` is ready and wanted, or is not: called at every change.
    pub(crate) fn set_waiting(&mut self, index: usize, waits: bool) {
        if waits {
            self.waiting[index].get_or_insert_default();
        } else {
            self.waiting[index] = None;
        }
    }

    /// The core was told to look at `index`, and said that it would.
    pub(crate) fn hinted(&mut self, index: usize) {
        if let Some(waiting) = &mut self.waiting[index] {
            waiting.hinted = true;
        }
    }

    /// `index` is not the one it was: its place in the rotation is new.
    pub(crate) fn forget(&mut self, index: usize) {
        self.waiting[index] = None;
        for waiting in self.waiting.iter_mut().flatten() {
            waiting.passed_hinted &= !(1 << index);
            waiting.passed &= !(1 << index);
        }
    }

    /// A look did not see everything: whom it missed is not the core's fault.
    pub(crate) fn look_was_partial(&mut self) {
        for waiting in self.waiting.iter_mut().flatten() {
            waiting.passed = 0;
        }
    }

    /// `index` has an event.
    pub(crate) fn event(&mut self, index: usize) {
        let bit = 1 << index;
        for (other, waiting) in self.waiting.iter_mut().enumerate() {
            let Some(waiting) = waiting.as_mut().filter(|_| other != index) else { continue };
            assert!(
                waiting.passed_hinted & bit == 0,
                "G5 fairness: slot {index} has its second turn, and slot {other}, which was hinted \
                 at before the first, has had none"
            );
            assert!(
                waiting.passed & bit == 0,
                "G5 fairness: slot {index} has its second turn, and slot {other}, which is ready, \
                 has had none"
            );
            waiting.turns += usize::from(waiting.hinted);
            assert!(
                waiting.turns <= 2 * SLOTS,
                "G4 no lost wake-up: slot {other} has been hinted at for two rotations"
            );
            waiting.passed_hinted |= u16::from(waiting.hinted) << index;
            waiting.passed |= bit;
        }
        if let Some(waiting) = &mut self.waiting[index] {
            *waiting = Waiting::default();
        }
    }
}

#[test]
#[should_panic(expected = "which is ready, has had none")]
fn a_second_turn_is_noticed() {
    let mut fairness = Fairness::default();
    fairness.set_waiting(1, true);
    fairness.event(0);
    fairness.event(0);
}

#[test]
#[should_panic(expected = "which was hinted at before the first")]
fn a_second_turn_before_one_who_was_hinted_at_is_noticed() {
    let mut fairness = Fairness::default();
    fairness.set_waiting(1, true);
    fairness.hinted(1);
    fairness.event(0);
    fairness.look_was_partial();
    fairness.event(0);
}
