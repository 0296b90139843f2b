//! Whether the model is in order.

use super::file::{Kind, Who};
use super::request::Place;
use super::ring::{Polled, Ring};
use super::system::System;
use super::task::Task;

impl System {
    /// Recomputes what the model keeps in more than one place.
    ///
    /// # Panics
    /// If the model is not in order: a bug of the model, whatever the program did.
    pub fn check(&self) {
        self.check_references();
        self.check_waiters();
        for (_, ring) in self.rings.iter() {
            ring.check();
        }
        for (_, set) in self.sets.iter() {
            let listed = set.entries.iter().filter(|(_, entry)| entry.listed).count();
            assert_eq!(listed, set.ready.len(), "the ready list has each listed entry once");
            assert!(set.ready.iter().all(|entry| set.entries[*entry].listed));
        }
    }

    fn check_references(&self) {
        let mut counted = vec![0_u16; usize::from(self.files.end())];
        let mut count = |file: u16| counted[usize::from(file)] += 1;
        self.table.iter().flatten().copied().for_each(&mut count);
        self.children.iter().flatten().copied().for_each(&mut count);
        self.wires.iter().copied().for_each(&mut count);
        assert!(self.tasks_at_hand.is_empty(), "all at hand is done");
        for task in &self.tasks {
            match task {
                Task::Release(file) => unreachable!("file {file} should be gone"),
                Task::Work(ring) => assert!(!self.rings[*ring].work.is_empty(), "something to do"),
                Task::Signal(ring) => assert!(self.rings.get(*ring).is_some(), "there is an ear"),
                Task::Awaken(ring) => {
                    assert!(self.rings[*ring].polled == Polled::Asked, "by whoever polls")
                }
            }
        }
        for (_, ring) in self.rings.iter() {
            ring.fixed.iter().flatten().copied().for_each(&mut count);
            let held = ring.requests.iter().filter_map(|(_, request)| request.file);
            held.filter(|file| ring.file != Some(*file)).for_each(&mut count);
        }
        for (_, file) in self.files.iter() {
            if let Kind::Listener { backlog, .. } = &file.kind {
                backlog.iter().copied().for_each(&mut count);
            }
        }
        for (at, file) in self.files.iter() {
            let found = counted[usize::from(at)];
            assert_eq!(file.references, found, "references of file {at}: {file:?}");
            assert!(found > 0, "file {at} should be gone");
        }
    }

    fn check_waiters(&self) {
        let mut requests = 0;
        let mut entries = 0;
        for (at, file) in self.files.iter() {
            for waiter in &file.waiters {
                match waiter.who {
                    Who::Request { ring, request } => {
                        let request = &self.rings[ring].requests[request];
                        assert!(request.poll.hooked && request.file == Some(at));
                        requests += 1;
                    }
                    Who::Entry { set, entry } => {
                        assert_eq!(self.sets[set].entries[entry].file, at);
                        entries += 1;
                    }
                }
            }
        }
        let hooked =
            |ring: &Ring| ring.requests.iter().filter(|(_, request)| request.poll.hooked).count();
        let expected: usize = self.rings.iter().map(|(_, ring)| hooked(ring)).sum();
        assert_eq!(requests, expected, "every hooked poll is in one wait queue");
        let expected: usize = self.sets.iter().map(|(_, set)| set.entries.len()).sum();
        assert_eq!(entries, expected, "every entry of a set is in one wait queue");
    }
}

impl Ring {
    fn check(&self) {
        assert!(self.finished.is_empty() && !self.fresh && !self.filled, "a step is finished");
        assert!(self.completions.len() <= self.cq_entries as usize);
        assert!(self.queue.len() <= self.sq_entries as usize);
        let chained = self.requests.iter().filter(|(_, request)| request.next.is_some()).count();
        let mut behind = 0;
        for (id, request) in self.requests.iter() {
            let works = self.work.iter().filter(|other| **other == id).count();
            let polls = self.polls.iter().filter(|other| **other == id).count();
            let times = self.timeouts.iter().filter(|other| **other == id).count();
            let expected = match request.place {
                Place::Polled => [usize::from(request.poll.owned), 1, 0],
                Place::Timed => [0, 0, 1],
                Place::Issue | Place::Complete | Place::Expired { .. } => [1, 0, 0],
                Place::Chained | Place::Punted => [0, 0, 0],
                Place::Hand => unreachable!("left in hand: {request:?}"),
            };
            assert_eq!([works, polls, times], expected, "where it is: {request:?}");
            assert!(!request.poll.overtaken, "what comes before it has been issued");
            let limits = request.limits.is_some();
            behind += usize::from(request.place == Place::Chained || limits);
        }
        let punted = |id: &u16| self.requests[*id].place == Place::Punted;
        assert!(self.punted.iter().all(punted));
        assert_eq!(chained, behind, "whoever waits in a chain is behind one other");
    }
}
