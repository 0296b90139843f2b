//! What the program did that a correct program does not do.

/// Mistakes on the program's side, counted. Not part of the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blunders {
    /// A request was submitted under the `user_data` of another that was in flight.
    pub duplicates: u64,
    /// A system call was made on a number that named no file. (Not a submission: a descriptor may
    /// be closed while one is queued.)
    pub bad_numbers: u64,
    /// A submission was not understood (EINVAL at its preparation).
    pub malformed: u64,
    /// A ring was closed while requests were in flight.
    pub abandoned: u64,
    /// Completions found the queue full.
    pub overflows: u64,
    /// A submission named a number that named no file.
    pub bad_submissions: u64,
}

impl Blunders {
    pub(super) const fn count(counter: &mut u64) {
        *counter = counter.wrapping_add(1);
    }
}
