//! What the loops have to do: the works of the pipe table.

use core::cell::Cell;
use core::fmt;
use core::time::Duration;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::rc::Rc;

use levelring::{EventLoop, Fired, Interest};

use crate::loops::Kind;

/// Something to do that never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// So many pipes; at both ends of each a handler, which reads or writes a byte. One pipe is
    /// Samba's speed test.
    Pipes(usize),
    /// A ring of so many pipes, with so many bytes in it; a handler reads one and writes it on.
    Ring(usize, usize),
    /// So many pipes with a byte in each that nobody reads.
    Level(usize),
    /// The same, but they are empty until all are told to [`wake`](Working::wake).
    Sleeping(usize),
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipes(1) => f.write_str("samba"),
            Self::Pipes(n) => write!(f, "pipes-{n}"),
            Self::Ring(n, active) => write!(f, "ring-{n}-{active}"),
            Self::Level(n) => write!(f, "level-{n}"),
            Self::Sleeping(n) => write!(f, "sleeping-{n}"),
        }
    }
}

/// A loop with work to do.
pub(crate) struct Working {
    pub(crate) events: EventLoop<'static>,
    /// How often each handler has run.
    runs: Rc<[Cell<u64>]>,
    open: Vec<Rc<PipeWriter>>,
}

impl Working {
    pub(crate) fn new(kind: Kind, work: Work) -> Self {
        let mut events = kind.builder().build().expect("it was to be had");
        let pipes: Vec<_> = (0..work.pipes()).map(|_| std::io::pipe().expect("pipe")).collect();
        let (readers, writers): (Vec<_>, Vec<_>) = pipes.into_iter().unzip();
        let open: Vec<_> = writers.into_iter().map(Rc::new).collect();
        let runs = vec![Cell::new(0); work.handlers()].into();
        for (index, reader) in readers.into_iter().enumerate() {
            work.fill(index, &open);
            work.add(&mut events, index, reader, &open, &runs);
        }
        Self { events, runs, open }
    }

    /// Runs so many handlers, one per turn.
    pub(crate) fn turn(&mut self, times: usize) {
        for _ in 0..times {
            // Without a deadline a lost event would hang. Who is ready has no look at the clock.
            let ran = self.events.turn(Some(Duration::from_secs(10))).expect("turn");
            assert!(ran, "somebody is ready, and nobody ran");
        }
    }

    /// A byte for every pipe, all at once.
    pub(crate) fn wake(&self) {
        for writer in &self.open {
            (&**writer).write_all(b"x").expect("there is room");
        }
    }

    /// Takes the byte out of every pipe.
    pub(crate) fn drain(&self) {
        for writer in &self.open {
            let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
            let mut reader = std::fs::File::open(path).expect("the other end");
            reader.read_exact(&mut [0]).expect("it is there");
        }
    }

    /// How often each handler has run since this was asked last.
    pub(crate) fn take_runs(&self) -> Vec<u64> {
        self.runs.iter().map(Cell::take).collect()
    }
}

impl Work {
    fn pipes(self) -> usize {
        match self {
            Self::Pipes(n) | Self::Ring(n, _) | Self::Level(n) | Self::Sleeping(n) => n,
        }
    }

    pub(crate) fn handlers(self) -> usize {
        match self {
            Self::Pipes(n) => 2 * n,
            Self::Ring(n, _) | Self::Level(n) | Self::Sleeping(n) => n,
        }
    }

    /// What is in the pipes at the beginning; of a ring, evenly spread.
    fn fill(self, index: usize, writers: &[Rc<PipeWriter>]) {
        let full = match self {
            Self::Pipes(_) | Self::Sleeping(_) => false,
            Self::Ring(n, active) => index * active % n < active,
            Self::Level(_) => true,
        };
        if full {
            (&*writers[index]).write_all(b"x").expect("write");
        }
    }

    fn add(
        self,
        events: &mut EventLoop<'static>,
        index: usize,
        reader: PipeReader,
        writers: &[Rc<PipeWriter>],
        runs: &Rc<[Cell<u64>]>,
    ) {
        let next = Rc::clone(&writers[(index + 1) % writers.len()]);
        let count = counter(runs, index);
        let read = move |_: &mut EventLoop<'_>, Fired { mut source, .. }: Fired<'_, PipeReader>| {
            count();
            if matches!(self, Self::Pipes(_) | Self::Ring(..)) {
                source.read_exact(&mut [0]).expect("it is ready");
            }
            if matches!(self, Self::Ring(..)) {
                (&*next).write_all(b"x").expect("there is room");
            }
        };
        events.add(reader, Interest::READ, read).expect("add");
        if matches!(self, Self::Pipes(_)) {
            let count = counter(runs, writers.len() + index);
            let write = move |_: &mut EventLoop<'_>, fired: Fired<'_, Rc<PipeWriter>>| {
                count();
                (&**fired.source).write_all(b"x").expect("it is ready");
            };
            events.add(Rc::clone(&writers[index]), Interest::WRITE, write).expect("add");
        }
    }
}

fn counter(runs: &Rc<[Cell<u64>]>, index: usize) -> impl Fn() + 'static {
    let runs = Rc::clone(runs);
    move || runs[index].set(runs[index].get() + 1)
}
