//! The middle of a few noisy numbers, and how far they spread.

use serde::Serialize;

/// The median and the quartiles around it: half of all slices lie between these.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    /// A quarter of the values is below.
    pub(crate) low: f64,
    /// Half of the values is below.
    pub(crate) median: f64,
    /// Three quarters of the values are below.
    pub(crate) high: f64,
}

impl Spread {
    /// Of these values; `None` if there is none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let quartile = |quarters| quantile(&sorted, quarters);
        Some(Self { low: quartile(1)?, median: quartile(2)?, high: quartile(3)? })
    }

    /// The distance between the quartiles, as a part of the median.
    pub(crate) fn relative(&self) -> f64 {
        (self.high - self.low) / self.median
    }
}

/// The value at so many quarters of the way, between two values if it falls there.
fn quantile(sorted: &[f64], quarters: usize) -> Option<f64> {
    let fourfold = sorted.len().checked_sub(1)? * quarters;
    let (index, rest) = (fourfold / 4, fourfold % 4);
    let below = sorted[index];
    let above = *sorted.get(index + 1).unwrap_or(&below);
    let share = [0.0, 0.25, 0.5, 0.75][rest];
    Some(below + (above - below) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_of_an_odd_count_are_values() {
        let spread = Spread::of([5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(spread, Some(Spread { low: 2.0, median: 3.0, high: 4.0 }));
    }

    #[test]
    fn quartiles_of_an_even_count_lie_between() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]);
        assert_eq!(spread, Some(Spread { low: 1.75, median: 2.5, high: 3.25 }));
    }

    #[test]
    fn one_value_has_no_spread_and_no_value_no_median() {
        let one = Spread::of([7.0]).expect("one value");
        assert_eq!(one, Spread { low: 7.0, median: 7.0, high: 7.0 });
        assert!(one.relative().abs() < f64::EPSILON);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn one_slow_slice_moves_nothing() {
        let calm = Spread::of([10.0, 11.0, 12.0, 13.0, 14.0]);
        assert_eq!(Spread::of([10.0, 11.0, 12.0, 13.0, 9000.0]), calm);
    }
}
