//! `poll(2)`: the level of any file, by number, at the price of one system call for the lot.

use core::mem::{align_of, offset_of, size_of};
use core::ptr;
use std::os::fd::RawFd;

use super::{Errno, Linux, Wait, direct};

/// Asks for the level.
pub trait Poll {
    /// Asks whether any of `entries` is ready, waiting as long as `wait` says, and returns how
    /// many are: those whose `revents` is not zero. A number that names no open file is ready
    /// with [`mask::NVAL`](super::mask::NVAL); a negative one is skipped.
    ///
    /// # Errors
    ///
    /// [`Errno::INTR`]; [`Errno::INVAL`] if there are more entries than the process may have
    /// descriptors, whether they are open or not. Then nothing was answered: the `revents` are
    /// left over from before.
    fn poll(&self, entries: &mut [PollEntry], wait: Wait) -> Result<usize, Errno>;
}

/// One question of [`Poll::poll`] and, in `revents`, its answer. The kernel's `struct pollfd`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollEntry {
    /// Which file.
    pub fd: RawFd,
    /// What is asked for.
    pub events: i16,
    /// What is so. Besides what was asked for: ERR, HUP, NVAL.
    pub revents: i16,
}

impl PollEntry {
    /// A question that has no answer yet.
    #[must_use]
    pub const fn new(fd: RawFd, events: i16) -> Self {
        Self { fd, events, revents: 0 }
    }
}

const _: () = {
    assert!(size_of::<PollEntry>() == size_of::<libc::pollfd>());
    assert!(align_of::<PollEntry>() == align_of::<libc::pollfd>());
    assert!(offset_of!(PollEntry, fd) == offset_of!(libc::pollfd, fd));
    assert!(offset_of!(PollEntry, events) == offset_of!(libc::pollfd, events));
    assert!(offset_of!(PollEntry, revents) == offset_of!(libc::pollfd, revents));
    // The length of a slice is passed on as it is.
    assert!(size_of::<libc::nfds_t>() >= size_of::<usize>());
};

impl Poll for Linux {
    /// By `poll` where milliseconds are exact, which includes the hot case, not to wait at all:
    /// `ppoll` costs a sixth more, for a `timespec` that has to be fetched from user space.
    #[inline(always)]
    fn poll(&self, entries: &mut [PollEntry], wait: Wait) -> Result<usize, Errno> {
        self.ledger.poll();
        let list = entries.as_mut_ptr().cast::<libc::pollfd>();
        if let Some(millis) = wait.exact_millis() {
            // SAFETY: `list` points to that many entries, exclusively borrowed, in the layout of
            // `struct pollfd` (asserted above). The numbers in them carry no obligation: the
            // kernel looks each one up.
            return unsafe { direct::poll(list, entries.len(), millis) };
        }
        let count = entries.len() as libc::nfds_t;
        let time = wait.timespec();
        let time = time.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: as above; `time` is null or outlives the call, and no signal mask means that
        // none is set.
        Errno::check(unsafe { libc::ppoll(list, count, time, ptr::null()) })
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::time::Instant;

    use super::super::mask;
    use super::super::testing::{Pipe, SHORT_WAITS};
    use super::*;

    fn ask(fd: RawFd, events: u32) -> Result<(usize, u32), Errno> {
        let mut entries = [PollEntry::new(fd, mask::to_poll(events))];
        let ready = Linux::new().poll(&mut entries, Wait::Now)?;
        Ok((ready, mask::from_poll(entries[0].revents)))
    }

    #[test]
    fn it_tells_the_level_as_often_as_asked() {
        let pipe = Pipe::new();
        assert_eq!(ask(pipe.read_fd(), mask::IN), Ok((0, 0)));
        assert_eq!(ask(pipe.write_fd(), mask::OUT), Ok((1, mask::OUT)));
        pipe.fill();
        for _ in 0..2 {
            assert_eq!(ask(pipe.read_fd(), mask::IN), Ok((1, mask::IN)));
        }
    }

    #[test]
    fn a_number_without_a_file_is_an_answer_not_an_error() {
        assert_eq!(ask(1_000_000_000, mask::IN), Ok((1, mask::NVAL)));
        assert_eq!(ask(-1, mask::IN), Ok((0, 0)));
        assert_eq!(ask(RawFd::MIN, mask::IN), Ok((0, 0)));
        assert_eq!(Linux::new().poll(&mut [], Wait::Now), Ok(0));
    }

    #[test]
    fn a_deadline_is_never_early() {
        let pipe = Pipe::new();
        for time in SHORT_WAITS {
            let mut entries = [PollEntry::new(pipe.read_fd(), mask::to_poll(mask::IN))];
            let start = Instant::now();
            assert_eq!(Linux::new().poll(&mut entries, Wait::Until(time)), Ok(0));
            assert!(start.elapsed() >= time, "{time:?} took {:?}", start.elapsed());
        }
    }

    #[test]
    fn waiting_for_ever_ends_with_the_event() {
        let pipe = Pipe::new();
        let mut entries = [PollEntry::new(pipe.read_fd(), mask::to_poll(mask::IN))];
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(5));
                pipe.fill();
            });
            assert_eq!(Linux::new().poll(&mut entries, Wait::Forever), Ok(1));
        });
    }

    #[test]
    fn it_is_counted() {
        let linux = Linux::new();
        let before = super::super::Kernel::counts(&linux);
        assert_eq!(linux.poll(&mut [], Wait::Now), Ok(0));
        let spent = super::super::Kernel::counts(&linux) - before;
        assert_eq!((spent.polls, spent.total()), (1, 1));
    }
}
