//! Epoll sets.

use levelring::kernel::{Wait, mask};

use super::super::op::{Control, Name, Op};
use super::super::words::EPOLL_EXCLUSIVE;
use super::writer::Writer;
use super::{Profile, set_name};

impl Writer<'_> {
    pub(super) fn one_of_sets(&mut self, choice: usize) {
        match choice {
            11..=19 => self.control(),
            20..=28 => self.harvest(),
            29 => {
                let set = self.set();
                let mask = self.mask();
                self.ops.push(Op::Poll(set, mask, Wait::Now));
            }
            30 => self.poll(),
            _ => {
                if self.choose(4) == 3 {
                    let set = self.set();
                    self.closed.push(set.clone());
                    self.ops.push(Op::Close(set));
                }
            }
        }
    }

    pub(super) fn set(&mut self) -> Name {
        if self.sets > 1 { set_name(self.choose(self.sets)) } else { set_name(0) }
    }

    pub(super) fn harvest(&mut self) {
        let set = self.set();
        let most = self.choose(3) + 1;
        self.ops.push(Op::Harvest(set, most, Wait::Now));
    }

    pub(super) fn control(&mut self) {
        let (set, control, fd) = self.change();
        self.ops.push(Op::Control(set, control, fd));
    }

    pub(super) fn change(&mut self) -> (Name, Control, Name) {
        let set = self.set();
        let nested = self.sets > 1 && self.choose(6) == 5;
        let fd = if nested { self.set() } else { self.file().0 };
        let data = self.next;
        if self.profile == Profile::Sets {
            self.next += 1;
        }
        let edge = if self.has_edges() { mask::EPOLL_EDGE } else { 0 };
        let trigger = [0, 0, edge, mask::EPOLL_ONESHOT][self.choose(4)];
        let exclusive = self.profile == Profile::Sets && self.choose(8) == 7;
        let exclusive = if exclusive { EPOLL_EXCLUSIVE } else { 0 };
        let events = self.mask() | trigger | exclusive;
        let control = match self.choose(4) {
            0 | 1 => Control::Add { events, data },
            2 => Control::Modify { events, data },
            _ => Control::Delete,
        };
        (set, control, fd)
    }
}
