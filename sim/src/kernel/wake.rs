//! Wake-ups: whoever waits for a file is told that something changed, and perhaps what.

use super::file::{Kind, Waiter, Who};
use super::system::System;

/// In a key: the change is a ring's completion, after which a poll must not go on.
pub(super) const URING_WAKE: u32 = 1 << 27;

/// What became of one who was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// It does not wait any longer.
    pub(super) leaves: bool,
    /// It was woken: no further exclusive one is.
    pub(super) woken: bool,
}

impl System {
    /// Tells those who wait for a file. `key` says what changed; 0, that it is not known.
    ///
    /// The order is Linux's: the latest to wait comes first, those who wait exclusively come last,
    /// in the order they came, and only one of them is woken.
    pub(super) fn wake(&mut self, file: u16, key: u32) {
        self.wake_some(file, key, false);
    }

    /// Tells all who wait for a file, the exclusive ones included, but not what has changed: an end
    /// of it is gone, or half of one.
    pub(super) fn wake_all(&mut self, file: u16) {
        self.wake_some(file, 0, true);
    }

    fn wake_some(&mut self, file: u16, key: u32, all: bool) {
        if self.files.get(file).is_none_or(|file| file.waiters.is_empty()) {
            return;
        }
        // Nobody begins or ends to wait for this file while its queue is taken out: to be told is
        // to note it down.
        let there = &mut self.files[file];
        let mut waiters = core::mem::take(&mut there.waiters);
        let told_by_others = *self.telling;
        *self.telling |= matches!(there.kind, Kind::Event(_));
        let mut at = waiters.len();
        while at > 0 {
            at -= 1;
            if !waiters[at].exclusive && self.tell(waiters[at], key).leaves {
                waiters.remove(at);
            }
        }
        while at < waiters.len() {
            if !waiters[at].exclusive {
                at += 1;
                continue;
            }
            let Told { leaves, woken } = self.tell(waiters[at], key);
            if leaves {
                waiters.remove(at);
            } else {
                at += 1;
            }
            if woken && !all {
                break;
            }
        }
        *self.telling = told_by_others;
        debug_assert!(self.files[file].waiters.is_empty());
        self.files[file].waiters = waiters;
    }

    fn tell(&mut self, waiter: Waiter, key: u32) -> Told {
        match waiter.who {
            Who::Request { ring, request } => self.request_told(ring, request, key),
            Who::Entry { set, entry } => self.entry_told(set, entry, key),
        }
    }

    /// Who waits there no longer is told nothing more.
    pub(super) fn forget_waiter(&mut self, file: u16, who: Who) {
        if let Some(file) = self.files.get_mut(file)
            && let Some(at) = file.waiters.iter().rposition(|waiter| waiter.who == who)
        {
            file.waiters.remove(at);
        }
    }
}
