//! The loops an expert writes by hand, with nothing in them that the work does not need.
//!
//! None of them could be given to a library's user: no handler can be removed or changed, and a
//! batch is worked off without looking again. That is the point of comparing with them.

use core::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::contender::Contender;
use crate::world::{Registrar, Side, World};

type Handler<'w> = Box<dyn FnMut() + 'w>;

/// The handlers alone, one after the other, without asking whether they are ready.
pub(crate) struct Floor<'w> {
    handlers: Vec<Handler<'w>>,
    next: usize,
}

impl<'w> Floor<'w> {
    /// Prepares the handlers, unless some would be called for nothing.
    pub(crate) fn new(world: &'w World) -> Result<Self, String> {
        let next = world.work().round_robin_from().ok_or("a round robin would have to wait")?;
        Ok(Self { handlers: Registered::all(world)?.handlers, next })
    }
}

impl Contender for Floor<'_> {
    fn run(&mut self, events: u64) -> Result<u64, String> {
        for _ in 0..events {
            self.handlers[self.next]();
            self.next = if self.next + 1 == self.handlers.len() { 0 } else { self.next + 1 };
        }
        Ok(0)
    }
}

/// Level-triggered `epoll_wait(maxevents = AT_ONCE)`. With one at a time this is what tevent does:
/// the kernel rotates its ready list and looks again before it reports.
pub(crate) struct EpollWait<'w, const AT_ONCE: usize> {
    set: OwnedFd,
    handlers: Vec<Handler<'w>>,
    ready: [MaybeUninit<Event>; AT_ONCE],
}

impl<'w, const AT_ONCE: usize> EpollWait<'w, AT_ONCE> {
    /// Puts every fd into a set.
    pub(crate) fn new(world: &'w World) -> Result<Self, String> {
        let set = epoll::create(CreateFlags::CLOEXEC).map_err(text)?;
        let Registered { fds, handlers } = Registered::all(world)?;
        for (index, (fd, side)) in (0..).zip(fds) {
            let interest = match side {
                Side::Read => EventFlags::IN,
                Side::Write => EventFlags::OUT,
            };
            epoll::add(&set, fd, EventData::new_u64(index), interest).map_err(text)?;
        }
        let ready = [MaybeUninit::uninit(); AT_ONCE];
        Ok(Self { set, handlers, ready })
    }
}

impl<const AT_ONCE: usize> Contender for EpollWait<'_, AT_ONCE> {
    fn run(&mut self, events: u64) -> Result<u64, String> {
        let (mut ran, mut syscalls) = (0, 0);
        while ran < events {
            syscalls += 1;
            let ready = match epoll::wait(&self.set, &mut self.ready, None) {
                Ok((ready, _)) => ready,
                Err(Errno::INTR) => continue,
                Err(why) => return Err(text(why)),
            };
            for event in &*ready {
                let index = usize::try_from(event.data.u64()).expect("it was an index");
                self.handlers[index]();
                ran += 1;
            }
        }
        Ok(syscalls)
    }
}

/// `poll(2)` over everything, then every handler whose fd was ready.
pub(crate) struct PollLoop<'w> {
    fds: Vec<PollFd<'w>>,
    handlers: Vec<Handler<'w>>,
}

impl<'w> PollLoop<'w> {
    /// Draws up the array to poll.
    pub(crate) fn new(world: &'w World) -> Result<Self, String> {
        let Registered { fds, handlers } = Registered::all(world)?;
        let fds = fds.into_iter().map(|(fd, side)| {
            let interest = match side {
                Side::Read => PollFlags::IN,
                Side::Write => PollFlags::OUT,
            };
            PollFd::from_borrowed_fd(fd, interest)
        });
        Ok(Self { fds: fds.collect(), handlers })
    }
}

impl Contender for PollLoop<'_> {
    fn run(&mut self, events: u64) -> Result<u64, String> {
        let (mut ran, mut syscalls) = (0, 0);
        while ran < events {
            syscalls += 1;
            let mut left = match poll(&mut self.fds, None) {
                Ok(ready) => ready,
                Err(Errno::INTR) => continue,
                Err(why) => return Err(text(why)),
            };
            for (fd, handler) in self.fds.iter().zip(&mut self.handlers) {
                // Most of a long array need not be looked at once all that are ready are found.
                if left == 0 {
                    break;
                }
                if !fd.revents().is_empty() {
                    handler();
                    ran += 1;
                    left -= 1;
                }
            }
        }
        Ok(syscalls)
    }
}

fn text(why: Errno) -> String {
    why.to_string()
}

/// Everything a world has registered.
#[derive(Default)]
struct Registered<'w> {
    fds: Vec<(BorrowedFd<'w>, Side)>,
    handlers: Vec<Handler<'w>>,
}

impl<'w> Registered<'w> {
    fn all(world: &'w World) -> Result<Self, String> {
        let mut registered = Self::default();
        world.register_all(&mut registered)?;
        Ok(registered)
    }
}

impl<'w> Registrar<'w> for Registered<'w> {
    fn register(
        &mut self,
        fd: BorrowedFd<'w>,
        side: Side,
        handler: impl Fn() + 'w,
    ) -> Result<(), String> {
        self.fds.push((fd, side));
        self.handlers.push(Box::new(handler));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::Work;

    #[test]
    fn every_loop_runs_what_it_was_asked_and_nothing_in_vain() {
        for work in Work::USUAL.into_iter().filter(|work| work.pipes() <= 100) {
            check(work, |world| Box::new(Floor::new(world).expect("a work without waits")));
            check(work, |world| Box::new(EpollWait::<1>::new(world).expect("a set")));
            check(work, |world| Box::new(EpollWait::<64>::new(world).expect("a set")));
            check(work, |world| Box::new(PollLoop::new(world).expect("an array")));
        }
    }

    fn check(work: Work, build: impl for<'w> Fn(&'w World) -> Box<dyn Contender + 'w>) {
        let world = World::new(work).expect("pipes");
        let mut contender = build(&world);
        let syscalls = contender.run(500).expect("a run");
        assert!(syscalls <= 500, "{work}");
        assert!((500..600).contains(&world.ran()), "{work}: {}", world.ran());
        assert_eq!(world.missed(), 0, "{work}");
    }
}
