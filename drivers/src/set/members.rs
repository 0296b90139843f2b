//! Who is in a set: what the kernel is told of it.

use std::os::fd::RawFd;

use levelring_core::{Completion, Interest, Key, Submission, Tag, Watch};

use super::Set;
use super::place::{Member, Place};
use crate::judge::is_same_file;
use crate::kernel::{Epoll, Errno, Kernel, mask};
use crate::planted::planted;
use crate::registry::Registry;
use crate::translate;

impl<E: Epoll> Set<E> {
    /// Does what the core wants, and answers at once.
    pub(crate) fn apply(
        &mut self,
        kernel: &impl Kernel,
        registry: &mut Registry,
        submission: Submission,
    ) {
        match submission {
            Submission::Arm { key, tag, interest, watch } => {
                let member = Member::new(key, tag, interest, watch == Watch::Foreign);
                self.arm(kernel, registry, member);
            }
            Submission::Rearm { key, target, by, tag, interest, watch } => {
                let member = Member::new(key, tag, interest, watch == Watch::Foreign);
                self.arm(kernel, registry, member);
                ended(registry, target, by);
            }
            Submission::Disarm { key, target, by, parked } => {
                self.disarm(registry, key, parked);
                ended(registry, target, by);
            }
            Submission::Prepare { .. }
            | Submission::Operation { .. }
            | Submission::Cancel { .. } => {
                unreachable!("operations are not submitted without a ring")
            }
        }
    }

    /// Takes in a foreign descriptor before anything is wanted of it: from now on the kernel knows
    /// which file is meant, whatever becomes of the number. Files without readiness, as regular
    /// ones are, it does not take.
    ///
    /// # Errors
    /// What `epoll_ctl` answers, except that the file is not one for sets.
    pub(crate) fn adopt(
        &mut self,
        kernel: &impl Kernel,
        registry: &mut Registry,
        key: Key,
    ) -> Result<(), Errno> {
        let fd = registry.descriptor(key).fd;
        self.places.entry(fd).or_default().put(Member::resting(key));
        match self.add(kernel, registry, key) {
            Ok(()) => Ok(()),
            Err(errno) => {
                self.drop_member(fd, key);
                // A path (O_PATH) is no open file to a set, though it is to fstat.
                let never = matches!(errno, Errno::PERM | Errno::BADF);
                if never { Ok(()) } else { Err(errno) }
            }
        }
    }

    /// Lets go of a foreign descriptor that was removed.
    pub(crate) fn forget(&mut self, registry: &mut Registry, key: Key) {
        let fd = registry.descriptor(key).fd;
        if self.places.get(&fd).is_some_and(|place| place.has(key)) {
            self.disarm(registry, key, false);
        }
    }

    fn arm(&mut self, kernel: &impl Kernel, registry: &mut Registry, member: Member) {
        let (key, fd) = (member.key, registry.descriptor(member.key).fd);
        let place = self.places.entry(fd).or_default();
        // Only a foreign descriptor's number can have changed hands. The kernel knows the files of
        // those who are here already; of others fstat is asked.
        let newcomer = !(place.listed && place.has(key));
        let uncertain = newcomer || self.haunted.contains(&fd);
        let same = || is_same_file(registry, key, |fd| kernel.identity(fd));
        if uncertain && member.foreign && !planted!(NewcomerUnasked) && !same() {
            registry.core.complete(Completion::last(member.tag.encode(), -Errno::BADF.0));
            // The kernel is told for those who stay.
            self.forget(registry, key);
            self.drop_if_empty(fd);
            return;
        }
        let suspect = newcomer && place.listed && place.has_other_foreign(key);
        let adds = !place.listed || (suspect && !planted!(SuspectTrusted));
        place.put(member);
        let answer = if adds { self.add(kernel, registry, key) } else { self.modify(fd) };
        if let Err(errno) = answer {
            self.refuse(registry, fd, errno, newcomer.then_some(key));
        }
    }

    /// Has the kernel take in a number for a newcomer who is here now. If it takes that as new
    /// though others are listed, then they were closed, and the number is the newcomer's alone. If
    /// it has it already though nobody is, then the number was closed, and names that file again.
    fn add(
        &mut self,
        kernel: &impl Kernel,
        registry: &mut Registry,
        key: Key,
    ) -> Result<(), Errno> {
        let fd = registry.descriptor(key).fd;
        let Some(place) = self.places.get_mut(&fd) else { return Ok(()) };
        if !place.listed && place.has_other_foreign(key) {
            // The kernel knows none of them, and would take the file that is there now for theirs.
            let same =
                |other| other == key || is_same_file(registry, other, |fd| kernel.identity(fd));
            let strangers = place.take_strangers(same);
            gone(registry, &strangers);
        }
        let answer = self.epoll.add(fd, place.events(), place.data());
        if !matches!(answer, Ok(()) | Err(Errno::EXIST)) {
            return answer;
        }
        let listed = core::mem::replace(&mut place.listed, true);
        if answer.is_ok() && !listed {
            return Ok(());
        }
        if answer.is_ok() {
            let ghosts = place.retain_only(key);
            self.haunted.insert(fd);
            self.restless |= ghosts.iter().any(|ghost| !ghost.foreign);
            gone(registry, &ghosts);
        }
        self.modify(fd)
    }

    /// Tells the kernel what is wanted of a number now.
    fn modify(&self, fd: RawFd) -> Result<(), Errno> {
        let Some(place) = self.places.get(&fd) else { return Ok(()) };
        match self.epoll.modify(fd, place.events(), place.data()) {
            // A file without readiness was never taken in: this is another.
            Err(Errno::PERM) => Err(Errno::NOENT),
            answer => answer,
        }
    }

    fn drop_member(&mut self, fd: RawFd, key: Key) {
        if let Some(place) = self.places.get_mut(&fd) {
            place.drop(key);
            self.drop_if_empty(fd);
        }
    }

    pub(super) fn drop_if_empty(&mut self, fd: RawFd) {
        if self.places.get(&fd).is_some_and(Place::is_empty) {
            self.places.remove(&fd);
        }
    }

    /// The kernel would not watch: everybody there is told why. The number of a `newcomer` has just
    /// been seen to name its file.
    pub(super) fn refuse(
        &mut self,
        registry: &mut Registry,
        fd: RawFd,
        errno: Errno,
        newcomer: Option<Key>,
    ) {
        let Some(mut place) = self.places.remove(&fd) else { return };
        let result = match errno {
            // A file without readiness, as regular ones are, can always be read and written: the
            // answer of poll(2). Who waits for anything else stays, and waits in vain.
            Errno::PERM if !planted!(RegularFileRefused) => translate::polled(mask::IN | mask::OUT),
            Errno::NOENT => -Errno::BADF.0,
            errno => -errno.0,
        };
        if errno == Errno::PERM && place.listed {
            // The kernel has watched it, and cannot now: the number has come to name such a file.
            gone(registry, &place.take_strangers(|key| Some(key) == newcomer));
        }
        let told = place.take_armed(|interest| {
            errno != Errno::PERM || interest.intersects(Interest::READ | Interest::WRITE)
        });
        let closed = matches!(errno, Errno::NOENT | Errno::BADF);
        if closed || place.listed {
            // Their file may live on.
            self.haunted.insert(fd);
            self.restless |= place.has_held() || told.iter().any(|member| !member.foreign);
        }
        if closed {
            // Those of whom nothing is wanted at present are gone, too.
            gone(registry, &place.take_resting());
        }
        if !place.is_empty() && errno == Errno::PERM {
            place.listed = false;
            self.places.insert(fd, place);
        }
        for member in told {
            // Of an error it is of no account whether it is a level check.
            let said = Completion { level: true, ..Completion::last(member.tag.encode(), result) };
            registry.core.complete(said);
        }
    }

    fn disarm(&mut self, registry: &mut Registry, key: Key, parked: bool) {
        let fd = registry.descriptor(key).fd;
        let Some(place) = self.places.get_mut(&fd).filter(|place| place.has(key)) else { return };
        // A foreign one of whom nothing is wanted at present stays, so that its file is known.
        let rests = place.is_foreign(key) && registry.core.is_quiet(key) == Some(false);
        let held = place.has_held();
        if parked || rests {
            place.park(key);
        } else {
            place.drop(key);
        }
        if !place.is_for_the_kernel() {
            // Out of the set: the kernel has nothing to do for it then, at any of its changes. If
            // the number was closed, the file has left, or will, by itself.
            if self.epoll.delete(fd).is_err() && place.listed {
                self.haunted.insert(fd);
                self.restless |= held;
                // Whoever is parked comes back by that number, and a ghost's report would be
                // taken for theirs.
                self.spoilt |= !place.is_empty();
            }
            if planted!(ListedForGood) {
                return;
            }
            place.listed = false;
            self.drop_if_empty(fd);
        } else if place.listed
            && !planted!(SharerLeavesUnion)
            && let Err(errno) = self.modify(fd)
        {
            self.restless |= held;
            self.refuse(registry, fd, errno, None);
        }
    }
}

/// These were closed, and their number is another's.
pub(super) fn gone(registry: &mut Registry, ghosts: &[Member]) {
    for ghost in ghosts {
        if ghost.armed {
            registry.core.complete(Completion::last(ghost.tag.encode(), -Errno::BADF.0));
        } else if ghost.foreign {
            // Stale only if the core has been told already.
            let _ = registry.core.vanish(ghost.key);
        }
    }
}

/// A set ends polls at once: here are the two answers.
fn ended(registry: &mut Registry, target: Tag, by: Tag) {
    registry.core.complete(Completion::last(target.encode(), -Errno::CANCELED.0));
    if !planted!(RemovalUnanswered) {
        registry.core.complete(Completion::last(by.encode(), 0));
    }
}
