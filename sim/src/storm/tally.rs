//! What a campaign has checked, and where it has been.

use core::fmt;
use core::ops::AddAssign;

use super::probe::Probe;
use super::property::Property;
use crate::{Sight, Witness};

/// How often each property was checked where it could have failed, and each probe fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    properties: [u64; Property::ALL.len()],
    probes: [u64; Probe::ALL.len()],
    sights: [u64; Sight::ALL.len()],
    /// Operations, the handlers' and the peers' included.
    pub steps: u64,
    /// Turns of a loop.
    pub turns: u64,
    /// Handlers called.
    pub events: u64,
    /// The most turns that anybody who was ready had to wait for theirs, in a world at rest.
    pub longest_response: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            properties: [0; Property::ALL.len()],
            probes: [0; Probe::ALL.len()],
            sights: [0; Sight::ALL.len()],
            steps: 0,
            turns: 0,
            events: 0,
            longest_response: 0,
        }
    }
}

impl Tally {
    /// A property was checked.
    pub const fn checked(&mut self, property: Property) {
        self.properties[property as usize] += 1;
    }

    /// A probe has fired.
    pub const fn hit(&mut self, probe: Probe) {
        self.probes[probe as usize] += 1;
    }

    /// A probe has fired, if so.
    pub const fn hit_if(&mut self, probe: Probe, fired: bool) {
        if fired {
            self.hit(probe);
        }
    }

    /// What the kernel has seen.
    pub(super) fn witnessed(&mut self, witness: &Witness) {
        for (count, sight) in self.sights.iter_mut().zip(Sight::ALL) {
            *count += witness.count(*sight);
        }
    }

    /// How often a property was checked.
    #[must_use]
    pub const fn count(&self, property: Property) -> u64 {
        self.properties[property as usize]
    }

    /// All counts by name: properties, then probes, then what the kernel saw.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let properties = Property::ALL.iter().map(|one| one.name()).zip(self.properties);
        let probes = Probe::ALL.iter().map(|one| one.name()).zip(self.probes);
        let sights = Sight::ALL.iter().map(|one| one.name()).zip(self.sights);
        properties.chain(probes).chain(sights)
    }

    /// What was never exercised.
    pub fn never(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.counts().filter(|(_, count)| *count == 0).map(|(name, _)| name)
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        let add = |to: &mut [u64], from: &[u64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        add(&mut self.properties, &other.properties);
        add(&mut self.probes, &other.probes);
        add(&mut self.sights, &other.sights);
        self.steps += other.steps;
        self.turns += other.turns;
        self.events += other.events;
        self.longest_response = self.longest_response.max(other.longest_response);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in self.counts() {
            writeln!(f, "{count:>14}  {name}")?;
        }
        let Self { steps, turns, events, .. } = self;
        write!(f, "{steps} steps, {turns} turns, {events} events")
    }
}
