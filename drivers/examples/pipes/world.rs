//! A contender's own pipes, and what the handlers do with them.

use core::cell::Cell;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::pipe::PipeFlags;

use crate::work::Work;

/// Which readiness a handler waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// There is something to read.
    Read,
    /// There is room to write.
    Write,
}

/// Whoever takes in what a world wants to be called for.
pub(crate) trait Registrar<'w> {
    /// Has `handler` called whenever `fd` is ready. Readers and writers are different types, as
    /// they would be in a program.
    fn register(
        &mut self,
        fd: BorrowedFd<'w>,
        side: Side,
        handler: impl Fn() + 'w,
    ) -> Result<(), String>;
}

/// The pipes of one contender, and what its handlers have counted.
#[derive(Debug)]
pub(crate) struct World {
    work: Work,
    pipes: Vec<(OwnedFd, OwnedFd)>,
    ran: Cell<u64>,
    missed: Cell<u64>,
}

impl World {
    /// Creates the pipes and fills in what the work begins with.
    pub(crate) fn new(work: Work) -> Result<Self, Errno> {
        let pipes =
            (0..work.pipes()).map(|index| new_pipe(work, index)).collect::<Result<_, _>>()?;
        Ok(Self { work, pipes, ran: Cell::new(0), missed: Cell::new(0) })
    }

    /// The work this world is for.
    pub(crate) const fn work(&self) -> Work {
        self.work
    }

    /// Registers every handler: the same code for every contender.
    pub(crate) fn register_all<'w>(
        &'w self,
        registrar: &mut impl Registrar<'w>,
    ) -> Result<(), String> {
        for (index, (read_end, write_end)) in self.pipes.iter().enumerate() {
            let (read_end, write_end) = (read_end.as_fd(), write_end.as_fd());
            match self.work {
                Work::Samba | Work::Busy { .. } => {
                    let reader = move || self.count(read_one(read_end));
                    registrar.register(read_end, Side::Read, reader)?;
                    let writer = move || self.count(write_one(write_end));
                    registrar.register(write_end, Side::Write, writer)?;
                }
                Work::Ring { pipes, .. } => {
                    let next = self.pipes[(index + 1) % pipes].1.as_fd();
                    let passer = move || self.count(read_one(read_end) && write_one(next));
                    registrar.register(read_end, Side::Read, passer)?;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn count(&self, moved: bool) {
        self.ran.set(self.ran.get() + 1);
        if !moved {
            self.missed.set(self.missed.get() + 1);
        }
    }

    /// How many handlers have run so far, as counted by themselves.
    pub(crate) const fn ran(&self) -> u64 {
        self.ran.get()
    }

    /// How many of those found that their fd was not ready after all.
    pub(crate) const fn missed(&self) -> u64 {
        self.missed.get()
    }
}

// Neither is inlined, so that every contender's handlers make their calls at the same addresses:
// copies of them inside each loop's closures differed by up to 8 % in what the same system calls
// cost (a matter of branch prediction across the kernel's entry), and differently in each build.
#[inline(never)]
fn read_one(fd: BorrowedFd<'_>) -> bool {
    rustix::io::read(fd, &mut [0_u8; 1]) == Ok(1)
}

#[inline(never)]
fn write_one(fd: BorrowedFd<'_>) -> bool {
    rustix::io::write(fd, b"x") == Ok(1)
}

fn new_pipe(work: Work, index: usize) -> Result<(OwnedFd, OwnedFd), Errno> {
    // Non-blocking, so that a handler called for nothing is counted instead of hanging.
    let (read_end, write_end) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
    if matches!(work, Work::Ring { .. }) {
        // A user who is not root gets so many pages for pipes, and then smaller pipes: thousands of
        // them are made equal by making all of them small. Two pages are plenty for a few bytes.
        rustix::pipe::fcntl_setpipe_size(&write_end, 8192)?;
    }
    for _ in 0..work.bytes_at_first(index) {
        rustix::io::write(&write_end, b"x")?;
    }
    Ok((read_end, write_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Sides(Vec<Side>);

    impl<'w> Registrar<'w> for Sides {
        fn register(
            &mut self,
            _: BorrowedFd<'w>,
            side: Side,
            handler: impl Fn() + 'w,
        ) -> Result<(), String> {
            self.0.push(side);
            handler();
            Ok(())
        }
    }

    #[test]
    fn a_work_has_as_many_handlers_as_it_says() {
        for work in Work::USUAL {
            let (world, mut sides) = (World::new(work).expect("pipes"), Sides::default());
            world.register_all(&mut sides).expect("no failure");
            assert_eq!(sides.0.len(), work.handlers(), "{work}");
            assert_eq!(world.ran(), u64::try_from(work.handlers()).expect("a count"));
        }
    }

    #[test]
    fn a_handler_called_for_nothing_is_counted() {
        let (world, mut sides) = (World::new(Work::Samba).expect("a pipe"), Sides::default());
        world.register_all(&mut sides).expect("no failure");
        assert_eq!(sides.0, [Side::Read, Side::Write]);
        assert_eq!(world.missed(), 1, "the pipe was empty when the reader was called");
    }
}
