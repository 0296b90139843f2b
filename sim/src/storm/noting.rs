//! What a storm says to the kernel's recorder: what is done, by whom, and how things are called.

use core::fmt;
use std::os::fd::RawFd;

use levelring::kernel::Errno;
use levelring::{Error, Key, Readiness};

use super::op::{L, MINE, O, Op, R, Turn, Watch};
use super::request::Member;
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
    /// An operation begins. Not noted are a turn, which is where it is taken, and to close what is
    /// not there. Says whether it is noted.
    pub(super) fn note_op(&self, op: &Op, in_handler: bool) -> bool {
        let vain = matches!(op, Op::Close(name) if *name != MINE && self.slot(*name).is_none());
        let noted = !vain && (in_handler || !matches!(op, Op::Turn(_)));
        if noted {
            let by = match (self.peer.get(), in_handler) {
                (true, _) => By::Others,
                (false, true) => By::Handler,
                (false, false) => By::Program,
            };
            self.kernel.begins(|| Doing::Operation { by, text: briefly(op) });
        }
        noted
    }

    /// And it has ended.
    pub(super) fn note_op_end(&self, noted: bool) {
        self.kernel.note(|| Noted::Told(Fact::Names(self.names())));
        if noted {
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
            self.kernel.note(|| {
                let (name, text) = (format!("o{}", member.name), member.to_string());
                Noted::Told(Fact::Asked { on, key: *key, name, text })
            });
        }
    }

    pub(super) fn note_handler(&self, on: L, key: Key, name: R, told: Readiness) {
        self.kernel.begins(|| {
            let (key, name, told) = (Some(key), format!("r{name}"), format!("{told:?}"));
            Doing::Handler { on, key, name, told }
        });
    }

    pub(super) fn note_done(&self, on: L, key: Option<Key>, name: O, result: Result<u32, Errno>) {
        self.kernel.begins(|| {
            let told = result.map_or_else(|errno| format!("{errno:?}"), |count| count.to_string());
            Doing::Handler { on, key, name: format!("o{name}"), told }
        });
    }
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
