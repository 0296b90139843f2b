//! The two hottest system calls, without a function around them.
//!
//! A processor forgets where it is to return to when it enters the kernel (by design, against
//! speculation), so that each `ret` between a system call and the handler it found is mispredicted
//! and costs some 20 ns. The C library's wrapper has one, and could not be inlined.

use core::ffi::c_int;

use super::Errno;

/// `poll(2)`.
///
/// # Safety
///
/// `list` points to `count` entries that may be written.
#[inline(always)]
pub(super) unsafe fn poll(
    list: *mut libc::pollfd,
    count: usize,
    millis: c_int,
) -> Result<usize, Errno> {
    #[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
    {
        // SAFETY: passed on to our caller.
        unsafe { call(libc::SYS_poll, list as usize, count, millis as isize as usize, 0) }
    }
    #[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64")))]
    {
        // SAFETY: passed on to our caller.
        Errno::check(unsafe { libc::poll(list, count as libc::nfds_t, millis) })
    }
}

/// `epoll_wait(2)`.
///
/// # Safety
///
/// `list` has room for `room` events.
#[inline(always)]
pub(super) unsafe fn epoll_wait(
    set: c_int,
    list: *mut libc::epoll_event,
    room: c_int,
    millis: c_int,
) -> Result<usize, Errno> {
    #[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
    {
        let [set, room, millis] = [set, room, millis].map(|number| number as isize as usize);
        // SAFETY: passed on to our caller.
        unsafe { call(libc::SYS_epoll_wait, set, list as usize, room, millis) }
    }
    #[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64")))]
    {
        // SAFETY: passed on to our caller.
        Errno::check(unsafe { libc::epoll_wait(set, list, room, millis) })
    }
}

/// A system call of up to four arguments.
///
/// # Safety
///
/// As the call demands.
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
#[inline(always)]
unsafe fn call(
    number: libc::c_long,
    first: usize,
    second: usize,
    third: usize,
    fourth: usize,
) -> Result<usize, Errno> {
    let answer: libc::c_long;
    // SAFETY: the x86-64 convention of Linux: rcx and r11 are clobbered, memory may be written,
    // the stack is not touched. What the call does is our caller's to answer for.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => answer,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            in("r10") fourth,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack, preserves_flags),
        );
    }
    usize::try_from(answer).map_err(|_| errno(answer))
}

#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
#[cold]
fn errno(answer: libc::c_long) -> Errno {
    Errno(i32::try_from(answer.wrapping_neg()).unwrap_or(i32::MAX))
}
