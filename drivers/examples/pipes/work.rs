//! The works: how many pipes there are, and who is ready when.

use core::fmt;
use core::str::FromStr;

/// What all contenders are given to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Samba's speed test: one empty pipe; one handler reads a byte, another one writes one.
    Samba,
    /// The same on many pipes, with enough bytes in each that both ends are always ready.
    Busy {
        /// How many pipes; two handlers each.
        pipes: usize,
    },
    /// Bytes travelling round a ring: a handler reads one and writes it into the next pipe.
    Ring {
        /// How many pipes; one handler each.
        pipes: usize,
        /// How many bytes travel, evenly spread at first: so many handlers are ready at a time.
        active: usize,
    },
}

impl Work {
    /// What the table shows unless told otherwise.
    pub(crate) const USUAL: [Self; 7] = [
        Self::Samba,
        Self::Busy { pipes: 50 },
        Self::Ring { pipes: 1, active: 1 },
        Self::Ring { pipes: 100, active: 1 },
        Self::Ring { pipes: 100, active: 100 },
        Self::Ring { pipes: 1000, active: 1 },
        Self::Ring { pipes: 1000, active: 1000 },
    ];

    /// How many pipes it takes.
    pub(crate) const fn pipes(self) -> usize {
        match self {
            Self::Samba => 1,
            Self::Busy { pipes } | Self::Ring { pipes, .. } => pipes,
        }
    }

    /// How many handlers wait.
    pub(crate) const fn handlers(self) -> usize {
        match self {
            Self::Samba => 2,
            Self::Busy { pipes } => 2 * pipes,
            Self::Ring { pipes, .. } => pipes,
        }
    }

    /// How many bytes the `index`-th pipe holds when the work begins.
    pub(crate) const fn bytes_at_first(self, index: usize) -> usize {
        match self {
            Self::Samba => 0,
            // Enough that no order of the handlers empties a pipe.
            Self::Busy { .. } => 8,
            // Byte k starts in pipe k * pipes / active; several of them if there are more bytes
            // than pipes.
            Self::Ring { pipes, active } => {
                ((index + 1) * active).div_ceil(pipes) - (index * active).div_ceil(pipes)
            }
        }
    }

    /// Where a round robin over all handlers has to begin so that it never needs to wait; `None`
    /// if it would have to wherever it begins.
    pub(crate) const fn round_robin_from(self) -> Option<usize> {
        match self {
            // The writer comes second in the list and has to go first.
            Self::Samba => Some(1),
            Self::Busy { .. } => Some(0),
            // It travels with the one byte, or finds one everywhere.
            Self::Ring { pipes, active } if active == 1 || active >= pipes => Some(0),
            Self::Ring { .. } => None,
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Samba => "samba".to_owned(),
            Self::Busy { pipes } => format!("pipes-{pipes}"),
            Self::Ring { pipes, active } => format!("ring-{pipes}-{active}"),
        };
        f.pad(&name)
    }
}

impl FromStr for Work {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().ok().filter(|&number: &usize| number > 0);
        let work = match name.split('-').collect::<Vec<_>>()[..] {
            ["samba"] => Some(Self::Samba),
            ["pipes", pipes] => number(pipes).map(|pipes| Self::Busy { pipes }),
            ["ring", pipes, active] => number(pipes)
                .zip(number(active))
                .map(|(pipes, active)| Self::Ring { pipes, active }),
            _ => None,
        };
        work.ok_or_else(|| format!("no such work: expected one like {}", Self::usual_names()))
    }
}

impl Work {
    fn usual_names() -> String {
        Self::USUAL.map(|work| work.to_string()).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for work in Work::USUAL {
            assert_eq!(work.to_string().parse(), Ok(work));
        }
        assert_eq!("ring-9-4".parse(), Ok(Work::Ring { pipes: 9, active: 4 }));
        for wrong in ["", "ring", "ring-0-1", "ring-5-0", "pipes-x", "samba-1"] {
            assert!(wrong.parse::<Work>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_ring_begins_with_as_many_bytes_as_are_active() {
        for (pipes, active) in [(1, 1), (100, 1), (100, 100), (9, 4), (3, 7)] {
            let work = Work::Ring { pipes, active };
            let bytes: usize = (0..pipes).map(|index| work.bytes_at_first(index)).sum();
            assert_eq!(bytes, active, "{work}");
        }
    }
}
