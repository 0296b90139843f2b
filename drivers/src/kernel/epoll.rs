//! epoll: a set of files the kernel watches, without holding on to any of them.

use core::cell::Cell;
use core::ffi::c_int;
use core::mem::{align_of, size_of};
use core::ptr;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use rustix::event::epoll::{CreateFlags, create};

use super::{Errno, Ledger, Wait, direct};

/// A set of watched files.
pub trait Epoll {
    /// The number of the set itself, to watch it by `poll` or on a ring.
    fn raw_fd(&self) -> RawFd;

    /// Watches `fd` for `events` ([`mask`](super::mask)); its events carry `data`.
    ///
    /// # Errors
    ///
    /// [`Errno::EXIST`] if this number and file are in the set already, [`Errno::PERM`] for a
    /// file that has no readiness (a regular one is always ready), [`Errno::BADF`], ...
    fn add(&self, fd: RawFd, events: u32, data: u64) -> Result<(), Errno>;

    /// Changes what `fd` is watched for, and what its events carry. No events at all does not
    /// silence it: ERR and HUP are reported unasked, time and again. With
    /// [`mask::EPOLL_EDGE`](super::mask::EPOLL_EDGE) they are reported once.
    ///
    /// # Errors
    ///
    /// [`Errno::NOENT`] if it is not in the set, [`Errno::BADF`], ...
    fn modify(&self, fd: RawFd, events: u32, data: u64) -> Result<(), Errno>;

    /// Watches `fd` no longer.
    ///
    /// # Errors
    ///
    /// [`Errno::NOENT`] if it is not in the set; [`Errno::BADF`] if the number was closed, in
    /// which case the file leaves by itself when its last descriptor is closed.
    fn delete(&self, fd: RawFd) -> Result<(), Errno>;

    /// Fetches up to `events.len()` events, in rotation, waiting as long as `wait` says.
    /// Returns how many: the first so many elements are the answer.
    ///
    /// # Errors
    ///
    /// [`Errno::INTR`] among others; [`Errno::INVAL`] for an empty slice.
    fn wait(&self, events: &mut [EpollEvent], wait: Wait) -> Result<usize, Errno>;
}

/// One event of a set, in the kernel's layout, which is packed on x86-64.
#[cfg_attr(target_arch = "x86_64", repr(C, packed))]
#[cfg_attr(not(target_arch = "x86_64"), repr(C))]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct EpollEvent {
    events: u32,
    data: u64,
}

impl EpollEvent {
    /// An event; the default one is a blank to be filled by [`Epoll::wait`].
    #[must_use]
    pub const fn new(events: u32, data: u64) -> Self {
        Self { events, data }
    }

    /// What happened.
    #[must_use]
    pub const fn events(&self) -> u32 {
        self.events
    }

    /// What was given when the file was added or modified.
    #[must_use]
    pub const fn data(&self) -> u64 {
        self.data
    }
}

impl core::fmt::Debug for EpollEvent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "EpollEvent({:#x}, data {:#x})", self.events(), self.data())
    }
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<EpollEvent>() == size_of::<libc::epoll_event>());
    assert!(align_of::<EpollEvent>() == align_of::<libc::epoll_event>());
    assert!(offset_of!(EpollEvent, events) == offset_of!(libc::epoll_event, events));
    assert!(offset_of!(EpollEvent, data) == offset_of!(libc::epoll_event, u64));
};

/// The size of the kernel's signal set, which is not libc's.
const KERNEL_SIGSET: usize = 8;

/// An epoll set of Linux.
#[derive(Debug)]
pub struct LinuxEpoll {
    fd: OwnedFd,
    ledger: Ledger,
    /// Whether `epoll_pwait2` is still believed to exist.
    precise: Cell<bool>,
}

impl LinuxEpoll {
    pub(super) fn new(ledger: Ledger) -> Result<Self, Errno> {
        ledger.other();
        let fd = create(CreateFlags::CLOEXEC)?;
        Ok(Self { fd, ledger, precise: Cell::new(true) })
    }

    fn control(&self, operation: c_int, fd: RawFd, event: EpollEvent) -> Result<(), Errno> {
        self.ledger.epoll_ctl();
        let mut event = libc::epoll_event { events: event.events(), u64: event.data() };
        let set = self.fd.as_raw_fd();
        // SAFETY: the kernel reads one event, which outlives the call. `fd` is only a number.
        let answer = unsafe { libc::epoll_ctl(set, operation, fd, &raw mut event) };
        Errno::check(answer).map(drop)
    }

    #[inline(always)]
    fn wait_millis(&self, events: &mut [EpollEvent], millis: c_int) -> Result<usize, Errno> {
        self.ledger.epoll_wait();
        let (list, room) = parts(events);
        // SAFETY: `list` has room for `room` events in the kernel's layout (asserted above).
        unsafe { direct::epoll_wait(self.fd.as_raw_fd(), list, room, millis) }
    }

    #[cold]
    fn wait_in_steps(&self, events: &mut [EpollEvent], wait: Wait) -> Result<usize, Errno> {
        if let (true, Some(time)) = (self.precise.get(), wait.timespec()) {
            match self.wait_precisely(events, time) {
                // What the call itself may say. Anything else, and it never ran: no such call
                // before Linux 5.11, or a filter's idea of an errno.
                Err(errno) if !OWN_ERRORS.contains(&errno) => self.precise.set(false),
                answer => return answer,
            }
        }
        self.wait_millis(events, wait.rounded_millis())
    }

    /// By number, since the C library's wrapper is younger than the system call.
    fn wait_precisely(
        &self,
        events: &mut [EpollEvent],
        time: libc::timespec,
    ) -> Result<usize, Errno> {
        self.ledger.epoll_wait();
        let (list, room) = parts(events);
        // SAFETY: as in `wait_millis`; `time` outlives the call, is 64-bit wherever this is
        // built (asserted below), and no signal mask means that none is set.
        let answer = unsafe {
            libc::syscall(
                libc::SYS_epoll_pwait2,
                self.fd.as_raw_fd(),
                list,
                room,
                &raw const time,
                ptr::null::<libc::sigset_t>(),
                KERNEL_SIGSET,
            )
        };
        Errno::check_long(answer)
    }
}

// `epoll_pwait2` knows no other timespec.
const _: () = assert!(size_of::<libc::timespec>() == 16);

fn parts(events: &mut [EpollEvent]) -> (*mut libc::epoll_event, c_int) {
    (events.as_mut_ptr().cast(), c_int::try_from(events.len()).unwrap_or(c_int::MAX))
}

impl Epoll for LinuxEpoll {
    fn raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    fn add(&self, fd: RawFd, events: u32, data: u64) -> Result<(), Errno> {
        self.control(libc::EPOLL_CTL_ADD, fd, EpollEvent::new(events, data))
    }

    fn modify(&self, fd: RawFd, events: u32, data: u64) -> Result<(), Errno> {
        self.control(libc::EPOLL_CTL_MOD, fd, EpollEvent::new(events, data))
    }

    fn delete(&self, fd: RawFd) -> Result<(), Errno> {
        self.control(libc::EPOLL_CTL_DEL, fd, EpollEvent::default())
    }

    /// By `epoll_wait` where milliseconds are exact, a quarter cheaper than `epoll_pwait2`, and
    /// in rounded-up milliseconds where the latter is absent or forbidden.
    #[inline(always)]
    fn wait(&self, events: &mut [EpollEvent], wait: Wait) -> Result<usize, Errno> {
        match wait.exact_millis() {
            Some(millis) => self.wait_millis(events, millis),
            None => self.wait_in_steps(events, wait),
        }
    }
}

const OWN_ERRORS: [Errno; 4] = [Errno::INTR, Errno::BADF, Errno::INVAL, Errno::FAULT];

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::testing::{Pipe, SHORT_WAITS, refusing, without_children};
    use super::super::{Kernel, Linux, mask};
    use super::*;

    fn fetch(epoll: &LinuxEpoll, most: usize) -> Vec<(u64, u32)> {
        let mut events = vec![EpollEvent::default(); most];
        let count = epoll.wait(&mut events, Wait::Now).expect("fetch");
        events[..count].iter().map(|event| (event.data(), event.events())).collect()
    }

    #[test]
    fn add_modify_delete() -> Result<(), Errno> {
        let (epoll, pipe) = (Linux::new().epoll()?, Pipe::new());
        let fd = pipe.read_fd();
        pipe.fill();
        assert_eq!(epoll.modify(fd, mask::IN, 1), Err(Errno::NOENT));
        epoll.add(fd, mask::IN, u64::MAX)?;
        assert_eq!(epoll.add(fd, mask::IN, 1), Err(Errno::EXIST));
        for _ in 0..2 {
            assert_eq!(fetch(&epoll, 4), [(u64::MAX, mask::IN)], "level-triggered");
        }
        epoll.modify(fd, 0, 2)?;
        assert_eq!(fetch(&epoll, 4), [], "disarmed");
        epoll.modify(fd, mask::IN, 3)?;
        assert_eq!(fetch(&epoll, 4), [(3, mask::IN)]);
        epoll.delete(fd)?;
        assert_eq!(fetch(&epoll, 4), []);
        assert_eq!(epoll.delete(fd), Err(Errno::NOENT));
        Ok(())
    }

    #[test]
    fn only_an_edge_disarms_for_good() -> Result<(), Errno> {
        let (epoll, pipe) = (Linux::new().epoll()?, Pipe::new());
        let fd = pipe.read_fd();
        epoll.add(fd, 0, 1)?;
        let read = pipe.close_write();
        for _ in 0..2 {
            assert_eq!(fetch(&epoll, 1), [(1, mask::HUP)], "unasked, and as a level");
        }
        epoll.modify(fd, mask::EPOLL_EDGE, 1)?;
        assert_eq!(fetch(&epoll, 1), [(1, mask::HUP)], "once more");
        assert_eq!(fetch(&epoll, 1), []);
        drop(read);
        Ok(())
    }

    #[test]
    fn one_at_a_time_rotates() -> Result<(), Errno> {
        let (epoll, pipes) = (Linux::new().epoll()?, [Pipe::new(), Pipe::new()]);
        for (data, pipe) in (0..).zip(&pipes) {
            epoll.add(pipe.write_fd(), mask::OUT, data)?;
        }
        let order: Vec<u64> = (0..4).map(|_| fetch(&epoll, 1)[0].0).collect();
        assert_eq!(order, [0, 1, 0, 1]);
        Ok(())
    }

    #[test]
    fn bad_numbers_are_answered_by_the_kernel() -> Result<(), Errno> {
        let epoll = Linux::new().epoll()?;
        for fd in [-1, RawFd::MIN, 1_000_000_000] {
            assert_eq!(epoll.add(fd, mask::IN, 0), Err(Errno::BADF));
            assert_eq!(epoll.delete(fd), Err(Errno::BADF));
        }
        assert_eq!(epoll.wait(&mut [], Wait::Now), Err(Errno::INVAL));
        Ok(())
    }

    #[test]
    fn a_closed_file_leaves_by_itself() -> Result<(), Errno> {
        let _alone = without_children();
        let (epoll, pipe) = (Linux::new().epoll()?, Pipe::new());
        epoll.add(pipe.write_fd(), mask::OUT, 0)?;
        let read = pipe.close_write();
        assert_eq!(fetch(&epoll, 1), []);
        let mut byte = [0];
        assert_eq!(rustix::io::read(&read, &mut byte).map_err(Errno::from)?, 0, "not pinned");
        Ok(())
    }

    fn deadlines_hold(epoll: &LinuxEpoll) {
        for time in SHORT_WAITS {
            let start = Instant::now();
            assert_eq!(epoll.wait(&mut [EpollEvent::default()], Wait::Until(time)), Ok(0));
            assert!(start.elapsed() >= time, "{time:?} took {:?}", start.elapsed());
        }
    }

    #[test]
    fn a_deadline_is_never_early() -> Result<(), Errno> {
        let epoll = Linux::new().epoll()?;
        deadlines_hold(&epoll);
        epoll.precise.set(false);
        deadlines_hold(&epoll);
        Ok(())
    }

    #[test]
    fn a_forbidden_pwait2_is_asked_once_and_done_without() {
        refusing(libc::SYS_epoll_pwait2, libc::EPERM, || {
            let linux = Linux::new();
            let epoll = linux.epoll().expect("epoll");
            deadlines_hold(&epoll);
            assert!(!epoll.precise.get());
            let before = linux.counts();
            deadlines_hold(&epoll);
            let waits = (linux.counts() - before).epoll_waits;
            assert_eq!(waits, SHORT_WAITS.len() as u64);
        });
    }
}
