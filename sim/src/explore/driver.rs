//! A ring driver in one page: what the production driver does with the core, in the same order,
//! one call of the kernel at a time. Between two calls anybody else may do something.

use levelring::kernel::{Cqe, Errno, PollEntry, Sqe, mask};
use levelring::{Event, Interest, Key, Readiness, Watch};
use levelring_core::{Completion, Disposition, Look, Plan, Submission, Tag};

use super::options::{HANDLERS, Options, Sabotage};
use super::world::{Phase, World, number};
use crate::kernel::{Asleep, Choices, Step};

impl World {
    /// On, as far as one call of the kernel and what comes of it.
    pub(super) fn go(&mut self, options: &Options, choices: &mut impl Choices) {
        if self.phase == Phase::Program {
            self.returned();
            self.phase = Phase::Begin;
        }
        let mut called = false;
        loop {
            if self.phase == Phase::Program || (called && self.phase != Phase::Begin) {
                return;
            }
            called |= self.phase != Phase::Begin;
            match self.phase {
                Phase::Program => return,
                Phase::Begin => self.begin(),
                Phase::Look(judge) => self.look(options, judge, choices),
                Phase::Asleep(asleep) => {
                    let step = self.system.resume(choices, asleep);
                    self.entered(options, None, step, choices);
                }
                Phase::Judge { count, glance } => self.judge(count, glance, choices),
                Phase::Release(key) => self.release(key, choices),
            }
        }
    }

    fn begin(&mut self) {
        if let Some(event) = self.core.next_event() {
            return self.tell(event);
        }
        let Plan { judge, look } = self.core.plan();
        let count = u8::try_from(judge).unwrap_or(u8::MAX);
        self.phase = match look {
            Look::No => Phase::Judge { count, glance: false },
            Look::Glance => Phase::Look(Some(count)),
            Look::Wait => Phase::Look(None),
        };
    }

    /// The handler is the program, which may do anything now.
    fn tell(&mut self, event: Event) {
        self.told = Some(self.user.check(event));
        self.phase = Phase::Program;
    }

    /// Queues what the core wants told; `false` if there was no room for all of it.
    fn queue(&mut self) -> bool {
        while let Some(submission) = self.core.next_submission(self.system.room(self.ring)) {
            self.submit(submission);
        }
        self.system.queued(self.ring) == 0 || !self.core.wants_submission()
    }

    /// The same; to make room the kernel is entered, if there has to be, and `false` returned.
    fn flush(&mut self, choices: &mut impl Choices) -> bool {
        let all = self.queue();
        if !all {
            self.promptly = true;
            self.enter_now(choices);
            self.drain();
        }
        all
    }

    fn look(&mut self, options: &Options, judge: Option<u8>, choices: &mut impl Choices) {
        if !self.flush(choices) {
            return;
        }
        let must_not_sleep = self.core.has_candidates() || self.core.wants_submission();
        let waits = judge.is_none() && !must_not_sleep;
        let queued = self.system.queued(self.ring);
        if !waits && queued == 0 && !self.has_deferred_work(options) {
            self.drain();
            return self.looked(judge);
        }
        self.promptly = !waits;
        let step = self.enter(waits, choices);
        self.entered(options, judge, step, choices);
    }

    /// An enter has got so far.
    fn entered(
        &mut self,
        options: &Options,
        judge: Option<u8>,
        step: Step,
        choices: &mut impl Choices,
    ) {
        match step {
            Step::Asleep(asleep) => return self.fall_asleep(asleep),
            Step::Returned(answer) => assert!(answer.is_ok(), "an enter: {answer:?}"),
        }
        if matches!(self.phase, Phase::Asleep(_)) {
            self.system.leave(choices);
        }
        self.gather(options, choices);
        self.looked(judge);
    }

    /// All completions that are there, and again while there are more: a ring brings up a limited
    /// number at a time.
    fn gather(&mut self, options: &Options, choices: &mut impl Choices) {
        let mut left = self.in_flight + 1;
        loop {
            let brought = self.drain();
            left = left.saturating_sub(brought);
            if brought == 0 || left == 0 || !self.has_deferred_work(options) {
                return;
            }
            self.enter_now(choices);
        }
    }

    fn enter_now(&mut self, choices: &mut impl Choices) {
        let step = self.enter(false, choices);
        assert!(matches!(step, Step::Returned(Ok(_))), "an enter that does not wait: {step:?}");
    }

    /// S4: nobody who is ready sleeps; unless the kernel has something to do that will wake it.
    fn fall_asleep(&mut self, asleep: Asleep) {
        self.phase = Phase::Asleep(asleep);
        if self.system.has_punted(self.ring) {
            return;
        }
        assert_eq!(self.system.queued(self.ring), 0, "S4 lost wake-up: asleep with submissions");
        for view in self.user.views.into_iter().flatten().filter(|view| !view.broken) {
            let wanted = self.level(view.file).wanted_by(view.interest);
            assert!(wanted.is_empty(), "S4 lost wake-up: {:?} is ready, and all sleep", view.key);
            assert_eq!(self.core.is_quiet(view.key), Some(false), "S1 identity: quiet, but open");
        }
    }

    pub(super) fn time_up(&mut self, options: &Options, choices: &mut impl Choices) {
        let Phase::Asleep(asleep) = self.phase else { return };
        // Which is not told if there was something; either way the queue is looked at.
        let _ = self.system.give_up(asleep, Errno::TIME);
        self.system.leave(choices);
        self.gather(options, choices);
        self.core.looked();
        self.phase = Phase::Program;
        if self.core.has_candidates() {
            self.begin();
        }
    }

    /// The look is over; or it will be, when the candidates are judged.
    fn looked(&mut self, judge: Option<u8>) {
        if let Some(count) = judge {
            self.phase = Phase::Judge { count, glance: true };
        } else {
            self.core.looked();
            self.phase = Phase::Begin;
        }
    }

    /// One poll(2) of the first few candidates.
    fn judge(&mut self, count: u8, glance: bool, choices: &mut impl Choices) {
        self.phase = Phase::Begin;
        let mut asked = [None; HANDLERS];
        for (place, candidate) in asked.iter_mut().zip(self.core.candidates().take(count.into())) {
            *place = Some(candidate);
        }
        let seen = asked.map(|it| it.map(|(key, interest)| (key, self.poll(key, interest))));
        self.system.leave(choices);
        let sole = seen[0].filter(|_| count == 1);
        for (key, seen) in seen.into_iter().flatten().filter(|_| sole.is_none()) {
            self.core.judge(key, seen);
        }
        if glance {
            self.core.looked();
        }
        if let Some((key, seen)) = sole
            && let Some(event) = self.core.decide(key, seen)
        {
            self.tell(event);
        }
    }

    fn poll(&mut self, key: Key, interest: Interest) -> Readiness {
        let view = self.user.view(key).expect("a candidate is alive");
        assert_eq!(view.interest, interest, "the interest of the candidate {key:?}");
        if self.sabotage == Some(Sabotage::BelievesHints) {
            return Readiness::from_bits(u8::MAX) - Readiness::INVALID;
        }
        let mut entries = [PollEntry::new(number(view.file), mask::to_poll(wanted(interest)))];
        self.system.poll(&mut entries);
        readiness(mask::from_poll(entries[0].revents))
    }

    /// As far as one enter.
    pub(super) fn release(&mut self, key: Key, choices: &mut impl Choices) {
        if !self.flush(choices) {
            return;
        }
        if self.core.is_pinned(key) {
            self.promptly = true;
            self.enter_now(choices);
            self.drain();
            if !self.queue() || self.core.is_pinned(key) {
                return;
            }
        }
        self.phase = Phase::Program;
        self.check_released(key);
    }

    fn enter(&mut self, waits: bool, choices: &mut impl Choices) -> Step {
        let queued = u32::try_from(self.system.queued(self.ring)).unwrap_or(u32::MAX);
        let step = self.system.enter(choices, self.ring, queued, waits.into());
        if matches!(step, Step::Returned(_)) {
            self.system.leave(choices);
        }
        step
    }

    fn has_deferred_work(&self, options: &Options) -> bool {
        let [work, overflow] = self.system.ring_flags(self.ring);
        (options.defers && work) || overflow
    }

    /// Takes all completions that are there, and says how many.
    fn drain(&mut self) -> u8 {
        let mut brought = 0;
        while let Some(cqe) = self.system.pop(self.ring) {
            brought += 1;
            self.in_flight -= u8::from(!cqe.has_more());
            if self.sabotage == Some(Sabotage::LosesHints) && cqe.result > 0 {
                continue;
            }
            let disposition = self.core.complete(completion(cqe, self.promptly));
            let known = matches!(
                disposition,
                Disposition::Hint | Disposition::Quiet | Disposition::Control
            );
            assert!(known, "S3 accounting: {cqe:?} is {disposition:?}");
        }
        brought
    }

    fn submit(&mut self, submission: Submission) {
        match submission {
            Submission::Arm { key, tag, interest, watch } => {
                self.push(self.arm(key, tag, interest, watch));
            }
            Submission::Rearm { key, target, by, tag, interest, watch } => {
                let removal = Sqe { opcode: POLL_REMOVE, flags: HARDLINK, ..end(target, by) };
                self.push(removal);
                self.push(self.arm(key, tag, interest, watch));
            }
            Submission::Disarm { by, .. } if self.sabotage == Some(Sabotage::NeverEnds) => {
                self.core.complete(Completion::last(by.encode(), 0));
            }
            Submission::Disarm { target, by, .. } => self.push(end(target, by)),
            Submission::Prepare { .. }
            | Submission::Operation { .. }
            | Submission::Cancel { .. } => unreachable!("nobody has submitted an operation"),
        }
    }

    fn arm(&self, key: Key, tag: Tag, interest: Interest, watch: Watch) -> Sqe {
        let view = self.user.view(key).expect("only the living are watched");
        let (fd, op_flags) = (number(view.file), wanted(interest));
        let len = u32::from(watch == Watch::Multishot);
        Sqe { opcode: POLL_ADD, fd, op_flags, len, user_data: tag.encode(), ..NOTHING }
    }

    fn push(&mut self, sqe: Sqe) {
        let taken = self.system.push(self.ring, sqe);
        assert!(taken, "the core hands out no more than there is room for");
        self.in_flight += 1;
    }
}

const POLL_ADD: u8 = 6;
const POLL_REMOVE: u8 = 7;
const ASYNC_CANCEL: u8 = 14;
const HARDLINK: u8 = 1 << 3;

const NOTHING: Sqe = Sqe {
    opcode: 0,
    flags: 0,
    ioprio: 0,
    fd: -1,
    off: 0,
    addr: 0,
    len: 0,
    op_flags: 0,
    user_data: 0,
    buf_index: 0,
    personality: 0,
    file_index: 0,
    addr3: 0,
    pad: 0,
};

const fn end(target: Tag, by: Tag) -> Sqe {
    Sqe { opcode: ASYNC_CANCEL, addr: target.encode(), user_data: by.encode(), ..NOTHING }
}

/// What to ask the kernel for.
fn wanted(interest: Interest) -> u32 {
    u32::from(interest.bits()) & (mask::IN | mask::OUT)
}

/// What its answer means: of the bits that the files of a small world have.
pub(super) fn readiness(events: u32) -> Readiness {
    let known = [
        (mask::IN, Readiness::READ),
        (mask::OUT, Readiness::WRITE),
        (mask::ERR, Readiness::ERROR),
        (mask::HUP, Readiness::HANGUP),
        (mask::NVAL, Readiness::INVALID),
    ];
    let told = known.into_iter().filter(|(bit, _)| events & bit != 0);
    told.fold(Readiness::EMPTY, |all, (_, name)| all | name)
}

fn completion(cqe: Cqe, promptly: bool) -> Completion {
    let polls = matches!(Tag::decode(cqe.user_data), Some(Tag::Arm(..)));
    let result = match cqe.outcome() {
        Ok(events) if polls => readiness(events).bits().into(),
        Ok(_) | Err(_) => cqe.result,
    };
    let more = cqe.has_more();
    let level = polls && promptly && !more;
    Completion { result, more, level, ..Completion::last(cqe.user_data, 0) }
}
