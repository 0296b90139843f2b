//! Sleeping: the world acts, then time passes.

use core::time::Duration;

use levelring::kernel::{Errno, Wait};

use super::super::errno;
use super::super::record::Noted;
use super::super::witness::Sight;
use super::SimKernel;

/// How a sleep, or a part of it, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// Something may have happened: look again.
    Again,
    /// Work of a ring was done that was put off: a call that is not made again ends with EINTR.
    ByWork,
    TimeUp,
    Interrupted,
}

impl SimKernel {
    /// When a wait that begins now ends at the latest.
    pub(super) fn until(&self, wait: Wait) -> Option<Duration> {
        self.step(|system, _| match wait.normalized() {
            Wait::Now => Some(system.now()),
            Wait::Until(time) => Some(system.now().saturating_add(time)),
            Wait::Forever => None,
        })
    }

    /// Sleeps until something may have happened.
    ///
    /// # Errors
    /// EDEADLK if nothing ever will.
    pub(super) fn sleep_until(&self, until: Option<Duration>) -> Result<Woken, Errno> {
        let early = self.step(|system, choices| {
            if until.is_some_and(|until| until <= system.now()) {
                return Some(Woken::TimeUp);
            }
            if system.faults.interrupted.strike(choices) {
                system.witness.saw(Sight::Interrupted);
                system.note(|| Noted::Wakes("interrupted"));
                return Some(Woken::Interrupted);
            }
            if system.interrupt(choices) {
                system.note(|| Noted::Wakes("does the work of a ring"));
                return Some(Woken::ByWork);
            }
            let others = [system.run_all_punted(choices), system.give_signals(), system.bury_all()];
            let woken = others.contains(&true).then_some(Woken::Again)?;
            system.note(|| Noted::Wakes("looks again: the kernel was busy"));
            Some(woken)
        });
        if let Some(woken) = early {
            return Ok(woken);
        }
        if self.world_acts(until) {
            self.note(|| Noted::Wakes("looks again"));
            return Ok(Woken::Again);
        }
        let signal = self.shared.signal.get();
        self.step(|system, _| {
            let next = system.next_timer().into_iter().chain(until).chain(signal).min();
            system.advance(next.ok_or(errno::DEADLK)?);
            if signal.is_some_and(|at| at <= system.now()) {
                self.shared.signal.set(None);
                system.note(|| Noted::Wakes("interrupted"));
                return Ok(Woken::Interrupted);
            }
            system.note(|| Noted::Wakes("time passes"));
            Ok(Woken::Again)
        })
    }

    fn world_acts(&self, until: Option<Duration>) -> bool {
        let Some(mut world) = self.shared.environment.take() else { return false };
        let acted = world.asleep(self, until);
        // Unless it has put another in its place.
        self.shared.environment.borrow_mut().get_or_insert(world);
        acted
    }
}
