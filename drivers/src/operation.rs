//! Operations: any request of io_uring that has a completion.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::rc::Rc;

use io_uring::squeue::Entry;
use io_uring::{opcode, types};

mod chain;
mod linked;
mod product;
mod requests;

pub use chain::Chain;
pub use linked::Linked;
pub use product::Product;
pub(crate) use requests::Request;
pub(crate) use requests::Requests;
pub use requests::{Decision, Hook};

/// An operation, and what must live until its last completion: its buffer, its file. Its success
/// brings a `P`: a number, unless it says otherwise.
pub struct Operation<B, P = u32> {
    pub(crate) entry: Entry,
    pub(crate) kept: B,
    pub(crate) hook: Option<Hook>,
    product: PhantomData<fn() -> P>,
}

impl<B: 'static> Operation<B> {
    /// Any request at all.
    ///
    /// # Safety
    /// All memory that `entry` points to is owned by `kept`, does not move when `kept` does, and
    /// may be read and written by the kernel until the operation's last completion, or for as long
    /// as the kernel may use it for other requests (provided buffers). Its descriptors stay open
    /// until it has been submitted. It neither posts completions to this ring nor renames requests
    /// of it (MSG_RING, POLL_ADD's updates): a forged last completion would free memory in use.
    pub unsafe fn new(entry: Entry, kept: B) -> Self {
        Self::of(entry, kept)
    }
}

impl<B: 'static> Operation<B, OwnedFd> {
    /// Any request whose success is a new descriptor (OPENAT, SOCKET, ACCEPT): whoever is told
    /// owns it, and what is not told is closed.
    ///
    /// # Safety
    /// As for [`new`](Self::new); and each result that is no error is a descriptor that nobody
    /// else owns.
    pub unsafe fn opening(entry: Entry, kept: B) -> Self {
        Self::of(entry, kept)
    }
}

impl<B: 'static, P: Product> Operation<B, P> {
    fn of(entry: Entry, kept: B) -> Self {
        Self { entry, kept, hook: None, product: PhantomData }
    }

    /// Asks `hook` at the last moment before the operation is submitted, once, whether to submit
    /// it at all. It replaces an earlier hook.
    #[must_use]
    pub fn at_the_last_moment(mut self, mut hook: impl FnMut() -> Decision + 'static) -> Self {
        self.hook = Some(Box::new(move |_| hook()));
        self
    }

    /// The same, with a hook that may change the entry: make it of another, or write a timestamp
    /// to where it points.
    ///
    /// # Safety
    /// As for [`new`](Self::new), or [`opening`](Self::opening), of the entry that the hook leaves
    /// behind.
    #[must_use]
    pub unsafe fn changed_at_the_last_moment(
        mut self,
        hook: impl FnMut(&mut Entry) -> Decision + 'static,
    ) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }
}

impl Operation<()> {
    /// Does nothing, and completes.
    #[must_use]
    pub fn nop() -> Self {
        Self::of(opcode::Nop::new().build(), ())
    }
}

impl Operation<Box<types::Timespec>> {
    /// Completes with ETIME after a time.
    #[must_use]
    pub fn timeout(time: Duration) -> Self {
        // The kernel has no later time.
        let time = Box::new(types::Timespec::from(time.min(Duration::from_secs(i64::MAX as u64))));
        let entry = opcode::Timeout::new(&raw const *time).build();
        Self::of(entry, time)
    }
}

impl<F: AsFd + 'static> Operation<(Rc<F>, Vec<u8>)> {
    /// Reads into the buffer's length, at the file's position. The result is a number of bytes.
    #[must_use]
    pub fn read(file: Rc<F>, mut buffer: Vec<u8>) -> Self {
        let entry = opcode::Read::new(number(&*file), buffer.as_mut_ptr(), length(&buffer))
            .offset(CURRENT_POSITION)
            .build();
        Self::of(entry, (file, buffer))
    }

    /// Writes the buffer, at the file's position. The result is a number of bytes.
    #[must_use]
    pub fn write(file: Rc<F>, buffer: Vec<u8>) -> Self {
        let entry = opcode::Write::new(number(&*file), buffer.as_ptr(), length(&buffer))
            .offset(CURRENT_POSITION)
            .build();
        Self::of(entry, (file, buffer))
    }

    /// Receives into the buffer's length what comes first. The result is a number of bytes.
    #[must_use]
    pub fn receive(socket: Rc<F>, mut buffer: Vec<u8>) -> Self {
        let entry = opcode::Recv::new(number(&*socket), buffer.as_mut_ptr(), length(&buffer));
        Self::of(entry.build(), (socket, buffer))
    }

    /// Sends the buffer; all of it, where the kernel can (MSG_WAITALL). The result is a number of
    /// bytes, or EPIPE: there is no signal.
    #[must_use]
    pub fn send(socket: Rc<F>, buffer: Vec<u8>) -> Self {
        let entry = opcode::Send::new(number(&*socket), buffer.as_ptr(), length(&buffer))
            .flags(libc::MSG_NOSIGNAL | libc::MSG_WAITALL)
            .build();
        Self::of(entry, (socket, buffer))
    }
}

impl<F: AsFd + 'static> Operation<Rc<F>> {
    /// Waits until what was written to the file is on its disk. Nothing says what that has to do
    /// with writes under way: link it behind them.
    #[must_use]
    pub fn sync(file: Rc<F>) -> Self {
        Self::of(opcode::Fsync::new(number(&*file)).build(), file)
    }
}

/// ```
/// use std::net::{TcpListener, TcpStream};
/// use std::rc::Rc;
/// use levelring::{EventLoop, Operation};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let _client = TcpStream::connect(listener.local_addr()?)?;
/// let mut events = EventLoop::new()?;
/// let accept = Operation::accept(Rc::new(listener));
/// let submitted = events.submit(accept, |_, done| match done.result {
///     Ok(connection) => println!("{:?}", TcpStream::from(connection).peer_addr()),
///     Err(errno) => println!("{errno}"),
/// });
/// if let Err(error) = submitted {
///     println!("{error}"); // not on io_uring
/// }
/// events.run()?;
/// # Ok(())
/// # }
/// ```
impl<F: AsFd + 'static> Operation<Rc<F>, OwnedFd> {
    /// Accepts one connection, which is closed on exec, and owned by whoever is told of it: one
    /// that comes though the operation was cancelled, or that the loop's end leaves untold, is
    /// closed. Waits for it even if the listener is set never to block.
    #[must_use]
    pub fn accept(listener: Rc<F>) -> Self {
        let none = core::ptr::null_mut();
        let entry = opcode::Accept::new(number(&*listener), none, core::ptr::null_mut());
        Self::of(entry.flags(libc::SOCK_CLOEXEC).build(), listener)
    }

    /// Accepts one connection after another, as [`accept`](Self::accept) does, until cancelled or
    /// an error ends it: a result each, all but the last with `more`. Needs Linux 5.19, or its
    /// only result is EINVAL.
    #[must_use]
    pub fn accept_each(listener: Rc<F>) -> Self {
        let entry = opcode::AcceptMulti::new(number(&*listener)).flags(libc::SOCK_CLOEXEC);
        Self::of(entry.build(), listener)
    }
}

fn number(file: &impl AsFd) -> types::Fd {
    types::Fd(file.as_fd().as_raw_fd())
}

/// What does not fit is left for another operation.
fn length(buffer: &[u8]) -> u32 {
    u32::try_from(buffer.len()).unwrap_or(u32::MAX)
}

/// What READ and WRITE take for "wherever the file is".
const CURRENT_POSITION: u64 = u64::MAX;

impl<B: fmt::Debug, P> fmt::Debug for Operation<B, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("kept", &self.kept).finish_non_exhaustive()
    }
}
