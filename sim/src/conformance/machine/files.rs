//! Files that a script makes, uses and closes.

use std::os::fd::RawFd;

use levelring::kernel::Errno;

use super::super::op::Name;
use super::super::words::name_of;
use super::{Machine, answer, say, yes};
use crate::Calls;

impl<K: Calls> Machine<'_, K> {
    pub(super) fn one(&mut self, name: &Name, made: Result<RawFd, Errno>) -> String {
        answer(made.map(|fd| self.name(name, fd)))
    }

    pub(super) fn two(
        &mut self,
        one: &Name,
        other: &Name,
        made: Result<[RawFd; 2], Errno>,
    ) -> String {
        answer(made.map(|[first, second]| {
            self.name(one, first);
            self.name(other, second);
        }))
    }

    pub(super) fn listen(&mut self, listener: &Name, like: Option<&Name>) -> String {
        let port = like.map_or(0, |like| self.ports[like]);
        answer(self.kernel.listen(port).map(|(fd, port)| {
            self.ports.insert(listener.clone(), port);
            self.name(listener, fd);
        }))
    }

    pub(super) fn connect(&mut self, client: &Name, listener: &Name) -> String {
        match self.ports.get(listener) {
            Some(port) => self.one(client, self.kernel.connect(*port)),
            None => say("no listener"),
        }
    }

    pub(super) fn value(&self, fd: RawFd) -> String {
        let mut count = [0; 8];
        match self.kernel.read(fd, &mut count) {
            Ok(_) => u64::from_ne_bytes(count).to_string(),
            Err(errno) => name_of(errno),
        }
    }

    /// What ends the repetition.
    pub(super) fn repeat(&self, mut once: impl FnMut(&K) -> Result<usize, Errno>) -> String {
        loop {
            match once(self.kernel) {
                Ok(0) => return "0".to_owned(),
                Ok(_) => {}
                Err(Errno::AGAIN) => return String::new(),
                Err(errno) => return name_of(errno),
            }
        }
    }

    pub(super) fn reset(&mut self, fd: RawFd) -> String {
        self.assert_ours(fd);
        answer(self.kernel.reset(fd).map(|()| {
            self.open.remove(&fd);
        }))
    }

    fn assert_ours(&self, fd: RawFd) {
        // The ring may have opened it without having told so.
        let opens = || self.queues.opens();
        let ours = self.open.contains(&fd) || self.sets.contains_key(&fd) || opens();
        assert!(ours || self.kernel.identity(fd).is_err(), "{fd} is not the script's");
    }

    /// A number that is not open anywhere may be closed: the kernel answers that.
    pub(super) fn close(&mut self, fd: RawFd) -> String {
        if self.sets.remove(&fd).is_some() {
            return String::new();
        }
        self.assert_ours(fd);
        self.open.remove(&fd);
        answer(self.kernel.close(fd))
    }

    pub(super) fn identity(&self, one: &Name, other: &Name) -> String {
        let identity = |name| self.kernel.identity(self.number(name));
        match (identity(one), identity(other)) {
            (Ok(one), Ok(other)) => yes(one == other),
            (Err(errno), _) | (_, Err(errno)) => name_of(errno),
        }
    }
}
