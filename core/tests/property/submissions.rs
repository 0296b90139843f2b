//! How the driver of a run hands submissions to the kernel, and what is checked of each.

use crate::kernel::Around;
use crate::options::Sabotage;
use crate::world::World;
use levelring_core::{Key, Link, Submission, Watch};

/// More entries than anything could want.
pub(crate) const ROOMY: usize = 1000;

impl World<'_> {
    /// Hands the kernel what fits into `room` entries; `false` if there was nothing.
    pub(crate) fn pump(&mut self, mut room: usize) -> bool {
        let mut moved = false;
        let mut follows: Option<Key> = None;
        while let Some(said) = self.core.next_submission(room) {
            moved = true;
            self.note(&said);
            let entries = self.entries(&said);
            assert!(entries <= room, "{said:?} does not fit into {room}");
            room -= entries;
            let key = self.check_submission(&said);
            let next = match said {
                Submission::Operation { link, .. } => self.user.handed_out(key, link),
                _ => None,
            };
            assert!(follows.is_none_or(|next| next == key), "a chain is cut before {key:?}");
            follows = next;
            self.hand_over(said, key);
            if follows.is_some() && self.sabotaged(Sabotage::CutChain) {
                break;
            }
        }
        assert!(follows.is_none(), "a chain is cut: its next member was not handed out");
        moved |= self.cut_for_room(room);
        moved
    }

    fn entries(&self, said: &Submission) -> usize {
        match said {
            Submission::Prepare { .. } => 0,
            Submission::Rearm { .. } => 2,
            Submission::Arm { .. }
            | Submission::Disarm { .. }
            | Submission::Operation { .. }
            | Submission::Cancel { .. } => 1,
        }
    }

    /// If something did not fit, it does with room for it: whole.
    fn cut_for_room(&mut self, room: usize) -> bool {
        if room == ROOMY || room == 0 || !self.entropy.chance(50) {
            return false;
        }
        let wants = self.core.wants_submission();
        let said = self.core.next_submission(ROOMY);
        assert_eq!(wants, said.is_some(), "whether anything is to be handed out");
        let Some(said) = said else { return false };
        self.note(&said);
        let key = self.check_submission(&said);
        match said {
            Submission::Rearm { .. } => self.probes.rearm_cut_for_room += 1,
            Submission::Operation { link, .. } => {
                self.probes.chain_cut_for_room += 1;
                let mut next = self.user.handed_out(key, link);
                self.hand_over(said, key);
                while let Some(expected) = next {
                    let said = self.core.next_submission(0).expect("a chain is handed out whole");
                    let Submission::Operation { key, link, .. } = said else {
                        panic!("a chain is cut by {said:?}");
                    };
                    assert_eq!(key, expected, "the order of a chain");
                    next = self.user.handed_out(key, link);
                    self.hand_over(said, key);
                }
                return true;
            }
            _ => {}
        }
        self.hand_over(said, key);
        true
    }

    /// What can be said of a submission by itself; returns its key.
    fn check_submission(&mut self, said: &Submission) -> Key {
        let probes = &mut self.probes;
        match *said {
            Submission::Arm { key, interest, .. } | Submission::Rearm { key, interest, .. } => {
                let one = self.user.registered.get(&key).expect("what is armed is alive");
                assert_eq!(one.interest, interest, "{said:?}");
                assert!(!one.quiet && !interest.is_empty(), "{said:?}");
                let replaced = matches!(said, Submission::Rearm { .. });
                probes.replaced += u64::from(replaced);
                probes.armed += u64::from(!replaced);
                key
            }
            Submission::Disarm { key, parked, .. } => {
                probes.retired += 1;
                probes.parked += u64::from(parked);
                assert!(!parked || self.user.registered.contains_key(&key), "{said:?}");
                key
            }
            Submission::Prepare { key } => {
                probes.prepared += 1;
                assert!(self.user.running[&key].queued, "{said:?}");
                key
            }
            Submission::Operation { key, link, .. } => {
                probes.chain_handed_out += u64::from(link != Link::None);
                key
            }
            Submission::Cancel { key, .. } => {
                probes.cancelled_in_the_kernel += 1;
                key
            }
        }
    }

    fn hand_over(&mut self, said: Submission, key: Key) {
        if let Submission::Arm { watch: Watch::Multishot, .. } = said
            && !self.options.ways.contains(&Watch::Multishot)
        {
            self.probes.half_closed_switched_to_multishot += 1;
        }
        if matches!(said, Submission::Prepare { .. }) && self.entropy.chance(30) {
            self.probes.cancelled_at_the_last_moment += 1;
            self.cancel_one(key);
        }
        let times = match (said, self.options.sabotage) {
            (Submission::Arm { .. }, Sabotage::ArmTwice) => 2,
            (Submission::Arm { .. }, Sabotage::DropArm) => 0,
            _ => 1,
        };
        let file = self.descriptors[key.index()];
        let Self { kernel, files, entropy, probes, .. } = self;
        for _ in 0..times {
            kernel.accept(said, file, &mut Around { files, entropy, probes });
        }
    }
}
