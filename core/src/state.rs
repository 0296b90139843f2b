//! All that the core remembers beside its slots.

use crate::freshness::Freshness;
use crate::list::{List, Thread};
use crate::registration::Stamp;
use crate::slot::Queue;

/// The rotation is two queues: those who have not had their turn, and those who have. When the
/// first is empty the kernel is looked at, so that newcomers come before anybody's second turn;
/// when that brings nobody, the queues change places and the next rotation begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) free: List,
    queues: [List; 2],
    /// Which of the queues holds those who have not had their turn.
    front: Queue,
    pub(crate) wants: List,
    /// The member of a chain that must be handed out next, before anything else.
    pub(crate) chain: Option<u32>,
    pub(crate) rotation: u32,
    /// Counts the moments at which earlier checks lost their worth: each event under
    /// [`Freshness::Strict`], each batch otherwise. 64 bits do not wrap.
    pub(crate) stamp: Stamp,
    /// Events that the checks of this stamp may still serve.
    pub(crate) left: u16,
    /// How many candidates to check at once.
    pub(crate) window: u16,
    /// Whether the kernel was looked at since the last event.
    pub(crate) looked: bool,
    pub(crate) freshness: Freshness,
}

/// The most candidates worth checking in one call: a not-ready one costs as much as a ready one.
const WIDEST_WINDOW: u16 = 64;

impl State {
    pub(crate) const fn new(freshness: Freshness) -> Self {
        Self {
            free: List::new(Thread::Place),
            queues: [List::new(Thread::Place); 2],
            front: Queue::Even,
            wants: List::new(Thread::Wants),
            chain: None,
            rotation: 0,
            stamp: 1,
            left: freshness.span(),
            window: freshness.span(),
            looked: false,
            freshness,
        }
    }

    pub(crate) const fn queue(&self, queue: Queue) -> &List {
        match queue {
            Queue::Even => &self.queues[0],
            Queue::Odd => &self.queues[1],
        }
    }

    pub(crate) const fn queue_mut(&mut self, queue: Queue) -> &mut List {
        match queue {
            Queue::Even => &mut self.queues[0],
            Queue::Odd => &mut self.queues[1],
        }
    }

    /// The queue of those who have not had their turn in this rotation.
    pub(crate) const fn front(&self) -> Queue {
        self.front
    }

    /// The queue of those who have.
    pub(crate) const fn back(&self) -> Queue {
        match self.front {
            Queue::Even => Queue::Odd,
            Queue::Odd => Queue::Even,
        }
    }

    pub(crate) const fn now(&self) -> &List {
        self.queue(self.front)
    }

    pub(crate) const fn next(&self) -> &List {
        self.queue(self.back())
    }

    /// Those who had their turn have another, before anybody who comes now.
    pub(crate) const fn begin_rotation(&mut self) {
        self.front = self.back();
        self.rotation = self.rotation.wrapping_add(1);
    }

    /// An event is being handed out: checks age by it.
    pub(crate) fn spend(&mut self) {
        self.looked = false;
        self.window = self.freshness.span();
        self.left -= 1;
        if self.left == 0 {
            self.renew();
        }
    }

    /// A check is about to be made: those of a batch begun earlier are not mixed with it.
    pub(crate) fn begin_check(&mut self) {
        if self.left < self.freshness.span() {
            self.renew();
        }
    }

    /// How many to check now; more each time that nobody was ready.
    pub(crate) fn widen(&mut self) -> u16 {
        let window = self.window;
        self.window = window.saturating_mul(4).min(WIDEST_WINDOW).max(window);
        window
    }

    fn renew(&mut self) {
        self.stamp += 1;
        self.left = self.freshness.span();
    }
}
