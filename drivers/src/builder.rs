//! Choosing a driver.

use std::env;

use levelring_core::Freshness;

use crate::driver::AnyDriver;
use crate::epoll::EpollDriver;
use crate::error::Error;
use crate::event_loop::EventLoop;
use crate::kernel::{Errno, FeatureMask, Kernel, Linux, RingError, RingSetup};
use crate::planted;
use crate::poll::PollDriver;
use crate::reactor::Reactor;
use crate::report::{Attempt, Report};
use crate::uring::UringDriver;
use crate::way::{DriverKind, Way};

/// The environment variable that demands a driver: `uring`, `epoll` or `poll`.
pub const DRIVER_VARIABLE: &str = "LEVELRING_DRIVER";

/// What a loop shall be like.
///
/// A driver is demanded by [`driver`](Self::driver), else by `LEVELRING_DRIVER`; then there is that
/// one or an error. Otherwise uring is tried, then epoll, then poll: the next only when the one
/// before is absent or forbidden, never when the process is out of memory or descriptors.
///
/// ```
/// use levelring::{DriverKind, EventLoop, Freshness};
/// let events = EventLoop::builder()
///     .driver(DriverKind::Epoll)
///     .freshness(Freshness::batch(64))
///     .capacity(1000)
///     .build()?;
/// assert_eq!(events.report().chosen, DriverKind::Epoll);
/// # Ok::<(), levelring::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Builder {
    driver: Option<DriverKind>,
    way: Way,
    freshness: Freshness,
    capacity: usize,
    setup: RingSetup,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            driver: None,
            way: Way::Auto,
            freshness: Freshness::Strict,
            capacity: 1 << 20,
            setup: RingSetup::default(),
        }
    }
}

impl Builder {
    /// Demands a driver.
    pub const fn driver(mut self, driver: DriverKind) -> Self {
        self.driver = Some(driver);
        self
    }

    /// How the uring driver shall watch descriptors; the others have but one way.
    pub const fn way(mut self, way: Way) -> Self {
        self.way = way;
        self
    }

    /// How new a verdict must be when a handler is called.
    pub const fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// The most registrations and operations there can be at a time. Memory is taken as they come.
    pub const fn capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// The sizes of the ring's queues, in entries: two at least, as a poll is replaced by two.
    pub const fn ring_size(mut self, entries: u32, cq_entries: u32) -> Self {
        self.setup.entries = if entries < 2 { 2 } else { entries };
        self.setup.cq_entries = cq_entries;
        self
    }

    /// Features of io_uring to do without, though the kernel may have them.
    pub const fn forbid(mut self, features: FeatureMask) -> Self {
        self.setup.forbid = features;
        self
    }

    /// A loop with handlers, on Linux.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the driver demanded is not to be had, [`Error::Unknown`] when
    /// `LEVELRING_DRIVER` names none, [`Error::Kernel`] when out of memory or descriptors.
    pub fn build<'env>(self) -> Result<EventLoop<'env>, Error> {
        Ok(EventLoop::on(self.build_reactor()?))
    }

    /// A loop without handlers, on Linux.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_reactor(self) -> Result<Reactor, Error> {
        self.build_reactor_on(Linux::new())
    }

    /// A loop without handlers, on any kernel.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_reactor_on<K: Kernel>(self, kernel: K) -> Result<Reactor<K>, Error> {
        planted::plant_as_asked();
        let (demanded, by) = self.demanded()?;
        let mut report = Report::new(by);
        let mut kernel = kernel;
        let candidates =
            DriverKind::ALL.into_iter().filter(|kind| demanded.is_none_or(|d| d == *kind));
        for kind in candidates {
            match self.attempt(kind, kernel, &mut report) {
                Ok(driver) => {
                    report.chosen = kind;
                    return Ok(Reactor::new(driver, report, self.capacity, self.freshness));
                }
                Err((RingError::Failed(errno), _)) => return Err(Error::Kernel(errno)),
                Err((RingError::Unavailable { errno, reason }, _)) if demanded.is_some() => {
                    return Err(Error::Unavailable { driver: kind, errno, reason });
                }
                Err((RingError::Unavailable { errno, reason }, unused)) => {
                    report.attempts.push(Attempt { driver: kind, errno, reason });
                    kernel = unused;
                }
            }
        }
        // The poll driver asks nothing of the kernel to be made, and so was chosen above.
        Err(Error::Kernel(Errno::NOSYS))
    }

    fn demanded(&self) -> Result<(Option<DriverKind>, &'static str), Error> {
        if self.driver.is_some() {
            return Ok((self.driver, "demanded by the program"));
        }
        match env::var_os(DRIVER_VARIABLE) {
            Some(name) if !name.is_empty() => {
                let kind = name.to_string_lossy().parse().map_err(Error::Unknown)?;
                Ok((Some(kind), "demanded by LEVELRING_DRIVER"))
            }
            _ => Ok((None, "the first of uring, epoll, poll that is to be had")),
        }
    }

    fn attempt<K: Kernel>(
        &self,
        kind: DriverKind,
        kernel: K,
        report: &mut Report,
    ) -> Result<AnyDriver<K>, (RingError, K)> {
        Ok(match kind {
            DriverKind::Uring => {
                let driver = UringDriver::new(kernel, self.way, &self.setup)?;
                report.features = Some(*driver.features());
                report.way = Some(driver.way());
                AnyDriver::Uring(driver)
            }
            DriverKind::Epoll => {
                let driver = EpollDriver::new(kernel);
                let refused = |errno| RingError::new(errno, "epoll_create1");
                AnyDriver::Epoll(driver.map_err(|(errno, kernel)| (refused(errno), kernel))?)
            }
            DriverKind::Poll => AnyDriver::Poll(PollDriver::new(kernel)),
        })
    }
}
