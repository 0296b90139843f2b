//! Through the core and back, on a fixed array: a registration, an operation, the bound, the end.

use levelring_core::{
    Completion, Core, Disposition, Event, Freshness, Full, Interest, Link, Outcome, Readiness,
    Request, Slot, Submission, Watch,
};

type Fixed = Core<[Slot; 2]>;

/// Says whether the core did as expected.
pub(crate) fn exercise() -> bool {
    let mut core = Core::new([Slot::NEW; 2], Freshness::Strict);
    let went_well = tells_one_event(&mut core).is_some() && tells_one_result(&mut core).is_some();
    core.check_invariants();
    went_well && is_bounded(&mut core)
}

fn tells_one_event(core: &mut Fixed) -> Option<()> {
    let key = core.register(Watch::Oneshot, Interest::READ).ok()?;
    core.plan();
    let Submission::Arm { tag, interest: Interest::READ, .. } = core.next_submission(8)? else {
        return None;
    };
    holds(core.next_submission(8).is_none() && core.next_event().is_none())?;

    let answer = Completion::last(tag.encode(), i32::from(Readiness::READ.bits()));
    let answer = Completion { level: true, ..answer };
    holds(core.complete(answer) == Disposition::Hint)?;
    holds(core.complete(answer) == Disposition::Stale)?;
    holds(core.complete(Completion::last(u64::MAX, 0)) == Disposition::Foreign)?;
    core.looked();
    holds(core.next_event() == Some(Event::Ready { key, readiness: Readiness::READ }))?;
    holds(core.next_event().is_none())?;
    core.remove(key).ok()
}

fn tells_one_result(core: &mut Fixed) -> Option<()> {
    let key = core.submit(&[Request { link: Link::None, prepare: false }]).ok()?;
    core.plan();
    let Submission::Operation { tag, .. } = core.next_submission(8)? else { return None };
    holds(core.complete(Completion::last(tag.encode(), 7)) == Disposition::Result)?;
    let outcome = Outcome { result: 7, flags: 0, more: false };
    core.looked();
    holds(core.next_event() == Some(Event::Done { key, outcome }))
}

fn is_bounded(core: &mut Fixed) -> bool {
    let mut taken = 0;
    while taken < 3 && core.register(Watch::Level, Interest::WRITE).is_ok() {
        taken += 1;
    }
    taken == 2 && core.register(Watch::Level, Interest::WRITE) == Err(Full) && core.in_use() == 2
}

fn holds(condition: bool) -> Option<()> {
    condition.then_some(())
}
