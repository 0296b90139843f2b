//! What programs ask, answered by Linux.
//!
//! Makers of descriptors give their numbers away; whatever takes a number hands it to the kernel as
//! it is. A number promises nothing: a stale one is answered by `EBADF`, hence libc and not rustix,
//! whose borrowed descriptors would promise that they are open.

mod register;

use core::ffi::{c_int, c_ulong, c_void};
use core::mem::{MaybeUninit, size_of};
use core::net::Ipv4Addr;
use core::ptr;
use core::time::Duration;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use levelring::kernel::{Errno, Linux, LinuxRing};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::{MemfdFlags, Mode, OFlags, memfd_create, open};
use rustix::net::sockopt::set_tcp_nodelay;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};

use crate::{Calls, Half, SyncCancel};

extern "C" fn do_nothing(_: c_int) {}

impl Calls for Linux {
    fn pipe(&self) -> Result<[RawFd; 2], Errno> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        Ok([read, write].map(OwnedFd::into_raw_fd))
    }

    fn socket_pair(&self) -> Result<[RawFd; 2], Errno> {
        let (left, right) = UnixStream::pair()?;
        left.set_nonblocking(true)?;
        right.set_nonblocking(true)?;
        Ok([left, right].map(UnixStream::into_raw_fd))
    }

    fn listen(&self, port: u16) -> Result<(RawFd, u16), Errno> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        // What is written is sent, whatever the peer has heard of yet; also by who is accepted.
        set_tcp_nodelay(&listener, true)?;
        let port = listener.local_addr()?.port();
        Ok((listener.into_raw_fd(), port))
    }

    fn connect(&self, port: u16) -> Result<RawFd, Errno> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(stream.into_raw_fd())
    }

    fn accept(&self, fd: RawFd) -> Result<RawFd, Errno> {
        let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: no address is asked for; `fd` is only a number.
        number(unsafe { libc::accept4(fd, ptr::null_mut(), ptr::null_mut(), flags) })
    }

    fn event(&self, count: u32) -> Result<RawFd, Errno> {
        Ok(eventfd(count, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?.into_raw_fd())
    }

    fn timer(&self) -> Result<RawFd, Errno> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        Ok(timerfd_create(TimerfdClockId::Monotonic, flags)?.into_raw_fd())
    }

    fn set_timer(&self, fd: RawFd, time: Option<Duration>) -> Result<(), Errno> {
        let value = timespec(time.unwrap_or(Duration::ZERO))?;
        let time = libc::itimerspec { it_interval: timespec(Duration::ZERO)?, it_value: value };
        // SAFETY: `time` outlives the call, the old one is not asked for; `fd` is only a number.
        let answer = unsafe { libc::timerfd_settime(fd, 0, &raw const time, ptr::null_mut()) };
        number(answer).map(drop)
    }

    fn regular(&self) -> Result<RawFd, Errno> {
        Ok(memfd_create("regular", MemfdFlags::CLOEXEC)?.into_raw_fd())
    }

    fn terminal(&self) -> Result<[RawFd; 2], Errno> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let terminal = open(path, flags, Mode::empty())?;
        let mut attributes = tcgetattr(&terminal)?;
        attributes.make_raw();
        tcsetattr(&terminal, OptionalActions::Now, &attributes)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        Ok([master, terminal].map(OwnedFd::into_raw_fd))
    }

    fn set_terminal(&self, fd: RawFd) -> Result<(), Errno> {
        let mut attributes = MaybeUninit::<libc::termios>::uninit();
        // SAFETY: the call fills in one `termios`, for which there is room; `fd` is only a number.
        number(unsafe { libc::tcgetattr(fd, attributes.as_mut_ptr()) })?;
        // SAFETY: filled in, since the call succeeded.
        let attributes = unsafe { attributes.assume_init() };
        // SAFETY: `attributes` outlives the call; `fd` is only a number.
        number(unsafe { libc::tcsetattr(fd, libc::TCSANOW, &raw const attributes) }).map(drop)
    }

    fn read(&self, fd: RawFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        // SAFETY: the buffer is exclusively borrowed and has that many bytes.
        count(unsafe { libc::read(fd, buffer.as_mut_ptr().cast::<c_void>(), buffer.len()) })
    }

    fn write(&self, fd: RawFd, buffer: &[u8]) -> Result<usize, Errno> {
        // SAFETY: the buffer has that many bytes. (The standard library has SIGPIPE ignored.)
        count(unsafe { libc::write(fd, buffer.as_ptr().cast::<c_void>(), buffer.len()) })
    }

    fn shutdown(&self, fd: RawFd, half: Half) -> Result<(), Errno> {
        let half = match half {
            Half::Read => libc::SHUT_RD,
            Half::Write => libc::SHUT_WR,
            Half::Both => libc::SHUT_RDWR,
        };
        // SAFETY: no memory is passed; `fd` is only a number.
        number(unsafe { libc::shutdown(fd, half) }).map(drop)
    }

    fn reset(&self, fd: RawFd) -> Result<(), Errno> {
        let linger = libc::linger { l_onoff: 1, l_linger: 0 };
        let size =
            libc::socklen_t::try_from(size_of::<libc::linger>()).map_err(|_| Errno::INVAL)?;
        let option = (&raw const linger).cast::<c_void>();
        // SAFETY: the option is one `linger`, of that size, which outlives the call.
        let answer =
            unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_LINGER, option, size) };
        number(answer)?;
        self.close(fd)
    }

    fn duplicate(&self, fd: RawFd) -> Result<RawFd, Errno> {
        // SAFETY: no memory is passed; `fd` is only a number.
        number(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
    }

    fn close(&self, fd: RawFd) -> Result<(), Errno> {
        // SAFETY: these numbers were given away by the functions above; that nobody else has taken
        // one into his keeping is what the caller of a system call by number answers for.
        number(unsafe { libc::close(fd) }).map(drop)
    }

    #[expect(clippy::disallowed_methods, reason = "a program's sleep, not the loop's")]
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn signal(&self, after: Duration) -> Result<(), Errno> {
        // SAFETY: all zeros are a `sigaction`: no flags, an empty mask.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        action.sa_sigaction = do_nothing as *const () as libc::sighandler_t;
        // Restarts what may be restarted: waits of rings and sets may not.
        action.sa_flags = libc::SA_RESTART;
        // SAFETY: the handler does nothing; the old action is not asked for.
        number(unsafe { libc::sigaction(libc::SIGALRM, &raw const action, ptr::null_mut()) })?;
        // Less than the clock can tell is not nothing, which would be never.
        let after = if after.is_zero() { after } else { after.max(Duration::from_micros(1)) };
        let micros = libc::suseconds_t::from(after.subsec_micros());
        let seconds = libc::time_t::try_from(after.as_secs()).map_err(|_| Errno::INVAL)?;
        let never = libc::timeval { tv_sec: 0, tv_usec: 0 };
        let value = libc::timeval { tv_sec: seconds, tv_usec: micros };
        let time = libc::itimerval { it_interval: never, it_value: value };
        // SAFETY: `time` outlives the call; the old one is not asked for.
        let answer =
            unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const time, ptr::null_mut()) };
        number(answer).map(drop)
    }

    fn fork(&self) -> Result<i32, Errno> {
        // SAFETY: no memory is passed.
        let parent = unsafe { libc::getpid() };
        // SAFETY: the child calls nothing but what is allowed after a fork, and never returns.
        let child = number(unsafe { libc::fork() })?;
        if child > 0 {
            return Ok(child);
        }
        let kill = c_ulong::from(libc::SIGKILL.unsigned_abs());
        // SAFETY: no memory is passed. It does not outlive the thread that made it, nor if that
        // was gone before it could say so.
        unsafe {
            if libc::prctl(libc::PR_SET_PDEATHSIG, kill) != 0 || libc::getppid() != parent {
                libc::_exit(1);
            }
        }
        loop {
            // SAFETY: sleeps; no memory is passed.
            unsafe { libc::pause() };
        }
    }

    fn end_child(&self, child: i32) -> Result<(), Errno> {
        // A number that is not a living child's may be anybody's.
        // SAFETY: its status is not asked for.
        if child <= 0 || unsafe { libc::waitpid(child, ptr::null_mut(), libc::WNOHANG) } != 0 {
            return Err(Errno(libc::ECHILD));
        }
        // SAFETY: no memory is passed; it is our child, which nobody else has waited for.
        number(unsafe { libc::kill(child, libc::SIGKILL) })?;
        // SAFETY: its status is not asked for.
        number(unsafe { libc::waitpid(child, ptr::null_mut(), 0) }).map(drop)
    }

    fn keep(&self, ring: &LinuxRing, slot: u32, fd: RawFd) -> Result<(), Errno> {
        register::keep(ring, slot, fd)
    }

    fn sync_cancel(&self, ring: &LinuxRing, cancel: SyncCancel) -> Result<u32, Errno> {
        register::sync_cancel(ring, cancel)
    }
}

fn number(answer: c_int) -> Result<c_int, Errno> {
    if answer < 0 { Err(io::Error::last_os_error().into()) } else { Ok(answer) }
}

fn count(answer: isize) -> Result<usize, Errno> {
    usize::try_from(answer).map_err(|_| io::Error::last_os_error().into())
}

fn timespec(time: Duration) -> Result<libc::timespec, Errno> {
    let seconds = libc::time_t::try_from(time.as_secs()).map_err(|_| Errno::INVAL)?;
    Ok(libc::timespec { tv_sec: seconds, tv_nsec: time.subsec_nanos().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_made_used_and_closed_by_number() -> Result<(), Errno> {
        let linux = Linux::new();
        let [read, write] = linux.pipe()?;
        assert_eq!(linux.read(read, &mut [0; 4]), Err(Errno::AGAIN));
        assert_eq!(linux.write(write, b"abc"), Ok(3));
        let mut bytes = [0; 4];
        assert_eq!(linux.read(read, &mut bytes), Ok(3));
        assert_eq!(&bytes[..3], b"abc");
        linux.close(write)?;
        assert_eq!(linux.read(read, &mut bytes), Ok(0));
        linux.close(read)
    }

    #[test]
    fn a_reset_reaches_the_peer() -> Result<(), Errno> {
        let linux = Linux::new();
        let (listener, port) = linux.listen(0)?;
        let client = linux.connect(port)?;
        let server = linux.accept(listener)?;
        assert_eq!(linux.accept(listener), Err(Errno::AGAIN));
        linux.reset(server)?;
        let answer = linux.read(client, &mut [0]);
        assert_eq!(answer, Err(Errno(libc::ECONNRESET)));
        linux.close(client)?;
        linux.close(listener)
    }

    #[test]
    fn a_terminal_is_raw() -> Result<(), Errno> {
        let linux = Linux::new();
        let [master, terminal] = linux.terminal()?;
        linux.set_terminal(terminal)?;
        assert_eq!(linux.read(terminal, &mut [0]), Err(Errno::AGAIN));
        assert_eq!(linux.write(master, b"x"), Ok(1));
        assert_eq!(linux.read(terminal, &mut [0]), Ok(1));
        linux.close(terminal)?;
        linux.close(master)
    }
}
