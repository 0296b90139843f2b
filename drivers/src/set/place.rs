//! All registrations of one descriptor number.

use levelring_core::{Interest, Key, Lane, Tag};

use super::{FOREIGN, ONCE, SHARED};
use crate::kernel::mask;
use crate::planted::planted;
use crate::translate;

/// One registration of a descriptor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) key: Key,
    pub(super) tag: Tag,
    interest: Interest,
    pub(super) foreign: bool,
    /// Neither parked nor resting.
    pub(super) armed: bool,
}

impl Member {
    pub(super) const fn new(key: Key, tag: Tag, interest: Interest, foreign: bool) -> Self {
        Self { key, tag, interest, foreign, armed: true }
    }

    /// A foreign one of whom nothing is wanted: it is here so that the kernel knows its file.
    pub(super) const fn resting(key: Key) -> Self {
        let tag = Tag::Arm(key, Lane::A);
        Self { key, tag, interest: Interest::EMPTY, foreign: true, armed: false }
    }
}

/// All registrations of one descriptor.
#[derive(Debug, Default)]
pub(super) struct Place {
    members: Vec<Member>,
    /// Whether the kernel's set has it.
    pub(super) listed: bool,
}

impl Place {
    pub(super) fn has(&self, key: Key) -> bool {
        self.members.iter().any(|member| member.key == key)
    }

    pub(super) fn has_other_foreign(&self, key: Key) -> bool {
        self.foreign().any(|foreign| foreign != key)
    }

    pub(super) fn is_foreign(&self, key: Key) -> bool {
        self.foreign().any(|foreign| foreign == key)
    }

    /// Who is foreign.
    pub(super) fn foreign(&self) -> impl Iterator<Item = Key> {
        self.members.iter().filter(|member| member.foreign).map(|member| member.key)
    }

    /// Whether there is one that nobody else may close.
    pub(super) fn has_held(&self) -> bool {
        self.members.iter().any(|member| !member.foreign)
    }

    /// Whether anything is wanted of the kernel: to watch, or to know which file it is.
    pub(super) fn is_for_the_kernel(&self) -> bool {
        self.members.iter().any(|member| member.armed || member.foreign)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Adds a member, or replaces the one of its key.
    pub(super) fn put(&mut self, member: Member) {
        match self.members.iter_mut().find(|known| known.key == member.key) {
            Some(known) if planted!(OldTagKept) => known.interest = member.interest,
            Some(known) => *known = member,
            None => self.members.push(member),
        }
    }

    pub(super) fn park(&mut self, key: Key) {
        for member in self.members.iter_mut().filter(|member| member.key == key) {
            member.armed = false;
        }
    }

    pub(super) fn drop(&mut self, key: Key) {
        self.members.retain(|member| member.key != key);
    }

    /// Drops all members but one, and gives back those dropped.
    pub(super) fn retain_only(&mut self, key: Key) -> Vec<Member> {
        self.members.extract_if(.., |member| member.key != key).collect()
    }

    /// Takes out the foreign of whom nothing is wanted at present.
    pub(super) fn take_resting(&mut self) -> Vec<Member> {
        self.members.extract_if(.., |member| member.foreign && !member.armed).collect()
    }

    pub(super) fn armed(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.armed)
    }

    /// Takes out those who are armed for such an interest.
    pub(super) fn take_armed(&mut self, wanted: impl Fn(Interest) -> bool) -> Vec<Member> {
        let taken = |member: &mut Member| member.armed && wanted(member.interest);
        self.members.extract_if(.., taken).collect()
    }

    /// Takes out those who are foreign and not who they were.
    pub(super) fn take_strangers(&mut self, same: impl Fn(Key) -> bool) -> Vec<Member> {
        let taken = |member: &mut Member| member.foreign && !same(member.key);
        self.members.extract_if(.., taken).collect()
    }

    /// What the kernel is asked for: the union.
    ///
    /// If one may be closed behind our back, then for one report at a time: should its file live
    /// on by another number, nobody could take it out of the set, and it would report for ever.
    /// Nothing at all, if all are resting: an error is reported once, and nobody minds it.
    pub(super) fn events(&self) -> u32 {
        let once = if self.is_told_once() { mask::EPOLL_ONESHOT } else { 0 };
        self.armed().fold(once, |all, member| {
            let all = if planted!(UnionForgotten) { once } else { all };
            all | translate::wanted(member.interest)
        })
    }

    /// Whether its events are reported once at a time: nobody is armed, or somebody foreign.
    pub(super) fn is_told_once(&self) -> bool {
        let mut foreign = self.armed().map(|member| member.foreign && !planted!(GhostFires));
        self.armed().next().is_none() || foreign.any(|foreign| foreign)
    }

    /// What its events carry: the tag of the only one armed; of several, that of the first, and a
    /// mark; if nobody is armed, that of one who rests, and a mark.
    pub(super) fn data(&self) -> u64 {
        let mut armed = self.armed();
        let (first, second) = (armed.next(), armed.next());
        let tag = first.or_else(|| self.members.first()).map_or(0, |one| one.tag.encode());
        let foreign = first.is_some_and(|one| one.foreign) && !planted!(ForeignAsHeld);
        tag | match (first, second) {
            (Some(_), None) if foreign => FOREIGN,
            (Some(_), None) => 0,
            _ if self.is_told_once() => ONCE,
            _ => SHARED,
        }
    }
}

#[cfg(test)]
mod tests {
    use levelring_core::{Core, Freshness, Growing, Watch};

    use super::*;

    fn members(interests: [(Interest, bool); 2]) -> [Member; 2] {
        let mut core = Core::new(Growing::up_to(2), Freshness::Strict);
        interests.map(|(interest, foreign)| {
            let key = core.register(Watch::Level, interest).expect("there is room for two");
            Member::new(key, Tag::Arm(key, Lane::A), interest, foreign)
        })
    }

    #[test]
    fn the_kernel_is_asked_for_the_union() {
        let [reader, writer] = members([(Interest::READ, false), (Interest::WRITE, false)]);
        let mut place = Place::default();
        place.put(reader);
        assert_eq!((place.events(), place.data()), (mask::IN, reader.tag.encode()));
        place.put(writer);
        assert_eq!(
            (place.events(), place.data()),
            (mask::IN | mask::OUT, SHARED | reader.tag.encode())
        );
        place.park(reader.key);
        assert_eq!((place.events(), place.data()), (mask::OUT, writer.tag.encode()));
        place.drop(writer.key);
        assert!(place.armed().next().is_none(), "all who are left are parked");
        assert!(!place.is_empty() && place.has(reader.key));
    }

    #[test]
    fn one_foreign_member_makes_it_report_once_at_a_time() {
        let [held, foreign] = members([(Interest::READ, false), (Interest::WRITE, true)]);
        let mut place = Place::default();
        place.put(held);
        place.put(foreign);
        assert!(place.events() & mask::EPOLL_ONESHOT != 0);
        assert_eq!(place.data(), ONCE | held.tag.encode());
        place.park(held.key);
        assert_eq!(place.data(), FOREIGN | foreign.tag.encode());
        place.put(held);
        assert!(place.has_other_foreign(held.key) && !place.has_other_foreign(foreign.key));
        let ghosts = place.retain_only(held.key);
        assert_eq!(ghosts.len(), 1);
        assert!(place.events() & mask::EPOLL_ONESHOT == 0);
    }
}
