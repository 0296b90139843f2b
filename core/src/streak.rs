//! How long a registration has been ready without a break.

/// How many rotations in a row a registration must be ready in before it is taken for busy, and
/// parked.
///
/// Parking costs two requests (disarm, arm again) and a check that says "not ready", as much as
/// some ten events cost more through a level-triggered set than through poll(2). Most of those who
/// are ready four times in a row stay so; whoever does not must show twice as much the next time.
const BUSY_AFTER: u8 = 4;

/// How often that number is doubled at most, for one that was taken for busy and did not stay ready
/// for [`WORTHWHILE`] more rotations. One that did has it halved again.
const MAX_PATIENCE: u8 = 5;
const WORTHWHILE: u8 = 64;
const _: () = assert!((BUSY_AFTER << MAX_PATIENCE) as u16 + WORTHWHILE as u16 <= u8::MAX as u16);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Streak {
    /// Rotations, up to 255.
    length: u8,
    /// How often the required length was doubled.
    patience: u8,
}

impl Streak {
    pub(crate) const NEW: Self = Self { length: 0, patience: 0 };

    /// Whether it costs less to ask in its turn than to be told.
    pub(crate) const fn is_busy(self) -> bool {
        self.length >= BUSY_AFTER << self.patience
    }

    /// How many times more it must be seen ready to be taken for busy.
    pub(crate) const fn until_busy(self) -> u8 {
        (BUSY_AFTER << self.patience).saturating_sub(self.length)
    }

    /// As if it had been ready so long that `left` times more make it busy.
    pub(crate) const fn assume_until_busy(&mut self, left: u8) {
        let patience = if left == 0 { 0 } else { MAX_PATIENCE };
        *self = Self { length: (BUSY_AFTER << patience).saturating_sub(left), patience };
    }

    pub(crate) const fn image(self) -> u64 {
        (self.length as u64) << 3 | self.patience as u64
    }

    /// It is ready: `again` if it was in the rotation before.
    pub(crate) const fn seen(&mut self, again: bool) {
        self.length = if again { self.length.saturating_add(1) } else { 0 };
    }

    /// It is ready again.
    pub(crate) const fn goes_on(&mut self) {
        self.length = self.length.saturating_add(1);
    }

    pub(crate) const fn broken(&mut self) {
        self.length = 0;
    }

    /// It was asked, and is not ready: was it worth while to take it for busy?
    pub(crate) fn disproved(&mut self) {
        let required = BUSY_AFTER << self.patience;
        if self.length >= required + WORTHWHILE {
            self.patience = self.patience.saturating_sub(1);
        } else if self.length >= required {
            self.patience = MAX_PATIENCE.min(self.patience + 1);
        }
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    /// How many rotations it takes to be busy.
    fn until_busy(streak: &mut Streak) -> u32 {
        streak.seen(false);
        let mut count = 0;
        while !streak.is_busy() && count < 1000 {
            streak.seen(true);
            count += 1;
        }
        count
    }

    #[test]
    fn whoever_was_parked_in_vain_must_show_more_up_to_a_bound() {
        let mut streak = Streak::NEW;
        for expected in [4, 8, 16, 32, 64, 128, 128, 128] {
            assert_eq!(until_busy(&mut streak), expected);
            streak.disproved();
        }
        // Worth while at last: trusted sooner again.
        until_busy(&mut streak);
        (0..WORTHWHILE).for_each(|_| streak.goes_on());
        streak.disproved();
        assert_eq!(until_busy(&mut streak), 64);
    }

    #[test]
    fn a_gap_begins_anew() {
        let mut streak = Streak::NEW;
        (0..3).for_each(|_| streak.seen(true));
        streak.seen(false);
        (0..3).for_each(|_| streak.seen(true));
        assert!(!streak.is_busy());
        streak.seen(true);
        assert!(streak.is_busy());
    }

    #[test]
    fn any_streak_may_be_assumed() {
        for left in [0, 1, 3, 4, 100, BUSY_AFTER << MAX_PATIENCE] {
            let mut streak = Streak::NEW;
            streak.assume_until_busy(left);
            assert_eq!((streak.until_busy(), streak.is_busy()), (left, left == 0));
        }
        let mut streak = Streak::NEW;
        streak.assume_until_busy(0);
        streak.disproved();
        assert_eq!(until_busy(&mut streak), 8, "it was the first time in vain");
    }

    #[test]
    fn no_two_have_the_same_image() {
        let all = (0..=u8::MAX).flat_map(|length| (0..=MAX_PATIENCE).map(move |it| (length, it)));
        let image = |(length, patience)| Streak { length, patience }.image();
        let mut images: Vec<u64> = all.map(image).collect();
        let count = images.len();
        images.sort_unstable();
        images.dedup();
        assert_eq!(images.len(), count);
    }
}
