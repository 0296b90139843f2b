//! Makes a failing script shorter.

use core::time::Duration;
use std::collections::BTreeSet;

use levelring::kernel::Wait;

use super::{Link, Name, Op, Request, Script};

/// Leaves out whatever can be left out so that the script still `fails`: halves, quarters, and in
/// the end single operations, until none can be spared.
pub fn shrink(script: &Script, mut fails: impl FnMut(&Script) -> bool) -> Script {
    let mut script = script.clone();
    loop {
        let before = script.ops.len();
        let mut chunk = before.div_ceil(2);
        while chunk > 0 {
            let mut at = 0;
            while at < script.ops.len() {
                let end = (at + chunk).min(script.ops.len());
                let ops = [&script.ops[..at], &script.ops[end..]].concat();
                let shorter = Script { ops, ..script };
                let has_outcomes = !(leaves_chain_open(&shorter)
                    || races_with_time(&shorter)
                    || writes_unseen(&shorter));
                if has_outcomes && fails(&shorter) {
                    script = shorter;
                } else {
                    at = end;
                }
            }
            chunk /= 2;
        }
        if script.ops.len() == before {
            return script;
        }
    }
}

/// Whether an enter finds a chain without its end: Linux leaves that to a worker, in its own time.
fn leaves_chain_open(script: &Script) -> bool {
    let mut open = false;
    let mut queued = 0;
    script.ops.iter().any(|op| {
        let enters = matches!(op, Op::Enter(_) | Op::Run(_));
        if let Op::Push(submission) = op
            && queued < script.shape.entries
        {
            open = submission.link != Link::None;
            queued += 1;
        } else if enters {
            queued = 0;
        }
        open && enters
    })
}

/// Whether something is done while a timer is about to expire.
fn races_with_time(script: &Script) -> bool {
    let sleeps = |at: usize| matches!(script.ops.get(at), Some(Op::Sleep(_)));
    let enters = |at: usize| matches!(script.ops.get(at), Some(Op::Enter(_)));
    let soon = |time: Duration| time < Duration::from_secs(1);
    // How many were queued, and which of them does not wait long.
    let (mut queued, mut due) = (0, None);
    script.ops.iter().enumerate().any(|(at, op)| {
        if let Op::Expire(_, Some(time)) = op {
            return soon(*time) && !sleeps(at + 1);
        }
        if let Op::Push(submission) = op {
            if let Request::Timeout(time, ..) = submission.request
                && soon(time)
            {
                due = Some(queued);
            }
            if let Request::LinkTimeout(time) = submission.request
                && soon(time)
            {
                due = Some(queued - 1);
            }
            queued += 1;
        }
        if !matches!(op, Op::Enter(_) | Op::Run(_)) {
            return false;
        }
        let alone = due.is_none_or(|before| before == 0);
        let done = enters(at) && sleeps(at + 1) && (2..10).all(|next| enters(at + next));
        queued = 0;
        due.take().is_some() && !(alone && done)
    })
}

/// Whether it is left open when a terminal's bytes arrive.
fn writes_unseen(script: &Script) -> bool {
    let mut terminals: BTreeSet<&Name> = BTreeSet::new();
    script.ops.iter().enumerate().any(|(at, op)| {
        if let Op::Terminal(master, terminal) = op {
            terminals.extend([master, terminal]);
        }
        if let Op::Duplicate(fd, new) = op
            && terminals.contains(fd)
        {
            terminals.insert(new);
        }
        let waits = matches!(script.ops.get(at + 1), Some(Op::Poll(.., Wait::Until(_))));
        matches!(op, Op::Write(fd, _) if terminals.contains(fd)) && !waits
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{Profile, script};

    #[test]
    fn only_what_matters_is_left() {
        let script = script(Profile::Ring, 1);
        let reap = |op: &Op| *op == Op::Reap;
        let ops = [&script.ops[..], &[Op::Reap], &script.ops[..], &[Op::Look]].concat();
        let with = Script { ops, ..script };
        let shrunk =
            shrink(&with, |script| script.ops.iter().any(reap) && script.ops.contains(&Op::Look));
        assert_eq!(shrunk.ops, [Op::Reap, Op::Look]);
    }
}
