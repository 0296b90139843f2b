//! What the tests of this layer share: pipes, children, and a kernel that refuses.

use core::time::Duration;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use rustix::pipe::{PipeFlags, pipe_with};

use super::{Kernel, Linux, RingError, RingSetup};

#[path = "../../tests/common/skipping.rs"]
mod skipping;

/// Short deadlines, some of them not whole milliseconds.
pub(super) const SHORT_WAITS: [Duration; 5] = [
    Duration::from_nanos(1),
    Duration::from_micros(50),
    Duration::from_micros(999),
    Duration::from_millis(2),
    Duration::from_nanos(3_000_001),
];

/// Whether there is a ring to be tested; told if there is not.
pub(super) fn has_io_uring() -> bool {
    match Linux::new().ring(&RingSetup::default()) {
        Err(error @ RingError::Unavailable { .. }) => {
            skipping::skipped(error);
            false
        }
        _ => true,
    }
}

/// A pipe that never blocks.
pub(super) struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
}

impl Pipe {
    pub(super) fn new() -> Self {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).expect("pipe");
        Self { read, write }
    }

    pub(super) fn read_fd(&self) -> RawFd {
        self.read.as_raw_fd()
    }

    pub(super) fn write_fd(&self) -> RawFd {
        self.write.as_raw_fd()
    }

    /// Makes the read end ready.
    pub(super) fn fill(&self) {
        rustix::io::write(&self.write, b"x").expect("write");
    }

    /// Makes it unready.
    pub(super) fn drain(&self) {
        rustix::io::read(&self.read, &mut [0; 64]).expect("read");
    }

    /// Gives the read end after closing the other.
    pub(super) fn close_write(self) -> OwnedFd {
        self.read
    }
}

/// Held for writing while there is a child, which has all the descriptors of all tests.
static CHILDREN: RwLock<()> = RwLock::new(());

/// Keeps [`in_child`] waiting: for tests of what happens when the *last* descriptor is closed.
pub(super) fn without_children() -> RwLockReadGuard<'static, ()> {
    CHILDREN.read().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `check` in a `fork()`ed child and returns what it returned. Not for anything that
/// asserts or takes locks, since other threads of the tests do not exist there.
pub(super) fn in_child(check: impl FnOnce() -> bool) -> bool {
    let _alone = CHILDREN.write().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: the child runs `check` and leaves at once, without unwinding or exit handlers.
    match unsafe { libc::fork() } {
        0 => {
            let code = if check() { 0 } else { 1 };
            // SAFETY: ends the child.
            unsafe { libc::_exit(code) }
        }
        child => {
            let mut status = -1;
            // SAFETY: waits for our own child; `status` outlives the call.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!(waited, child, "fork or waitpid");
            status == 0
        }
    }
}

/// Runs `body` on a thread for which the kernel answers one system call with `errno`, as a
/// container's seccomp filter would. Where filters cannot be installed the body is not run.
pub(super) fn refusing(call: i64, errno: i32, body: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if install_filter(call, errno) {
                body();
            }
        });
    });
}

fn install_filter(call: i64, errno: i32) -> bool {
    let statement = |code: u32, k: u32, skip_unless_equal: u8| libc::sock_filter {
        code: u16::try_from(code).expect("code"),
        jt: 0,
        jf: skip_unless_equal,
        k,
    };
    let call = u32::try_from(call).expect("call");
    let mut program = [
        // The number of the call is at the start of what a filter sees.
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, call, 1),
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ERRNO | errno.cast_unsigned(), 0),
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0),
    ];
    let length = u16::try_from(program.len()).expect("length");
    let filter = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    // SAFETY: both concern this thread only; `filter` and its program outlive the calls.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) == 0
    }
}
