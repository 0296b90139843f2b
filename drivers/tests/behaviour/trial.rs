//! The words that scenarios are told in: the one place that knows how a loop is asked.

use core::cell::RefCell;
use core::fmt::Debug;
use core::time::Duration;
use std::rc::Rc;
use std::time::Instant;

use levelring::{
    AddError, Builder, EventLoop, Fired, Interest, Key, Progress, Readiness, Refusal, Tenure,
};

use crate::files::{Fd, number};
use crate::stand::Stand;

/// A loop whose handlers borrow nothing.
pub(crate) type Loop = EventLoop<'static>;

/// Both kinds of tenure.
pub(crate) const BOTH: [Tenure; 2] = [Tenure::Held, Tenure::Foreign];

/// How long something is waited for that must come.
pub(crate) const SOON: Duration = Duration::from_secs(5);

/// How long nothing must happen.
pub(crate) const WHILE: Duration = Duration::from_millis(1);

/// A sleeping loop makes few system calls: arming, sleeping, and looking once more. One that
/// spins makes thousands.
pub(crate) const FEW: u64 = 12;

/// Who fired, in order: a letter each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Rc<RefCell<String>>);

impl Log {
    pub(crate) fn note(&self, name: char) {
        self.0.borrow_mut().push(name);
    }

    /// What was noted since the last time.
    pub(crate) fn take(&self) -> String {
        self.0.take()
    }
}

/// A loop that is tried.
pub(crate) struct Trial {
    pub(crate) events: Loop,
    pub(crate) log: Log,
}

impl Trial {
    pub(crate) fn on(stand: &Stand) -> Self {
        Self::with(stand.builder())
    }

    pub(crate) fn with(builder: Builder) -> Self {
        let events = builder.build().expect("a loop, as there was one before");
        Self { events, log: Log::default() }
    }

    /// Watches a file; its handler notes its name.
    pub(crate) fn watch(&mut self, tenure: Tenure, name: char, fd: &Fd, interest: Interest) -> Key {
        self.watch_and(tenure, name, fd, interest, |_, _| ())
    }

    /// Watches a file; its handler notes its name, and then does something.
    pub(crate) fn watch_and<R: Into<Progress> + 'static>(
        &mut self,
        tenure: Tenure,
        name: char,
        fd: &Fd,
        interest: Interest,
        mut handler: impl FnMut(&mut Loop, Readiness) -> R + 'static,
    ) -> Key {
        let log = self.log.clone();
        let handler = move |events: &mut Loop, readiness| {
            log.note(name);
            handler(events, readiness)
        };
        add(&mut self.events, tenure, fd, interest, handler).expect("there is room")
    }

    /// One turn; the name of who ran, or a dot for nobody.
    pub(crate) fn turn(&mut self, timeout: Duration) -> String {
        let before = self.log.take();
        let ran = self.events.turn(Some(timeout)).expect("a turn");
        let mut noted = self.log.take();
        assert_eq!(noted.chars().count(), usize::from(ran), "one handler per turn: {noted}");
        if !ran {
            noted.push('.');
        }
        before + &noted
    }

    /// So many turns without waiting.
    pub(crate) fn turns(&mut self, count: usize) -> String {
        (0..count).map(|_| self.turn(Duration::ZERO)).collect()
    }

    /// A turn that must run somebody, who may be waited for. A loop that sleeps on somebody finds
    /// them when its time is up.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "a sleep that nobody ends shows in time only")]
    pub(crate) fn next(&mut self) -> String {
        let began = Instant::now();
        let ran = self.turn(SOON);
        assert!(began.elapsed() < SOON, "{ran}: not before the time was up");
        ran
    }

    /// So many of them.
    #[track_caller]
    pub(crate) fn nexts(&mut self, count: usize) -> String {
        let mut ran = String::new();
        for _ in 0..count {
            ran += &self.next();
        }
        ran
    }

    /// Lies down to sleep for a while: nobody may run, and the loop may not spin.
    ///
    /// The end of an earlier ring may yet interrupt this thread's waits, a few times; a loop that
    /// spins does so always.
    #[track_caller]
    pub(crate) fn sleeps(&mut self, why: &str) {
        let mut calls = 0;
        for _ in 0..5 {
            calls = self.calls(|trial| check(why, trial.turn(WHILE), "."));
            if calls <= FEW {
                return;
            }
        }
        panic!("{why}: {calls} system calls in one idle turn, and about as many before");
    }

    /// The system calls that the loop makes meanwhile.
    pub(crate) fn calls(&mut self, meanwhile: impl FnOnce(&mut Self)) -> u64 {
        let before = self.events.counts().total();
        meanwhile(self);
        self.events.counts().total() - before
    }

    pub(crate) fn set(&mut self, key: Key, interest: Interest) {
        self.events.set_interest(key, interest).expect("a live registration");
    }

    pub(crate) fn remove(&mut self, key: Key) {
        self.events.discard(key).expect("a live registration");
    }
}

/// Watches a file with a handler that cares only for the readiness.
pub(crate) fn add<R: Into<Progress> + 'static>(
    events: &mut Loop,
    tenure: Tenure,
    fd: &Fd,
    interest: Interest,
    mut handler: impl FnMut(&mut Loop, Readiness) -> R + 'static,
) -> Result<Key, Refusal> {
    match tenure {
        Tenure::Held => {
            let call = move |events: &mut Loop, fired: Fired<'_, Fd>| {
                assert_eq!(fired.refused, None, "the kernel refused to watch");
                handler(events, fired.readiness)
            };
            let handle = events.add(Rc::clone(fd), interest, call);
            handle.map(|handle| handle.key()).map_err(|AddError { reason, .. }| reason)
        }
        Tenure::Foreign => {
            let call = move |events: &mut Loop, fired: Fired<'_, _>| {
                assert_eq!(fired.refused, None, "the kernel refused to watch");
                handler(events, fired.readiness)
            };
            let key = events.add_foreign(number(fd), interest, call);
            key.map_err(|AddError { reason, .. }| reason)
        }
    }
}

/// That what was seen is what was promised.
#[track_caller]
pub(crate) fn check<S, E>(what: &str, seen: S, promised: E)
where
    S: Debug + PartialEq<E>,
    E: Debug,
{
    assert!(seen == promised, "{what}:\n    seen {seen:?}\npromised {promised:?}");
}

/// The letters A, B, C and so on.
pub(crate) fn letters() -> impl Iterator<Item = char> {
    'A'..='Z'
}
