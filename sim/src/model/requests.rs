//! What was asked of the ring, as the caller knows it.

use core::time::Duration;
use std::collections::BTreeMap;
use std::rc::Weak;

use levelring::kernel::{Errno, mask};
use levelring::{Interest, Key, Link};

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
    /// Another has accepted from its file meanwhile, and may have been woken in its place.
    pub(crate) rivalled: bool,
    /// How often there had been a fork when it was submitted.
    pub(crate) forks: u64,
    /// Its file is one with which the kernel's polls have trouble.
    pub(crate) odd: bool,
    /// How many results were told.
    pub(crate) told: u32,
    /// The inode of the last connection that was told.
    pub(crate) inode: u64,
}

/// How things are when a result is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling {
    pub(crate) now: Duration,
    /// Chains may be cut anywhere.
    pub(crate) cuts: bool,
    /// Polls may be ended for no reason, or be refused.
    pub(crate) strange: bool,
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
            Request::Nop
            | Request::Timeout(_)
            | Request::Receive(..)
            | Request::Send(..)
            | Request::Accept(_)
            | Request::AcceptEach(_)
            | Request::PollEach(..) => None,
        });
        let (cancelled, ends) = (vec![false; links.len()], vec![None; links.len()]);
        self.chains.insert(chain, Chain { links, cancelled, ends, lengths: lengths.collect() });
        self.all.extend(members);
        self.note_rivals();
    }

    /// Of several who accept, one is woken: whoever is not may sleep though there is something.
    fn note_rivals(&mut self) {
        let accept = |asked: &&Asked| asked.request.opens();
        let files: Vec<_> = self.all.values().filter(accept).map(|asked| asked.file).collect();
        for asked in self.all.values_mut().filter(|asked| asked.request.opens()) {
            let accepting = files.iter().filter(|file| **file == asked.file).count();
            asked.rivalled |= accepting > 1;
        }
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

    /// A result is told: for the last time unless `more`.
    pub(crate) fn check_done(
        &mut self,
        (name, serial): (O, u64),
        result: Result<u32, Errno>,
        more: bool,
        telling: Telling,
    ) -> Asked {
        let known = self.all.get_mut(&name).filter(|asked| asked.serial == serial);
        let Some(known) = known else {
            must!(OneEnd, false, "o{name} has a result, and had its last");
            unreachable!("that has ended the run");
        };
        known.told += 1;
        let asked = known.clone();
        must!(OneEnd, !more || asked.request.has_many(), "o{name} has more results than one");
        check_result(name, &asked, result, more, telling);
        if more {
            return asked;
        }
        self.all.remove(&name);
        if let (Request::Timeout(time), Err(Errno::TIME)) = (asked.request, result) {
            let (now, due) = (telling.now, asked.at + Duration::from_millis(time.into()));
            must!(Early, now >= due, "o{name} is due at {due:?}, and ends at {now:?}");
        }
        self.check_chain(name, &asked, result, telling);
        asked
    }

    /// A request has brought a connection: made later than those before it, as its inode tells.
    pub(crate) fn check_order(&mut self, name: O, asked: &Asked, inode: u64) {
        must!(Order, asked.inode < inode, "o{name} tells of {inode} behind {}", asked.inode);
        if let Some(asked) = self.all.get_mut(&name).filter(|there| there.serial == asked.serial) {
            asked.inode = inode;
        }
    }

    /// Who of a loop waits for a file to be readable, and for nobody before them.
    pub(crate) fn takers(&self, on: L) -> impl Iterator<Item = (O, FileId)> + '_ {
        let takers = self.all.iter().filter(move |(_, asked)| {
            let (chain, at) = asked.chain;
            let chain = self.chains.get(&chain);
            let first = chain.is_some_and(|chain| chain.ends[..at].iter().all(Option::is_some));
            let alone = !asked.cancelled && !asked.rivalled;
            asked.on == on && asked.request.takes() && alone && first
        });
        takers.filter_map(|(name, asked)| Some((*name, asked.file?)))
    }

    fn check_chain(
        &mut self,
        name: O,
        asked: &Asked,
        result: Result<u32, Errno>,
        Telling { cuts, strange, .. }: Telling,
    ) {
        let (chain, at) = asked.chain;
        let Some(chain) = self.chains.get_mut(&chain) else { return };
        chain.ends[at] = Some(result);
        let fails = |at: usize| chain.fails(at);
        let cancelled = result == Err(Errno::CANCELED);
        if cancelled && !chain.cancelled[at] {
            // Behind a soft link that is broken everything goes.
            let mut before = (0..at).filter(|one| chain.links[*one] == Link::Soft);
            let spurious = strange && matches!(asked.request, Request::PollEach(..));
            let reason = cuts
                || spurious
                || before.any(|one| chain.cancelled[one] || fails(one) != Some(false));
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

fn check_result(name: O, asked: &Asked, result: Result<u32, Errno>, more: bool, telling: Telling) {
    let right = match (asked.request, result) {
        (_, Err(_)) if more => false,
        (_, Err(Errno::CANCELED)) | (Request::Nop, Ok(0)) => true,
        (Request::Timeout(_), Err(errno)) => errno == Errno::TIME,
        (
            Request::Read(_, length)
            | Request::Write(_, length)
            | Request::Receive(_, length)
            | Request::Send(_, length),
            Ok(count),
        ) => count <= u32::from(length),
        // Which descriptor it is, is another question.
        (Request::Accept(_) | Request::AcceptEach(_), Ok(_)) => true,
        // What a file says is the file's affair, but that it may be asked again is the loop's.
        (Request::Accept(_) | Request::AcceptEach(_), Err(errno)) => {
            !matches!(errno, Errno::INTR | Errno::AGAIN)
        }
        (
            Request::Read(..) | Request::Write(..) | Request::Receive(..) | Request::Send(..),
            Err(errno),
        ) => errno != Errno::INTR,
        (Request::PollEach(_, interest), Ok(bits)) => bits != 0 && bits & !told(interest) == 0,
        // Linux has trouble with a poll of a file of two queues.
        (Request::PollEach(..), Err(errno)) => {
            errno == Errno::INVAL && (telling.strange || asked.odd)
        }
        (Request::Nop | Request::Timeout(_), _) => false,
    };
    must!(Result, right, "o{name}: {result:?} of {:?}", asked.request);
}

/// The bits that a poll on the ring tells: what is asked for, and unasked, ends and errors.
fn told(interest: Interest) -> u32 {
    let wanted =
        [(Interest::READ, mask::IN), (Interest::WRITE, mask::OUT), (Interest::PRIORITY, mask::PRI)];
    let wanted = wanted.into_iter().filter(|(one, _)| interest.contains(*one));
    wanted.fold(mask::ERR | mask::HUP | mask::RDHUP, |all, (_, bit)| all | bit)
}
