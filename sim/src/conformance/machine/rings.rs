//! Rings, what is kept with them, and who holds them.

use std::os::fd::RawFd;

use levelring::kernel::{Ring, Wait};

use super::super::encode::{CANCEL_ALL, CANCEL_ANY, CANCEL_FD, CANCEL_FD_FIXED, CANCEL_OP};
use super::super::op::{Name, Which};
use super::super::request::{Request, Submission, slot_number};
use super::waits::early;
use super::{Machine, answer, number, say};
use crate::calls::NO_FILE;
use crate::{Calls, SyncCancel};

impl<K: Calls> Machine<'_, K> {
    /// A file of a request may be one that is registered.
    pub(super) fn push(&mut self, submission: &Submission) -> String {
        let Submission { request, .. } = submission;
        let closes_ring = matches!(request, Request::Close(name) if self.queues.has(name));
        assert!(!closes_ring, "a ring is closed by a call");
        let names = &self.names;
        let of_slot = request.is_of_slot();
        let number = |name: &Name| {
            slot_number(name).filter(|_| of_slot).unwrap_or_else(|| number(names, name))
        };
        self.queues.at_hand().push(submission, self.kernel.now(), &number)
    }

    pub(super) fn enter(&mut self, wait: Wait) -> String {
        let before = self.kernel.now();
        let said = self.ring().enter(wait);
        let early = early(wait, self.kernel.now() - before);
        if said == "timed out" { format!("{said}{early}") } else { said }
    }

    pub(super) fn reap(&mut self) -> String {
        let list = listed(&self.ring().reap());
        self.name_opened();
        list
    }

    pub(super) fn run(&mut self, wait: Wait) -> String {
        let entered = self.enter(wait);
        let list = self.reap();
        if entered.is_empty() { list } else { format!("{entered}, {list}") }
    }

    pub(super) fn look(&mut self) -> String {
        let ring = self.ring().ring();
        say(match (ring.has_completions(), ring.has_deferred_work()) {
            (true, true) => "completions, deferred work",
            (true, false) => "completions",
            (false, true) => "deferred work",
            (false, false) => "nothing",
        })
    }

    pub(super) fn further_ring(&mut self, name: &Name) -> String {
        match self.queues.add(self.kernel, name.clone()) {
            Ok(number) => {
                self.names.insert(name.clone(), number);
                String::new()
            }
            Err(error) => error.to_string(),
        }
    }

    pub(super) fn close_ring(&mut self, name: &Name) -> String {
        for (name, fd) in self.queues.forsake(name) {
            self.name(&name, fd);
        }
        String::new()
    }

    pub(super) fn take_up(&mut self, name: &Name) -> String {
        self.queues.take_up(name);
        String::new()
    }

    pub(super) fn register(&mut self, event: RawFd) -> String {
        answer(self.ring().ring().register_eventfd(event))
    }

    pub(super) fn keep(&mut self, slot: u32, fd: RawFd) -> String {
        let kernel = self.kernel;
        if fd != NO_FILE {
            self.slots.insert(slot);
        }
        answer(kernel.keep(self.ring().ring(), slot, fd))
    }

    pub(super) fn sync_cancel(&mut self, which: &Which, all: bool) -> String {
        let of = |flags| SyncCancel { flags, ..SyncCancel::default() };
        let cancel = match which {
            Which::UserData(user_data) => SyncCancel { user_data: *user_data, ..of(0) },
            Which::Fd(name) => match slot_number(name) {
                Some(slot) => SyncCancel { fd: slot, ..of(CANCEL_FD | CANCEL_FD_FIXED) },
                None => SyncCancel { fd: self.number(name), ..of(CANCEL_FD) },
            },
            Which::Operation(opcode) => SyncCancel { opcode: *opcode, ..of(CANCEL_OP) },
            Which::Any => of(CANCEL_ANY),
        };
        let all_flag = if all { CANCEL_ALL } else { 0 };
        let cancel = SyncCancel { flags: cancel.flags | all_flag, ..cancel };
        let kernel = self.kernel;
        match kernel.sync_cancel(self.ring().ring(), cancel) {
            Ok(count) if all => count.to_string(),
            answered => answer(answered.map(drop)),
        }
    }

    pub(super) fn exit(&mut self) -> String {
        match self.children.pop_front() {
            Some(child) => answer(self.kernel.end_child(child)),
            None => say("no child"),
        }
    }
}

fn listed(list: &[String]) -> String {
    if list.is_empty() { "-".to_owned() } else { list.join(" ") }
}
