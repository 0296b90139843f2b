//! What can happen in a state, and what is said then.

use crate::world::{Rules, World};
use levelring_core::{
    Completion, Disposition, Event, Interest, Key, Look, Plan, Progress, Readiness, Request,
    Submission, Tag, Watch,
};

/// What a call answered, in a word or two.
pub(crate) type Said = String;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Register(Watch, Interest),
    Want(Key, Interest),
    Remove(Key),
    Vanish(Key),
    Progress(Key, Progress),
    Submit(&'static [Request]),
    Cancel(Key),
    /// The driver takes the next submission, if it has as much room.
    Take(usize),
    Answer(Tag, i32, Manner),
    /// The only report of a look.
    Deliver(Tag, Readiness),
    Judge(Key, Readiness),
    Decide(Key, Readiness),
    Plan,
    Looked,
    Next,
}

/// How an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Last,
    LastChecked,
    More,
    MoreChecked,
}

const EBADF: i32 = -9;
const EINVAL: i32 = -22;
const ENOENT: i32 = -2;
const EALREADY: i32 = -114;

/// Everything that can happen.
pub(crate) fn actions<const N: usize>(world: &World<N>, rules: &Rules) -> Vec<Action> {
    let mut all = vec![Action::Plan, Action::Looked, Action::Next];
    all.extend([1, 2 * N].map(Action::Take));
    let registered: Vec<Key> = world.core.registrations().collect();
    if !rules.interests.is_empty() {
        all.push(Action::Register(rules.watch, rules.interests[0]));
    }
    all.extend(rules.chains.iter().map(|chain| Action::Submit(chain)));
    all.extend(world.running.iter().map(|key| Action::Cancel(*key)));
    for key in registered {
        of_registration(key, rules, &mut all);
    }
    for tag in &world.owed {
        answers(*tag, rules, &mut all);
    }
    all
}

fn of_registration(key: Key, rules: &Rules, all: &mut Vec<Action>) {
    all.extend(rules.interests.iter().map(|interest| Action::Want(key, *interest)));
    let levels = if rules.plain { &LEVELS[..2] } else { LEVELS };
    all.push(Action::Remove(key));
    all.extend(levels.iter().map(|level| Action::Judge(key, *level)));
    if !rules.plain {
        all.push(Action::Vanish(key));
        all.extend(levels.iter().map(|level| Action::Decide(key, *level)));
        let said = [Progress::More, Progress::Drained];
        all.extend(said.map(|said| Action::Progress(key, said)));
    }
}

/// What a level check may see.
pub(crate) const LEVELS: &[Readiness] = &[Readiness::EMPTY, Readiness::READ, Readiness::INVALID];

fn answers(tag: Tag, rules: &Rules, all: &mut Vec<Action>) {
    let mut answer = |results: &[i32], manners: &[Manner]| {
        for result in results {
            all.extend(manners.iter().map(|manner| Action::Answer(tag, *result, *manner)));
        }
    };
    let [readable, invalid] = [Readiness::READ, Readiness::INVALID].map(|it| i32::from(it.bits()));
    match tag {
        Tag::Arm(..) => {
            let manners: &[Manner] = match rules.watch {
                Watch::Oneshot => &[Manner::Last, Manner::LastChecked],
                Watch::Multishot => &[Manner::More, Manner::Last],
                Watch::Level | Watch::Foreign => &[Manner::More, Manner::MoreChecked],
            };
            answer(&[readable], manners);
            answer(&[0], &[Manner::Last]);
            if rules.refuses {
                answer(&[EINVAL], &[Manner::Last]);
            }
            if !rules.plain {
                answer(&[EBADF, invalid], &[Manner::Last]);
            }
            if matches!(rules.watch, Watch::Level | Watch::Foreign) {
                let invalid = Readiness::READ | Readiness::INVALID;
                let reports = [Readiness::READ, Readiness::EMPTY, invalid];
                all.extend(reports.map(|seen| Action::Deliver(tag, seen)));
            }
        }
        Tag::Disarm(..) | Tag::Cancel(_) => answer(&[0, ENOENT, EALREADY], &[Manner::Last]),
        Tag::Operation(_) => answer(&[1], &[Manner::Last, Manner::More]),
    }
}

impl<const N: usize> World<N> {
    pub(crate) fn act(&mut self, action: Action) -> Said {
        let core = &mut self.core;
        match action {
            Action::Register(watch, interest) => of("register", core.register(watch, interest)),
            Action::Want(key, interest) => of("want", core.set_interest(key, interest)),
            Action::Remove(key) => of("remove", core.remove(key)),
            Action::Vanish(key) => of("vanish", core.vanish(key)),
            Action::Progress(key, said) => of("progress", core.progress(key, said)),
            Action::Submit(chain) => self.submit(chain),
            Action::Cancel(key) => of("cancel", core.cancel(key)),
            Action::Take(room) => self.take(room),
            Action::Answer(tag, result, manner) => self.answer(tag, result, manner),
            Action::Deliver(tag, seen) => {
                let event = core.deliver(tag.encode(), seen);
                format!("deliver: {}", self.told(event))
            }
            Action::Judge(key, level) => {
                core.judge(key, level);
                "judge".into()
            }
            Action::Decide(key, level) => {
                let event = core.decide(key, level);
                format!("decide: {}", self.told(event))
            }
            Action::Plan => {
                let Plan { judge, look } = core.plan();
                let waits =
                    if look == Look::Wait && core.has_candidates() { ", or not" } else { "" };
                format!("plan: {look:?}{waits}, {} of {}", judge.min(N), core.candidates().count())
            }
            Action::Looked => {
                core.looked();
                "looked".into()
            }
            Action::Next => {
                let event = core.next_event();
                format!("next: {}", self.told(event))
            }
        }
    }

    fn submit(&mut self, chain: &[Request]) -> Said {
        let taken = self.core.submit(chain);
        let mut next = taken.ok();
        while let Some(key) = next {
            self.running.push(key);
            assert!(self.running.len() <= N, "more operations than slots");
            next = self.core.linked_after(key);
        }
        of("submit", taken)
    }

    fn take(&mut self, room: usize) -> Said {
        let wants = self.core.wants_submission();
        let Some(said) = self.core.next_submission(room) else {
            return format!("take: nothing of {}", if wants { "some" } else { "nothing" });
        };
        let (made, words) = match said {
            Submission::Arm { tag, interest, watch, .. } => {
                (vec![tag], format!("arm {interest:?} {watch:?}"))
            }
            Submission::Rearm { target, by, tag, interest, watch, .. } => {
                assert!(self.owed.contains(&target), "{target:?} is not there to be ended");
                (vec![by, tag], format!("rearm {interest:?} {watch:?}"))
            }
            Submission::Disarm { target, by, parked, .. } => {
                assert!(self.owed.contains(&target), "{target:?} is not there to be ended");
                (vec![by], format!("disarm, parked {parked}"))
            }
            Submission::Prepare { .. } => (Vec::new(), "prepare".into()),
            Submission::Operation { tag, link, .. } => (vec![tag], format!("operation {link:?}")),
            Submission::Cancel { target, by, .. } => {
                assert!(self.owed.contains(&target), "{target:?} is not there to be cancelled");
                (vec![by], "cancel".into())
            }
        };
        assert!(made.len() <= room, "{said:?} does not fit into {room}");
        for tag in made {
            assert!(!self.owed.contains(&tag), "{tag:?} is used again before its time");
            self.owed.push(tag);
        }
        format!("take: {words}")
    }

    fn answer(&mut self, tag: Tag, result: i32, manner: Manner) -> Said {
        let more = matches!(manner, Manner::More | Manner::MoreChecked);
        let level = matches!(manner, Manner::LastChecked | Manner::MoreChecked);
        let said = Completion { more, level, ..Completion::last(tag.encode(), result) };
        let disposition = self.core.complete(said);
        if !more && disposition != Disposition::Busy {
            self.owed.retain(|owed| *owed != tag);
        }
        let request = match tag {
            Tag::Arm(..) => "poll",
            Tag::Disarm(..) => "end",
            Tag::Operation(_) => "operation",
            Tag::Cancel(_) => "cancel",
        };
        let wanting = if self.core.wants_submission() { "wanting" } else { "quiet" };
        format!("{request} answered {result}: {disposition:?}, then {wanting}")
    }

    fn told(&mut self, event: Option<Event>) -> Said {
        match event {
            None => "no event".into(),
            Some(Event::Ready { readiness, .. }) => format!("ready {readiness:?}"),
            Some(Event::Refused { error, .. }) => format!("refused {error}"),
            Some(Event::Done { key, outcome }) => {
                self.running.retain(|other| outcome.more || *other != key);
                format!("done {}, more {}", outcome.result, outcome.more)
            }
        }
    }
}

fn of<T, E: core::fmt::Display>(call: &str, result: Result<T, E>) -> Said {
    format!("{call}: {}", result.map_or_else(|error| error.to_string(), |_| "done".into()))
}
