//! One state: a core, and what the kernel owes it.

use core::hash::Hasher;
use levelring_core::{Core, Freshness, Interest, Key, Request, Slot, Tag, Watch};

/// What may happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// In which way descriptors are watched.
    pub(crate) watch: Watch,
    /// For what.
    pub(crate) interests: &'static [Interest],
    /// What may be submitted.
    pub(crate) chains: &'static [&'static [Request]],
    pub(crate) freshness: Freshness,
    /// How many calls in a row, each from every state so far.
    pub(crate) calls: usize,
    /// Whether the kernel may refuse to watch, and go on refusing.
    pub(crate) refuses: bool,
    /// Whether only the usual is said by the kernel and by handlers.
    pub(crate) plain: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct World<const N: usize> {
    pub(crate) core: Core<[Slot; N]>,
    /// Requests that have not been answered for the last time.
    pub(crate) owed: Vec<Tag>,
    /// Operations whose last result was not told.
    pub(crate) running: Vec<Key>,
}

/// From here on it makes no difference how often one must yet be seen ready to be called busy.
const SOON_BUSY: u8 = 1;

impl<const N: usize> World<N> {
    pub(crate) fn new(rules: &Rules) -> Self {
        let core = Core::new([Slot::NEW; N], rules.freshness);
        Self { core, owed: Vec::new(), running: Vec::new() }
    }

    /// Any longer wait for being called busy is taken for a short one: there are fewer states.
    pub(crate) fn shorten(&mut self) {
        for key in self.core.registrations().collect::<Vec<_>>() {
            let left = self.core.until_busy(key).expect("it is registered");
            assert_eq!(self.core.assume_until_busy(key, left.min(SOON_BUSY)), Ok(()));
            assert_eq!(self.core.until_busy(key), Some(left.min(SOON_BUSY)));
        }
    }

    /// The least of what it is called by all names of the slots: two states with the same image
    /// differ in names only.
    pub(crate) fn image(&self) -> Vec<u8> {
        let images = orders(N).into_iter().map(|names| self.image_by(&names));
        images.min().unwrap_or_default()
    }

    fn image_by(&self, names: &[u8]) -> Vec<u8> {
        let mut image = Bytes::default();
        self.core.image(names, &mut image);
        let mut owed: Vec<u64> =
            self.owed.iter().map(|tag| self.core.tag_name(tag.encode(), names)).collect();
        owed.sort_unstable();
        owed.iter().for_each(|&name| image.write_u64(name));
        let mut running: Vec<u8> = self.running.iter().map(|key| names[key.index()]).collect();
        running.sort_unstable();
        image.write(&running);
        image.0
    }
}

/// All orders of so many names.
fn orders(count: usize) -> Vec<Vec<u8>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let mut longer = Vec::new();
    for order in orders(last) {
        for place in 0..=last {
            let mut order = order.clone();
            order.insert(place, u8::try_from(last).expect("a few slots"));
            longer.push(order);
        }
    }
    longer
}

/// Keeps what is written.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.len() as u64
    }
}
