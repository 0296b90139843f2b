//! What arrives at a host, and what comes of it.

use std::rc::Rc;

use super::link::Load;
use super::network::Network;
use super::trace::What;

impl Network {
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
}
