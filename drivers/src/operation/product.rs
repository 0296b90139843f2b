//! What the success of an operation brings.

use std::os::fd::{FromRawFd, OwnedFd};

/// What the success of an operation brings: a number, or a new descriptor.
pub trait Product: sealed::Product {}

impl Product for u32 {}

impl Product for OwnedFd {}

pub(crate) mod sealed {
    use super::{FromRawFd, OwnedFd};

    pub trait Product: Sized {
        /// Whether it has to be closed.
        const IS_DESCRIPTOR: bool;

        /// Of a result that is no error.
        ///
        /// # Safety
        /// The operation was made for such a product, and the result is used only once.
        unsafe fn of(result: u32) -> Self;
    }

    impl Product for u32 {
        const IS_DESCRIPTOR: bool = false;

        unsafe fn of(result: u32) -> Self {
            result
        }
    }

    impl Product for OwnedFd {
        const IS_DESCRIPTOR: bool = true;

        unsafe fn of(result: u32) -> Self {
            // SAFETY: a descriptor that nobody else owns, as promised when the operation was made;
            // it fits, because an `i32` with the highest bit set is an error.
            unsafe { Self::from_raw_fd(result.cast_signed()) }
        }
    }
}
