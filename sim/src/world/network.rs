//! The network: hosts, connections between them, and what is on its way.

use core::time::Duration;
use std::rc::Rc;

use levelring::kernel::Errno;

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

    fn send(&mut self, link: usize, side: usize, load: Load) {
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
    fn collect(&mut self, link: usize, side: usize) {
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
    fn leave(&mut self, link: usize, side: usize) {
        let end = &mut self.links[link].ends[side];
        end.ended = true;
        if let Some(wire) = end.wire.take() {
            let kernel = &self.sites[end.host].kernel;
            kernel.by_others(|system| system.let_go(wire));
        }
    }

    /// When the next thing arrives from that end.
    fn due(&self, link: usize, side: usize) -> Option<Duration> {
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

    /// Lets arrive what is due: of several streams in any order.
    pub(super) fn deliver(&mut self) {
        loop {
            let mut due = Vec::new();
            for (link, side) in (0..self.links.len()).flat_map(|link| [(link, 0), (link, 1)]) {
                if self.due(link, side).is_some_and(|due| due <= self.now) {
                    due.push((link, side));
                }
            }
            if due.is_empty() {
                return;
            }
            let (link, side) = due[self.dice.draw(due.len())];
            if let Some(load) = self.links[link].ends[side].arrive() {
                self.arrive(link, side, load);
            }
        }
    }

    fn arrive(&mut self, link: usize, side: usize, load: Load) {
        let there = &self.links[link].ends[1 - side];
        let (host, wire) = (there.host, there.wire);
        let (name, kernel) = (Rc::clone(&self.links[link].name), self.sites[host].kernel.clone());
        kernel.by_others(|system| system.advance(self.now));
        self.sites[host].awake = true;
        match (load, wire) {
            (Load::Call(port), _) => self.call(link, port),
            (Load::Answer, Some(wire)) => {
                let [sending, receiving] = self.buffers();
                kernel.by_others(|system| system.establish(wire, sending, receiving));
                self.note(host, What::Established(name));
            }
            (Load::Bytes(_), Some(_)) if self.dice.strike(self.options.resets) => self.reset(link),
            (Load::Bytes(bytes), Some(wire)) => {
                match kernel.by_others(|system| system.hand(wire, &bytes)) {
                    Some(count) => {
                        if count > 0 {
                            self.note(host, What::Arrives(name, count));
                        }
                        if count < bytes.len() {
                            let rest = bytes[count..].to_vec();
                            self.links[link].ends[side].wait(self.now, rest);
                        }
                    }
                    None => self.answer_by_reset(link, side),
                }
                self.collect(link, side);
            }
            (Load::Bytes(_), None) => self.answer_by_reset(link, side),
            (Load::End, Some(wire)) => {
                kernel.by_others(|system| system.finish(wire));
                self.note(host, What::Ends(name));
                self.collect(link, 1 - side);
            }
            (Load::Reset(reason), Some(wire)) => {
                kernel.by_others(|system| system.cut_wire(wire, reason));
                let what = if reason.is_some() { What::Refused } else { What::Reset };
                self.note(host, what(name));
                self.leave(link, 1 - side);
            }
            (Load::Answer | Load::End | Load::Reset(_), None) => {}
        }
    }

    /// Somebody wants to be connected.
    fn call(&mut self, link: usize, port: u16) {
        let kernel = self.sites[self.links[link].ends[1].host].kernel.clone();
        match kernel.by_others(|system| system.ring_at(port)) {
            Ok(wire) => {
                let [sending, receiving] = self.buffers();
                kernel.by_others(|system| system.establish(wire, sending, receiving));
                self.links[link].ends[1].wire = Some(wire);
                self.send(link, 1, Load::Answer);
            }
            Err(errno) => {
                self.links[link].ends[1].ended = true;
                self.send(link, 1, Load::Reset(Some(errno)));
            }
        }
    }

    fn buffers(&self) -> [u32; 2] {
        let sizes = &self.options.buffers;
        let drawn = || sizes.get(self.dice.draw(sizes.len())).copied().unwrap_or(1 << 16);
        [drawn(), drawn()]
    }

    /// Bytes came for an end that is not there.
    fn answer_by_reset(&mut self, link: usize, side: usize) {
        self.links[link].ends[side].lose();
        let was_told = self.links[link].ends[side].wire.is_none();
        self.leave(link, 1 - side);
        if !was_told {
            self.send(link, 1 - side, Load::Reset(None));
        }
    }

    /// A connection is reset, in both directions at once.
    pub(super) fn reset(&mut self, link: usize) {
        for side in 0..2 {
            let end = &mut self.links[link].ends[side];
            end.lose();
            let host = end.host;
            if let Some(wire) = end.wire {
                self.sites[host].kernel.by_others(|system| system.cut_wire(wire, None));
                self.sites[host].awake = true;
                self.note(host, What::Reset(Rc::clone(&self.links[link].name)));
            }
            self.leave(link, side);
        }
    }

    /// The error of a host that has no such name.
    pub(super) const fn unknown_host() -> Errno {
        // EHOSTUNREACH
        Errno(113)
    }
}
