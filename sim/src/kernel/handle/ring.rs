//! Rings of the model.

use std::os::fd::RawFd;

use levelring::io_uring::squeue;
use levelring::kernel::{Cqe, Ended, Entered, Errno, Feature, Ring, RingFeatures, Sqe, Wait};

use super::super::enter::Step;
use super::super::ring::{RingId, RingMade};
use super::SimKernel;
use super::owned::SimFile;
use super::recording;
use super::sleeping::Woken;

/// A ring of the model.
#[derive(Debug)]
pub struct SimRing {
    file: SimFile,
    ring: RingId,
    features: RingFeatures,
}

impl SimRing {
    pub(super) const fn new(kernel: SimKernel, made: RingMade) -> Self {
        let RingMade { ring, fd, features } = made;
        Self { file: SimFile::new(kernel, fd), ring, features }
    }

    /// By which name its system knows it.
    #[must_use]
    pub const fn id(&self) -> RingId {
        self.ring
    }

    /// The number of the ring itself.
    #[must_use]
    pub const fn number(&self) -> RawFd {
        self.file.number()
    }

    fn kernel(&self) -> &SimKernel {
        self.file.kernel()
    }

    fn enter_and_wait(&self, wait: Wait) -> Result<u32, Errno> {
        let (kernel, ring) = (self.kernel(), self.ring);
        let until = kernel.until(wait);
        let minimum = u32::from(wait.normalized() != Wait::Now);
        let mut step = kernel.step(|system, choices| {
            let queued = u32::try_from(system.queued(ring)).unwrap_or(u32::MAX);
            system.enter(choices, ring, queued, minimum)
        });
        loop {
            let asleep = match step {
                Step::Returned(answer) => break answer,
                Step::Asleep(asleep) => asleep,
            };
            let ended = match kernel.sleep_until(until)? {
                Woken::Again | Woken::ByWork => {
                    let spurious = kernel.step(|system, choices| system.wakes_in_vain(choices));
                    if !spurious {
                        step = kernel.step(|system, choices| system.resume(choices, asleep));
                        continue;
                    }
                    Errno(0)
                }
                Woken::TimeUp => Errno::TIME,
                Woken::Interrupted => Errno::INTR,
            };
            break match kernel.step(|system, _| system.give_up(asleep, ended)) {
                Err(Errno(0)) => Ok(0),
                answer => answer,
            };
        }
    }
}

impl Ring for SimRing {
    fn raw_fd(&self) -> RawFd {
        self.number()
    }

    fn features(&self) -> &RingFeatures {
        &self.features
    }

    fn room(&self) -> usize {
        self.features.sq_entries as usize - self.queued()
    }

    fn queued(&self) -> usize {
        self.kernel().step(|system, _| system.queued(self.ring))
    }

    unsafe fn push(&mut self, entry: &squeue::Entry) -> bool {
        let ring = self.ring;
        self.kernel().step(|system, _| system.push_vouched(ring, Sqe::from(entry)))
    }

    fn enter(&mut self, wait: Wait) -> Result<Entered, Errno> {
        self.kernel().count(|counts| counts.enters += 1);
        self.kernel().begins(|| recording::enter(self.ring.0, self.queued(), wait));
        let answer = self.enter_and_wait(wait);
        let answer = self.kernel().call(|_, _| answer);
        self.kernel().ends(|| recording::entered(answer));
        let ended = match answer {
            Ok(submitted) => return Ok(Entered { submitted, ended: Ended::Normally }),
            Err(Errno::TIME) => Ended::TimedOut,
            Err(Errno::INTR) => Ended::Interrupted,
            Err(Errno::BUSY | Errno::AGAIN) => Ended::Refused,
            Err(errno) => return Err(errno),
        };
        Ok(Entered { submitted: 0, ended })
    }

    fn pop(&mut self) -> Option<Cqe> {
        let ring = self.ring;
        self.kernel().step(|system, _| system.pop(ring))
    }

    fn has_completions(&self) -> bool {
        self.kernel().step(|system, _| system.completions(self.ring)) > 0
    }

    fn has_deferred_work(&self) -> bool {
        let features = &self.features;
        let defers = features.has(Feature::DeferTaskrun) || features.has(Feature::CoopTaskrun);
        let unseen = defers && !features.has(Feature::TaskrunFlag);
        unseen || self.kernel().step(|system, _| system.ring_flags(self.ring)).contains(&true)
    }

    fn register_eventfd(&mut self, fd: RawFd) -> Result<(), Errno> {
        let ring = self.ring;
        self.kernel().count_other();
        self.kernel().call(|system, _| system.register_eventfd(ring, fd))
    }
}
