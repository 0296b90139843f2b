//! One slice: a contender runs, and the process's CPU time is read before and after.

use rustix::time::{ClockId, clock_gettime};

use crate::contender::Contender;
use crate::world::World;

/// What one slice cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// CPU nanoseconds per event, of the process and of the kernel on its behalf.
    pub(crate) ns: f64,
    /// Nanoseconds per event on the wall.
    pub(crate) wall_ns: f64,
    /// The loop's own system calls per event.
    pub(crate) syscalls: f64,
}

/// Has the contender run that many events.
pub(crate) fn slice(
    contender: &mut dyn Contender,
    world: &World,
    events: u64,
) -> Result<Sample, String> {
    let ran = world.ran();
    let (cpu, began) = (now(ClockId::ProcessCPUTime), wall());
    let syscalls = contender.run(events)?;
    let (cpu, wall) = (now(ClockId::ProcessCPUTime) - cpu, wall() - began);
    let ran = world.ran() - ran;
    if ran < events {
        return Err(format!("it counted {events} events, its handlers {ran}"));
    }
    let per_event = |total: u64| as_f64(total) / as_f64(ran);
    Ok(Sample { ns: per_event(cpu), wall_ns: per_event(wall), syscalls: per_event(syscalls) })
}

/// Nanoseconds on the wall, from some beginning.
pub(crate) fn wall() -> u64 {
    now(ClockId::Monotonic)
}

fn now(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let part = |part: i64| u64::try_from(part).expect("these clocks begin at zero");
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}

/// Counts and nanoseconds of a slice: far below 2^52, so nothing is lost.
pub(crate) fn as_f64(number: u64) -> f64 {
    number as f64
}

/// How many whole events fit, at least one.
#[expect(clippy::cast_possible_truncation, reason = "clamped first")]
pub(crate) fn as_events(number: f64) -> u64 {
    number.clamp(1.0, 1e12) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand::Floor;
    use crate::work::Work;

    #[test]
    fn a_slice_costs_something() {
        let world = World::new(Work::Samba).expect("a pipe");
        let mut floor = Floor::new(&world).expect("a work without waits");
        let sample = slice(&mut floor, &world, 1000).expect("a slice");
        assert!(sample.ns > 1.0 && sample.wall_ns > 1.0);
        assert!(sample.syscalls.abs() < f64::EPSILON);
    }

    #[test]
    fn a_contender_that_does_not_run_its_handlers_is_found_out() {
        struct Idle;
        impl Contender for Idle {
            fn run(&mut self, _: u64) -> Result<u64, String> {
                Ok(0)
            }
        }
        let world = World::new(Work::Samba).expect("a pipe");
        assert!(slice(&mut Idle, &world, 10).is_err());
    }

    #[test]
    fn at_least_one_event() {
        assert_eq!(as_events(0.2), 1);
        assert_eq!(as_events(f64::INFINITY), 1_000_000_000_000);
        assert_eq!(as_events(17.9), 17);
    }
}
