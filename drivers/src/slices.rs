//! More entries than one poll(2) takes.

use core::time::Duration;

use crate::kernel::{Errno, Poll, PollEntry, Wait};

/// How long nobody is looked at, at the most, while none of the entries is ready.
const NAP: Duration = Duration::from_millis(5);

/// The same as one [`Poll::poll`] that does not wait, in as many as it takes: the kernel refuses
/// more entries at once than the process may have descriptors (RLIMIT_NOFILE), which may have been
/// more when they were opened.
///
/// # Errors
/// As [`Poll::poll`]; of some entries the `revents` may have been changed. A process that may have
/// no descriptors at all is refused even a single entry.
#[inline(always)]
pub(crate) fn poll_now(kernel: &impl Poll, entries: &mut [PollEntry]) -> Result<usize, Errno> {
    match kernel.poll(entries, Wait::Now) {
        Err(Errno::INVAL) if entries.len() > 1 => halves(kernel, entries),
        answer => answer,
    }
}

/// The same as one [`Poll::poll`], which may end early with nothing. Where it takes several, nobody
/// can sleep on all of them at once: they are asked again every 5 ms.
///
/// # Errors
/// As [`poll_now`].
#[inline(always)]
pub(crate) fn poll(
    kernel: &impl Poll,
    entries: &mut [PollEntry],
    wait: Wait,
) -> Result<usize, Errno> {
    match kernel.poll(entries, wait) {
        Err(Errno::INVAL) if entries.len() > 1 => nap(kernel, entries, wait),
        answer => answer,
    }
}

#[cold]
fn halves(kernel: &impl Poll, entries: &mut [PollEntry]) -> Result<usize, Errno> {
    let (first, second) = entries.split_at_mut(entries.len() / 2);
    Ok(poll_now(kernel, first)? + poll_now(kernel, second)?)
}

#[cold]
fn nap(kernel: &impl Poll, entries: &mut [PollEntry], wait: Wait) -> Result<usize, Errno> {
    let ready = halves(kernel, entries)?;
    let time = match wait {
        Wait::Now => return Ok(ready),
        Wait::Until(time) => time.min(NAP),
        Wait::Forever => NAP,
    };
    if ready > 0 {
        return Ok(ready);
    }
    kernel.poll(&mut [], Wait::Until(time))?;
    halves(kernel, entries)
}

#[cfg(test)]
mod tests {
    use core::cell::RefCell;

    use super::*;

    /// Takes so many entries at once; those of even numbers are ready.
    struct Limited {
        most: usize,
        slept: RefCell<Duration>,
    }

    impl Poll for Limited {
        fn poll(&self, entries: &mut [PollEntry], wait: Wait) -> Result<usize, Errno> {
            if entries.len() > self.most {
                return Err(Errno::INVAL);
            }
            entries.iter_mut().for_each(|entry| entry.revents = i16::from(entry.fd % 2 == 0));
            if let Wait::Until(time) = wait {
                *self.slept.borrow_mut() += time;
            }
            Ok(entries.iter().filter(|entry| entry.revents != 0).count())
        }
    }

    fn limited(most: usize) -> Limited {
        Limited { most, slept: RefCell::default() }
    }

    #[test]
    fn all_are_asked_however_few_at_a_time() {
        for most in 1..12 {
            let mut entries: Vec<_> = (0..11).map(|fd| PollEntry::new(fd, 1)).collect();
            let kernel = limited(most);
            assert_eq!(poll_now(&kernel, &mut entries), Ok(6));
            assert!(entries.iter().all(|entry| entry.revents == i16::from(entry.fd % 2 == 0)));
            assert_eq!(poll(&kernel, &mut entries, Wait::Forever), Ok(6));
            assert_eq!(kernel.slept.take(), Duration::ZERO);
        }
        let answer = poll_now(&limited(0), &mut [PollEntry::new(0, 1); 3]);
        assert_eq!(answer, Err(Errno::INVAL), "none at all can be asked");
    }

    #[test]
    fn nobody_sleeps_for_long_nor_for_longer_than_asked() {
        let kernel = limited(2);
        for (wait, slept) in [
            (Wait::Now, Duration::ZERO),
            (Wait::Until(Duration::from_micros(7)), Duration::from_micros(7)),
            (Wait::Until(Duration::from_secs(7)), NAP),
            (Wait::Forever, NAP),
        ] {
            assert_eq!(poll(&kernel, &mut [PollEntry::new(1, 1); 3], wait), Ok(0));
            assert_eq!(kernel.slept.take(), slept, "{wait:?}");
        }
    }
}
