//! A driver in one page: the core, poll(2), and nothing else.
//!
//! `cargo run -p levelring-core --example by_hand`
//!
//! Three pipes hold three bytes each. Whoever reads takes one byte, and the turns go round:
//! A B C A B C. After its second turn B is removed; the others go on until they see the end.
//!
//! To write a driver for another kernel, replace the three functions marked KERNEL. The rest is
//! the contract that the documentation of `levelring_core` states, in its order.
#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use levelring_core::{
    Completion, Core, Event, Freshness, Full, Interest, Key, Look, Readiness, Slot, Submission,
    Tag, Watch,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

const CAPACITY: usize = 8;
const ECANCELED: i32 = -125;

struct Driver {
    core: Core<[Slot; CAPACITY]>,
    /// The core knows keys, never descriptors: the index of a key is a place in our own table.
    descriptors: [Option<OwnedFd>; CAPACITY],
    /// What the kernel is watching for us. A ring or an epoll set would keep this; poll(2) forgets
    /// everything when it returns, so it is kept here.
    armed: Vec<(Tag, Interest)>,
}

impl Driver {
    fn new() -> Self {
        let core = Core::new([Slot::NEW; CAPACITY], Freshness::Strict);
        Self { core, descriptors: Default::default(), armed: Vec::new() }
    }

    /// poll(2) is level-triggered, and says so at every look: that is [`Watch::Level`].
    fn add(&mut self, descriptor: OwnedFd, interest: Interest) -> Result<Key, Full> {
        let key = self.core.register(Watch::Level, interest)?;
        self.descriptors[key.index()] = Some(descriptor);
        Ok(key)
    }

    /// The descriptor is given back, to be read to its end or to be closed. A kernel that holds
    /// on to it would first have to let go: see `Core::is_pinned`. poll(2) holds nothing.
    fn remove(&mut self, key: Key) -> Option<OwnedFd> {
        self.core.remove(key).ok()?;
        self.descriptors[key.index()].take()
    }

    /// One turn: exactly one event. `None` when nothing is watched, for that would be for ever.
    fn turn(&mut self) -> io::Result<Option<Event>> {
        loop {
            // 1. Whoever is known to be ready, and whose turn it is.
            if let Some(event) = self.core.next_event() {
                return Ok(Some(event));
            }
            // 2. The core says what it must know. If it wants a look, the kernel is first told
            //    all that the core wants it to be told.
            let plan = self.core.plan();
            if plan.look != Look::No {
                while let Some(submission) = self.core.next_submission(usize::MAX) {
                    self.tell(submission);
                }
                let asleep = plan.look == Look::Wait && !self.core.has_candidates();
                if asleep && self.armed.is_empty() {
                    return Ok(None);
                }
                self.look(asleep)?;
                self.core.looked();
            }
            // 3. Before its handler runs, the first candidate's level is checked: since the look
            //    another handler may have used up what it was to find.
            let first: Vec<_> = self.core.candidates().take(plan.judge).collect();
            for (key, interest) in first {
                let level = self.check(key, interest)?;
                self.core.judge(key, level);
            }
            // 4. Begin again.
        }
    }

    /// KERNEL. Each request is answered, once and for all, by its tag: what is answered later by
    /// a ring is answered here at once. A poll that is told to end has a last answer of its own.
    fn tell(&mut self, submission: Submission) {
        match submission {
            Submission::Arm { tag, interest, .. } => self.armed.push((tag, interest)),
            Submission::Rearm { target, by, tag, interest, .. } => {
                self.disarm(target, by);
                self.armed.push((tag, interest));
            }
            Submission::Disarm { target, by, .. } => self.disarm(target, by),
            // Operations are for kernels that have them; nobody has submitted one here.
            Submission::Prepare { .. } | Submission::Cancel { .. } => {}
            Submission::Operation { tag, .. } => self.answer(tag, ECANCELED),
        }
    }

    fn disarm(&mut self, target: Tag, by: Tag) {
        self.armed.retain(|&(tag, _)| tag != target);
        self.answer(by, 0);
        self.answer(target, ECANCELED);
    }

    fn answer(&mut self, tag: Tag, result: i32) {
        self.core.complete(Completion::last(tag.encode(), result));
    }

    /// KERNEL. Looks for whatever became ready, and waits for it if nobody is known to be.
    fn look(&mut self, wait: bool) -> io::Result<()> {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let watched = self.armed.iter().filter_map(|&(tag, interest)| {
            let descriptor = self.descriptors[tag.key().index()].as_ref()?;
            Some((tag, PollFd::new(descriptor, flags(interest))))
        });
        let (tags, mut asked): (Vec<Tag>, Vec<PollFd<'_>>) = watched.unzip();
        poll(&mut asked, if wait { None } else { Some(&at_once) })?;
        for (tag, answer) in tags.iter().zip(&asked) {
            let level = readiness(answer.revents());
            if !level.is_empty() {
                // Not the last answer, and a level check made in this look: it counts as a
                // verdict until an event has been handed out.
                let last = Completion::last(tag.encode(), i32::from(level.bits()));
                self.core.complete(Completion { more: true, level: true, ..last });
            }
        }
        Ok(())
    }

    /// KERNEL. Is it ready, this very moment?
    fn check(&self, key: Key, interest: Interest) -> io::Result<Readiness> {
        let Some(descriptor) = &self.descriptors[key.index()] else {
            return Ok(Readiness::INVALID);
        };
        let mut asked = [PollFd::new(descriptor, flags(interest))];
        poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
        Ok(readiness(asked[0].revents()))
    }
}

/// What the core calls each flag of poll(2).
const NAMES: [(PollFlags, Readiness); 6] = [
    (PollFlags::IN, Readiness::READ),
    (PollFlags::OUT, Readiness::WRITE),
    (PollFlags::PRI, Readiness::PRIORITY),
    (PollFlags::ERR, Readiness::ERROR),
    (PollFlags::HUP, Readiness::HANGUP),
    (PollFlags::NVAL, Readiness::INVALID),
];

fn readiness(flags: PollFlags) -> Readiness {
    let named = NAMES.iter().filter(|(flag, _)| flags.contains(*flag));
    named.fold(Readiness::EMPTY, |all, (_, name)| all | *name)
}

fn flags(interest: Interest) -> PollFlags {
    // Ready for everything, as far as somebody with this interest wants to know.
    let wanted = Readiness::from_bits(u8::MAX).wanted_by(interest);
    let named = NAMES.iter().filter(|(_, name)| wanted.contains(*name));
    named.fold(PollFlags::empty(), |all, (flag, _)| all | *flag)
}

fn main() -> io::Result<()> {
    let mut driver = Driver::new();
    let mut names = Vec::new();
    for name in ["A", "B", "C"] {
        let (reader, writer) = rustix::pipe::pipe()?;
        rustix::io::write(&writer, b"123")?;
        // The writing end is closed here: after three bytes comes the end.
        names.push((driver.add(reader, Interest::READ).map_err(io::Error::other)?, name));
    }
    let mut story = Vec::new();
    while let Some(event) = driver.turn()? {
        let Event::Ready { key, readiness } = event else { continue };
        let name = names.iter().find(|(other, _)| *other == key).map_or("?", |(_, name)| name);
        let mut byte = [0];
        let reader = driver.descriptors[key.index()].as_ref().map(AsFd::as_fd);
        let count = reader.map_or(Ok(0), |reader| rustix::io::read(reader, &mut byte))?;
        println!("{name} is ready for {readiness:?}: {:?}", str::from_utf8(&byte[..count]));
        let turns = story.iter().filter(|&&other| other == name).count() + 1;
        story.push(name);
        if count == 0 || (name == "B" && turns == 2) {
            println!("{name} is removed");
            drop(driver.remove(key));
        }
    }
    println!("the turns were: {}", story.join(" "));
    assert_eq!(story.concat(), "ABCABCACAC");
    Ok(())
}
