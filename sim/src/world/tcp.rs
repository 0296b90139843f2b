//! The same on Linux: TCP and timerfds.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use levelring::kernel::{Kernel, Linux};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

use super::sockets::{Listener, Sockets, Stream, Timer};

/// TCP on Linux, and its timerfds.
#[derive(Clone, Copy, Debug)]
pub struct Tcp {
    address: IpAddr,
}

impl Tcp {
    /// Listens on that address.
    #[must_use]
    pub const fn on(address: IpAddr) -> Self {
        Self { address }
    }
}

impl Default for Tcp {
    /// On this machine only.
    fn default() -> Self {
        Self::on(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

impl Sockets for Tcp {
    type Kernel = Linux;
    type Listener = TcpListener;
    type Stream = TcpStream;
    type Timer = LinuxTimer;

    fn listen(&self, port: u16) -> io::Result<TcpListener> {
        let listener = TcpListener::bind((self.address, port))?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }

    /// Looks the name up first, which may block.
    fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let address = (host, port).to_socket_addrs()?.next();
        let address = address.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let family = match address {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(family, SocketType::STREAM, flags, None)?;
        match connect(&socket, &address) {
            Ok(()) | Err(Errno::INPROGRESS) => Ok(socket.into()),
            Err(errno) => Err(errno.into()),
        }
    }

    fn timer(&self) -> io::Result<LinuxTimer> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        Ok(LinuxTimer(timerfd_create(TimerfdClockId::Monotonic, flags)?))
    }

    fn now(&self) -> Duration {
        Linux::new().now()
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    fn accept_stream(&self) -> io::Result<TcpStream> {
        let (stream, _) = self.accept()?;
        stream.set_nonblocking(true)?;
        Ok(stream)
    }

    fn port(&self) -> io::Result<u16> {
        Ok(self.local_addr()?.port())
    }
}

impl Stream for TcpStream {
    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut stream = self;
        stream.read(buffer)
    }

    fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut stream = self;
        stream.write(bytes)
    }

    fn shut_down(&self, how: Shutdown) -> io::Result<()> {
        self.shutdown(how)
    }
}

/// A timerfd.
#[derive(Debug)]
pub struct LinuxTimer(OwnedFd);

impl Timer for LinuxTimer {
    fn set(&self, after: Option<Duration>) -> io::Result<()> {
        let time = |time: Duration| -> io::Result<Timespec> {
            Timespec::try_from(time).map_err(|_| io::ErrorKind::InvalidInput.into())
        };
        let zero = time(Duration::ZERO)?;
        let value = time(after.unwrap_or_default())?;
        let setting = Itimerspec { it_interval: zero, it_value: value };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &setting)?;
        Ok(())
    }

    fn has_rung(&self) -> io::Result<bool> {
        match rustix::io::read(&self.0, &mut [0_u8; 8]) {
            Ok(_) => Ok(true),
            Err(Errno::AGAIN) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl AsFd for LinuxTimer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
