//! A system with one ring, and short words for what is done to it.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring::io_uring::squeue::{Entry, Flags};
use levelring::io_uring::{opcode, types};
use levelring::kernel::{Cqe, Errno, Feature, FeatureMask, RingSetup, Sqe, mask};
use levelring_sim::{Plain, RingId, Script, Step, SyncCancel, System};

/// The error of a completion.
pub(crate) const CANCELED: i32 = -125;
pub(crate) const ALREADY: i32 = -114;
pub(crate) const NOENT: i32 = -2;
pub(crate) const BADF: i32 = -9;
pub(crate) const INVAL: i32 = -22;
pub(crate) const TIME: i32 = -62;
pub(crate) const IN: i32 = 1;
pub(crate) const OUT: i32 = 4;

/// A system, a ring of it, and choices.
pub(crate) struct Stage {
    pub(crate) system: System,
    pub(crate) ring: RingId,
    pub(crate) ring_fd: RawFd,
    pub(crate) script: Script,
}

impl Stage {
    /// A ring that defers.
    pub(crate) fn deferring() -> Self {
        Self::new(8, 64, FeatureMask::NONE)
    }

    /// A ring that does not.
    pub(crate) fn plain() -> Self {
        Self::new(8, 64, Feature::DeferTaskrun.into())
    }

    pub(crate) fn new(entries: u32, cq_entries: u32, forbid: FeatureMask) -> Self {
        let mut system = System::new();
        system.faults_mut().cq_entries = Some(cq_entries);
        let made = system.ring(&RingSetup { entries, cq_entries, forbid }).expect("a ring");
        Self { system, ring: made.ring, ring_fd: made.fd, script: Script::default() }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        assert!(self.system.push(self.ring, Sqe::from(&entry)), "room");
    }

    /// Pushes all of them and submits, without GETEVENTS.
    pub(crate) fn submit(&mut self, entries: &[Entry]) -> u32 {
        for entry in entries {
            self.push(entry.clone());
        }
        let count = u32::try_from(self.system.queued(self.ring)).expect("few");
        let taken = self.system.submit_only(&mut self.script, self.ring, count);
        self.system.leave(&mut self.script);
        self.system.check();
        taken.expect("submitted")
    }

    /// Enters with all that is queued, without waiting.
    pub(crate) fn enter(&mut self) -> u32 {
        let count = u32::try_from(self.system.queued(self.ring)).expect("few");
        let step = self.system.enter(&mut self.script, self.ring, count, 0);
        self.system.leave(&mut self.script);
        self.system.check();
        match step {
            Step::Returned(answer) => answer.expect("entered"),
            Step::Asleep(_) => panic!("it was not to wait"),
        }
    }

    /// All completions that can be taken.
    pub(crate) fn reap(&mut self) -> Vec<(u64, i32)> {
        core::iter::from_fn(|| self.system.pop(self.ring))
            .map(|Cqe { user_data, result, .. }| (user_data, result))
            .collect()
    }

    /// The same, with whether there are more to come.
    pub(crate) fn reap_more(&mut self) -> Vec<(u64, i32, bool)> {
        core::iter::from_fn(|| self.system.pop(self.ring))
            .map(|cqe| (cqe.user_data, cqe.result, cqe.has_more()))
            .collect()
    }

    /// Pushes, enters, reaps.
    pub(crate) fn run(&mut self, entries: &[Entry]) -> Vec<(u64, i32)> {
        for entry in entries {
            self.push(entry.clone());
        }
        self.enter();
        self.reap()
    }

    pub(crate) fn pipe(&mut self) -> [RawFd; 2] {
        self.system.pipe().expect("a pipe")
    }

    pub(crate) fn write(&mut self, fd: RawFd) {
        assert_eq!(self.system.write(fd, b"x"), Ok(1));
        self.system.leave(&mut self.script);
    }

    pub(crate) fn read(&mut self, fd: RawFd) {
        assert_eq!(self.system.read(fd, &mut [0]), Ok(1));
        self.system.leave(&mut self.script);
    }

    pub(crate) fn close(&mut self, fd: RawFd) {
        assert_eq!(self.system.close(&mut Plain, fd), Ok(()));
        self.system.leave(&mut self.script);
        self.system.check();
    }

    pub(crate) fn wait_until(&mut self, millis: u64) {
        self.system.advance(Duration::from_millis(millis));
        self.system.leave(&mut self.script);
    }

    /// Whether a reader of a pipe would be told of its end.
    pub(crate) fn has_ended(&mut self, reader: RawFd) -> bool {
        match self.system.read(reader, &mut [0]) {
            Ok(0) => true,
            Err(Errno::AGAIN) => false,
            answer => panic!("{answer:?}"),
        }
    }

    /// The choices to come.
    pub(crate) fn choose(&mut self, bytes: &[u8]) {
        self.script = Script::new(bytes);
    }
}

pub(crate) fn poll(fd: RawFd, events: u32, user_data: u64) -> Entry {
    opcode::PollAdd::new(types::Fd(fd), events).build().user_data(user_data)
}

pub(crate) fn poll_in(fd: RawFd, user_data: u64) -> Entry {
    poll(fd, mask::IN, user_data)
}

pub(crate) fn multi(fd: RawFd, events: u32, user_data: u64) -> Entry {
    opcode::PollAdd::new(types::Fd(fd), events).multi(true).build().user_data(user_data)
}

pub(crate) fn remove(target: u64, user_data: u64) -> Entry {
    opcode::PollRemove::new(target).build().user_data(user_data)
}

pub(crate) fn cancel(target: u64, user_data: u64) -> Entry {
    opcode::AsyncCancel::new(target).build().user_data(user_data)
}

pub(crate) fn by_name(user_data: u64) -> SyncCancel {
    SyncCancel { user_data, ..SyncCancel::default() }
}

pub(crate) fn nop(user_data: u64) -> Entry {
    opcode::Nop::new().build().user_data(user_data)
}

/// A submission that is malformed.
pub(crate) fn bad(user_data: u64) -> Entry {
    opcode::PollAdd::new(types::Fd(0), 1 << 31)
        .build()
        .user_data(user_data)
        .flags(Flags::BUFFER_SELECT)
}

pub(crate) fn soft(entry: Entry) -> Entry {
    entry.flags(Flags::IO_LINK)
}

pub(crate) fn hard(entry: Entry) -> Entry {
    entry.flags(Flags::IO_HARDLINK)
}

pub(crate) fn skip(entry: Entry) -> Entry {
    entry.flags(Flags::SKIP_SUCCESS)
}
