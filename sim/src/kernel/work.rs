//! Task work: what wake-ups left to be done, and what follows from completions.

use levelring::kernel::{Errno, mask};

use super::blunders::Blunders;
use super::choices::Choices;
use super::errno::negative;
use super::file::{Kind, Who};
use super::record::Noted;
use super::request::{Place, op};
use super::ring::{Completion, Finished, Polled, Ring};
use super::system::System;
use super::task::Task;
use super::wake::URING_WAKE;
use super::witness::Sight;

impl System {
    /// Puts a request into the work. The first to come there is announced.
    pub(super) fn queue_work(&mut self, ring: u16, id: u16) {
        let there = &mut self.rings[ring];
        let first = there.work.is_empty();
        there.work.push_back(id);
        if first && there.defers {
            self.signal(ring);
        } else if first {
            // The thread has one list of work for all rings: what came first is done first.
            let works = |task: &Task| matches!(task, Task::Work(_));
            let at = self.tasks.iter().position(works).unwrap_or(self.tasks.len());
            self.tasks.insert(at, Task::Work(ring));
        }
    }

    /// Tells a ring's eventfd. Not while an eventfd is telling others, lest there be no end of it:
    /// then it is told some time later, the first time. After that Linux believes that this is
    /// still to be done (6.18), and never does it again.
    pub(super) fn signal(&mut self, ring: u16) {
        let there = &mut self.rings[ring];
        let Some(file) = there.eventfd else { return };
        if *self.telling {
            if !core::mem::replace(&mut there.signalled_late, true) {
                self.tasks.push(Task::Signal(ring));
            }
            return;
        }
        if let Kind::Event(count) = &mut self.files[file].kind {
            *count = count.saturating_add(1).min(u64::MAX - 1);
        }
        self.wake(file, mask::IN | URING_WAKE);
    }

    /// Does work of a ring that defers, at most `most` pieces. What comes up on the way is for
    /// another round, and there are rounds until `least` pieces are done.
    pub(super) fn run_work(
        &mut self,
        choices: &mut impl Choices,
        ring: u16,
        least: u32,
        most: u32,
    ) {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let least = usize::try_from(least).unwrap_or(usize::MAX);
        let mut done = 0;
        while !self.rings[ring].work.is_empty() && done < most {
            let round = self.rings[ring].work.len().min(most - done);
            for _ in 0..round {
                let Some(id) = self.rings[ring].work.pop_front() else { break };
                self.work_on(choices, ring, id);
            }
            self.flush(ring);
            done += round;
            if done >= least {
                break;
            }
        }
    }

    pub(super) fn work_on(&mut self, choices: &mut impl Choices, ring: u16, id: u16) {
        let request = &mut self.rings[ring].requests[id];
        match request.place {
            Place::Polled => {
                request.poll.overtaken = false;
                self.work_on_poll(choices, ring, id);
            }
            Place::Issue => {
                request.place = Place::Hand;
                self.begin(choices, ring, id);
            }
            Place::Complete => {
                let result = request.result;
                self.complete(ring, id, result);
            }
            Place::Expired { victim } => {
                let found = self.cancel_one(ring, victim);
                let errno = if found { Errno::TIME } else { Errno::NOENT };
                self.complete(ring, id, negative(errno));
            }
            Place::Hand | Place::Chained | Place::Timed | Place::Punted => {
                unreachable!("not in the work: {request:?}")
            }
        }
    }

    /// Tells those who wait for completions, and the chains of what has completed, and lets go of
    /// its files.
    pub(super) fn flush(&mut self, ring: u16) {
        loop {
            self.tell_of_completions(ring);
            if self.rings[ring].finished.is_empty() {
                break;
            }
            let finished = core::mem::take(&mut self.rings[ring].finished);
            for finished in &finished {
                self.follow(ring, *finished);
            }
            if self.rings[ring].finished.is_empty() {
                // The same memory again, empty.
                self.rings[ring].finished = finished;
                self.rings[ring].finished.clear();
            }
        }
    }

    fn tell_of_completions(&mut self, ring: u16) {
        let there = &mut self.rings[ring];
        if core::mem::take(&mut there.fresh)
            && there.polled == Polled::Active
            && let Some(file) = there.file
        {
            self.wake(file, mask::IN | URING_WAKE);
        }
        if !self.rings[ring].timeouts.is_empty() {
            self.end_counted(ring);
        }
        if core::mem::take(&mut self.rings[ring].filled) {
            self.signal(ring);
        }
    }

    fn follow(&mut self, ring: u16, finished: Finished) {
        let Finished { mut next, breaks, silences, file, .. } = finished;
        let there = &mut self.rings[ring];
        if let Some(id) = next
            && there.requests[id].sqe.opcode == op::LINK_TIMEOUT
        {
            // What it limits is done.
            there.timeouts.retain(|other| *other != id);
            let timeout = &mut there.requests[id];
            timeout.limits = None;
            next = timeout.next.take();
            let errno = if timeout.late { Errno::NOENT } else { Errno::CANCELED };
            self.end_later(ring, id, negative(errno));
        }
        if breaks {
            self.cancel_chain(ring, next, silences);
        } else if let Some(next) = next {
            self.rings[ring].requests[next].place = Place::Issue;
            self.queue_work(ring, next);
            self.put_back_overtaken(ring);
        }
        if let Some(file) = file {
            self.put_later(file);
        }
    }

    fn put_back_overtaken(&mut self, ring: u16) {
        let Ring { work, requests, .. } = &mut self.rings[ring];
        let overtaken = |id: &u16| core::mem::take(&mut requests[*id].poll.overtaken);
        if let Some(at) = work.iter().position(overtaken) {
            let id = work.remove(at);
            work.extend(id);
        }
    }

    fn cancel_chain(&mut self, ring: u16, mut next: Option<u16>, silent: bool) {
        if next.is_some() {
            self.witness.saw(Sight::ChainBroken);
        }
        while let Some(id) = next {
            let request = &mut self.rings[ring].requests[id];
            next = request.next.take();
            request.silent = silent;
            let result = if request.failed { request.result } else { negative(Errno::CANCELED) };
            request.failed = true;
            self.end_later(ring, id, result);
        }
    }

    /// Posts a completion: into the queue, or behind those that found it full.
    pub(super) fn post(&mut self, ring: u16, user_data: u64, result: i32, flags: u32) {
        let there = &mut self.rings[ring];
        let completion = Completion { user_data, result, flags };
        let spills = there.is_full();
        let last = flags & mask::CQE_MORE == 0;
        self.note(|| Noted::Completed { ring, user_data, result, last, spills });
        let there = &mut self.rings[ring];
        if spills {
            there.overflow.push_back(completion);
            Blunders::count(&mut self.blunders.overflows);
            self.witness.saw(Sight::Overflow);
        } else {
            there.completions.push_back(completion);
            there.filled = true;
            self.count(ring, 1);
        }
        self.rings[ring].fresh = true;
    }

    /// Moves what overflowed into the queue, as much as there is room for.
    pub(super) fn flush_overflow(&mut self, ring: u16) {
        loop {
            let there = &mut self.rings[ring];
            if there.completions.len() >= there.cq_entries as usize {
                break;
            }
            let Some(completion) = there.overflow.pop_front() else { break };
            there.completions.push_back(completion);
            (there.fresh, there.filled) = (true, true);
            self.count(ring, 1);
        }
        self.flush(ring);
    }

    /// The ring's file is gone before its own poll of it.
    pub(super) fn outlive(&mut self, ring: u16, id: u16) {
        let owned = self.rings[ring].requests[id].poll.owned;
        self.unhook(ring, id);
        if owned {
            let request = &mut self.rings[ring].requests[id];
            (request.place, request.result) = (Place::Complete, negative(Errno::CANCELED));
        } else {
            self.end_later(ring, id, negative(Errno::CANCELED));
        }
    }

    /// No request of the ring names its file any more, whose number may be given to another.
    pub(super) fn disown(&mut self, ring: u16, file: u16) {
        let there = &mut self.rings[ring];
        for id in 0..there.requests.end() {
            if let Some(request) = there.requests.get_mut(id)
                && request.file == Some(file)
            {
                request.file = None;
            }
        }
    }

    /// Rings that were closed go now or, by choice, somewhat later.
    pub(super) fn bury(&mut self, choices: &mut impl Choices) {
        for ring in 0..self.rings.end() {
            let Some(there) = self.rings.get_mut(ring).filter(|ring| ring.file.is_none()) else {
                continue;
            };
            if there.dies_late || choices.choose(2) == 0 {
                self.bury_ring(ring);
            } else {
                there.dies_late = true;
                self.witness.saw(Sight::RingDiedLate);
            }
        }
    }

    /// Rings that were closed go now. Their requests let go of their files without a completion.
    /// Says whether there were any.
    pub fn bury_all(&mut self) -> bool {
        let mut any = false;
        for ring in 0..self.rings.end() {
            if self.rings.get(ring).is_some_and(|ring| ring.file.is_none()) {
                self.bury_ring(ring);
                any = true;
            }
        }
        any
    }

    fn bury_ring(&mut self, ring: u16) {
        let Some(dead) = self.rings.remove(ring) else { return };
        self.note(|| Noted::RingGone { ring });
        self.tasks.retain(|task| !task.concerns(ring));
        if dead.requests.len() > 0 {
            Blunders::count(&mut self.blunders.abandoned);
        }
        for (id, request) in dead.requests.iter() {
            if let Some(file) = request.file.filter(|_| request.poll.hooked) {
                self.forget_waiter(file, Who::Request { ring, request: id });
            }
        }
        let held = dead.requests.iter().filter_map(|(_, request)| request.file);
        for file in held.chain(dead.fixed.iter().copied().flatten()) {
            self.put(file);
        }
    }
}
