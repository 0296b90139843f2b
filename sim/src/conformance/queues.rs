//! The rings of a machine.

use std::collections::BTreeMap;
use std::os::fd::RawFd;

use levelring::kernel::{Kernel, Ring, RingError, RingSetup};

use super::op::Name;
use super::submit::Queue;
use super::{RingKind, RingShape};

/// The one that is there from the beginning.
pub(super) const FIRST: &str = "ring";

/// Rings of one kind by their names, one of them at hand.
#[derive(Debug)]
pub(super) struct Queues<R: Ring> {
    setup: RingSetup,
    all: BTreeMap<Name, Queue<R>>,
    at_hand: Name,
}

impl<R: Ring> Queues<R> {
    /// With a first one, unless the script needs none.
    ///
    /// # Errors
    ///
    /// What [`Kernel::ring`] says.
    pub(super) fn new<K: Kernel<Ring = R>>(
        kernel: &K,
        kind: RingKind,
        shape: RingShape,
    ) -> Result<Self, RingError> {
        let at_hand = FIRST.to_owned();
        let mut queues = Self { setup: shape.setup(kind), all: BTreeMap::new(), at_hand };
        if kind != RingKind::None {
            queues.add(kernel, FIRST.to_owned())?;
        }
        Ok(queues)
    }

    /// Makes a further one, which is at hand then, and tells its number.
    ///
    /// # Errors
    ///
    /// What [`Kernel::ring`] says.
    ///
    /// # Panics
    ///
    /// If there is one of that name.
    pub(super) fn add<K: Kernel<Ring = R>>(
        &mut self,
        kernel: &K,
        name: Name,
    ) -> Result<RawFd, RingError> {
        assert!(!self.has(&name), "{name} is a ring already");
        let ring = kernel.ring(&self.setup)?;
        let number = ring.raw_fd();
        self.at_hand.clone_from(&name);
        self.all.insert(name, Queue::new(ring));
        Ok(number)
    }

    pub(super) fn take_up(&mut self, name: &Name) {
        self.at_hand.clone_from(name);
    }

    /// The one at hand.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    pub(super) fn at_hand(&mut self) -> &mut Queue<R> {
        self.all.get_mut(&self.at_hand).expect("a script that needs a ring says so")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn has(&self, name: &Name) -> bool {
        self.all.contains_key(name)
    }

    /// Closes a ring as it is, and tells what it has opened.
    pub(super) fn forsake(&mut self, name: &Name) -> Vec<(Name, RawFd)> {
        self.all.remove(name).map(Queue::forsake).unwrap_or_default()
    }

    /// The descriptors that have been told of since this was asked last.
    pub(super) fn opened(&mut self) -> Vec<(Name, RawFd)> {
        self.all.values_mut().flat_map(Queue::opened).collect()
    }

    /// Whether there may be descriptors that have not been told of.
    pub(super) fn opens(&self) -> bool {
        self.all.values().any(Queue::opens)
    }

    /// Ends all that is under way; whether it came to an end.
    pub(super) fn settle(&mut self) -> bool {
        let mut settled = true;
        for queue in self.all.values_mut() {
            settled &= queue.settle();
        }
        settled
    }

    /// Closes all but the first.
    pub(super) fn close_further(&mut self) {
        self.all.retain(|name, _| name == FIRST);
        FIRST.clone_into(&mut self.at_hand);
    }

    /// The number of the first.
    pub(super) fn first(&mut self) -> Option<RawFd> {
        self.all.get_mut(FIRST).map(|queue| queue.ring().raw_fd())
    }
}
