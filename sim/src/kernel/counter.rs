//! Files that count: eventfds and timerfds.

use levelring::kernel::{Errno, mask};

/// The value an eventfd cannot have.
const LIMIT: u64 = u64::MAX;

/// A timerfd.
#[derive(Clone, Copy, Debug, Default, Hash, PartialEq, Eq)]
pub(super) struct Timer {
    /// When it expires, in nanoseconds of the model's clock.
    pub(super) at: Option<u64>,
    pub(super) ticks: u64,
}

pub(super) const fn event_level(count: u64) -> u32 {
    let readable = if count > 0 { mask::IN } else { 0 };
    let writable = if count < LIMIT - 1 { mask::OUT } else { 0 };
    readable | writable
}

/// Adds to an eventfd's count, by eight bytes and no more (older kernels ignore the rest).
pub(super) fn add(count: &mut u64, buffer: &[u8]) -> Result<usize, Errno> {
    let more = u64::from_ne_bytes(buffer.try_into().map_err(|_| Errno::INVAL)?);
    if more == LIMIT {
        return Err(Errno::INVAL);
    }
    *count = count.checked_add(more).filter(|sum| *sum < LIMIT).ok_or(Errno::AGAIN)?;
    Ok(size_of::<u64>())
}

/// Takes a count.
pub(super) fn take(count: &mut u64, buffer: &mut [u8]) -> Result<usize, Errno> {
    let Some(place) = buffer.first_chunk_mut() else { return Err(Errno::INVAL) };
    if *count == 0 {
        return Err(Errno::AGAIN);
    }
    *place = count.to_ne_bytes();
    *count = 0;
    Ok(size_of::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_added_to_and_taken_whole() {
        let mut count = 0;
        assert_eq!(event_level(count), mask::OUT);
        assert_eq!(take(&mut count, &mut [0; 8]), Err(Errno::AGAIN));
        assert_eq!(add(&mut count, &3_u64.to_ne_bytes()), Ok(8));
        assert_eq!(add(&mut count, &4_u64.to_ne_bytes()), Ok(8));
        assert_eq!(event_level(count), mask::IN | mask::OUT);
        let mut buffer = [0; 8];
        assert_eq!((take(&mut count, &mut buffer), u64::from_ne_bytes(buffer)), (Ok(8), 7));
        assert_eq!(add(&mut count, &(LIMIT - 1).to_ne_bytes()), Ok(8));
        assert_eq!(event_level(count), mask::IN);
        assert_eq!(add(&mut count, &1_u64.to_ne_bytes()), Err(Errno::AGAIN));
        assert_eq!(add(&mut count, &[0; 7]), Err(Errno::INVAL));
    }
}
