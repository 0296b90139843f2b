//! What a program asks of the network, on Linux or in a world.

use core::time::Duration;
use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd;

use levelring::kernel::Kernel;

/// Streams, listeners and timers: what a program is written against that shall run on Linux
/// ([`Tcp`](super::Tcp)) and in a [`World`](super::World) (on a [`Host`](super::Host)) unchanged.
///
/// Nothing here blocks: what cannot be done at once is [`WouldBlock`](io::ErrorKind::WouldBlock),
/// and the loop says when to try again.
///
/// ```
/// use std::io;
/// use levelring::{EventLoop, Interest};
/// use levelring_sim::world::{Listener, Sockets, Stream};
///
/// /// Greets whoever connects, and hangs up. The greeting is so short that it always fits.
/// fn greet<S: Sockets>(events: &mut EventLoop<'static, S::Kernel>, net: &S) -> io::Result<()> {
///     let listener = net.listen(7000)?;
///     let added = events.add(listener, Interest::READ, |_, fired| {
///         if let Ok(stream) = fired.source.accept_stream() {
///             let _ = stream.send(b"hello\n");
///         }
///     });
///     added.map(drop).map_err(|refused| io::Error::other(refused.reason))
/// }
/// ```
pub trait Sockets: Clone + 'static {
    /// On which the loop stands.
    type Kernel: Kernel;
    /// A port at which others ask for connections.
    type Listener: Listener<Stream = Self::Stream> + 'static;
    /// A connection.
    type Stream: Stream + 'static;
    /// A timer.
    type Timer: Timer + 'static;

    /// Listens at a port; 0 asks for a free one.
    ///
    /// # Errors
    /// Those of `socket`, `bind` and `listen`.
    fn listen(&self, port: u16) -> io::Result<Self::Listener>;

    /// Begins to connect to a port of a host. The stream is ready to be written to when that has
    /// succeeded; otherwise the first read or write says why not.
    ///
    /// # Errors
    /// Those of `socket` and `connect`; a name that is not known.
    fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream>;

    /// A timer that is not running.
    ///
    /// # Errors
    /// Those of `timerfd_create`.
    fn timer(&self) -> io::Result<Self::Timer>;

    /// The monotonic clock, from any beginning.
    fn now(&self) -> Duration;
}

/// A port at which others ask for connections; readable when one did.
pub trait Listener: AsFd {
    /// What it accepts.
    type Stream;

    /// The next connection.
    ///
    /// # Errors
    /// Those of `accept`; `WouldBlock` when nobody asks.
    fn accept_stream(&self) -> io::Result<Self::Stream>;

    /// Its port.
    ///
    /// # Errors
    /// Those of `getsockname`.
    fn port(&self) -> io::Result<u16>;
}

/// A stream of bytes in each direction.
///
/// It is `Read` and `Write` too; these do the same by a shared reference, which is what a handler
/// has of its source.
pub trait Stream: AsFd + io::Read + io::Write {
    /// Reads what is there; 0 is the end.
    ///
    /// # Errors
    /// Those of `read`; `WouldBlock` when nothing is there.
    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes as much as there is room for.
    ///
    /// # Errors
    /// Those of `write`; `WouldBlock` when there is no room.
    fn send(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Ends one direction, or both.
    ///
    /// # Errors
    /// Those of `shutdown`.
    fn shut_down(&self, how: Shutdown) -> io::Result<()>;
}

/// A timer; readable when it has rung and nobody has asked [`has_rung`](Self::has_rung).
pub trait Timer: AsFd {
    /// Has it ring once after that time, or not at all.
    ///
    /// # Errors
    /// Those of `timerfd_settime`.
    fn set(&self, after: Option<Duration>) -> io::Result<()>;

    /// Whether it has rung since it was set or asked.
    ///
    /// # Errors
    /// Those of `read`.
    fn has_rung(&self) -> io::Result<bool>;
}
