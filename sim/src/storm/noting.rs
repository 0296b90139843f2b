//! What a storm says to the kernel's recorder: what is done, by whom, and how things are called.

use core::fmt;
use std::os::fd::RawFd;

use levelring::kernel::Errno;
use levelring::{Error, Key, Readiness};

use super::op::{L, Member, O, Op, Turn, Watch};
use super::stage::Stage;
use crate::kernel::{By, Doing, Fact, Note, Noted, Registration};

/// A run in full, to be drawn as a [timeline](crate::timeline).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Recording(pub(crate) Vec<Note>);

impl Recording {
    /// Whether nothing was recorded: nobody asked for it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recording").field(&self.0.len()).finish()
    }
}

impl Stage {
    /// An operation begins. A turn is noted where it is taken, with what comes of it.
    pub(super) fn note_op(&self, op: &Op, in_handler: bool) {
        if is_noted(op, in_handler) {
            let by = match (self.peer.get(), in_handler) {
                (true, _) => By::Others,
                (false, true) => By::Handler,
                (false, false) => By::Program,
            };
            self.kernel.begins(|| Doing::Operation { by, text: briefly(op) });
        }
    }

    /// And it has ended.
    pub(super) fn note_op_end(&self, op: &Op, in_handler: bool) {
        self.kernel.note(|| Noted::Told(Fact::Names(self.names())));
        if is_noted(op, in_handler) {
            self.kernel.ends(String::new);
        }
    }

    fn names(&self) -> Vec<(u8, RawFd)> {
        let world = self.world.borrow();
        let slots = (0..).zip(&world.slots);
        slots.filter_map(|(name, slot)| Some((name, slot.as_ref()?.fd))).collect()
    }

    pub(super) fn note_registered(&self, watch: Watch, key: Key, fd: RawFd) {
        let Watch { name, tenure, interest, on, .. } = watch;
        let made = Registration { on, key, name, fd, tenure, interest };
        self.kernel.note(|| Noted::Told(Fact::Registered(made)));
    }

    pub(super) fn note_asked(&self, on: L, members: &[Member], keys: &[Key]) {
        for (member, key) in members.iter().zip(keys) {
            let (key, name, text) = (*key, format!("o{}", member.name), member.to_string());
            self.kernel.note(|| Noted::Told(Fact::Asked { on, key, name, text }));
        }
    }

    pub(super) fn note_handler(&self, on: L, key: Key, name: String, told: Readiness) {
        self.kernel.begins(|| Doing::Handler {
            on,
            key: Some(key),
            name,
            told: format!("{told:?}"),
        });
    }

    pub(super) fn note_done(&self, on: L, key: Option<Key>, name: O, result: Result<u32, Errno>) {
        let name = format!("o{name}");
        let told = match result {
            Ok(count) => count.to_string(),
            Err(errno) => errno.to_string(),
        };
        self.kernel.begins(|| Doing::Handler { on, key, name, told });
    }
}

/// Turns are noted where they are taken, but for one in a handler, which is refused.
fn is_noted(op: &Op, in_handler: bool) -> bool {
    in_handler || !matches!(op, Op::Turn(_))
}

fn briefly(op: &Op) -> String {
    if let Op::Turn(Turn { on, wait, .. }) = op {
        let (meanwhile, deed) = (Vec::new(), Vec::new());
        return Turn { on: *on, wait: *wait, meanwhile, deed }.to_string();
    }
    op.to_string()
}

/// What came of a turn.
pub(super) fn outcome(answer: &Result<bool, Error>) -> String {
    match answer {
        Ok(true) => "a handler was called".to_owned(),
        Ok(false) => "nobody was called".to_owned(),
        Err(error) => error.to_string(),
    }
}
