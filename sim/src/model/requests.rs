//! What was asked of the ring, as the caller knows it.

use core::time::Duration;
use std::collections::BTreeMap;
use std::rc::Weak;

use levelring::kernel::Errno;
use levelring::{Key, Link};

use super::files::FileId;
use crate::SimFile;
use crate::storm::{L, O, Request, must};

/// Something that was asked of the ring, and has no last result yet.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) serial: u64,
    pub(crate) key: Key,
    pub(crate) on: L,
    pub(crate) request: Request,
    pub(crate) file: Option<FileId>,
    pub(crate) guard: Weak<SimFile>,
    /// When it was submitted.
    pub(crate) at: Duration,
    /// Which chain it is in, and where.
    pub(crate) chain: (u64, usize),
    /// Somebody has cancelled it, or called it off.
    pub(crate) cancelled: bool,
    /// A turn of its loop was over without its end.
    pub(crate) waited: bool,
}

#[derive(Clone, Debug)]
struct Chain {
    links: Vec<Link>,
    cancelled: Vec<bool>,
    ends: Vec<Option<Result<u32, Errno>>>,
    lengths: Vec<Option<u8>>,
}

/// All requests.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) all: BTreeMap<O, Asked>,
    chains: BTreeMap<u64, Chain>,
}

impl Requests {
    pub(crate) fn submitted(&mut self, chain: u64, links: Vec<Link>, members: Vec<(O, Asked)>) {
        let lengths = members.iter().map(|(_, asked)| match asked.request {
            Request::Read(_, length) | Request::Write(_, length) => Some(length),
            Request::Nop | Request::Timeout(_) => None,
        });
        let (cancelled, ends) = (vec![false; links.len()], vec![None; links.len()]);
        self.chains.insert(chain, Chain { links, cancelled, ends, lengths: lengths.collect() });
        self.all.extend(members);
    }

    /// How many are about that file.
    pub(crate) fn of(&self, file: FileId) -> usize {
        self.all.values().filter(|asked| asked.file == Some(file)).count()
    }

    pub(crate) fn cancelled(&mut self, name: O) {
        if let Some(asked) = self.all.get_mut(&name) {
            asked.cancelled = true;
            let (chain, at) = asked.chain;
            if let Some(chain) = self.chains.get_mut(&chain) {
                chain.cancelled[at] = true;
            }
        }
    }

    /// A result is told: for the last time unless `more`. With `cuts`, chains may be cut anywhere.
    pub(crate) fn check_done(
        &mut self,
        (name, serial): (O, u64),
        result: Result<u32, Errno>,
        more: bool,
        now: Duration,
        cuts: bool,
    ) -> Asked {
        let known = self.all.remove(&name).filter(|asked| asked.serial == serial);
        let Some(asked) = known else {
            must!(OneEnd, false, "o{name} has a result, and had its last");
            unreachable!("that has ended the run");
        };
        must!(OneEnd, !more, "o{name} has more results than one");
        check_result(name, &asked, result);
        if let (Request::Timeout(time), Err(Errno::TIME)) = (asked.request, result) {
            let due = asked.at + Duration::from_millis(time.into());
            must!(Early, now >= due, "o{name} is due at {due:?}, and ends at {now:?}");
        }
        self.check_chain(name, &asked, result, cuts);
        asked
    }

    fn check_chain(&mut self, name: O, asked: &Asked, result: Result<u32, Errno>, cuts: bool) {
        let (chain, at) = asked.chain;
        let Some(chain) = self.chains.get_mut(&chain) else { return };
        chain.ends[at] = Some(result);
        let fails = |at: usize| chain.fails(at);
        let cancelled = result == Err(Errno::CANCELED);
        if cancelled && !chain.cancelled[at] {
            // Behind a soft link that is broken everything goes.
            let mut before = (0..at).filter(|one| chain.links[*one] == Link::Soft);
            let reason =
                cuts || before.any(|one| chain.cancelled[one] || fails(one) != Some(false));
            must!(Result, reason, "o{name} was cancelled by nobody");
        }
        if cuts {
            return;
        }
        for at in 0..chain.links.len().saturating_sub(1) {
            let next = chain.ends[at + 1];
            if chain.links[at] == Link::Soft && fails(at) == Some(true) {
                let right = next.is_none_or(|next| next == Err(Errno::CANCELED));
                must!(ChainOrder, right, "o{name}: {next:?} behind {:?}", chain.ends[at]);
            }
        }
    }
}

impl Chain {
    /// Whether that member has failed; `None` if its end is not known.
    fn fails(&self, at: usize) -> Option<bool> {
        self.ends[at].map(|end| match end {
            Ok(count) => self.lengths[at].is_some_and(|length| count != u32::from(length)),
            Err(_) => true,
        })
    }
}

fn check_result(name: O, asked: &Asked, result: Result<u32, Errno>) {
    let right = match (asked.request, result) {
        (_, Err(Errno::CANCELED)) | (Request::Nop, Ok(0)) => true,
        (Request::Timeout(_), Err(errno)) => errno == Errno::TIME,
        (Request::Read(_, length) | Request::Write(_, length), Ok(count)) => {
            count <= u32::from(length)
        }
        // What a file says is the file's affair, but that it may be asked again is the loop's.
        (Request::Read(..) | Request::Write(..), Err(errno)) => errno != Errno::INTR,
        (Request::Nop | Request::Timeout(_), _) => false,
    };
    must!(Result, right, "o{name}: {result:?} of {:?}", asked.request);
}
