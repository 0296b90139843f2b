//! What is asked of poll(2): one entry for each descriptor number, whoever shares it.
//!
//! The kernel refuses more entries than the process may have descriptors. A number that is there
//! once keeps within that, however many registrations there are.

use std::collections::BTreeMap;
use std::os::fd::RawFd;

use levelring_core::{Key, Tag};

use crate::kernel::{PollEntry, mask};
use crate::planted::planted;

/// The entries, and who waits for each of them.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// What is asked.
    pub(super) entries: Vec<PollEntry>,
    /// Beside them: the [`Key::index`] of the first who waits for it.
    firsts: Vec<usize>,
    /// Where among them a number is.
    positions: BTreeMap<RawFd, usize>,
    /// By [`Key::index`].
    askers: Vec<Option<Asker>>,
}

/// A registration that is armed.
#[derive(Clone, Copy, Debug)]
struct Asker {
    tag: Tag,
    fd: RawFd,
    events: i16,
    /// The next one that waits for the same number.
    next: Option<usize>,
}

impl Questions {
    /// Asks for a registration, or asks for something else from now on.
    pub(super) fn put(&mut self, tag: Tag, fd: RawFd, events: u32) {
        let (index, events) = (tag.key().index(), mask::to_poll(events));
        if self.askers.len() <= index {
            self.askers.resize(index + 1, None);
        }
        match &mut self.askers[index] {
            Some(asker) if asker.fd == fd => {
                (asker.tag, asker.events) = (tag, events);
                return self.unite(fd);
            }
            Some(_) => self.take(tag.key()),
            None => {}
        }
        let next = self.positions.get(&fd).map(|position| {
            self.entries[*position].events |= events;
            core::mem::replace(&mut self.firsts[*position], index)
        });
        if next.is_none() {
            self.positions.insert(fd, self.entries.len());
            self.entries.push(PollEntry::new(fd, events));
            self.firsts.push(index);
        }
        self.askers[index] = Some(Asker { tag, fd, events, next });
    }

    /// Asks for it no longer.
    pub(super) fn take(&mut self, key: Key) {
        let index = key.index();
        let Some(gone) = self.askers.get_mut(index).and_then(Option::take) else { return };
        let Some(&position) = self.positions.get(&gone.fd) else { return };
        if self.firsts[position] != index {
            let before = self.sharers(position).find(|sharer| sharer.next == Some(index));
            if let Some(before) = before.map(|asker| asker.tag.key().index())
                && let Some(before) = &mut self.askers[before]
            {
                before.next = gone.next;
            }
        } else if let Some(next) = gone.next {
            self.firsts[position] = next;
        } else {
            return self.remove(position);
        }
        self.unite(gone.fd);
    }

    /// Who is told what of an entry's answer: what they have asked for, and what comes unasked.
    pub(super) fn answers(&self, position: usize) -> impl Iterator<Item = (Tag, u32)> {
        let seen = mask::from_poll(self.entries[position].revents);
        self.sharers(position).filter_map(move |Asker { tag, events, .. }| {
            let told = seen & (mask::from_poll(events) | mask::ERR | mask::HUP | mask::NVAL);
            (told != 0).then_some((tag, told))
        })
    }

    fn sharers(&self, position: usize) -> impl Iterator<Item = Asker> {
        let asker = |index: usize| self.askers.get(index).copied().flatten();
        core::iter::successors(asker(self.firsts[position]), move |last| asker(last.next?))
    }

    /// The kernel is asked for all that anybody wants of this number.
    fn unite(&mut self, fd: RawFd) {
        let Some(&position) = self.positions.get(&fd) else { return };
        let all = self.sharers(position).fold(0, |all, asker| all | asker.events);
        if !planted!(NeverNarrower) {
            self.entries[position].events = all;
        }
    }

    fn remove(&mut self, position: usize) {
        self.positions.remove(&self.entries.swap_remove(position).fd);
        self.firsts.swap_remove(position);
        if let Some(moved) = self.entries.get(position)
            && !planted!(MovedNotFound)
        {
            self.positions.insert(moved.fd, position);
        }
    }
}

#[cfg(test)]
mod tests {
    use levelring_core::{Core, Freshness, Interest, Lane, Slot, Watch};

    use super::*;

    fn tags<const N: usize>() -> [Tag; N] {
        let mut core = Core::new([Slot::NEW; N], Freshness::Strict);
        core::array::from_fn(|_| {
            Tag::Arm(core.register(Watch::Level, Interest::READ).expect("room"), Lane::A)
        })
    }

    fn asked(questions: &Questions) -> Vec<(RawFd, u32)> {
        questions.entries.iter().map(|entry| (entry.fd, mask::from_poll(entry.events))).collect()
    }

    #[test]
    fn a_number_is_asked_about_once_for_all_that_anybody_wants() {
        let [a, b, c, d] = tags();
        let mut questions = Questions::default();
        questions.put(a, 5, mask::IN);
        questions.put(b, 7, mask::IN);
        questions.put(c, 5, mask::OUT);
        questions.put(d, 5, mask::PRI);
        assert_eq!(asked(&questions), [(5, mask::IN | mask::OUT | mask::PRI), (7, mask::IN)]);
        questions.put(c, 5, mask::RDHUP);
        assert_eq!(asked(&questions)[0], (5, mask::IN | mask::RDHUP | mask::PRI));
        // In the middle, at the end, at the beginning, and the last.
        questions.take(c.key());
        assert_eq!(asked(&questions)[0], (5, mask::IN | mask::PRI));
        questions.take(a.key());
        assert_eq!(asked(&questions)[0], (5, mask::PRI));
        questions.put(a, 5, mask::IN);
        questions.take(a.key());
        questions.take(d.key());
        assert_eq!(asked(&questions), [(7, mask::IN)]);
        questions.take(d.key());
        questions.put(d, 7, mask::OUT);
        assert_eq!(asked(&questions), [(7, mask::IN | mask::OUT)]);
        questions.put(d, 9, mask::OUT);
        assert_eq!(asked(&questions), [(7, mask::IN), (9, mask::OUT)]);
    }

    #[test]
    fn each_is_told_what_it_has_asked_for_and_what_comes_unasked() {
        let [reader, writer, other] = tags();
        let mut questions = Questions::default();
        questions.put(reader, 5, mask::IN);
        questions.put(writer, 5, mask::OUT);
        questions.put(other, 5, mask::PRI);
        let mut told = |seen| {
            questions.entries[0].revents = mask::to_poll(seen);
            let mut told: Vec<_> = questions.answers(0).collect();
            told.reverse();
            told
        };
        assert_eq!(told(mask::IN), [(reader, mask::IN)]);
        let both = [(reader, mask::IN | mask::HUP), (writer, mask::HUP), (other, mask::HUP)];
        assert_eq!(told(mask::IN | mask::HUP), both);
        assert_eq!(told(mask::NVAL).len(), 3);
    }
}
