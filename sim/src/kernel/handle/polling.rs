//! A request that the loop knows nothing of: a poll of the program's own, on the loop's ring.

use std::rc::Rc;

use levelring::io_uring::{opcode, types};
use levelring::kernel::mask;
use levelring::{Interest, Operation};

use super::SimFile;

/// Tells each time that a file becomes ready for something, until it is cancelled: a multishot
/// POLL_ADD.
pub(crate) fn poll_each(file: Rc<SimFile>, interest: Interest) -> Operation<Rc<SimFile>> {
    let wanted =
        [(Interest::READ, mask::IN), (Interest::WRITE, mask::OUT), (Interest::PRIORITY, mask::PRI)];
    let wanted = wanted.into_iter().filter(|(one, _)| interest.contains(*one));
    let events = wanted.fold(0, |all, (_, bit)| all | bit);
    let entry = opcode::PollAdd::new(types::Fd(file.number()), events).multi(true).build();
    // SAFETY: it points to no memory, and the file stays open with what is kept.
    unsafe { Operation::new(entry, file) }
}
