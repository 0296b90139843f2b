//! What must hold in every state.

use levelring::Key;
use levelring_core::Tag;

use super::world::{Phase, World};

impl World {
    /// Checks the core, the model, and what is between them.
    ///
    /// # Panics
    /// At the first that does not hold.
    pub fn check(&mut self) {
        self.core.check_invariants();
        self.system.check();
        assert_ne!(self.phase, Phase::Begin, "a turn is in the midst of nothing");
        assert_eq!(self.system.blunders().duplicates, 0, "S2: two requests share a user_data");
        self.check_accounts();
        self.check_views();
    }

    /// S3: what the ring owes is what the driver counts; S2: two polls of a registration at most.
    fn check_accounts(&mut self) {
        let Self { system, core, ring, in_flight, .. } = self;
        let mut owed = 0;
        let mut polls = [0_u8; super::options::HANDLERS];
        system.each_owed(*ring, |user_data, _| {
            owed += 1;
            let tag = Tag::decode(user_data).expect("S3 accounting: nobody else's request");
            let key = tag.key();
            assert!(core.is_pinned(key), "S3 accounting: nobody waits for {tag:?}");
            if matches!(tag, Tag::Arm(..)) {
                polls[key.index()] += 1;
                assert!(polls[key.index()] <= 2, "S2: three polls of {key:?}");
            }
        });
        assert_eq!(owed, *in_flight, "S3 accounting: requests in flight");
    }

    /// The core agrees with the program.
    fn check_views(&mut self) {
        let mut count = 0;
        for view in self.user.views.iter().flatten() {
            count += 1;
            let told = self.core.interest(view.key);
            assert_eq!(told, Some(view.interest), "S1: the interest of {:?}", view.key);
            let quiet = self.core.is_quiet(view.key) == Some(true);
            assert!(view.broken || !quiet, "S1: {:?} is quiet, and was not closed", view.key);
        }
        // One whose release goes on may be gone: what the others want told is told with it.
        let releasing = usize::from(matches!(self.phase, Phase::Release(_)));
        let in_use = self.core.in_use();
        assert!((count..=count + releasing).contains(&in_use), "S3: slots are given back");
    }

    /// S5: when a removal returns, the kernel holds nothing of the descriptor.
    pub(super) fn check_released(&self, key: Key) {
        self.system.each_owed(self.ring, |user_data, _| {
            let of_key = Tag::decode(user_data).is_some_and(|tag| tag.key() == key);
            assert!(!of_key, "S5 pin release: something of {key:?} is left");
        });
    }
}
