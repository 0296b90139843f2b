//! A process for one test, a kernel that refuses, and a loop that must behave all the same.

use core::cell::RefCell;
use core::time::Duration;
use std::env;
use std::io::{PipeReader, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::Command;
use std::rc::Rc;
use std::time::Instant;

use levelring::io_uring::IoUring;
use levelring::{DRIVER_VARIABLE, EventLoop, Fired, Interest};

use crate::skipping::skipped;

/// Says to this program that it is the process of one test.
const APART: &str = "LEVELRING_TEST_APART";

/// Runs the body of the test of that name in a process of its own, with these variables set.
pub(crate) fn apart(test: &str, variables: &[(&str, &str)], body: impl FnOnce()) {
    if env::var_os(APART).is_some() {
        return body();
    }
    let program = env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args([test, "--exact", "--nocapture"]).env_remove(DRIVER_VARIABLE).env(APART, "yes");
    let output = command.envs(variables.iter().copied()).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test} on its own:\n{said}\n{complained}");
    assert!(said.contains("1 passed"), "there is no test {test}:\n{said}");
}

/// Has the kernel answer these system calls with an errno from now on, as a container's filter
/// would.
pub(crate) fn refuse(refused: &[(libc::c_long, i32)]) {
    // The number of the call is at the start of what a filter sees.
    let mut program = vec![instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0)];
    for (call, errno) in refused {
        let call = u32::try_from(*call).expect("the number of a call");
        let answer = libc::SECCOMP_RET_ERRNO | errno.cast_unsigned();
        program.push(instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, call, 1));
        program.push(instruction(libc::BPF_RET | libc::BPF_K, answer, 0));
    }
    program.push(instruction(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0));
    let length = u16::try_from(program.len()).expect("a short program");
    let filter = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    // SAFETY: both concern this thread only; `filter` and its program outlive the calls.
    let installed = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter) == 0
    };
    assert!(installed, "this kernel has no seccomp filters");
}

fn instruction(code: u32, k: u32, skip_unless_equal: u8) -> libc::sock_filter {
    let code = u16::try_from(code).expect("a code");
    libc::sock_filter { code, jt: 0, jf: skip_unless_equal, k }
}

/// Whether io_uring is to be had where these tests are run: if not, there is nothing to forbid.
pub(crate) fn has_io_uring() -> bool {
    let ring = IoUring::new(1);
    if let Err(error) = &ring {
        skipped(format_args!("no io_uring: {error}"));
    }
    ring.is_ok()
}

/// How many descriptors this process may have from now on.
pub(crate) fn limit(descriptors: u64) {
    let limit = libc::rlimit { rlim_cur: descriptors, rlim_max: 4096 };
    // SAFETY: reads one limit, which outlives the call.
    let answer = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    assert_eq!(answer, 0, "setrlimit");
}

/// What every loop owes, in short.
pub(crate) fn behave(mut events: EventLoop<'_>) {
    level_in_rotation(&mut events);
    never_early(&mut events);
    foreign(&mut events);
    let (reader, mut writer) = std::io::pipe().expect("pipe");
    events.add(reader, Interest::READ, |_, _| {}).expect("add");
    assert!(!events.turn(Some(Duration::from_millis(1))).expect("turn"));
    drop(events);
    assert!(writer.write(b"x").is_err(), "what a loop owned is closed with it");
}

/// Three descriptors with five bytes each, and a handler that reads one.
fn level_in_rotation(events: &mut EventLoop<'_>) {
    let order = Rc::new(RefCell::new(Vec::new()));
    let (readers, mut writers): (Vec<_>, Vec<_>) =
        (0..3).map(|_| std::io::pipe().expect("pipe")).unzip();
    let mut handles = Vec::new();
    for (name, reader) in readers.into_iter().enumerate() {
        writers[name].write_all(b"level").expect("write");
        let order = Rc::clone(&order);
        let take = move |_: &mut EventLoop<'_>, Fired { mut source, .. }: Fired<'_, PipeReader>| {
            order.borrow_mut().push(name);
            source.read_exact(&mut [0]).expect("it is ready");
        };
        handles.push(events.add(reader, Interest::READ, take).expect("add"));
    }
    let mut turns = |count| {
        for _ in 0..count {
            assert!(events.turn(Some(Duration::from_secs(5))).expect("turn"));
        }
        order.take()
    };
    assert_eq!(turns(9), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    writers[1].write_all(b"x").expect("write");
    assert_eq!(turns(3), [0, 1, 2]);
    drop(events.remove(&handles[1]).expect("remove"));
    assert!(writers[1].write(b"x").is_err(), "closed at once");
    for handle in [&handles[0], &handles[2]] {
        events.set_interest(handle, Interest::EMPTY).expect("it is there");
    }
    assert!(!events.turn(Some(Duration::ZERO)).expect("turn"), "nobody waits");
}

#[expect(clippy::disallowed_methods, reason = "a deadline is tested")]
fn never_early(events: &mut EventLoop<'_>) {
    for micros in [0, 10, 999, 2500] {
        let time = Duration::from_micros(micros);
        let (begin, before) = (Instant::now(), events.counts());
        assert!(!events.turn(Some(time)).expect("turn"));
        let waited = begin.elapsed();
        assert!(waited >= time, "{waited:?} instead of {time:?}");
        // One wait; another after one that the kernel cut short or does not know.
        let calls = (events.counts() - before).total();
        assert!(calls <= 4, "{calls} system calls in {time:?}: it did not sleep");
    }
}

/// A descriptor that is closed behind the loop's back, and whose number is used again.
fn foreign(events: &mut EventLoop<'_>) {
    let (reader, mut writer) = std::io::pipe().expect("pipe");
    writer.write_all(b"x").expect("write");
    let key = events.add_foreign(reader.as_raw_fd(), Interest::READ, |_, _| {}).expect("add");
    assert!(events.turn(Some(Duration::from_secs(5))).expect("turn"));
    let number = reader.as_raw_fd();
    drop(reader);
    let (other, mut filler) = std::io::pipe().expect("pipe");
    filler.write_all(b"x").expect("write");
    // SAFETY: the number is free, or the new pipe's own; the result is the only owner of it.
    let _again = unsafe { OwnedFd::from_raw_fd(libc::dup2(other.as_raw_fd(), number)) };
    if other.as_raw_fd() == number {
        core::mem::forget(other);
    }
    assert!(!events.turn(Some(Duration::from_millis(2))).expect("turn"), "not the same file");
    events.discard(key).expect("it is there until removed");
}
