//! Which small world.

use core::fmt;
use core::str::FromStr;

use levelring::Watch;

/// The most registrations of a world, and the most files.
pub(super) const HANDLERS: usize = 3;
pub(super) const FILES: usize = 2;

/// What a world consists of, and what may happen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Registrations there can be at a time: 1 to 3.
    pub handlers: usize,
    /// Descriptors: 1 or 2.
    pub files: usize,
    /// A ring that defers (DEFER_TASKRUN), or a plain one.
    pub defers: bool,
    /// Polls that live on (multishot), or that are made for one completion.
    pub multishot: bool,
    /// The program closes descriptors that are watched, and new files get their numbers.
    pub closes: bool,
    /// The kernel takes fewer submissions than it is given.
    pub short: bool,
    /// How many completions the queue holds; the others overflow.
    pub cq_entries: u32,
    /// How many submissions the queue holds.
    pub sq_entries: u32,
    /// What the driver does wrong on purpose.
    pub sabotage: Option<Sabotage>,
}

/// A planted bug, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// A poll that is ready is taken from the queue and not told.
    LosesHints,
    /// Candidates are called ready without a look.
    BelievesHints,
    /// Requests to end a poll are not made, but said to be.
    NeverEnds,
}

impl Options {
    /// A world of so many, on a ring that defers, in which nothing goes wrong.
    #[must_use]
    pub const fn new(handlers: usize, files: usize) -> Self {
        Self {
            handlers,
            files,
            defers: true,
            multishot: false,
            closes: false,
            short: false,
            cq_entries: 16,
            sq_entries: 8,
            sabotage: None,
        }
    }

    /// The same with everything that can go wrong: raw closes and numbers used again, partial
    /// submits, a submission queue that is too small, a completion queue that overflows.
    #[must_use]
    pub const fn harsh(self) -> Self {
        Self { closes: true, short: true, cq_entries: 2, sq_entries: 2, ..self }
    }

    /// In which way descriptors are watched.
    #[must_use]
    pub const fn watch(&self) -> Watch {
        if self.multishot { Watch::Multishot } else { Watch::Oneshot }
    }
}

/// `2x1`, and after commas: `plain`, `multishot`, `closes`, `short`, `overflow`, `narrow`, `harsh`
/// (the last four together).
impl FromStr for Options {
    type Err = UnknownWorld;

    fn from_str(text: &str) -> Result<Self, UnknownWorld> {
        let unknown = || UnknownWorld(text.to_owned());
        let mut words = text.split(',');
        let (handlers, files) =
            words.next().and_then(|it| it.split_once('x')).ok_or_else(unknown)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| unknown());
        let mut options = Self::new(number(handlers)?, number(files)?);
        if !(1..=HANDLERS).contains(&options.handlers) || !(1..=FILES).contains(&options.files) {
            return Err(unknown());
        }
        for word in words {
            match word {
                "defer" => options.defers = true,
                "plain" => options.defers = false,
                "multishot" => options.multishot = true,
                "closes" => options.closes = true,
                "short" => options.short = true,
                "overflow" => options.cq_entries = 2,
                "narrow" => options.sq_entries = 2,
                "harsh" => options = options.harsh(),
                _ => return Err(unknown()),
            }
        }
        Ok(options)
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.handlers, self.files)?;
        for (word, said) in [
            ("plain", !self.defers),
            ("multishot", self.multishot),
            ("closes", self.closes),
            ("short", self.short),
            ("overflow", self.cq_entries == 2),
            ("narrow", self.sq_entries == 2),
        ] {
            if said {
                write!(f, ",{word}")?;
            }
        }
        Ok(())
    }
}

/// What was asked for is no world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWorld(String);

impl fmt::Display for UnknownWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no world: say 2x1, or 2x2,plain,multishot,harsh", self.0)
    }
}

impl core::error::Error for UnknownWorld {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_is_called_as_it_is_asked_for() {
        for text in ["2x1", "3x2,plain,multishot,closes", "1x1,short,overflow"] {
            assert_eq!(text.parse::<Options>().map(|it| it.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("2x1,harsh".parse(), Ok(Options::new(2, 1).harsh()));
        assert!("4x1".parse::<Options>().is_err() && "2x1,soft".parse::<Options>().is_err());
    }
}
