//! Everything at once, at random: the model stays in order, and every request ends once.

use core::time::Duration;
use std::collections::BTreeSet;
use std::os::fd::RawFd;

use levelring::io_uring::squeue::Entry;
use levelring::io_uring::{opcode, types};
use levelring::kernel::{Feature, FeatureMask, RingSetup, Sqe, mask};
use levelring_sim::{Control, Half, Odds, Random, RingId, Step, System};

use crate::stage::{cancel, hard, multi, nop, poll, remove, skip, soft};

/// A program that does anything.
struct Storm {
    system: System,
    ring: RingId,
    random: Random,
    next: u64,
    submitted: BTreeSet<u64>,
}

impl Storm {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut system = System::new();
        let faults = system.faults_mut();
        faults.cq_entries = Some(1 + random.draw() % 6);
        faults.descriptors = 24;
        for odds in [&mut faults.short_submit, &mut faults.busy, &mut faults.spurious_cancel] {
            *odds = Odds(u8::try_from(random.draw() % 8).expect("small"));
        }
        let defers = random.draw().is_multiple_of(2);
        let forbid = FeatureMask::NONE.with_if(Feature::DeferTaskrun, !defers);
        let setup = RingSetup { entries: 4, cq_entries: 4, forbid };
        let ring = system.ring(&setup).expect("a ring").ring;
        Self { system, ring, random, next: 1, submitted: BTreeSet::new() }
    }

    fn below(&mut self, end: u32) -> u32 {
        self.random.draw() % end
    }

    /// Any number but the ring's, open or not.
    fn fd(&mut self) -> RawFd {
        RawFd::try_from(4 + self.below(22)).expect("small")
    }

    fn step(&mut self) {
        match self.below(12) {
            0 => self.open(),
            1..=3 => self.use_a_file(),
            4 => self.control(),
            5 => {
                let until = self.system.now() + Duration::from_nanos(self.below(3).into());
                self.system.advance(until);
            }
            6..=8 => self.push(),
            _ => self.enter(),
        }
        self.system.leave(&mut self.random);
        self.system.check();
        assert_eq!(self.system, self.system.clone());
    }

    fn open(&mut self) {
        let _ = match self.below(8) {
            0 => self.system.pipe().map(|_| ()),
            1 => self.system.socket_pair().map(|_| ()),
            2 => self.system.listen(7).map(|_| ()),
            3 => self.system.connect(7).map(|_| ()),
            4 => self.system.event(0).map(|_| ()),
            5 => self.system.timer().map(|_| ()),
            6 => self.system.epoll().map(|_| ()),
            _ => self.system.terminal().map(|_| ()),
        };
    }

    fn use_a_file(&mut self) {
        let fd = self.fd();
        let time = Some(Duration::from_nanos(self.below(4).into()));
        let (system, random) = (&mut self.system, &mut self.random);
        let _ = match random.draw() % 14 {
            0 | 1 => system.close(random, fd),
            2..=4 => system.write(fd, &[1, 0, 0, 0, 0, 0, 0, 0]).map(|_| ()),
            5..=7 => system.read(fd, &mut [0; 8]).map(|_| ()),
            8 => system.duplicate(fd).map(|_| ()),
            9 => system.shutdown(fd, Half::Write),
            10 => system.set_terminal(fd),
            11 => system.accept(fd).map(|_| ()),
            12 => system.set_timer(fd, time),
            _ if random.draw().is_multiple_of(4) => {
                system.fork();
                Ok(())
            }
            _ => {
                system.child_exits(random);
                Ok(())
            }
        };
    }

    fn control(&mut self) {
        let (set, fd) = (self.fd(), self.fd());
        let what = [Control::Add, Control::Delete, Control::Modify][self.below(3) as usize];
        let events =
            self.events() | [0, mask::EPOLL_EDGE, mask::EPOLL_ONESHOT][self.below(3) as usize];
        let _ = self.system.epoll_control(set, what, fd, events, 1);
        let _ = self.system.epoll_wait(set, 2, |_, _, _| ());
        let _ = self.system.register_eventfd(self.ring, fd);
    }

    fn events(&mut self) -> u32 {
        [mask::IN, mask::OUT, mask::IN | mask::OUT, 0][self.below(4) as usize]
    }

    fn push(&mut self) {
        let number = self.next;
        let target = number - u64::from(self.below(6)).min(number);
        let (fd, events) = (self.fd(), self.events());
        let wait = opcode::EpollWait::new(types::Fd(fd), core::ptr::null_mut(), 2).build();
        let read = opcode::Read::new(types::Fd(fd), core::ptr::null_mut(), 8).build();
        let entry: Entry = match self.below(9) {
            0 | 1 => poll(fd, events, number),
            2 => multi(fd, events, number),
            3 | 4 => remove(target, number),
            5 => cancel(target, number),
            6 => wait.user_data(number),
            7 => read.user_data(number),
            _ => nop(number),
        };
        let entry = match self.below(8) {
            0 => soft(entry),
            1 => hard(entry),
            2 => skip(entry),
            _ => entry,
        };
        if self.system.push(self.ring, Sqe::from(&entry)) {
            self.next += 1;
            if Sqe::from(&entry).flags == 0 {
                self.submitted.insert(number);
            }
        }
    }

    fn enter(&mut self) {
        let count = u32::try_from(self.system.queued(self.ring)).expect("few");
        let minimum = self.below(2);
        let step = self.system.enter(&mut self.random, self.ring, count, minimum);
        if let Step::Asleep(asleep) = step {
            let _ = self.system.resume(&mut self.random, asleep);
        }
        self.reap();
    }

    fn reap(&mut self) {
        while let Some(cqe) = self.system.pop(self.ring) {
            assert!(cqe.user_data < self.next, "a completion of nothing: {cqe:?}");
            if !cqe.has_more() {
                self.submitted.remove(&cqe.user_data);
            }
        }
    }

    /// All that is in flight is cancelled, and ends.
    fn drain(&mut self) {
        *self.system.faults_mut() = levelring_sim::Faults::default();
        for _ in 0..1000 {
            let number = self.next;
            let entry =
                opcode::AsyncCancel2::new(types::CancelBuilder::any()).build().user_data(number);
            if self.system.in_flight(self.ring) > 0
                && self.system.push(self.ring, Sqe::from(&entry))
            {
                self.next += 1;
                self.submitted.insert(number);
            }
            self.enter();
            self.system.check();
        }
        let left = self.system.in_flight(self.ring);
        assert_eq!((left, &self.submitted), (0, &BTreeSet::new()));
    }
}

#[test]
fn the_model_stays_in_order_and_everything_ends() {
    for seed in 0..300 {
        let outcome = std::panic::catch_unwind(|| {
            let mut storm = Storm::new(seed);
            for _ in 0..400 {
                storm.step();
            }
            storm.drain();
        });
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
