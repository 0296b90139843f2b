//! io_uring_enter.

use levelring::kernel::Errno;

use super::choices::Choices;
use super::ring::RingId;
use super::system::System;
use super::witness::Sight;

/// How many pieces of deferred work one look brings up, unless more are waited for.
const LOOK: u32 = 20;

/// How far an enter has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Step {
    /// It has returned: how many submissions it took, or an error.
    Returned(Result<u32, Errno>),
    /// It sleeps until there are completions.
    Asleep(Asleep),
}

/// An enter that sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Asleep {
    ring: RingId,
    submitted: u32,
    minimum: u32,
}

impl System {
    /// io_uring_enter with GETEVENTS: submits, does what was deferred, and waits for `minimum`
    /// completions.
    pub fn enter(
        &mut self,
        choices: &mut impl Choices,
        ring: RingId,
        submit: u32,
        minimum: u32,
    ) -> Step {
        if let Err(errno) = self.ring_mut(ring) {
            return Step::Returned(Err(errno));
        }
        self.run_punted(choices, ring.0);
        if self.faults.busy.strike(choices) {
            self.witness.saw(Sight::Busy);
            return Step::Returned(Err(Errno::BUSY));
        }
        if self.faults.again.strike(choices) {
            self.witness.saw(Sight::Again);
            return Step::Returned(Err(Errno::AGAIN));
        }
        let mut submitted = 0;
        if submit > 0 {
            submitted = self.submit_some(choices, ring.0, submit);
            if submitted != submit {
                // Nothing is waited for, not even looked at.
                return Step::Returned(Ok(submitted));
            }
            if self.rings[ring.0].defers {
                self.run_work(choices, ring.0, minimum, minimum.max(LOOK));
            }
        }
        self.look(choices, Asleep { ring, submitted, minimum }, minimum.max(LOOK))
    }

    /// io_uring_enter without GETEVENTS: only submits. What is deferred stays so.
    ///
    /// # Errors
    /// EBADF, and EBUSY and EAGAIN by the faults.
    pub fn submit_only(
        &mut self,
        choices: &mut impl Choices,
        ring: RingId,
        submit: u32,
    ) -> Result<u32, Errno> {
        self.ring_mut(ring)?;
        self.run_punted(choices, ring.0);
        if self.faults.busy.strike(choices) {
            self.witness.saw(Sight::Busy);
            return Err(Errno::BUSY);
        }
        if self.faults.again.strike(choices) {
            self.witness.saw(Sight::Again);
            return Err(Errno::AGAIN);
        }
        Ok(self.submit_some(choices, ring.0, submit))
    }

    fn submit_some(&mut self, choices: &mut impl Choices, ring: u16, submit: u32) -> u32 {
        let fewer = self.faults.short_submit.strike(choices);
        if fewer {
            self.witness.saw(Sight::ShortSubmit);
        }
        let count = if fewer { choices.choose(submit) } else { submit };
        self.submit(choices, ring, count)
    }

    /// An enter that slept looks again.
    pub fn resume(&mut self, choices: &mut impl Choices, asleep: Asleep) -> Step {
        // Kernels differ in how much is brought up after a sleep: a look's worth, or just enough.
        self.run_all_punted(choices);
        let least = asleep.minimum.max(1);
        let defers = self.rings.get(asleep.ring.0).is_some_and(|ring| ring.defers);
        let several = self.rings.get(asleep.ring.0).is_some_and(|ring| ring.work.len() > 1);
        let most = if defers && several && choices.choose(2) == 1 { least } else { LOOK };
        self.look(choices, asleep, most.max(least))
    }

    fn look(&mut self, choices: &mut impl Choices, asleep: Asleep, most: u32) -> Step {
        let Asleep { ring, submitted, minimum } = asleep;
        if let Err(errno) = self.ring_mut(ring) {
            return Step::Returned(Err(errno));
        }
        loop {
            if self.rings[ring.0].defers {
                self.run_work(choices, ring.0, minimum, most);
            }
            self.interrupt(choices);
            self.flush_overflow(ring.0);
            let there = &self.rings[ring.0];
            let enough = there.cq_entries.min(minimum) as usize;
            if there.completions.len() >= enough {
                return Step::Returned(Ok(submitted));
            }
            // The release of files may have made work again.
            if there.work.is_empty() {
                return Step::Asleep(asleep);
            }
        }
    }

    /// Whether a sleep ends with nothing to show for it.
    pub(super) fn wakes_in_vain(&mut self, choices: &mut impl Choices) -> bool {
        let strikes = self.faults.spurious_wake.strike(choices);
        if strikes {
            self.witness.saw(Sight::SpuriousWake);
        }
        strikes
    }

    /// An enter's sleep ends with ETIME or EINTR: which is not told if anything was submitted, or
    /// if there is a completion.
    ///
    /// # Errors
    /// The error that ended it.
    pub fn give_up(&self, asleep: Asleep, errno: Errno) -> Result<u32, Errno> {
        if asleep.submitted > 0 || self.completions(asleep.ring) > 0 {
            Ok(asleep.submitted)
        } else {
            Err(errno)
        }
    }
}
