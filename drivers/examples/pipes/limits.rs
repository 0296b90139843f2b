//! How many files may be open, and so how many contenders can be set up side by side.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::work::Work;

/// The program's own, and what a run of it may have inherited.
const SET_ASIDE: u64 = 32;

/// A ring, an epoll set and the like.
const PER_LOOP: u64 = 8;

/// Raises the soft limit of open files to the hard one; answers how many pipes' ends and loops
/// have room below it.
pub(crate) fn raise_open_files() -> Result<u64, String> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .map_err(|why| format!("cannot raise the limit of open files: {why}"))?;
    Ok(maximum.unwrap_or(u64::from(u32::MAX)).saturating_sub(SET_ASIDE))
}

/// How many files one contender of this work needs.
pub(crate) fn files_of(work: Work) -> u64 {
    2 * u64::try_from(work.pipes()).expect("a count") + PER_LOOP
}
