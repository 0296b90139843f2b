//! The network: hosts, connections between them, and what is on its way.

use core::time::Duration;
use std::rc::Rc;

use super::dice::Dice;
use super::link::{Link, Load};
use super::options::Options;
use super::trace::{Trace, What};
use crate::SimKernel;
use crate::kernel::{Near, Wire};

/// The network.
pub(super) struct Network {
    pub(super) now: Duration,
    pub(super) dice: Dice,
    pub(super) options: Options,
    pub(super) sites: Vec<Site>,
    pub(super) links: Vec<Link>,
    pub(super) trace: Trace,
    connections: usize,
}

/// A host, as the network sees it.
pub(super) struct Site {
    pub(super) name: Rc<str>,
    pub(super) kernel: SimKernel,
    /// How far its clock is ahead.
    pub(super) ahead: Duration,
    /// Something may be ready there.
    pub(super) awake: bool,
    pub(super) paused: Duration,
    pub(super) cut_off: Duration,
    /// When the turn that it is in has waited long enough.
    pub(super) deadline: Option<Duration>,
}

impl Site {
    /// When it wakes up by itself.
    pub(super) fn wakes(&self) -> Option<Duration> {
        let timer = self.kernel.by_others(|system| system.next_timer());
        timer.into_iter().chain(self.deadline).min()
    }
}

impl Network {
    pub(super) fn new(dice: Dice, options: Options) -> Self {
        Self {
            now: Duration::ZERO,
            dice,
            options,
            sites: Vec::new(),
            links: Vec::new(),
            trace: Trace::default(),
            connections: 0,
        }
    }

    pub(super) fn note(&mut self, host: usize, what: What) {
        self.trace.push(self.now, Some(host), what);
    }

    /// A connection from a host to a port of another, which is on its way.
    pub(super) fn dial(&mut self, host: usize, to: &str, port: u16, wire: Wire) -> Option<Rc<str>> {
        let asked = self.sites.iter().position(|site| &*site.name == to)?;
        self.connections += 1;
        let name = format!("{}>{to}#{}", self.sites[host].name, self.connections);
        self.links.push(Link::new(&name, [host, asked], wire));
        let at = self.links.len() - 1;
        self.send(at, 0, Load::Call(port));
        let name = Rc::clone(&self.links[at].name);
        self.note(host, What::Dials(Rc::clone(&name)));
        Some(name)
    }

    /// The connection whose wire at that host this is.
    pub(super) fn named(&self, host: usize, wire: Wire) -> Option<Rc<str>> {
        let is =
            |link: &&Link| link.ends.iter().any(|end| end.host == host && end.wire == Some(wire));
        self.links.iter().find(is).map(|link| Rc::clone(&link.name))
    }

    pub(super) fn send(&mut self, link: usize, side: usize, load: Load) {
        let due = self.now + self.dice.time(self.options.latency);
        self.links[link].ends[side].send(due, load);
    }

    /// A host did something: what it wrote leaves, and what had no room there may have some.
    pub(super) fn pump(&mut self, host: usize) {
        for link in 0..self.links.len() {
            for side in 0..2 {
                if self.links[link].ends[side].host == host {
                    self.links[link].ends[1 - side].blocked = false;
                    self.collect(link, side);
                }
            }
        }
        self.links.retain(|link| !link.is_over());
    }

    /// Takes what a program has written at that end, as far as there is room on the way.
    pub(super) fn collect(&mut self, link: usize, side: usize) {
        let end = &self.links[link].ends[side];
        let Some(wire) = end.wire else { return };
        let (kernel, ended) = (self.sites[end.host].kernel.clone(), end.ended);
        let near = kernel.by_others(|system| system.near_end(wire));
        if ended {
            return self.ended(link, side, near);
        }
        loop {
            let waiting = kernel.by_others(|system| system.waiting(wire));
            let room = self.options.window.saturating_sub(self.links[link].ends[side].loaded());
            let most = waiting.min(room);
            if most == 0 {
                return self.collected(link, side, near, waiting == 0);
            }
            let in_pieces = self.dice.strike(self.options.pieces);
            let count = if in_pieces { self.dice.part(most) } else { most };
            let bytes = kernel.by_others(|system| system.haul(wire, count));
            self.send(link, side, Load::Bytes(bytes));
        }
    }

    /// After the bytes comes the end, if that is it.
    fn collected(&mut self, link: usize, side: usize, near: Near, all: bool) {
        match near {
            // What has not left by now is lost.
            Near::Broken => self.ended(link, side, near),
            Near::Finished | Near::Closed if all => {
                self.links[link].ends[side].ended = true;
                self.send(link, side, Load::End);
                self.ended(link, side, near);
            }
            Near::Open | Near::Finished | Near::Closed => {}
        }
    }

    /// Nothing more will leave from that end, which may be there to read, or not.
    fn ended(&mut self, link: usize, side: usize, near: Near) {
        match near {
            Near::Open | Near::Finished => {}
            Near::Closed => self.leave(link, side),
            Near::Broken => {
                self.leave(link, side);
                self.send(link, side, Load::Reset(None));
            }
        }
    }

    /// That end is not there any more: whatever comes for it is answered by a reset.
    pub(super) fn leave(&mut self, link: usize, side: usize) {
        let end = &mut self.links[link].ends[side];
        end.ended = true;
        if let Some(wire) = end.wire.take() {
            let kernel = &self.sites[end.host].kernel;
            kernel.by_others(|system| system.let_go(wire));
        }
    }

    /// When the next thing arrives from that end.
    pub(super) fn due(&self, link: usize, side: usize) -> Option<Duration> {
        let ends = &self.links[link].ends;
        let due = ends[side].next()?;
        let cut_off = ends.iter().map(|end| self.sites[end.host].cut_off).max();
        Some(due.max(cut_off.unwrap_or_default()))
    }

    /// When the next thing arrives.
    pub(super) fn next(&self) -> Option<Duration> {
        let ends = (0..self.links.len()).flat_map(|link| [(link, 0), (link, 1)]);
        ends.filter_map(|(link, side)| self.due(link, side)).min()
    }
}
