//! The states that were seen: fingerprints, and where each was first come from.

/// A set of fingerprints, numbered in the order they came: some 20 bytes each.
#[derive(Debug)]
pub(super) struct Table {
    fingerprints: Vec<u64>,
    parents: Vec<u32>,
    /// One more than the number of the fingerprint that is stored here; 0 is nobody's.
    places: Vec<u32>,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { fingerprints: Vec::new(), parents: Vec::new(), places: vec![0; 1 << 12] }
    }

    pub(super) const fn len(&self) -> usize {
        self.fingerprints.len()
    }

    pub(super) fn contains(&self, fingerprint: u64) -> bool {
        self.places[self.find(fingerprint)] != 0
    }

    /// The number of a new one; nothing if it is known.
    ///
    /// # Panics
    /// If there are four thousand million of them.
    pub(super) fn insert(&mut self, fingerprint: u64, parent: u32) -> Option<u32> {
        let place = self.find(fingerprint);
        if self.places[place] != 0 {
            return None;
        }
        let number = u32::try_from(self.fingerprints.len()).expect("as many as fit");
        self.fingerprints.push(fingerprint);
        self.parents.push(parent);
        self.places[place] = number + 1;
        if self.fingerprints.len() * 3 > self.places.len() * 2 {
            self.grow();
        }
        Some(number)
    }

    /// The fingerprints on the way from the first state to this one.
    pub(super) fn way_to(&self, number: u32) -> Vec<u64> {
        let mut way = Vec::new();
        let mut at = number;
        loop {
            way.push(self.fingerprints[at as usize]);
            if at == 0 {
                break;
            }
            at = self.parents[at as usize];
        }
        way.reverse();
        way
    }

    pub(super) fn bytes(&self) -> usize {
        8 * self.fingerprints.capacity() + 4 * self.parents.capacity() + 4 * self.places.capacity()
    }

    /// Where it is, or would be.
    fn find(&self, fingerprint: u64) -> usize {
        let mask = self.places.len() - 1;
        let [low, ..] = [usize::try_from(fingerprint & 0xffff_ffff).unwrap_or(0)];
        let mut place = low & mask;
        loop {
            let there = self.places[place];
            if there == 0 || self.fingerprints[there as usize - 1] == fingerprint {
                return place;
            }
            place = (place + 1) & mask;
        }
    }

    fn grow(&mut self) {
        self.places = vec![0; self.places.len() * 2];
        for (number, fingerprint) in (1..).zip(0..self.fingerprints.len()) {
            let place = self.find(self.fingerprints[fingerprint]);
            self.places[place] = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_taken_once_and_knows_its_way() {
        let mut table = Table::new();
        let scattered = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for number in 0..10_000 {
            let parent = u32::try_from(number / 2).unwrap();
            assert_eq!(table.insert(scattered(number), parent), u32::try_from(number).ok());
        }
        assert!((0..10_000).all(|number| table.insert(scattered(number), 0).is_none()));
        assert_eq!(table.len(), 10_000);
        assert!(!table.contains(scattered(10_000)));
        assert_eq!(table.way_to(5), [0, 1, 2, 5].map(scattered));
    }
}
