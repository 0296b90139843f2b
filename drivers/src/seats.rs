//! Where handlers sit while they are not running.

use levelring_core::{Event, Key, Progress};

use crate::event_loop::EventLoop;
use crate::kernel::Kernel;
use crate::planted::planted;

/// A handler, with its source or buffer inside.
pub(crate) type Handler<'env, K> =
    Box<dyn FnMut(&mut EventLoop<'env, K>, Event) -> Progress + 'env>;

/// The handlers, by [`Key::index`].
pub(crate) struct Seats<'env, K: Kernel> {
    seats: Vec<Option<Seat<'env, K>>>,
    taken: usize,
}

struct Seat<'env, K: Kernel> {
    key: Key,
    /// `None` while it is running.
    handler: Option<Handler<'env, K>>,
}

impl<K: Kernel> Default for Seats<'_, K> {
    fn default() -> Self {
        Self { seats: Vec::new(), taken: 0 }
    }
}

impl<'env, K: Kernel> Seats<'env, K> {
    #[must_use]
    pub(crate) fn put(&mut self, key: Key, handler: Handler<'env, K>) -> Option<Handler<'env, K>> {
        let index = key.index();
        if self.seats.len() <= index {
            self.seats.resize_with(index + 1, || None);
        }
        let before = self.seats[index].replace(Seat { key, handler: Some(handler) });
        self.taken += usize::from(before.is_none());
        before?.handler
    }

    /// Takes a seat away, with its handler unless that is running.
    pub(crate) fn take(&mut self, key: Key) -> Option<Handler<'env, K>> {
        let seat = self.seats.get_mut(key.index())?;
        if seat.as_ref()?.key != key {
            return None;
        }
        self.taken -= 1;
        seat.take()?.handler
    }

    /// Takes a handler from its seat, to run it.
    #[inline(always)]
    pub(crate) fn lend(&mut self, key: Key) -> Option<Handler<'env, K>> {
        self.seat(key)?.handler.take()
    }

    /// Back to its seat; dropped if that was taken away meanwhile.
    #[inline(always)]
    pub(crate) fn give_back(&mut self, key: Key, handler: Handler<'env, K>) {
        // It has been empty since: a seat is taken for one handler only.
        let seat = match self.seats.get_mut(key.index()) {
            Some(Some(seat)) if planted!(OldHandlerSits) => return seat.handler = Some(handler),
            _ => self.seat(key),
        };
        if let Some(seat) = seat
            && seat.handler.is_none()
        {
            seat.handler = Some(handler);
        }
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        self.seats.iter().flatten().map(|seat| seat.key).collect()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.taken == 0
    }

    pub(crate) const fn len(&self) -> usize {
        self.taken
    }

    #[inline(always)]
    fn seat(&mut self, key: Key) -> Option<&mut Seat<'env, K>> {
        self.seats.get_mut(key.index())?.as_mut().filter(|seat| seat.key == key)
    }
}
