//! What is watched: the core's registrations, and the descriptors behind them.

use std::os::fd::RawFd;

use levelring_core::{Core, Freshness, Full, Growing, Interest, Key, Watch};

use crate::kernel::FileIdentity;
use crate::planted::planted;
use crate::tenure::Tenure;

/// The core, and which descriptor each of its keys stands for.
#[derive(Debug)]
pub(crate) struct Registry {
    /// The core.
    pub(crate) core: Core<Growing>,
    /// By [`Key::index`].
    descriptors: Vec<Descriptor>,
    /// By [`Key::index`]: which file it named when it was registered, if it may come to name
    /// another. Apart, because a turn of the loop reads the rest.
    identities: Vec<Option<FileIdentity>>,
}

/// A descriptor that is watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptor {
    /// Its number.
    pub(crate) fd: RawFd,
    /// Who may close it.
    pub(crate) tenure: Tenure,
}

impl Registry {
    /// Room for `capacity` registrations and operations.
    #[must_use]
    pub(crate) fn new(capacity: usize, freshness: Freshness) -> Self {
        Self {
            core: Core::new(Growing::up_to(capacity), freshness),
            descriptors: Vec::new(),
            identities: Vec::new(),
        }
    }

    pub(crate) fn register(
        &mut self,
        descriptor: Descriptor,
        identity: Option<FileIdentity>,
        watch: Watch,
        interest: Interest,
    ) -> Result<Key, Full> {
        let key = self.core.register(watch, interest)?;
        if self.descriptors.len() <= key.index() {
            let nobody = Descriptor { fd: -1, tenure: Tenure::Held };
            self.descriptors.resize(key.index() + 1, nobody);
            self.identities.resize(key.index() + 1, None);
        }
        self.descriptors[key.index()] = descriptor;
        if !planted!(IdentityKept) || self.identities[key.index()].is_none() {
            self.identities[key.index()] = identity;
        }
        Ok(key)
    }

    /// Which file a foreign descriptor named when it was registered.
    pub(crate) fn identity(&self, key: Key) -> Option<FileIdentity> {
        self.identities[key.index()]
    }

    /// The descriptor of a key that the core has named; of a stale one it may be another's.
    #[must_use]
    pub(crate) fn descriptor(&self, key: Key) -> Descriptor {
        self.descriptors[key.index()]
    }
}
