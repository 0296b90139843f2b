//! A descriptor of the model, owned.

use core::cell::Cell;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use super::SimKernel;

/// A descriptor of the model, closed when dropped.
///
/// It is a source for a loop *on the same kernel*. To anything else its number means nothing, or
/// some file of this process.
#[derive(Debug)]
pub struct SimFile {
    kernel: SimKernel,
    fd: RawFd,
    disowned: Cell<bool>,
}

impl SimFile {
    /// Takes a descriptor over.
    #[must_use]
    pub const fn new(kernel: SimKernel, fd: RawFd) -> Self {
        Self { kernel, fd, disowned: Cell::new(false) }
    }

    /// Takes over what an operation on that kernel has brought: dropped as it is, its number would
    /// be closed in this process.
    #[must_use]
    pub fn brought(kernel: SimKernel, descriptor: OwnedFd) -> Self {
        Self::new(kernel, descriptor.into_raw_fd())
    }

    /// Its number is about to be closed by others, and may be another's when this is dropped.
    pub(crate) fn disown(&self) {
        self.disowned.set(true);
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> RawFd {
        self.fd
    }

    /// Its kernel.
    #[must_use]
    pub const fn kernel(&self) -> &SimKernel {
        &self.kernel
    }
}

impl AsFd for SimFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: not -1, since it came from the model. It is open in the model for as long as
        // `self` is there; whoever uses it elsewhere gets an error, or a file that is not theirs,
        // but touches no memory by it.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        let fd = self.fd;
        if self.disowned.get() {
            return;
        }
        // Not within the kernel's own steps: then it is being unwound, and nobody will look.
        if self.kernel.shared.state.try_borrow_mut().is_ok() {
            // Whoever closed it elsewhere has closed it twice, as on Linux.
            let _ = self.kernel.call(|system, choices| system.close(choices, fd));
        }
    }
}
