//! Fingerprints: states that differ in names only have the same.

use core::hash::Hasher;
use std::os::fd::RawFd;

use super::hash::Folding;
use super::options::{FILES, HANDLERS, Options};
use super::world::{Phase, World, number};

/// Which reductions are made. All are by default; without them there are more states, and the same
/// verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reductions {
    /// Which registration is in which slot makes no difference.
    pub slots: bool,
    /// Nor which file has which number.
    pub files: bool,
}

impl Default for Reductions {
    fn default() -> Self {
        Self { slots: true, files: true }
    }
}

impl World {
    /// The least of the fingerprints under all names.
    #[must_use]
    pub fn fingerprint(&self, options: &Options, reductions: Reductions) -> u64 {
        let used = self.names_in_use();
        let files: &[[u8; FILES]] =
            if options.files == 2 && reductions.files { &[[0, 1], [1, 0]] } else { &[[0, 1]] };
        let slots = if reductions.slots { orders(used) } else { &ORDERS[..1] };
        let mut least = u64::MAX;
        for order in slots {
            let names = self.named(*order, reductions.slots);
            for files in files {
                least = least.min(self.fingerprint_by(&names, files, options));
            }
        }
        least
    }

    fn in_use(&self, slot: usize) -> bool {
        let releasing = matches!(self.phase, Phase::Release(key) if key.index() == slot);
        self.user.views[slot].is_some() || releasing
    }

    fn names_in_use(&self) -> usize {
        (0..HANDLERS).filter(|slot| self.in_use(*slot)).count()
    }

    /// Names for the slots: those in use come first, in this order.
    fn named(&self, order: [u8; HANDLERS], renamed: bool) -> [u8; HANDLERS] {
        if !renamed {
            return order;
        }
        let mut names = [0; HANDLERS];
        let mut known = order.into_iter();
        for wanted in [true, false] {
            for (slot, name) in names.iter_mut().enumerate() {
                if self.in_use(slot) == wanted {
                    *name = known.next().unwrap_or(u8::MAX);
                }
            }
        }
        names
    }

    fn fingerprint_by(
        &self,
        names: &[u8; HANDLERS],
        files: &[u8; FILES],
        options: &Options,
    ) -> u64 {
        let mut hasher = Folding::default();
        self.core.image(names, &mut hasher);
        let mut numbers: [RawFd; FILES] = [0; FILES];
        for (file, name) in files.iter().enumerate() {
            numbers[usize::from(*name)] = number(file);
        }
        let name = |user_data| self.core.tag_name(user_data, names);
        self.system.image(self.ring, &numbers[..options.files], name, &mut hasher);
        for label in 0..HANDLERS {
            let slot = names.iter().position(|name| usize::from(*name) == label);
            let view = slot.and_then(|slot| self.user.views[slot]);
            let view = view.map_or(u8::MAX, |it| files[it.file] << 1 | u8::from(it.broken));
            hasher.write_u8(view);
        }
        let was = |file: usize| u64::from(self.user.was[file].bits());
        let turn = numbers.map(|fd| was(usize::try_from(fd - number(0)).unwrap_or(0)));
        let turn = turn[0] | turn[1] << 8;
        // What was true is asked for within a turn only, and begins anew with the next.
        hasher.write_u64(match self.phase {
            Phase::Program | Phase::Begin => 0,
            Phase::Look(None) => 1 | turn << 16,
            Phase::Look(Some(count)) => 2 | capped(count) << 8 | turn << 16,
            Phase::Asleep(_) => 3 | turn << 16,
            Phase::Judge { count, glance } => {
                4 | u64::from(glance) << 3 | capped(count) << 8 | turn << 16
            }
            Phase::Release(key) => 5 | u64::from(names[key.index()]) << 8,
        });
        hasher.finish()
    }
}

/// More than everybody cannot be judged, but of one it is told at once.
fn capped(count: u8) -> u64 {
    (usize::from(count).min(HANDLERS)) as u64
}

/// All orders of three; of fewer, those that begin a group.
const ORDERS: [[u8; HANDLERS]; 6] =
    [[0, 1, 2], [1, 0, 2], [0, 2, 1], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

fn orders(used: usize) -> &'static [[u8; HANDLERS]] {
    match used {
        0 | 1 => &ORDERS[..1],
        2 => &ORDERS[..2],
        _ => &ORDERS,
    }
}
