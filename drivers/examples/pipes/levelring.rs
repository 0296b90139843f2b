//! levelring as a contender: the only file here that knows its interface.

use core::time::Duration;
use std::os::fd::BorrowedFd;

use ::levelring::{DriverKind, EventLoop, Interest, Way};

use crate::contender::{Contender, Freshness};
use crate::world::{Registrar, Side, World};

/// A driver and a way of watching, by the name the tables give them.
#[derive(Debug)]
pub(crate) struct Route {
    /// The name.
    pub(crate) name: &'static str,
    driver: Option<DriverKind>,
    way: Option<Way>,
}

/// Every driver and way; the first one is what a program gets that does not ask.
pub(crate) static ROUTES: [Route; 7] = [
    Route { name: "auto", driver: None, way: None },
    on_ring("uring-poll-add", Way::PollAdd),
    on_ring("uring-multishot", Way::PollAddMultishot),
    on_ring("uring-epoll-wait", Way::EpollOnRing),
    on_ring("uring-epoll-outside", Way::EpollOutside),
    Route { name: "epoll", driver: Some(DriverKind::Epoll), way: None },
    Route { name: "poll", driver: Some(DriverKind::Poll), way: None },
];

const fn on_ring(name: &'static str, way: Way) -> Route {
    Route { name, driver: Some(DriverKind::Uring), way: Some(way) }
}

/// An event loop with every handler added to it, its fds borrowed.
pub(crate) struct LevelringLoop<'w> {
    events: EventLoop<'w>,
}

impl<'w> LevelringLoop<'w> {
    /// Builds the loop, and proves that it turns: a way that stalls would stall the whole table.
    pub(crate) fn new(
        route: &Route,
        freshness: Freshness,
        world: &'w World,
    ) -> Result<Self, String> {
        let mut builder =
            EventLoop::builder().capacity(world.work().handlers()).freshness(match freshness {
                Freshness::Unchecked | Freshness::Strict => ::levelring::Freshness::Strict,
                Freshness::Batch64 | Freshness::Hints => ::levelring::Freshness::batch(64),
            });
        if let Some(driver) = route.driver {
            builder = builder.driver(driver);
        }
        if let Some(way) = route.way {
            builder = builder.way(way);
        }
        let mut own = Self { events: builder.build().map_err(|why| why.to_string())? };
        world.register_all(&mut own)?;
        own.prove_that_it_turns(2 * world.work().handlers())?;
        Ok(own)
    }

    fn prove_that_it_turns(&mut self, turns: usize) -> Result<(), String> {
        for turn in 0..turns {
            let patience = Some(Duration::from_secs(1));
            if !self.events.turn(patience).map_err(|why| why.to_string())? {
                return Err(format!("it stalled in turn {turn}"));
            }
        }
        Ok(())
    }
}

impl<'w> Registrar<'w> for LevelringLoop<'w> {
    fn register(
        &mut self,
        fd: BorrowedFd<'w>,
        side: Side,
        handler: impl Fn() + 'w,
    ) -> Result<(), String> {
        let interest = match side {
            Side::Read => Interest::READ,
            Side::Write => Interest::WRITE,
        };
        let added = self.events.add(fd, interest, move |_, _| handler());
        added.map(drop).map_err(|why| why.to_string())
    }
}

impl Contender for LevelringLoop<'_> {
    fn run(&mut self, events: u64) -> Result<u64, String> {
        let before = self.events.counts();
        let mut ran = 0;
        while ran < events {
            ran += u64::from(self.events.turn(None).map_err(|why| why.to_string())?);
        }
        Ok((self.events.counts() - before).total())
    }
}

/// What a program gets that does not ask: the driver, the way, and the kernel's features used.
pub(crate) fn features() -> String {
    match EventLoop::builder().build() {
        Ok(events) => events.report().to_string(),
        Err(why) => format!("none: {why}"),
    }
}
