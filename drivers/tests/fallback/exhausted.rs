//! Out of memory or descriptors: an error, and never a reason to fall back.

use levelring::kernel::Errno;
use levelring::{DriverKind, Error, EventLoop};

use crate::support::{apart, has_io_uring, limit, refuse};

macro_rules! fails {
    ($($name:ident: $refused:expr => $errno:expr,)*) => { $(
        #[test]
        fn $name() {
            if !has_io_uring() {
                return;
            }
            apart(concat!("exhausted::", stringify!($name)), &[], || {
                refuse(&$refused);
                assert_eq!(EventLoop::new().err(), Some(Error::Kernel($errno)));
            });
        }
    )* };
}

fails! {
    no_memory_for_a_ring: [(libc::SYS_io_uring_setup, libc::ENOMEM)] => Errno::NOMEM,
    the_system_has_no_files_left: [(libc::SYS_io_uring_setup, libc::ENFILE)] => Errno::NFILE,
    no_memory_for_the_set_of_a_ring: [(libc::SYS_epoll_create1, libc::ENOMEM)] => Errno::NOMEM,
    no_memory_for_a_set:
        [(libc::SYS_io_uring_setup, libc::EPERM), (libc::SYS_epoll_create1, libc::ENOMEM)]
        => Errno::NOMEM,
}

/// For real: by the limit of the process, at one, two, three descriptors left.
#[test]
fn no_descriptors_left() {
    apart("exhausted::no_descriptors_left", &[], || {
        let used = used_up_to();
        let mut answers = Vec::new();
        for left in 0..8 {
            limit(used + left);
            answers.push(EventLoop::new().map(|events| events.report().chosen));
        }
        let (enough, few) = {
            let first = answers.iter().position(Result::is_ok).expect("eight are enough");
            (answers.split_off(first), answers)
        };
        assert!(!few.is_empty() && few.iter().all(|answer| *answer == Err(Errno::MFILE.into())));
        assert!(enough.iter().all(|answer| *answer == enough[0]), "{enough:?}");
        if has_io_uring() {
            assert_eq!(enough[0], Ok(DriverKind::Uring));
        }
    });
}

/// The lowest limit that leaves no number free.
fn used_up_to() -> u64 {
    // SAFETY: asks for a new number, and closes it.
    let lowest = unsafe {
        let lowest = libc::dup(0);
        libc::close(lowest);
        lowest
    };
    u64::try_from(lowest).expect("there is one")
}
