//! A gate: the core does not allocate, however much it has to do, once its storage has grown.

use levelring_bench::SIZES;
use levelring_bench::allocator::{Counting, allocations};
use levelring_bench::work::{Operation, Work};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn no_allocation_per_event_or_change() {
    for operation in Operation::ALL {
        for registrations in SIZES {
            let mut work = Work::new(operation, registrations);
            let before = allocations();
            work.run(10_000);
            let count = allocations() - before;
            assert_eq!(count, 0, "{operation:?} with {registrations} registrations allocates");
        }
    }
}

/// The count counts.
#[test]
fn an_allocation_is_noticed() {
    let before = allocations();
    let grown: Vec<u64> = (0..100).filter(|number| number % 2 == 0).collect();
    assert!(allocations() > before, "{grown:?}");
}
