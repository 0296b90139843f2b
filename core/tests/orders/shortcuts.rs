//! What is done in one call is what the calls do that it stands for: in every state.

use crate::act::LEVELS;
use crate::world::World;
use levelring_core::{Completion, Event, Key, Look, Plan, Readiness, Tag, Turn};

impl<const N: usize> World<N> {
    pub(crate) fn check_shortcuts(&self) {
        self.check_turn();
        for key in self.core.registrations() {
            LEVELS.iter().for_each(|level| self.check_decide(key, *level));
        }
        for tag in self.owed.iter().filter(|tag| matches!(tag, Tag::Arm(..))) {
            LEVELS.iter().for_each(|level| self.check_deliver(*tag, *level));
        }
    }

    fn check_turn(&self) {
        let (mut short, mut long) = (self.clone(), self.clone());
        let turn = short.core.next_turn();
        let by_steps =
            long.core.next_event().map_or_else(|| Turn::Plan(long.core.plan()), Turn::Event);
        if let Turn::Check { key, interest } = turn {
            assert_eq!(by_steps, Turn::Plan(Plan { judge: 1, look: Look::No }), "{self:?}");
            assert_eq!(long.core.candidates().next(), Some((key, interest)), "{self:?}");
        } else {
            assert_eq!(turn, by_steps, "{self:?}");
        }
        self.check_alike("next_turn", short, long);
    }

    fn check_decide(&self, key: Key, level: Readiness) {
        let (mut short, mut long) = (self.clone(), self.clone());
        let event = short.core.decide(key, level);
        long.core.judge(key, level);
        self.check_event(event, &mut long);
        self.check_alike("decide", short, long);
    }

    fn check_deliver(&self, tag: Tag, level: Readiness) {
        let (mut short, mut long) = (self.clone(), self.clone());
        let event = short.core.deliver(tag.encode(), level);
        long.core.complete(Completion::report(tag.encode(), level));
        long.core.looked();
        self.check_event(event, &mut long);
        self.check_alike("deliver", short, long);
    }

    /// It is handed out step by step as well; if there is none, it is yet to be asked for.
    fn check_event(&self, event: Option<Event>, long: &mut Self) {
        if event.is_some() {
            assert_eq!(event, long.core.next_event(), "{self:?}");
        }
    }

    fn check_alike(&self, what: &str, short: Self, long: Self) {
        let images = [short, long].map(|world| {
            world.core.check_invariants();
            world.image()
        });
        assert_eq!(images[0], images[1], "{what} in {self:?}");
    }
}
