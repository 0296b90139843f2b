//! Trying a new ring out. A kernel, or an emulation of one, may well offer what it cannot do.

use core::time::Duration;
use std::os::fd::AsRawFd;

use io_uring::{opcode, squeue, types};
use rustix::pipe::{PipeFlags, pipe_with};

use super::super::{Cqe, Errno, LinuxRing, Ring, Wait, mask};
use super::RingError;

const WAITING: u64 = 1;
const CANCEL: u64 = 2;
const READY: u64 = 3;

/// Polls an empty pipe for reading, cancels that, and polls the other end for writing: one poll
/// that waits, one that is done at once, and one cancel, each with its one completion.
pub(super) fn run(ring: &mut LinuxRing) -> Result<(), RingError> {
    let pipe = pipe_with(PipeFlags::CLOEXEC);
    let (read, write) = pipe.map_err(|errno| RingError::new(errno.into(), "a pipe to try on"))?;
    let entries = [
        poll(read.as_raw_fd(), mask::IN).user_data(WAITING),
        opcode::AsyncCancel::new(WAITING).build().user_data(CANCEL),
        poll(write.as_raw_fd(), mask::OUT).user_data(READY),
    ];
    let answers = perform(ring, &entries)?;
    let expected = [(WAITING, Err(Errno::CANCELED)), (CANCEL, Ok(0)), (READY, Ok(mask::OUT))];
    for (user_data, outcome) in expected {
        let answer = answers.iter().find(|cqe| cqe.user_data == user_data).map(Cqe::outcome);
        if answer != Some(outcome) {
            let errno = answer.and_then(Result::err).unwrap_or(Errno::IO);
            return Err(RingError::new(errno, "a poll or a cancel did not do its work"));
        }
    }
    Ok(())
}

fn poll(fd: i32, events: u32) -> squeue::Entry {
    opcode::PollAdd::new(types::Fd(fd), events).build()
}

/// Submits the entries one by one, so that the smallest ring will do, and collects as many
/// completions. The patience is limited, so that a ring that answers nothing is found out.
fn perform(ring: &mut LinuxRing, entries: &[squeue::Entry]) -> Result<Vec<Cqe>, RingError> {
    const ROUNDS: usize = 50;
    const PATIENCE: Duration = Duration::from_millis(20);

    let mut unsubmitted = entries.iter();
    let mut answers = Vec::new();
    for _ in 0..ROUNDS {
        let mut wait = Wait::Until(PATIENCE);
        if let Some(entry) = unsubmitted.as_slice().first()
            // SAFETY: neither polls nor cancels point to memory.
            && unsafe { ring.push(entry) }
        {
            unsubmitted.next();
            wait = Wait::Now;
        }
        ring.enter(wait).map_err(|errno| RingError::new(errno, "io_uring_enter"))?;
        answers.extend(core::iter::from_fn(|| ring.pop()));
        if answers.len() >= entries.len() {
            break;
        }
    }
    Ok(answers)
}
