//! Nothing is allocated per event.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::hint::black_box;
use std::alloc::System;

use crate::loops::kinds;
use crate::work::{Work, Working};

thread_local! {
    /// Of this thread: the other tests' are not counted.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does everything; counting allocates nothing, since the counter is
// initialised at compile time and needs no drop.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: passed on to our caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: passed on to our caller.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: passed on to our caller.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn count() {
    ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
}

#[test]
fn no_event_allocates() {
    for kind in kinds() {
        for work in [Work::Pipes(1), Work::Pipes(50), Work::Ring(100, 1), Work::Ring(100, 100)] {
            let mut working = Working::new(kind, work);
            // Arrays grow until they have seen the most that is ready at a time.
            working.turn(1000);
            let before = ALLOCATIONS.get();
            working.turn(2000);
            assert_eq!(ALLOCATIONS.get() - before, 0, "{kind}, {work}");
        }
    }
}

#[test]
fn the_counter_counts() {
    let before = ALLOCATIONS.get();
    drop(black_box(Box::new(1)));
    assert_eq!(ALLOCATIONS.get() - before, 1);
}
