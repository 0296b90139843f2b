//! Makes a failing script shorter.

use super::{Link, Op};

/// Leaves out whatever can be left out so that the script still `fails`: halves, quarters, and in
/// the end single operations, until none can be spared.
pub fn shrink(script: &[Op], mut fails: impl FnMut(&[Op]) -> bool) -> Vec<Op> {
    let mut script = script.to_vec();
    loop {
        let before = script.len();
        let mut chunk = before.div_ceil(2);
        while chunk > 0 {
            let mut at = 0;
            while at < script.len() {
                let end = (at + chunk).min(script.len());
                let shorter = [&script[..at], &script[end..]].concat();
                if !leaves_chain_open(&shorter) && fails(&shorter) {
                    script = shorter;
                } else {
                    at = end;
                }
            }
            chunk /= 2;
        }
        if script.len() == before {
            return script;
        }
    }
}

/// Whether an enter finds a chain without its end: Linux leaves that to a worker, in its own time.
fn leaves_chain_open(script: &[Op]) -> bool {
    let mut open = false;
    script.iter().any(|op| {
        if let Op::Push(submission) = op {
            open = submission.link != Link::None;
        }
        open && matches!(op, Op::Enter(_) | Op::Run(_))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matters_is_left() {
        let script: Vec<Op> = super::super::script(1);
        let reap = |op: &Op| *op == Op::Reap;
        let with = [&script[..], &[Op::Reap], &script[..], &[Op::Look]].concat();
        let shrunk = shrink(&with, |script| script.iter().any(reap) && script.contains(&Op::Look));
        assert_eq!(shrunk, [Op::Reap, Op::Look]);
    }
}
