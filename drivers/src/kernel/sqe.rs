//! A submission as plain numbers, and back.

use core::mem::{align_of, size_of, transmute_copy};

use io_uring::squeue;

/// The fields of a submission queue entry, in the kernel's layout and under its names for them.
///
/// The entries of the io-uring crate can be written but not read. A kernel that is not Linux has
/// to read them, and so has a test of what was encoded.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of io_uring_sqe, one by one")]
pub struct Sqe {
    pub opcode: u8,
    pub flags: u8,
    pub ioprio: u16,
    pub fd: i32,
    pub off: u64,
    pub addr: u64,
    pub len: u32,
    pub op_flags: u32,
    pub user_data: u64,
    pub buf_index: u16,
    pub personality: u16,
    pub file_index: u32,
    pub addr3: u64,
    pub pad: u64,
}

const _: () = {
    assert!(size_of::<Sqe>() == 64 && size_of::<squeue::Entry>() == 64);
    assert!(align_of::<Sqe>() == align_of::<squeue::Entry>());
};

impl From<&squeue::Entry> for Sqe {
    fn from(entry: &squeue::Entry) -> Self {
        // SAFETY: both are `repr(C)`, of one size, and nothing but integers, so that any bytes
        // are valid. The crate zeroes an entry whole before it sets fields, so that none is
        // uninitialised.
        unsafe { transmute_copy(entry) }
    }
}

/// For what the crate has no name for. Whoever pushes it answers for what it points to.
impl From<Sqe> for squeue::Entry {
    fn from(sqe: Sqe) -> Self {
        // SAFETY: as above, the other way round.
        unsafe { transmute_copy(&sqe) }
    }
}

#[cfg(test)]
mod tests {
    use io_uring::{opcode, types};

    use super::super::mask;
    use super::*;

    #[test]
    fn the_fields_are_where_the_kernel_looks_for_them() {
        let entry = opcode::PollAdd::new(types::Fd(7), mask::IN | mask::RDHUP).multi(true).build();
        let sqe = Sqe::from(&entry.user_data(0x0123_4567_89ab_cdef));
        assert_eq!((sqe.opcode, sqe.fd), (opcode::PollAdd::CODE, 7));
        assert_eq!(sqe.op_flags, mask::IN | mask::RDHUP);
        assert_eq!((sqe.len, sqe.user_data), (1, 0x0123_4567_89ab_cdef));
        assert_eq!((sqe.off, sqe.addr, sqe.addr3, sqe.pad), (0, 0, 0, 0));

        assert_eq!(Sqe::from(&squeue::Entry::from(sqe)), sqe, "there and back");

        let sqe = Sqe::from(&opcode::AsyncCancel::new(42).build().user_data(1));
        assert_eq!((sqe.opcode, sqe.addr, sqe.user_data), (opcode::AsyncCancel::CODE, 42, 1));
    }
}
