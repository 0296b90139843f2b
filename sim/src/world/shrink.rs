//! Makes what was drawn in a failing run shorter and plainer.

/// How often a run may be tried.
const TRIES: usize = 4000;

/// Leaves out stretches, then makes them zero (the ordinary outcome), then single bytes smaller,
/// and with them what hung by them, as long as it still `fails`. That gives back what was really
/// drawn, which may be less.
pub(super) fn shrink(record: Vec<u8>, fails: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut shrinking = Shrinking { best: record, fails, tries: TRIES };
    while shrinking.tries > 0 {
        let before = shrinking.best.clone();
        shrinking.cut_the_end();
        shrinking.stretches(|bytes, from, to| {
            bytes.drain(from..to);
        });
        shrinking.stretches(|bytes, from, to| bytes[from..to].fill(0));
        shrinking.lower();
        shrinking.lower_and_leave_out();
        if shrinking.best == before {
            break;
        }
    }
    shrinking.best
}

struct Shrinking<F> {
    best: Vec<u8>,
    fails: F,
    tries: usize,
}

impl<F: FnMut(&[u8]) -> Option<Vec<u8>>> Shrinking<F> {
    /// Takes it if it is simpler, and still fails.
    fn attempt(&mut self, bytes: &[u8]) -> bool {
        if self.tries == 0 || rank(bytes) >= rank(&self.best) {
            return false;
        }
        self.tries -= 1;
        let Some(mut drawn) = (self.fails)(bytes) else { return false };
        // What was drawn beyond the end was ordinary.
        drawn.truncate(bytes.len());
        while drawn.last() == Some(&0) {
            drawn.pop();
        }
        self.best = drawn;
        true
    }

    fn cut_the_end(&mut self) {
        let mut keep = self.best.len() / 2;
        while keep < self.best.len() {
            let shorter = self.best[..keep].to_vec();
            if self.attempt(&shorter) {
                keep = self.best.len() / 2;
            } else {
                keep += (self.best.len() - keep).div_ceil(2);
            }
        }
    }

    fn stretches(&mut self, change: impl Fn(&mut Vec<u8>, usize, usize)) {
        let mut length = self.best.len() / 2;
        while length > 0 {
            let mut from = 0;
            while from < self.best.len() && self.tries > 0 {
                let to = (from + length).min(self.best.len());
                let mut changed = self.best.clone();
                change(&mut changed, from, to);
                if !self.attempt(&changed) || self.best.get(from).is_some_and(|byte| *byte == 0) {
                    from = to;
                }
            }
            length /= 2;
        }
    }

    fn lower(&mut self) {
        for at in 0..self.best.len() {
            let steps: [fn(u8) -> u8; 4] =
                [|_| 1, |byte| byte / 4, |byte| byte / 2, |byte| byte - 1];
            for step in steps {
                let Some(byte) = self.best.get(at).copied().filter(|byte| *byte > 1) else { break };
                let mut lower = self.best.clone();
                lower[at] = step(byte);
                self.attempt(&lower);
            }
        }
    }

    /// A smaller number of things is drawn, and what was drawn for one of them is not.
    fn lower_and_leave_out(&mut self) {
        for at in 0..self.best.len() {
            for (gap, length) in [0, 1, 2, 4, 8].into_iter().flat_map(lengths) {
                let from = at + 1 + gap;
                let end = from + length;
                if self.best.get(at).is_none_or(|byte| *byte == 0) {
                    break;
                }
                if end <= self.best.len() {
                    let mut lower = self.best.clone();
                    lower[at] -= 1;
                    lower.drain(from..end);
                    self.attempt(&lower);
                }
            }
        }
    }
}

/// Of stretches behind such a gap.
fn lengths(gap: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..=24).map(move |length| (gap, length))
}

/// What is simpler comes first: fewer bytes that are not ordinary, then fewer, then smaller ones.
fn rank(bytes: &[u8]) -> (usize, usize, u64) {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let odd = bytes.iter().filter(|byte| **byte != 0).count();
    (odd, end, bytes.iter().map(|byte| u64::from(*byte)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matters_is_left() {
        let record: Vec<u8> = (0..=255).collect();
        let fails = |bytes: &[u8]| {
            let big = bytes.iter().position(|byte| *byte > 99)?;
            bytes[big..].contains(&7).then(|| bytes.to_vec())
        };
        let start = [&record[..], &record[..]].concat();
        assert_eq!(shrink(start, fails), [100, 7]);
    }
}
