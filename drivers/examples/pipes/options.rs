//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::work::Work;

/// What one pipe event costs: levelring's drivers and ways of watching beside hand-written loops.
#[derive(Debug, Parser)]
#[command(name = "pipes")]
pub(crate) struct Options {
    /// Measure only this work (may be repeated): samba, pipes-N, or ring-PIPES-ACTIVE.
    #[arg(long = "work", value_name = "NAME")]
    works: Vec<Work>,

    /// Measure only this way (may be repeated); epoll-wait-1 always runs, to compare with.
    #[arg(long = "way", value_name = "NAME")]
    pub(crate) ways: Vec<String>,

    /// How many slices each way gets at each work.
    #[arg(long, value_name = "N", default_value_t = 90,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,

    /// About how many seconds the whole measurement may take.
    #[arg(long, value_name = "N", default_value_t = 42,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,

    /// Also write the rows, the kernel and its features to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    /// The works asked for; all that the table usually shows if none was named.
    pub(crate) fn works(&self) -> Vec<Work> {
        if self.works.is_empty() { Work::USUAL.to_vec() } else { self.works.clone() }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Options::command().debug_assert();
    }

    #[test]
    fn filters_may_be_repeated() {
        let options = Options::parse_from([
            "pipes", "--work", "samba", "--work", "ring-7-3", "--way", "poll",
        ]);
        assert_eq!(options.works(), [Work::Samba, Work::Ring { pipes: 7, active: 3 }]);
        assert_eq!(options.ways, ["poll"]);
    }
}
