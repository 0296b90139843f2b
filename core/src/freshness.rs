//! How new a verdict must be when a handler is called.

use core::num::NonZeroU16;

/// How new the verdict must be on which a handler is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// Newer than the return of the handler before: when a handler is called, its descriptor is
    /// ready. (The promise of tevent's epoll backend.)
    Strict,
    /// One check may serve up to this many handlers in a row. A handler may find used up what
    /// an earlier one of the same batch has used up; it is never called for a registration that
    /// was removed or replaced.
    Batch(NonZeroU16),
}

impl Freshness {
    /// [`Batch`](Self::Batch) of `n`, where a batch of none or one is [`Strict`](Self::Strict).
    ///
    /// ```
    /// use levelring_core::Freshness;
    /// assert_eq!(Freshness::batch(1), Freshness::Strict);
    /// assert_ne!(Freshness::batch(64), Freshness::Strict);
    /// ```
    #[must_use]
    pub const fn batch(n: u16) -> Self {
        match NonZeroU16::new(n) {
            Some(size) if n > 1 => Self::Batch(size),
            _ => Self::Strict,
        }
    }

    /// How many handlers one check may serve.
    pub(crate) const fn span(self) -> u16 {
        match self {
            Self::Strict => 1,
            Self::Batch(n) => n.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_none_or_one_is_strict() {
        assert_eq!([0, 1].map(Freshness::batch), [Freshness::Strict; 2]);
        for n in [2, 64, u16::MAX] {
            assert!(matches!(Freshness::batch(n), Freshness::Batch(size) if size.get() == n));
        }
        assert_eq!([0, 1, 2, 64].map(|n| Freshness::batch(n).span()), [1, 1, 2, 64]);
    }
}
