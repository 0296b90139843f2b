//! `levelring-core` at work in a program that has no std, no libc and no allocator.
//!
//! Exits with status 0 when the core did what is expected of it, 1 when it did not, 2 on a panic.
//! `prove` builds it and looks into the binary.

#![no_std]
#![no_main]

mod exercise;
mod memory;

use core::arch::asm;
use core::panic::PanicInfo;

/// Where the kernel enters: it has no caller, and the stack is not yet as a function expects it.
#[unsafe(naked)]
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    #[cfg(target_arch = "x86_64")]
    core::arch::naked_asm!("xor ebp, ebp", "and rsp, -16", "call {}", "ud2", sym start);
    #[cfg(target_arch = "aarch64")]
    core::arch::naked_asm!("mov x29, xzr", "mov x30, xzr", "bl {}", "brk 1", sym start);
}

extern "C" fn start() -> ! {
    exit(i32::from(!exercise::exercise()))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(2)
}

/// Named by the prebuilt `core`, which can unwind; nothing here does, so nothing calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

fn exit(status: i32) -> ! {
    // SAFETY: exit_group takes one number, touches no memory of ours and never returns.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("syscall", in("rax") 231, in("edi") status, options(noreturn, nostack));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("svc 0", in("x8") 94, in("w0") status, options(noreturn, nostack));
    }
}
