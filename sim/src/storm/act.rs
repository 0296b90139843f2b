//! What is done to files, but for their closing.

use core::time::Duration;
use std::os::fd::RawFd;
use std::rc::Rc;

use levelring::kernel::Errno;
use levelring::{Progress, Readiness};

use super::op::{D, ME, MINE, Op, R};
use super::probe::Probe;
use super::property::must;
use super::stage::{Loop, Slot, Stage};
use crate::SimFile;
use crate::model::{FileId, FileKind};

/// Who acts within a handler: the registration or request that is called, and its descriptor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Actor {
    pub(super) name: R,
    pub(super) mine: Option<RawFd>,
}

/// The loop whose handler acts, with its name.
pub(super) type Turner<'a> = Option<(u8, &'a mut Loop)>;

/// How much fits into a pipe (pages of so many bytes), and into a socket.
const PIPE: (u16, u16) = (2, 4);
pub(super) const SOCKET: u32 = 64;

impl Stage {
    /// Does one thing; `turner` and `actor` are those of the handler that does it, if one does.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others are about files")]
    pub(super) fn act(self: &Rc<Self>, op: &Op, turner: Turner<'_>, actor: Option<Actor>) {
        self.world.borrow_mut().tally.steps += 1;
        self.tell(|| format!("    {op}"));
        let noted = self.note_op(op, turner.is_some());
        self.tidy();
        match op {
            // Who has no loop has files only.
            _ if self.peer.get() => self.use_file(op, actor),
            Op::Watch(watch) => self.watch(*watch, turner),
            Op::Interest(name, interest) => {
                self.set_interest(resolve(*name, actor), *interest, turner);
            }
            Op::Remove(name) => self.remove(resolve(*name, actor), turner, actor),
            Op::Snatch(name) => self.snatch(resolve(*name, actor), turner, actor),
            Op::Submit(on, members) => self.submit(*on, members, turner),
            Op::Cancel(name) => self.cancel(*name, turner),
            Op::Say(progress) => self.world.borrow_mut().says = *progress,
            Op::Turn(turn) => self.turn(turn, turner),
            Op::Settle if turner.is_none() => self.settle(),
            Op::Settle => {}
            Op::Drop(on) => self.drop_loop(*on),
            Op::Make(on, driver) => {
                self.make(*on, *driver);
                self.hit(Probe::Remade);
            }
            Op::Sleep(time) => {
                crate::Calls::sleep(&self.kernel, Duration::from_millis((*time).into()));
            }
            _ => self.use_file(op, actor),
        }
        self.tidy();
        self.sample();
        self.note_op_end(noted);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others use what is open")]
    fn use_file(&self, op: &Op, actor: Option<Actor>) {
        match *op {
            Op::Pipe(one, other) => self.open_two(FileKind::Pipe, one, other),
            Op::Sockets(one, other) => self.open_two(FileKind::Socket, one, other),
            Op::Terminal(one, other) => self.open_two(FileKind::Terminal, one, other),
            Op::Event(new) => self.open(FileKind::Event, new, None),
            Op::Timer(new) => self.open(FileKind::Timer, new, None),
            Op::File(new) => self.open(FileKind::Regular, new, None),
            Op::Listen(new) => self.open(FileKind::Listener, new, None),
            Op::Connect(new, of) | Op::Accept(new, of) => {
                let of = self.slot(of).map(|slot| slot.fd);
                let kind = FileKind::Socket;
                if let Some(of) = of {
                    let accepts = matches!(op, Op::Accept(..));
                    self.open(kind, new, Some((of, accepts)));
                }
            }
            Op::Crowd(of, count) => self.crowd(of, count),
            Op::Dup(new, of) => self.duplicate(new, of),
            Op::Fork => {
                let untold = !self.unknown_numbers().is_empty();
                self.kernel.with_system(crate::System::fork);
                self.world.borrow_mut().tally.hit_if(Probe::ForkedUntold, untold);
                self.world.borrow_mut().files.forked();
                self.hit(Probe::Forked);
            }
            Op::Exit => {
                if self.call(|system, choices| system.child_exits(choices)) {
                    self.world.borrow_mut().files.child_exited();
                }
            }
            Op::Close(name) => self.close(self.named(name, actor)),
            _ => self.transfer(op, actor),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others were done before")]
    fn transfer(&self, op: &Op, actor: Option<Actor>) {
        let fd = |name| self.number(name, actor);
        let data = [1, 0, 0, 0, 0, 0, 0, 0];
        let _: Option<Result<usize, Errno>> = match *op {
            Op::Read(of, count) => fd(of).map(|fd| {
                let mut buffer = vec![0; usize::from(count).max(1)];
                self.call(|system, _| system.read(fd, &mut buffer))
            }),
            Op::Write(of, count) => fd(of).map(|fd| {
                // An eventfd takes eight bytes or none.
                let count = usize::from(count).clamp(1, 8);
                self.call(|system, _| match system.write(fd, &data[..count]) {
                    Err(Errno::INVAL) => system.write(fd, &data),
                    answer => answer,
                })
            }),
            Op::Drain(of) => fd(of).map(|fd| {
                self.repeat(|| self.call(|system, _| system.read(fd, &mut [0; 64])));
                Ok(0)
            }),
            Op::Fill(of) => fd(of).map(|fd| {
                self.repeat(|| self.call(|system, _| system.write(fd, &data)));
                Ok(0)
            }),
            Op::Expire(of, time) => fd(of).map(|fd| {
                let time = (time > 0).then(|| Duration::from_millis(time.into()));
                self.call(|system, _| system.set_timer(fd, time)).map(|()| 0)
            }),
            Op::Attributes(of) => {
                fd(of).map(|fd| self.call(|system, _| system.set_terminal(fd)).map(|()| 0))
            }
            Op::Shut(of, half) => {
                let slot = self.named(of, actor).and_then(|name| self.slot(name));
                slot.map(|slot| self.shut(&slot, half).map(|()| 0))
            }
            Op::Reset(of) => {
                self.reset(self.named(of, actor));
                None
            }
            _ => None,
        };
    }

    /// Until it fails, or has gone on for long.
    fn repeat(&self, mut call: impl FnMut() -> Result<usize, Errno>) {
        for _ in 0..64 {
            if !matches!(call(), Ok(1..)) {
                break;
            }
        }
    }

    fn shut(&self, slot: &Slot, half: crate::Half) -> Result<(), Errno> {
        self.call(|system, _| system.shutdown(slot.fd, half))?;
        let world = &mut *self.world.borrow_mut();
        let peer = world.files.peer(slot.file);
        let watched = |file| world.watches.all.values().any(|one| one.file == file);
        let multishot = self.options.way == levelring::Way::PollAddMultishot;
        let seen = peer.is_some_and(watched) && half == crate::Half::Write;
        world.tally.hit_if(Probe::HalfClosed, seen);
        world.tally.hit_if(Probe::HalfClosedMultishot, seen && multishot);
        Ok(())
    }

    /// The name of a slot; within a handler, of the slot of its descriptor.
    pub(super) fn named(&self, name: D, actor: Option<Actor>) -> Option<D> {
        if name != MINE {
            return Some(name);
        }
        let mine = actor?.mine?;
        let world = self.world.borrow();
        let at = world.slots.iter().position(|slot| slot.as_ref().is_some_and(|s| s.fd == mine));
        at.and_then(|at| D::try_from(at).ok())
    }

    fn number(&self, name: D, actor: Option<Actor>) -> Option<RawFd> {
        let fd = if name == MINE { actor?.mine? } else { self.slot(name)?.fd };
        // Whoever closed it elsewhere.
        self.world.borrow().files.at(fd).map(|_| fd)
    }

    fn is_free(&self, name: D) -> bool {
        self.world.borrow().slots.get(usize::from(name)).is_some_and(Option::is_none)
    }

    fn open_two(&self, kind: FileKind, one: D, other: D) {
        if one == other || !self.is_free(one) || !self.is_free(other) {
            return;
        }
        let made = self.call(|system, _| match kind {
            FileKind::Pipe => system.pipe().inspect(|[_, writer]| {
                let _ = system.set_pipe_capacity(*writer, PIPE.0, PIPE.1);
            }),
            FileKind::Socket => system.socket_pair().inspect(|ends| {
                for end in ends {
                    let _ = system.set_socket_capacity(*end, SOCKET);
                }
            }),
            FileKind::Terminal
            | FileKind::Event
            | FileKind::Timer
            | FileKind::Regular
            | FileKind::Listener
            | FileKind::Own => system.terminal(),
        });
        let Ok([left, right]) = made else { return };
        let one = self.install(one, left, kind);
        let other = self.install(other, right, kind);
        self.world.borrow_mut().files.are_peers(one, other);
    }

    fn open(&self, kind: FileKind, new: D, of: Option<(RawFd, bool)>) {
        if !self.is_free(new) || of.is_some_and(|(fd, _)| self.level_of_file(fd).is_none()) {
            return;
        }
        let made = self.call(|system, _| match (kind, of) {
            (FileKind::Event, _) => system.event(0),
            (FileKind::Timer, _) => system.timer(),
            (FileKind::Listener, _) => system.listen(0).map(|(fd, _)| fd),
            (FileKind::Socket, Some((listener, true))) => system.accept(listener),
            (FileKind::Socket, Some((listener, false))) => system.connect_to(listener),
            _ => system.regular(),
        });
        if let Ok(fd) = made {
            if kind == FileKind::Socket {
                let _ = self.kernel.with_system(|system| system.set_socket_capacity(fd, SOCKET));
            }
            self.install(new, fd, kind);
            let connects = matches!(of, Some((_, false))) && self.peer.get();
            self.world.borrow_mut().tally.hit_if(Probe::PeerConnected, connects);
        }
    }

    /// Clients that hang up at once: they wait at the listener all the same.
    fn crowd(&self, of: D, count: u8) {
        let Some(slot) = self.slot(of) else { return };
        if self.level_of_file(slot.fd).is_none() {
            return;
        }
        for _ in 0..count {
            let client = self.call(|system, _| system.connect_to(slot.fd));
            let Ok(client) = client else { break };
            let closed = self.call(|system, choices| system.close(choices, client));
            must!(Totality, closed == Ok(()), "close {client}: {closed:?}");
        }
    }

    fn level_of_file(&self, fd: RawFd) -> Option<FileId> {
        self.world.borrow().files.at(fd)
    }

    fn install(&self, name: D, fd: RawFd, kind: FileKind) -> FileId {
        self.note_reuse(fd);
        let world = &mut *self.world.borrow_mut();
        let file = world.files.opened(fd, kind);
        world.slots[usize::from(name)] = Some(Slot { fd, file, guard: None });
        file
    }

    fn duplicate(&self, new: D, of: D) {
        let Some(slot) = self.slot(of).filter(|_| self.is_free(new)) else { return };
        let Ok(fd) = self.call(|system, _| system.duplicate(slot.fd)) else { return };
        self.note_reuse(fd);
        let world = &mut *self.world.borrow_mut();
        world.files.named(fd, slot.file);
        let slot = Slot { fd, file: slot.file, guard: None };
        world.slots[usize::from(new)] = Some(slot);
    }

    pub(super) fn note_reuse(&self, fd: RawFd) {
        let ready = !self.level(fd).is_empty();
        let world = &mut *self.world.borrow_mut();
        if world.watches.all.values().any(|watched| watched.fd == fd) {
            world.tally.hit(Probe::NumberReused);
            world.tally.hit_if(Probe::NumberReusedReady, ready);
        }
    }

    /// What a loop may own from now on: closed by whoever is the last to drop it.
    pub(super) fn guard(&self, name: D) -> Option<(Rc<SimFile>, Slot)> {
        let world = &mut *self.world.borrow_mut();
        let slot = world.slots.get_mut(usize::from(name))?.as_mut()?;
        let made = || Rc::new(SimFile::new(self.kernel.clone(), slot.fd));
        let guard = Rc::clone(slot.guard.get_or_insert_with(made));
        world.guards.insert(slot.fd, Rc::downgrade(&guard));
        Some((guard, slot.clone()))
    }

    /// What a handler says, if it is true: the loop may believe it.
    pub(super) fn honest(&self, name: R, told: Readiness) -> Progress {
        let world = &mut *self.world.borrow_mut();
        let says = core::mem::take(&mut world.says);
        let Some(watched) = world.watches.all.get_mut(&name) else { return Progress::Unknown };
        let level = watched.wants(self.level(watched.fd));
        let open = world.files.at(watched.fd) == Some(watched.file);
        match says {
            Progress::Drained if level.is_empty() => world.tally.hit(Probe::SaidDrained),
            Progress::More if open && level.contains(told) => {
                watched.more = true;
                world.tally.hit(Probe::SaidMore);
            }
            Progress::Drained | Progress::More | Progress::Unknown => return Progress::Unknown,
        }
        says
    }
}

fn resolve(name: R, actor: Option<Actor>) -> Option<R> {
    if name == ME { actor.map(|actor| actor.name) } else { Some(name) }
}
