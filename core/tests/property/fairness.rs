//! Who was passed over by whom: G5, and the part of G4 that is about order.
//!
//! Two bounds are kept, for a waiting key W that stays ready and wanted all the while (an
//! operation: as long as it has results to tell), and any other key O:
//!
//! - **Strict rotation.** When W was hinted at before an event of O, W has its turn before the
//!   next event of O.
//! - **One rotation and the rest of another.** W is passed by O at most twice, hinted at or not,
//!   as long as every look was complete: whatever the kernel has to say was said in it. (Twice:
//!   once before the look that finds W, and once in the rotation in which W then has its turn.)

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
    /// Those who had an event when this one had been hinted at.
    passed_hinted: u16,
    /// How often others had an event.
    passed: [u8; SLOTS],
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
            waiting.passed[index] = 0;
        }
    }

    /// A look did not see everything: whom it missed is not the core's fault.
    pub(crate) fn look_was_partial(&mut self) {
        for waiting in self.waiting.iter_mut().flatten() {
            waiting.passed = [0; SLOTS];
        }
    }

    /// `index` has an event. Returns whether it passed somebody.
    pub(crate) fn event(&mut self, index: usize) -> bool {
        let mut passes = false;
        for (other, waiting) in self.waiting.iter_mut().enumerate() {
            let Some(waiting) = waiting.as_mut().filter(|_| other != index) else { continue };
            assert!(
                waiting.passed_hinted & (1 << index) == 0,
                "G5 fairness: slot {index} has its second turn, and slot {other}, which was hinted \
                 at before the first, has had none"
            );
            waiting.passed_hinted |= u16::from(waiting.hinted) << index;
            let passed = &mut waiting.passed[index];
            *passed += 1;
            passes |= *passed == 2;
            assert!(
                *passed <= 2,
                "G5 fairness: slot {index} has its third turn, and slot {other}, which is ready, \
                 has had none"
            );
        }
        if let Some(waiting) = &mut self.waiting[index] {
            *waiting = Waiting::default();
        }
        passes
    }
}

#[test]
fn a_third_turn_is_noticed() {
    let mut fairness = Fairness::default();
    fairness.set_waiting(1, true);
    assert!(!fairness.event(0));
    assert!(fairness.event(0));
    let third = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| fairness.event(0)));
    assert!(third.is_err());
}

#[test]
fn a_second_turn_before_one_who_was_hinted_at_is_noticed() {
    let mut fairness = Fairness::default();
    fairness.set_waiting(1, true);
    fairness.hinted(1);
    fairness.event(0);
    let second = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| fairness.event(0)));
    assert!(second.is_err());
}
