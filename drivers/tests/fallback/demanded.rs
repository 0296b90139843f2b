//! A driver that is demanded: that one, or an error.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use levelring::kernel::Errno;
use levelring::{Builder, DRIVER_VARIABLE, DriverKind, Error, EventLoop};

use crate::support::{apart, behave, has_io_uring, refuse};

/// Whether a driver is demanded by the environment or by the program, it is chosen, and says why.
macro_rules! demanded {
    ($($name:ident: $driver:expr, $variable:literal,)*) => { $(
        #[test]
        fn $name() {
            if $driver == DriverKind::Uring && !has_io_uring() {
                return;
            }
            apart(concat!("demanded::", stringify!($name)), &[(DRIVER_VARIABLE, $variable)], || {
                let events = EventLoop::new().expect("it is there");
                let report = events.report().clone();
                assert_eq!((report.chosen, report.attempts.len()), ($driver, 0));
                assert_eq!(report.because, "demanded by LEVELRING_DRIVER");
                behave(events);
                // The program knows better.
                for other in DriverKind::ALL {
                    let Ok(events) = Builder::default().driver(other).build() else { continue };
                    assert_eq!(events.report().chosen, other);
                    assert_eq!(events.report().because, "demanded by the program");
                }
            });
        }
    )* };
}

demanded! {
    uring_by_the_environment: DriverKind::Uring, "uring",
    epoll_by_the_environment: DriverKind::Epoll, "epoll",
    poll_by_the_environment: DriverKind::Poll, "poll",
}

#[test]
fn nonsense_is_an_error() {
    apart("demanded::nonsense_is_an_error", &[(DRIVER_VARIABLE, "nonsense")], || {
        let error = EventLoop::new().expect_err("there is no such driver");
        assert!(matches!(error, Error::Unknown(_)));
        assert_eq!(
            error.to_string(),
            r#"LEVELRING_DRIVER: no driver is called "nonsense": there are uring, epoll and poll"#
        );
        let events = Builder::default().driver(DriverKind::Epoll).build();
        assert!(events.is_ok(), "the program knows better");
    });
}

#[test]
fn nonsense_in_no_alphabet_is_an_error() {
    apart("demanded::nonsense_in_no_alphabet_is_an_error", &[], || {
        // SAFETY: nobody else in this process reads or writes the environment now.
        unsafe { std::env::set_var(DRIVER_VARIABLE, OsStr::from_bytes(b"\xffpoll")) };
        assert!(matches!(EventLoop::new(), Err(Error::Unknown(_))));
    });
}

#[test]
fn an_empty_variable_demands_nothing() {
    apart("demanded::an_empty_variable_demands_nothing", &[(DRIVER_VARIABLE, "")], || {
        let events = EventLoop::new().expect("there is always a way");
        assert_eq!(events.report().because, "the first of uring, epoll, poll that is to be had");
    });
}

fn unavailable(driver: DriverKind, errno: Errno, reason: &'static str) -> Option<Error> {
    Some(Error::Unavailable { driver, errno, reason })
}

#[test]
fn what_the_program_demands_is_not_replaced() {
    apart("demanded::what_the_program_demands_is_not_replaced", &[], || {
        refuse(&[(libc::SYS_io_uring_setup, libc::EPERM), (libc::SYS_epoll_create1, libc::ENOSYS)]);
        let demand = |driver| Builder::default().driver(driver).build().err();
        let no_ring = unavailable(DriverKind::Uring, Errno::PERM, "io_uring_setup");
        assert_eq!(demand(DriverKind::Uring), no_ring);
        let no_set = unavailable(DriverKind::Epoll, Errno::NOSYS, "epoll_create1");
        assert_eq!(demand(DriverKind::Epoll), no_set);
        assert_eq!(demand(DriverKind::Poll), None);
    });
}

#[test]
fn what_the_environment_demands_is_not_replaced() {
    let variables = [(DRIVER_VARIABLE, "uring")];
    apart("demanded::what_the_environment_demands_is_not_replaced", &variables, || {
        refuse(&[(libc::SYS_io_uring_setup, libc::ENOSYS)]);
        let no_ring = unavailable(DriverKind::Uring, Errno::NOSYS, "io_uring_setup");
        assert_eq!(EventLoop::new().err(), no_ring);
    });
}
