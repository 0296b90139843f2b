//! Which mechanism holds which poll.

use levelring_core::{Key, Lane, Tag};

/// Where a poll is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Route {
    /// In the epoll set.
    #[default]
    Set,
    /// On the ring.
    Ring,
}

/// The routes of both lanes of every registration, by index. A lane keeps its route until it is
/// armed again, so that its end takes the way it came.
#[derive(Debug, Default)]
pub(super) struct Routes(Vec<Record>);

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    lanes: [Route; 2],
    /// Whom the ring would not watch.
    refused: Option<Key>,
}

impl Routes {
    pub(super) fn set(&mut self, tag: Tag, route: Route) {
        let index = tag.key().index();
        if self.0.len() <= index {
            self.0.resize(index + 1, Record::default());
        }
        self.0[index].lanes[lane(tag)] = route;
    }

    pub(super) fn get(&self, tag: Tag) -> Route {
        self.0.get(tag.key().index()).map_or_else(Route::default, |record| record.lanes[lane(tag)])
    }

    /// The ring has refused to watch: from now on the set is asked.
    pub(super) fn refuse(&mut self, key: Key) {
        if let Some(record) = self.0.get_mut(key.index()) {
            record.refused = Some(key);
        }
    }

    pub(super) fn is_refused(&self, key: Key) -> bool {
        self.0.get(key.index()).is_some_and(|record| record.refused == Some(key))
    }
}

fn lane(tag: Tag) -> usize {
    match tag {
        Tag::Arm(_, Lane::B) | Tag::Disarm(_, Lane::B) => 1,
        Tag::Arm(..) | Tag::Disarm(..) | Tag::Operation(_) | Tag::Cancel(_) => 0,
    }
}
