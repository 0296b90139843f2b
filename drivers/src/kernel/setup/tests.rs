use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::super::testing::{has_io_uring, in_child, refusing};
use super::super::{FeatureState, Kernel, Linux, Ring};
use super::*;

fn with(features: &[Feature]) -> FeatureMask {
    features.iter().copied().collect()
}

fn ladder(forbid: FeatureMask) -> Vec<FeatureMask> {
    core::iter::successors(Some(strongest(forbid)), |flags| weaker(*flags, forbid)).collect()
}

#[test]
fn flags_are_given_up_in_the_order_of_their_youth() {
    use Feature::{CoopTaskrun, DeferTaskrun, NoSqArray, SingleIssuer, SubmitAll, TaskrunFlag};
    let expected = [
        with(&[SingleIssuer, DeferTaskrun, TaskrunFlag, SubmitAll, NoSqArray]),
        with(&[SingleIssuer, DeferTaskrun, TaskrunFlag, SubmitAll]),
        with(&[CoopTaskrun, TaskrunFlag, SubmitAll]),
        with(&[CoopTaskrun, TaskrunFlag]),
        FeatureMask::NONE,
    ];
    assert_eq!(ladder(FeatureMask::NONE), expected);
}

#[test]
fn what_is_forbidden_is_never_asked_for() {
    let everything = FeatureMask::from_iter(Feature::ALL.iter().copied());
    assert_eq!(ladder(everything), [FeatureMask::NONE]);
    for feature in Feature::ALL {
        for flags in ladder((*feature).into()) {
            assert!(!flags.contains(*feature), "{feature:?} in {flags:?}");
        }
    }
    let no_issuer = strongest(Feature::SingleIssuer.into());
    assert!(!no_issuer.contains(Feature::DeferTaskrun), "needs SINGLE_ISSUER");
    assert!(no_issuer.contains(Feature::CoopTaskrun));
}

/// What `Linux::ring` says, and after how many system calls, when one of them is refused.
fn refused(call: i64, errno: i32, check: impl FnOnce(Result<LinuxRing, RingError>, u64) + Send) {
    refusing(call, errno, || {
        let linux = Linux::new();
        let ring = linux.ring(&RingSetup::default());
        check(ring, linux.counts().total());
    });
}

#[test]
fn absent_and_forbidden_are_told_from_exhausted() {
    if !has_io_uring() {
        return;
    }
    let filters_say =
        [libc::ENOSYS, libc::EPERM, libc::EACCES, libc::EOPNOTSUPP, libc::EINVAL, libc::ENOTTY];
    for errno in filters_say {
        refused(libc::SYS_io_uring_setup, errno, move |ring, calls| {
            let reason = "io_uring_setup";
            let expected = RingError::Unavailable { errno: Errno(errno), reason };
            assert_eq!(ring.expect_err("refused"), expected);
            assert_eq!(calls, if errno == libc::EINVAL { 5 } else { 1 });
        });
    }
    for errno in [libc::ENOMEM, libc::EMFILE, libc::ENFILE] {
        for call in [libc::SYS_io_uring_setup, libc::SYS_io_uring_register, libc::SYS_pipe2] {
            refused(call, errno, move |ring, _| {
                assert_eq!(ring.expect_err("exhausted"), RingError::Failed(Errno(errno)));
            });
        }
    }
}

#[test]
fn a_ring_that_may_not_register_anything_still_works() {
    if !has_io_uring() {
        return;
    }
    refused(libc::SYS_io_uring_register, libc::EPERM, |ring, _| {
        let features = *ring.expect("a ring").features();
        assert_eq!(features.state(Feature::RegisteredRingFd), FeatureState::Absent);
        assert_eq!(features.state(Feature::EpollWait), FeatureState::Absent);
    });
}

#[test]
fn a_ring_that_does_nothing_is_found_out() {
    if !has_io_uring() {
        return;
    }
    refused(libc::SYS_io_uring_enter, libc::ENOSYS, |ring, _| {
        let expected = RingError::Unavailable { errno: Errno::NOSYS, reason: "io_uring_enter" };
        assert_eq!(ring.expect_err("no enter"), expected);
    });
    // The trial's patience ends, although this enter says each time that all is well.
    refused(libc::SYS_io_uring_enter, 0, |ring, _| {
        assert!(matches!(ring, Err(RingError::Unavailable { errno: Errno::IO, .. })));
    });
}

/// Whether a child that can open only so many descriptors (a ring and the two ends of a pipe are
/// needed) gets its ring or the right error.
fn with_descriptors(spare: u64) -> bool {
    const FIRST: u32 = 3;
    in_child(|| {
        // SAFETY: whoever owns these descriptors is not going to run in this child.
        let closed = unsafe { libc::syscall(libc::SYS_close_range, FIRST, u32::MAX, 0) };
        let limit = getrlimit(Resource::Nofile);
        let limit = Rlimit { current: Some(u64::from(FIRST) + spare), ..limit };
        closed == 0
            && setrlimit(Resource::Nofile, limit).is_ok()
            && match Linux::new().ring(&RingSetup::default()) {
                Ok(_) => spare >= 3,
                Err(error) => spare < 3 && error == RingError::Failed(Errno::MFILE),
            }
    })
}

#[test]
fn running_out_of_descriptors_is_a_failure_at_every_step() {
    if !has_io_uring() {
        return;
    }
    for spare in 0..5 {
        assert!(with_descriptors(spare), "with {spare} to spare");
    }
}

#[test]
fn any_size_is_rounded_to_one_that_works() {
    if !has_io_uring() {
        return;
    }
    for (entries, cq_entries) in [(0, 0), (1, 1), (3, 2), (8, 100), (u32::MAX, u32::MAX)] {
        let setup = RingSetup { entries, cq_entries, ..RingSetup::default() };
        let ring = Linux::new().ring(&setup).expect("a ring");
        let features = ring.features();
        assert!(features.sq_entries.is_power_of_two() && features.cq_entries.is_power_of_two());
        assert!(features.sq_entries >= entries.clamp(1, 4096), "{features:?}");
        assert!(features.cq_entries >= cq_entries.clamp(1, 4096), "{features:?}");
    }
}
