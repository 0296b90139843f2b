//! Hosts: their programs, and what may happen to them.

use core::time::Duration;

use levelring::EventLoop;

use super::World;
use super::host::Host;
use super::trace::What;
use crate::SimKernel;

impl World {
    /// Starts a program on a host: what its `main` does before it runs the loop. The world turns
    /// the loop from then on; it is made, on a driver drawn from the options, if there is none yet.
    pub fn start<R>(
        &mut self,
        host: &Host,
        program: impl FnOnce(&mut EventLoop<'static, SimKernel>) -> R,
    ) -> R {
        host.log(What::Started);
        let answer = program(self.events(host));
        self.touched(host.at);
        answer
    }

    /// The loop of a host.
    ///
    /// # Panics
    /// If the kernel of the host has no driver for it.
    pub fn events(&mut self, host: &Host) -> &mut EventLoop<'static, SimKernel> {
        let (dice, drivers) = {
            let network = self.network.borrow();
            (network.dice.clone(), network.options.drivers.clone())
        };
        self.network.borrow_mut().sites[host.at].awake = true;
        self.loops[host.at].get_or_insert_with(|| {
            let mut builder = EventLoop::builder().capacity(1 << 12);
            if let Some((driver, way)) = drivers.get(dice.draw(drivers.len())) {
                builder = builder.driver(*driver).way(*way);
            }
            let reactor = builder.build_reactor_on(host.kernel().clone());
            EventLoop::on(reactor.expect("a kernel with such a driver"))
        })
    }

    /// What the program on a host does between turns, for those that go by the turns' timeouts:
    /// it is told whether a handler ran, or the timeout has passed, and says how long the next turn
    /// may wait. On Linux the same would be
    ///
    /// ```text
    /// loop {
    ///     let ran = events.turn(timeout)?;
    ///     timeout = between(&mut events, ran);
    /// }
    /// ```
    ///
    /// `timeout` is that of the first turn.
    pub fn between_turns(
        &mut self,
        host: &Host,
        timeout: Option<Duration>,
        between: impl FnMut(&mut EventLoop<'static, SimKernel>, bool) -> Option<Duration> + 'static,
    ) {
        self.events(host);
        self.mains[host.at] = Some(Box::new(between));
        let mut network = self.network.borrow_mut();
        network.sites[host.at].deadline = timeout.map(|timeout| network.now + timeout);
    }

    /// The program on a host dies: its loop and all that this owns are dropped, which its peers
    /// see. Another may be started.
    pub fn crash(&mut self, host: &Host) {
        host.log(What::Crashed);
        drop((self.loops[host.at].take(), self.mains[host.at].take()));
        self.network.borrow_mut().sites[host.at].deadline = None;
        self.touched(host.at);
    }

    /// A host stands still for a while; what comes for it waits in its kernel.
    pub fn pause(&mut self, host: &Host, time: Duration) {
        host.log(What::Paused(time));
        let mut network = self.network.borrow_mut();
        network.sites[host.at].paused = network.now + time;
    }

    /// A host is cut off from all others for a while: what is on its way arrives afterwards.
    pub fn cut_off(&mut self, host: &Host, time: Duration) {
        host.log(What::CutOff(time));
        let mut network = self.network.borrow_mut();
        network.sites[host.at].cut_off = network.now + time;
    }

    /// Resets all connections between two hosts.
    pub fn reset(&mut self, one: &Host, other: &Host) {
        let mut network = self.network.borrow_mut();
        for link in 0..network.links.len() {
            let mut hosts = network.links[link].ends.iter().map(|end| end.host);
            if hosts.all(|host| host == one.at || host == other.at) {
                network.reset(link);
            }
        }
    }
}
