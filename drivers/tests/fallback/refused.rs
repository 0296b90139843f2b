//! Refused by a filter: the loop falls back, behaves, and says why.

use levelring::kernel::Errno;
use levelring::{Attempt, DriverKind, EventLoop};

use crate::support::{apart, behave, has_io_uring, refuse};

const SETUP: libc::c_long = libc::SYS_io_uring_setup;
const ENTER: libc::c_long = libc::SYS_io_uring_enter;
const REGISTER: libc::c_long = libc::SYS_io_uring_register;
const EPOLL: libc::c_long = libc::SYS_epoll_create1;
const PWAIT2: libc::c_long = libc::SYS_epoll_pwait2;

/// No filter's author would think of it.
const ODD: i32 = 4000;

/// Which driver is chosen under a filter, and which were tried in vain.
fn chosen(refused: &[(libc::c_long, i32)]) -> (DriverKind, Vec<Attempt>) {
    refuse(refused);
    let events = EventLoop::new().expect("there is always a way");
    let report = events.report().clone();
    assert_eq!(report.because, "the first of uring, epoll, poll that is to be had");
    let text = report.to_string();
    for Attempt { driver, errno, reason } in &report.attempts {
        let line = format!("driver:   {driver} is not to be had: {reason}: {errno}\n");
        assert!(text.contains(&line), "{line} is missing in\n{text}");
    }
    assert!(text.contains(&format!("driver:   {} (", report.chosen)), "{text}");
    behave(events);
    (report.chosen, report.attempts)
}

fn attempt(driver: DriverKind, errno: i32, reason: &'static str) -> Attempt {
    Attempt { driver, errno: Errno(errno), reason }
}

macro_rules! falls_back_to_epoll {
    ($($name:ident: $errno:expr,)*) => { $(
        #[test]
        fn $name() {
            apart(concat!("refused::", stringify!($name)), &[], || {
                let (driver, attempts) = chosen(&[(SETUP, $errno)]);
                assert_eq!(driver, DriverKind::Epoll);
                assert_eq!(attempts, [attempt(DriverKind::Uring, $errno, "io_uring_setup")]);
            });
        }
    )* };
}

falls_back_to_epoll! {
    io_uring_not_permitted: libc::EPERM,
    io_uring_no_such_call: libc::ENOSYS,
    io_uring_no_access: libc::EACCES,
    io_uring_not_supported: libc::EOPNOTSUPP,
    io_uring_invalid: libc::EINVAL,
    io_uring_refused_oddly: ODD,
}

#[test]
fn without_io_uring_and_epoll_there_is_poll() {
    apart("refused::without_io_uring_and_epoll_there_is_poll", &[], || {
        let (driver, attempts) = chosen(&[(SETUP, libc::EPERM), (EPOLL, libc::ENOSYS)]);
        assert_eq!(driver, DriverKind::Poll);
        let uring = attempt(DriverKind::Uring, libc::EPERM, "io_uring_setup");
        let epoll = attempt(DriverKind::Epoll, libc::ENOSYS, "epoll_create1");
        assert_eq!(attempts, [uring, epoll]);
    });
}

/// The uring driver has an epoll set as well.
#[test]
fn without_epoll_alone_there_is_poll() {
    if !has_io_uring() {
        return;
    }
    apart("refused::without_epoll_alone_there_is_poll", &[], || {
        let (driver, attempts) = chosen(&[(EPOLL, libc::EPERM)]);
        assert_eq!(driver, DriverKind::Poll);
        let uring = attempt(DriverKind::Uring, libc::EPERM, "epoll_create1");
        let epoll = attempt(DriverKind::Epoll, libc::EPERM, "epoll_create1");
        assert_eq!(attempts, [uring, epoll]);
    });
}

/// A ring that can be made and not be used is none.
#[test]
fn a_ring_that_cannot_be_entered_is_not_chosen() {
    if !has_io_uring() {
        return;
    }
    apart("refused::a_ring_that_cannot_be_entered_is_not_chosen", &[], || {
        let (driver, attempts) = chosen(&[(ENTER, libc::EPERM)]);
        assert_eq!((driver, attempts.len()), (DriverKind::Epoll, 1));
        assert_eq!((attempts[0].driver, attempts[0].errno), (DriverKind::Uring, Errno::PERM));
    });
}

/// What is only registered for speed, and asked out of curiosity, may be refused.
#[test]
fn a_ring_that_takes_no_registrations_falls_back_or_behaves() {
    if !has_io_uring() {
        return;
    }
    apart("refused::a_ring_that_takes_no_registrations_falls_back_or_behaves", &[], || {
        let (driver, attempts) = chosen(&[(REGISTER, libc::EPERM)]);
        assert_eq!((driver == DriverKind::Uring), attempts.is_empty());
    });
}

/// Waits are rounded up to milliseconds, never down.
#[test]
fn without_epoll_pwait2_deadlines_are_kept() {
    apart("refused::without_epoll_pwait2_deadlines_are_kept", &[], || {
        let (driver, _) = chosen(&[(PWAIT2, libc::ENOSYS), (SETUP, libc::EPERM)]);
        assert_eq!(driver, DriverKind::Epoll);
    });
}

#[test]
fn without_epoll_pwait2_a_ring_keeps_deadlines_too() {
    apart("refused::without_epoll_pwait2_a_ring_keeps_deadlines_too", &[], || {
        let (driver, _) = chosen(&[(PWAIT2, libc::EPERM)]);
        assert_ne!(driver, DriverKind::Poll);
    });
}
