//! The program's memory, which requests read and write. The only file that touches it.

use core::hash::{Hash, Hasher};
use core::slice;
use core::sync::atomic::{AtomicU64, Ordering};

use levelring::kernel::EpollEvent;

/// Marks the one [`System`](super::System) whose submissions were vouched for, as long as it is in
/// the hands of its [`SimKernel`](super::SimKernel). A clone's is broken.
#[derive(Debug)]
pub(super) struct Seal(u64);

impl Seal {
    pub(super) const BROKEN: Self = Self(0);

    /// A seal like no other, and its number.
    pub(super) fn new() -> (Self, u64) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        (Self(number), number)
    }

    pub(super) const fn is(&self, number: u64) -> bool {
        self.0 == number
    }
}

impl Clone for Seal {
    fn clone(&self) -> Self {
        Self::BROKEN
    }
}

impl PartialEq for Seal {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Seal {}

impl Hash for Seal {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Where the addresses in submissions lead.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) enum Memory {
    /// Nowhere: reads find zeros, writes vanish. For worlds that are explored, whose programs are
    /// models as well.
    Absent,
    /// Into this process. Only [`SimKernel`](super::SimKernel) says so, while it takes a step of a
    /// system under its [`Seal`]: its rings take submissions by `unsafe fn push`, whose caller
    /// vouches for the memory; only those submissions lead here.
    Process,
}

/// The longest transfer, so that an absurd length is a short read and not an abort.
const LONGEST: u32 = 1 << 20;

/// Where it ends: no program has memory there.
const FIRST_PAGE: u64 = 4096;

impl Memory {
    /// Whether no program has memory there: in the first page.
    pub(super) const fn is_nowhere(self, address: u64) -> bool {
        matches!(self, Self::Process) && address < FIRST_PAGE
    }

    /// The bytes there.
    pub(super) fn load(self, address: u64, length: u32) -> Vec<u8> {
        let length = length.min(LONGEST) as usize;
        match (self, pointer(address)) {
            (Self::Process, Some(from)) => {
                // SAFETY: whoever pushed the submission keeps this memory valid until its final
                // completion, which has not been posted.
                unsafe { slice::from_raw_parts(from.cast_const(), length) }.to_vec()
            }
            (Self::Process | Self::Absent, _) => vec![0; length],
        }
    }

    /// Puts bytes there.
    pub(super) fn store(self, address: u64, bytes: &[u8]) {
        if let (Self::Process, Some(to)) = (self, pointer(address)) {
            // SAFETY: as in `load`, and the memory is left alone by everybody else.
            unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        }
    }

    /// Puts one of an array of epoll events there.
    pub(super) fn store_event(self, address: u64, at: usize, event: EpollEvent) {
        if let (Self::Process, Some(array)) = (self, pointer(address)) {
            // SAFETY: as in `store`: the array has at least `at + 1` places, because no more events
            // are sent than the submission has room for.
            unsafe { array.cast::<EpollEvent>().add(at).write_unaligned(event) };
        }
    }

    /// One of an array of epoll events.
    pub(super) fn load_event(self, address: u64) -> EpollEvent {
        match (self, pointer(address)) {
            // SAFETY: as in `load`.
            (Self::Process, Some(from)) => unsafe { from.cast::<EpollEvent>().read_unaligned() },
            (Self::Process | Self::Absent, _) => EpollEvent::default(),
        }
    }

    /// A `struct __kernel_timespec`, in nanoseconds; `None` if it is none.
    pub(super) fn load_time(self, address: u64) -> Option<u64> {
        let bytes = self.load(address, 16);
        let part = |at: usize| -> Option<u64> {
            let part = bytes.get(at..at + 8)?.first_chunk()?;
            u64::try_from(i64::from_ne_bytes(*part)).ok()
        };
        Some(part(0)?.saturating_mul(1_000_000_000).saturating_add(part(8)?))
    }
}

fn pointer(address: u64) -> Option<*mut u8> {
    let address = usize::try_from(address).ok().filter(|address| *address != 0)?;
    Some(core::ptr::with_exposed_provenance_mut(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_to_and_fro_and_nowhere() {
        let mut bytes = [1_u8, 2, 3];
        let address = bytes.as_mut_ptr().expose_provenance() as u64;
        assert_eq!(Memory::Process.load(address, 3), [1, 2, 3]);
        Memory::Process.store(address, &[7, 8]);
        Memory::Absent.store(address, &[9]);
        assert_eq!(bytes, [7, 8, 3]);
        assert_eq!(Memory::Absent.load(address, 2), [0, 0]);
    }

    #[test]
    fn a_time_that_is_negative_is_none() {
        let time = [1_i64, 5];
        let address = time.as_ptr().expose_provenance() as u64;
        assert_eq!(Memory::Process.load_time(address), Some(1_000_000_005));
        let time = [-1_i64, 0];
        let address = time.as_ptr().expose_provenance() as u64;
        assert_eq!(Memory::Process.load_time(address), None);
    }
}
