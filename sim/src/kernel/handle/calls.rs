//! The system calls of programs, on the model.

use core::time::Duration;
use std::os::fd::RawFd;

use levelring::kernel::Errno;

use super::sleeping::Woken;
use super::{SimKernel, SimRing};
use crate::calls::{Calls, Half, SyncCancel};

impl Calls for SimKernel {
    fn pipe(&self) -> Result<[RawFd; 2], Errno> {
        self.call(|system, _| system.pipe())
    }

    fn socket_pair(&self) -> Result<[RawFd; 2], Errno> {
        self.call(|system, _| system.socket_pair())
    }

    fn listen(&self, port: u16) -> Result<(RawFd, u16), Errno> {
        self.call(|system, _| system.listen(port))
    }

    fn connect(&self, port: u16) -> Result<RawFd, Errno> {
        self.call(|system, _| system.connect(port))
    }

    fn accept(&self, fd: RawFd) -> Result<RawFd, Errno> {
        self.call(|system, _| system.accept(fd))
    }

    fn event(&self, count: u32) -> Result<RawFd, Errno> {
        self.call(|system, _| system.event(count))
    }

    fn timer(&self) -> Result<RawFd, Errno> {
        self.call(|system, _| system.timer())
    }

    fn set_timer(&self, fd: RawFd, time: Option<Duration>) -> Result<(), Errno> {
        self.call(|system, _| system.set_timer(fd, time))
    }

    fn regular(&self) -> Result<RawFd, Errno> {
        self.call(|system, _| system.regular())
    }

    fn terminal(&self) -> Result<[RawFd; 2], Errno> {
        self.call(|system, _| system.terminal())
    }

    fn set_terminal(&self, fd: RawFd) -> Result<(), Errno> {
        self.call(|system, _| system.set_terminal(fd))
    }

    fn read(&self, fd: RawFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.call(|system, _| system.read(fd, buffer))
    }

    fn write(&self, fd: RawFd, buffer: &[u8]) -> Result<usize, Errno> {
        self.call(|system, _| system.write(fd, buffer))
    }

    fn shutdown(&self, fd: RawFd, half: Half) -> Result<(), Errno> {
        self.call(|system, _| system.shutdown(fd, half))
    }

    fn reset(&self, fd: RawFd) -> Result<(), Errno> {
        self.call(|system, choices| system.reset(choices, fd))
    }

    fn duplicate(&self, fd: RawFd) -> Result<RawFd, Errno> {
        self.call(|system, _| system.duplicate(fd))
    }

    fn close(&self, fd: RawFd) -> Result<(), Errno> {
        self.call(|system, choices| system.close(choices, fd))
    }

    /// Others may act meanwhile. A signal does not end it.
    fn sleep(&self, time: Duration) {
        let until = self.step(|system, _| Some(system.now().saturating_add(time)));
        while !matches!(self.sleep_until(until), Ok(Woken::TimeUp) | Err(_)) {}
        self.call(|_, _| ());
    }

    fn signal(&self, after: Duration) -> Result<(), Errno> {
        let at = self.step(|system, _| system.now().saturating_add(after));
        self.shared.signal.set((!after.is_zero()).then_some(at));
        Ok(())
    }

    /// All of them are called 0.
    fn fork(&self) -> Result<i32, Errno> {
        self.call(|system, _| system.fork());
        Ok(0)
    }

    fn end_child(&self, _: i32) -> Result<(), Errno> {
        let there = self.call(|system, choices| system.child_exits(choices));
        if there { Ok(()) } else { Err(Errno(libc::ECHILD)) }
    }

    fn keep(&self, ring: &SimRing, slot: u32, fd: RawFd) -> Result<(), Errno> {
        self.call(|system, _| system.keep_file(ring.id(), slot, fd))
    }

    fn sync_cancel(&self, ring: &SimRing, cancel: SyncCancel) -> Result<u32, Errno> {
        let count = self.call(|system, _| system.sync_cancel(ring.id(), cancel))?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}
