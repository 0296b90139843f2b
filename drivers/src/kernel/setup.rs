//! Making a ring: from everything we want down to what there is.

use core::fmt;

use io_uring::{Builder, IoUring, Parameters, Probe, opcode};

use super::{Errno, Feature, FeatureMask, Ledger, LinuxRing, Opcodes, RingFeatures};

mod trial;

/// What kind of ring is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingSetup {
    /// Submissions that can be queued. Rounded up to a power of two, cut at the kernel's limit.
    pub entries: u32,
    /// Completions that fit. Rounded and cut likewise, and never less than `entries`.
    pub cq_entries: u32,
    /// What to do without, though the kernel may have it.
    pub forbid: FeatureMask,
}

impl Default for RingSetup {
    fn default() -> Self {
        Self { entries: 256, cq_entries: 4096, forbid: FeatureMask::NONE }
    }
}

/// Why there is no ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingError {
    /// io_uring is absent, too old, or forbidden here. Another driver is the answer.
    Unavailable {
        /// What the kernel said.
        errno: Errno,
        /// When it said so.
        reason: &'static str,
    },
    /// The process or system has run out of something. Nothing to fall back from: another
    /// driver would only run out of it later.
    Failed(Errno),
}

impl RingError {
    /// Only exhaustion is a failure. All else is a kernel, or a filter in front of it, that does
    /// not want us; and filters answer with whatever errno their authors liked.
    pub(crate) fn new(errno: Errno, reason: &'static str) -> Self {
        if errno.is_exhaustion() {
            Self::Failed(errno)
        } else {
            Self::Unavailable { errno, reason }
        }
    }
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { errno, reason } => write!(f, "no io_uring: {reason}: {errno}"),
            Self::Failed(errno) => write!(f, "no ring: {errno}"),
        }
    }
}

impl core::error::Error for RingError {}

/// Makes a ring and tries it out.
pub(super) fn make(setup: &RingSetup, ledger: Ledger) -> Result<LinuxRing, RingError> {
    let (ring, flags) = build(setup, &ledger)?;
    ledger.other();
    let opcodes = probe(&ring)?;
    let features = examine(ring.params(), flags, opcodes, setup.forbid)?;
    let mut ring = LinuxRing::new(ring, features, ledger);
    trial::run(&mut ring)?;
    Ok(ring)
}

/// Asks for a ring with the best flags, then with fewer and fewer. A kernel that does not know a
/// flag says `EINVAL` without saying which, so they go in the order of their youth.
fn build(setup: &RingSetup, ledger: &Ledger) -> Result<(IoUring, FeatureMask), RingError> {
    let mut flags = strongest(setup.forbid);
    loop {
        ledger.other();
        let errno = match builder(setup, flags).build(setup.entries.max(1)) {
            Ok(ring) => return Ok((ring, flags)),
            Err(error) => Errno::from(error),
        };
        match weaker(flags, setup.forbid) {
            Some(fewer) if errno == Errno::INVAL => flags = fewer,
            _ => return Err(RingError::new(errno, "io_uring_setup")),
        }
    }
}

fn builder(setup: &RingSetup, flags: FeatureMask) -> Builder {
    let mut builder = IoUring::builder();
    builder.dontfork().setup_clamp().setup_cqsize(setup.cq_entries.max(setup.entries).max(1));
    for flag in flags.iter() {
        match flag {
            Feature::SingleIssuer => builder.setup_single_issuer(),
            Feature::DeferTaskrun => builder.setup_defer_taskrun(),
            Feature::CoopTaskrun => builder.setup_coop_taskrun(),
            Feature::TaskrunFlag => builder.setup_taskrun_flag(),
            Feature::SubmitAll => builder.setup_submit_all(),
            Feature::NoSqArray => builder.setup_no_sqarray(),
            Feature::RegisteredRingFd
            | Feature::NoIowait
            | Feature::CqeSkip
            | Feature::Multishot
            | Feature::EpollWait => &mut builder,
        };
    }
    builder
}

/// The flags to begin with: all that are allowed and go together.
fn strongest(forbid: FeatureMask) -> FeatureMask {
    let wanted = FeatureMask::NONE
        .with(Feature::SingleIssuer)
        .with(Feature::DeferTaskrun)
        .with(Feature::TaskrunFlag)
        .with(Feature::SubmitAll)
        .with(Feature::NoSqArray);
    consistent(wanted.without_all(forbid), forbid)
}

/// The flags to try after these were refused.
fn weaker(flags: FeatureMask, forbid: FeatureMask) -> Option<FeatureMask> {
    let fewer = if flags.contains(Feature::NoSqArray) {
        flags.without(Feature::NoSqArray)
    } else if flags.contains(Feature::DeferTaskrun) || flags.contains(Feature::SingleIssuer) {
        flags.without(Feature::DeferTaskrun).without(Feature::SingleIssuer)
    } else if flags.contains(Feature::SubmitAll) {
        flags.without(Feature::SubmitAll)
    } else if flags != FeatureMask::NONE {
        return Some(FeatureMask::NONE);
    } else {
        return None;
    };
    Some(consistent(fewer, forbid))
}

/// Sees to it that the flags go together: DEFER needs SINGLE_ISSUER, COOP stands in for DEFER,
/// and TASKRUN_FLAG needs one of the two.
fn consistent(flags: FeatureMask, forbid: FeatureMask) -> FeatureMask {
    let defer = flags.contains(Feature::DeferTaskrun) && flags.contains(Feature::SingleIssuer);
    let coop = !defer && !forbid.contains(Feature::CoopTaskrun);
    let flags = if defer { flags } else { flags.without(Feature::DeferTaskrun) };
    let flags = flags.with_if(Feature::CoopTaskrun, coop);
    if defer || coop { flags } else { flags.without(Feature::TaskrunFlag) }
}

/// The operations this ring performs. Where one may not ask, those that every kernel has whose
/// rings we accept; the trial will show.
fn probe(ring: &IoUring) -> Result<Opcodes, RingError> {
    let mut probe = Probe::new();
    match ring.submitter().register_probe(&mut probe).map_err(Errno::from) {
        Ok(()) => Ok((0..=u8::MAX).filter(|code| probe.is_supported(*code)).collect()),
        Err(errno) if errno.is_exhaustion() => Err(RingError::Failed(errno)),
        Err(_) => Ok(REQUIRED.iter().copied().collect()),
    }
}

/// What no driver can do without.
const REQUIRED: [u8; 5] = [
    opcode::Nop::CODE,
    opcode::PollAdd::CODE,
    opcode::PollRemove::CODE,
    opcode::Timeout::CODE,
    opcode::AsyncCancel::CODE,
];

/// What the ring has, or that it has too little: it must never drop a completion, must wait with
/// a deadline, and be of Linux 5.13 at least, which brought multishot polls.
fn examine(
    params: &Parameters,
    flags: FeatureMask,
    opcodes: Opcodes,
    forbid: FeatureMask,
) -> Result<RingFeatures, RingError> {
    let young_enough = params.is_feature_nodrop()
        && params.is_feature_ext_arg()
        && params.is_feature_resource_tagging();
    if !young_enough {
        return Err(RingError::new(Errno::NOSYS, "older than Linux 5.13"));
    }
    if !REQUIRED.iter().all(|code| opcodes.contains(*code)) {
        return Err(RingError::new(Errno::OPNOTSUPP, "polls and cancels are not all supported"));
    }
    let present = flags
        .with(Feature::Multishot)
        .with_if(Feature::CqeSkip, params.is_feature_skip_cqe_on_success())
        .with_if(Feature::NoIowait, params.is_feature_no_iowait())
        .with_if(Feature::EpollWait, opcodes.contains(opcode::EpollWait::CODE))
        .without_all(forbid);
    Ok(RingFeatures {
        present,
        forbidden: forbid,
        opcodes,
        sq_entries: params.sq_entries(),
        cq_entries: params.cq_entries(),
    })
}

#[cfg(test)]
mod tests;
