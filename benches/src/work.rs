//! The work that is measured: a core full of registrations, and one thing done to it again and
//! again. What a driver would do beside it, the system calls, is left out.

use clap::ValueEnum;
use levelring_core::{
    Completion, Core, Event, Freshness, Growing, Interest, Key, Lane, Progress, Readiness,
    Submission, Tag, Watch,
};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// A level-triggered set says that one is ready; its event is handed out.
    Event,
    /// The same, said by one call that hands out the event at once: nobody else is ready.
    EventAlone,
    /// As `event`, for one far from the one before in memory: caches do not help.
    EventScattered,
    /// All are busy: the next one is checked, and its event handed out.
    Verdict,
    /// A oneshot poll is made, completes, and its event is handed out; the handler drains it.
    Oneshot,
    /// An interest is changed, the kernel told, and its two answers taken in.
    Interest,
}

impl Operation {
    /// All of them, in the order they are reported in.
    pub const ALL: [Self; 6] = [
        Self::Event,
        Self::EventAlone,
        Self::EventScattered,
        Self::Verdict,
        Self::Oneshot,
        Self::Interest,
    ];

    /// Its name, as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::EventAlone => "event-alone",
            Self::EventScattered => "event-scattered",
            Self::Verdict => "verdict",
            Self::Oneshot => "oneshot",
            Self::Interest => "interest",
        }
    }

    const fn watch(self) -> Watch {
        match self {
            // As a level-triggered set, but never parked.
            Self::Event | Self::EventAlone | Self::EventScattered | Self::Interest => {
                Watch::Foreign
            }
            Self::Verdict => Watch::Multishot,
            Self::Oneshot => Watch::Oneshot,
        }
    }
}

/// More ring entries than anything asks for.
const ROOM: usize = 64;
const ECANCELED: i32 = -125;

/// A core full of registrations, all armed, and the operation to be done to it.
#[derive(Debug)]
pub struct Work {
    core: Core<Growing>,
    keys: Vec<Key>,
    /// The lane of each registration's poll.
    lanes: Vec<Lane>,
    operation: Operation,
    at: usize,
    step: usize,
}

impl Work {
    /// Sets it up, up to the point from which on everything is the same again and again.
    ///
    /// # Panics
    /// If the core does not do what it should.
    #[must_use]
    pub fn new(operation: Operation, registrations: usize) -> Self {
        let mut core = Core::new(Growing::up_to(registrations), Freshness::Strict);
        let register = |_| core.register(operation.watch(), Interest::READ);
        let keys: Result<Vec<Key>, _> = (0..registrations).map(register).collect();
        let keys = keys.expect("as much room as registrations");
        // Far away, and coming by all of them: about the golden ratio, and prime.
        let scattered = operation == Operation::EventScattered && registrations > 1000;
        let step = if scattered { 618_033 % registrations } else { 1 };
        let lanes = vec![Lane::A; registrations];
        let mut work = Self { core, keys, lanes, operation, at: 0, step };
        if operation != Operation::Oneshot {
            work.arm_all();
        }
        work
    }

    fn arm_all(&mut self) {
        while self.core.next_submission(ROOM).is_some() {}
        if self.operation == Operation::Verdict {
            for &key in &self.keys {
                self.core.complete(ready(key, Lane::A, true, false));
            }
        }
    }

    /// Does it so many times.
    ///
    /// # Panics
    /// If the core does not do what it should.
    pub fn run(&mut self, times: usize) {
        for _ in 0..times {
            match self.operation {
                Operation::Event | Operation::EventScattered => self.event(),
                Operation::EventAlone => self.event_alone(),
                Operation::Verdict => self.verdict(),
                Operation::Oneshot => self.oneshot(),
                Operation::Interest => self.interest(),
            }
            self.at = (self.at + self.step) % self.keys.len();
        }
    }

    fn event(&mut self) {
        let key = self.keys[self.at];
        self.core.plan();
        self.core.complete(ready(key, Lane::A, true, true));
        self.core.looked();
        self.expect_event(key);
    }

    fn event_alone(&mut self) {
        let key = self.keys[self.at];
        self.core.plan();
        let event = self.core.deliver(Tag::Arm(key, Lane::A).encode(), Readiness::READ);
        assert!(matches!(event, Some(Event::Ready { .. })), "an event of {key:?} is due");
    }

    fn verdict(&mut self) {
        loop {
            if let Some(event) = self.core.next_event() {
                core::hint::black_box(event);
                return;
            }
            self.core.plan();
            let head = self.core.candidates().next().map(|(key, _)| key);
            self.core.looked();
            self.core.judge(head.expect("all are busy"), Readiness::READ);
        }
    }

    fn oneshot(&mut self) {
        self.core.plan();
        let Some(Submission::Arm { key, tag, .. }) = self.core.next_submission(ROOM) else {
            panic!("the one who was drained is armed");
        };
        let answer = Completion::last(tag.encode(), i32::from(Readiness::READ.bits()));
        self.core.complete(Completion { level: true, ..answer });
        self.core.looked();
        self.expect_event(key);
        self.core.progress(key, Progress::Drained).expect("it is alive");
    }

    fn interest(&mut self) {
        let (key, lane) = (self.keys[self.at], &mut self.lanes[self.at]);
        let interest = match lane {
            Lane::A => Interest::WRITE,
            Lane::B => Interest::READ,
        };
        self.core.set_interest(key, interest).expect("it is alive");
        let said = self.core.next_submission(ROOM);
        let Some(Submission::Rearm { target, by, .. }) = said else {
            panic!("a changed interest is handed out: {said:?}");
        };
        self.core.complete(Completion::last(by.encode(), 0));
        self.core.complete(Completion::last(target.encode(), ECANCELED));
        *lane = if *lane == Lane::A { Lane::B } else { Lane::A };
    }

    fn expect_event(&mut self, expected: Key) {
        match self.core.next_event() {
            Some(Event::Ready { key, .. }) if key == expected => {}
            other => panic!("an event of {expected:?} is due, not {other:?}"),
        }
    }
}

fn ready(key: Key, lane: Lane, more: bool, level: bool) -> Completion {
    let user_data = Tag::Arm(key, lane).encode();
    let result = i32::from(Readiness::READ.bits());
    Completion { more, level, ..Completion::last(user_data, result) }
}
