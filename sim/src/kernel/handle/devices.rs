//! epoll sets and eventfds of the model.

use std::os::fd::RawFd;

use levelring::kernel::{Epoll, EpollEvent, Errno, EventFd, Wait};

use super::super::set::Control;
use super::SimKernel;
use super::owned::SimFile;
use super::recording;
use super::sleeping::Woken;

/// An epoll set of the model.
#[derive(Debug)]
pub struct SimEpoll(SimFile);

impl SimEpoll {
    pub(super) const fn new(kernel: SimKernel, fd: RawFd) -> Self {
        Self(SimFile::new(kernel, fd))
    }

    fn control(&self, control: Control, fd: RawFd, events: u32, data: u64) -> Result<(), Errno> {
        self.0.kernel().count(|counts| counts.epoll_ctls += 1);
        let (kernel, set) = (self.0.kernel(), self.0.number());
        kernel.begins(|| recording::control(control, fd, events));
        let answer = kernel.call(|system, _| system.epoll_control(set, control, fd, events, data));
        kernel.ends(|| recording::outcome(answer));
        answer
    }

    /// A ring that does not defer, and has something to do, interrupts the sleep.
    fn fetch_and_wait(&self, events: &mut [EpollEvent], wait: Wait) -> Result<usize, Errno> {
        let kernel = self.0.kernel();
        let until = kernel.until(wait);
        loop {
            let answer = self.fetch(events);
            if answer != Ok(0) {
                break kernel.call(|_, _| answer);
            }
            match kernel.sleep_until(until)? {
                Woken::Again if kernel.step(|system, choices| system.interrupt(choices)) => {
                    break kernel.call(|_, _| Err(Errno::INTR));
                }
                Woken::Again => {}
                Woken::TimeUp => break kernel.call(|_, _| Ok(0)),
                Woken::ByWork | Woken::Interrupted => {
                    break kernel.call(|_, _| Err(Errno::INTR));
                }
            }
        }
    }

    fn fetch(&self, events: &mut [EpollEvent]) -> Result<usize, Errno> {
        self.0.kernel().step(|system, _| {
            system.epoll_wait(self.0.number(), events.len(), |at, what, data| {
                events[at] = EpollEvent::new(what, data);
            })
        })
    }
}

impl Epoll for SimEpoll {
    fn raw_fd(&self) -> RawFd {
        self.0.number()
    }

    fn add(&self, fd: RawFd, events: u32, data: u64) -> Result<(), Errno> {
        self.control(Control::Add, fd, events, data)
    }

    fn modify(&self, fd: RawFd, events: u32, data: u64) -> Result<(), Errno> {
        self.control(Control::Modify, fd, events, data)
    }

    fn delete(&self, fd: RawFd) -> Result<(), Errno> {
        self.control(Control::Delete, fd, 0, 0)
    }

    fn wait(&self, events: &mut [EpollEvent], wait: Wait) -> Result<usize, Errno> {
        let kernel = self.0.kernel();
        kernel.count(|counts| counts.epoll_waits += 1);
        kernel.begins(|| recording::epoll_wait(events.len(), wait));
        let answer = self.fetch_and_wait(events, wait);
        kernel.ends(|| recording::count(answer));
        answer
    }
}

/// An eventfd of the model.
#[derive(Debug)]
pub struct SimEventFd(SimFile);

impl SimEventFd {
    pub(super) const fn new(kernel: SimKernel, fd: RawFd) -> Self {
        Self(SimFile::new(kernel, fd))
    }

    pub(super) const fn number(&self) -> RawFd {
        self.0.number()
    }
}

impl EventFd for SimEventFd {
    fn raw_fd(&self) -> RawFd {
        self.0.number()
    }

    fn signal(&self) -> Result<(), Errno> {
        let number = self.0.number();
        match self.0.kernel().call(|system, _| system.write(number, &1_u64.to_ne_bytes())) {
            Ok(_) | Err(Errno::AGAIN) => Ok(()),
            Err(errno) => Err(errno),
        }
    }
}
