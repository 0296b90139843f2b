//! Pipes, sockets and other files, and what can be done to them: nothing of it asks the loop.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::rc::Rc;

use levelring::{Interest, Readiness};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketAddrAny, SocketFlags, SocketType, accept_with, bind, connect, getsockname,
    listen, socket_with, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};

/// An open file of ours, that the loop may own a share of.
pub(crate) type Fd = Rc<OwnedFd>;

/// A pipe whose ends never block.
pub(crate) struct Pipe {
    pub(crate) read: Fd,
    pub(crate) write: Fd,
}

pub(crate) fn pipe() -> Pipe {
    let ends = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK);
    let (read, write) = ends.expect("a pipe");
    Pipe { read: Rc::new(read), write: Rc::new(write) }
}

/// A pipe with a byte in it.
pub(crate) fn full_pipe() -> Pipe {
    let pipe = pipe();
    put(&pipe.write);
    pipe
}

const SOCKET: SocketFlags = SocketFlags::CLOEXEC.union(SocketFlags::NONBLOCK);

/// Two AF_UNIX sockets that talk to each other.
pub(crate) fn sockets() -> [Fd; 2] {
    let pair = socketpair(AddressFamily::UNIX, SocketType::STREAM, SOCKET, None);
    let (one, other) = pair.expect("a pair of sockets");
    [Rc::new(one), Rc::new(other)]
}

/// Two TCP sockets that talk to each other.
pub(crate) fn tcp() -> [Fd; 2] {
    let (listener, address) = listener(0);
    let client = connected(address);
    let server = accept_with(&listener, SOCKET).expect("to accept what has connected");
    [Rc::new(server), client]
}

/// A socket connected to there.
pub(crate) fn connected(address: SocketAddrV4) -> Fd {
    let socket = tcp_socket(SocketFlags::CLOEXEC);
    connect(&socket, &address).expect("to connect to a listener of ours");
    rustix::io::ioctl_fionbio(&socket, true).expect("never to block");
    socket
}

/// A listener on the loopback, and where it is; a port of 0 is any that is free.
pub(crate) fn listener(port: u16) -> (Fd, SocketAddrV4) {
    let listener = tcp_socket(SOCKET);
    let asked = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    bind(&listener, &asked).expect("the port to be free");
    listen(&listener, 16).expect("to listen");
    (Rc::clone(&listener), address_of(&listener))
}

/// Whether a port can be bound, without SO_REUSEADDR.
pub(crate) fn is_free(address: SocketAddrV4) -> bool {
    bind(tcp_socket(SOCKET), &address).is_ok()
}

fn tcp_socket(flags: SocketFlags) -> Fd {
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None);
    Rc::new(socket.expect("a socket"))
}

fn address_of(socket: &Fd) -> SocketAddrV4 {
    let address: SocketAddrAny = getsockname(socket).expect("a bound socket's address");
    SocketAddrV4::try_from(address).expect("an address of the Internet")
}

/// An eventfd that has counted this far.
pub(crate) fn counter(count: u32) -> Fd {
    let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
    Rc::new(eventfd(count, flags).expect("an eventfd"))
}

/// The same file, by another number.
pub(crate) fn duplicate(fd: &Fd) -> Fd {
    Rc::new(rustix::io::fcntl_dupfd_cloexec(fd, 0).expect("to duplicate a descriptor"))
}

/// Writes a byte.
pub(crate) fn put(fd: &Fd) {
    assert_eq!(rustix::io::write(fd, b"x"), Ok(1), "to write a byte");
}

/// Reads a byte.
pub(crate) fn take(fd: &Fd) {
    assert_eq!(rustix::io::read(fd, &mut [0]), Ok(1), "to read a byte");
}

/// Reads whatever is there, and says how many bytes those were.
pub(crate) fn drain(fd: &Fd) -> usize {
    let mut buffer = [0; 1 << 16];
    let mut all = 0;
    while let Ok(count @ 1..) = rustix::io::read(fd, &mut buffer) {
        all += count;
    }
    all
}

/// Reads whatever is there.
pub(crate) fn empty(fd: &Fd) {
    let _ = drain(fd);
}

/// Writes until nothing more goes in.
pub(crate) fn fill(fd: &Fd) {
    while rustix::io::write(fd, &[0; 1 << 14]).is_ok() {}
    // What is left is less than a large piece.
    while rustix::io::write(fd, &[0]).is_ok() {}
}

/// Counts an eventfd up.
pub(crate) fn count_up(fd: &Fd) {
    rustix::io::write(fd, &1_u64.to_ne_bytes()).expect("to count");
}

/// Sets an eventfd to zero.
pub(crate) fn count_off(fd: &Fd) {
    rustix::io::read(fd, &mut [0; 8]).expect("to take what was counted");
}

/// Whether whoever reads here is told that nobody will write any more.
pub(crate) fn is_at_end(fd: &Fd) -> bool {
    drain(fd);
    rustix::io::read(fd, &mut [0]) == Ok(0)
}

/// Whether whoever writes here is told that nobody will read any more.
pub(crate) fn is_broken(fd: &Fd) -> bool {
    rustix::io::write(fd, b"x") == Err(Errno::PIPE)
}

pub(crate) fn number(fd: &Fd) -> RawFd {
    fd.as_raw_fd()
}

/// close(), as code would that knows of no loop; the number it had.
pub(crate) fn raw_close(fd: Fd) -> RawFd {
    let number = number(&fd);
    drop(Rc::into_inner(fd).expect("nobody but the test to hold it"));
    number
}

/// close() behind the back of whoever owns it, all of whom must [`disown`] it at once.
pub(crate) fn snatch(fd: &Fd) {
    // SAFETY: nobody opens anything before the number is disowned.
    let answer = unsafe { libc::close(number(fd)) };
    assert_eq!(answer, 0, "close");
}

/// Forgets a number that was closed.
pub(crate) fn disown(fd: Fd) {
    let _ = Rc::into_inner(fd).expect("nobody but the test to hold it").into_raw_fd();
}

/// Gives a number that was just closed to another file.
pub(crate) fn reuse(number: RawFd, fd: Fd) -> Fd {
    let taken = Rc::into_inner(fd).expect("nobody but the test to hold it");
    if taken.as_raw_fd() == number {
        return Rc::new(taken);
    }
    assert!(!is_open(number), "{number} is in use");
    // SAFETY: the number is closed: nobody owns it but who takes it now.
    let mut target = unsafe { OwnedFd::from_raw_fd(number) };
    let answer = rustix::io::dup3(&taken, &mut target, rustix::io::DupFlags::CLOEXEC);
    if answer.is_err() {
        let _ = target.into_raw_fd();
        panic!("to take number {number}");
    }
    Rc::new(target)
}

/// Whether a number names an open file.
pub(crate) fn is_open(number: RawFd) -> bool {
    // SAFETY: F_GETFD asks about a number, and touches no memory.
    unsafe { libc::fcntl(number, libc::F_GETFD) >= 0 }
}

/// How many descriptors this process has.
pub(crate) fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("/proc").count()
}

/// What poll(2) says, of what somebody with this interest is to be told.
pub(crate) fn level(fd: &impl AsFd, interest: Interest) -> Readiness {
    if interest.is_empty() {
        return Readiness::EMPTY;
    }
    let asked: PollFlags =
        ASKED.iter().filter(|(bit, _)| interest.contains(*bit)).map(|(_, flag)| *flag).collect();
    let mut entries = [PollFd::new(fd, asked)];
    poll(&mut entries, Some(&Timespec::default())).expect("poll");
    let seen = entries[0].revents();
    let told = TOLD.iter().filter(|(flag, _)| seen.contains(*flag));
    told.fold(Readiness::EMPTY, |all, (_, bit)| all | *bit)
}

const ASKED: [(Interest, PollFlags); 4] = [
    (Interest::READ, PollFlags::IN),
    (Interest::WRITE, PollFlags::OUT),
    (Interest::PRIORITY, PollFlags::PRI),
    (Interest::READ_HANGUP, PollFlags::RDHUP),
];

const TOLD: [(PollFlags, Readiness); 7] = [
    (PollFlags::IN, Readiness::READ),
    (PollFlags::OUT, Readiness::WRITE),
    (PollFlags::PRI, Readiness::PRIORITY),
    (PollFlags::RDHUP, Readiness::READ_HANGUP),
    (PollFlags::ERR, Readiness::ERROR),
    (PollFlags::HUP, Readiness::HANGUP),
    (PollFlags::NVAL, Readiness::INVALID),
];
