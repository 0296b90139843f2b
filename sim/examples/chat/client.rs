//! A client that says a few lines, one now and then, and remembers what it hears.

use core::cell::RefCell;
use core::time::Duration;
use std::io;
use std::rc::Rc;

use levelring::{EventLoop, Fired, Interest, Readiness};
use levelring_sim::world::{Sockets, Timer};

use crate::outbox::{Inbox, Outbox};

/// What a client is to do.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) lines: usize,
    /// How long it is silent before each line.
    pub(crate) pause: Duration,
}

impl Part {
    /// Its lines are of many lengths.
    pub(crate) fn line(&self, number: usize) -> String {
        format!("{} {number} {}", self.name, "-".repeat(number * 7 % 23))
    }
}

/// What a client has heard, and whether it was thrown out.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) lines: Vec<String>,
    pub(crate) said: usize,
    pub(crate) gone: bool,
}

/// Enters the room at a port of a host.
pub(crate) fn join<S: Sockets>(
    events: &mut EventLoop<'static, S::Kernel>,
    net: &S,
    (host, port): (&str, u16),
    part: Part,
) -> io::Result<Rc<RefCell<Heard>>> {
    let heard = Rc::new(RefCell::new(Heard::default()));
    let outbox = Rc::new(RefCell::new(Outbox::default()));
    let timer = net.timer()?;
    timer.set(Some(part.pause))?;

    let (log, kept, mut inbox) = (Rc::clone(&heard), Rc::clone(&outbox), Inbox::default());
    let stream = net.connect(host, port)?;
    let conversation = move |events: &mut EventLoop<'static, S::Kernel>, fired: Fired<'_, _>| {
        let Fired { key, source, readiness, .. } = fired;
        if readiness.contains(Readiness::WRITE) {
            let _ = kept.borrow_mut().flush(source);
            watch(events, key, &kept.borrow());
        }
        if readiness != Readiness::WRITE {
            match inbox.receive(source) {
                Ok(Some(lines)) => log.borrow_mut().lines.extend(lines),
                Ok(None) | Err(_) => {
                    log.borrow_mut().gone = true;
                    let _ = events.discard(key);
                }
            }
        }
    };
    // That it is writable means that it is connected.
    let both = Interest::READ | Interest::WRITE;
    let handle = events
        .add(stream, both, conversation)
        .map_err(|refused| io::Error::other(refused.reason))?;

    let log = Rc::clone(&heard);
    let speak = move |events: &mut EventLoop<'static, S::Kernel>, fired: Fired<'_, S::Timer>| {
        let Fired { key, source: timer, .. } = fired;
        if !timer.has_rung().unwrap_or(false) {
            return;
        }
        let stream = handle.source().filter(|_| log.borrow().said < part.lines);
        let Some(stream) = stream else {
            let _ = events.discard(key);
            return;
        };
        let line = part.line(log.borrow().said) + "\n";
        log.borrow_mut().said += 1;
        let _ = outbox.borrow_mut().send(&*stream, line.as_bytes());
        watch(events, handle.key(), &outbox.borrow());
        let _ = timer.set(Some(part.pause));
    };
    events.add(timer, Interest::READ, speak).map_err(|refused| io::Error::other(refused.reason))?;
    Ok(heard)
}

fn watch<K: levelring::kernel::Kernel>(
    events: &mut EventLoop<'_, K>,
    stream: levelring::Key,
    outbox: &Outbox,
) {
    let waiting = outbox.is_waiting();
    let interest = if waiting { Interest::READ | Interest::WRITE } else { Interest::READ };
    let _ = events.set_interest(stream, interest);
}

/// Checks what a client has heard of what another said: a run of whole lines in their order, up to
/// the last. (What was said before it came, it has not heard.)
pub(crate) fn heard_rightly(listener: &str, heard: &Heard, speaker: &Part) -> Result<(), String> {
    let theirs = format!("{} ", speaker.name);
    let lines: Vec<&String> = heard.lines.iter().filter(|l| l.starts_with(&theirs)).collect();
    let first = speaker.lines.checked_sub(lines.len());
    let first = first.ok_or_else(|| format!("{listener} heard more than was said"))?;
    for (number, line) in (first..).zip(lines) {
        let said = speaker.line(number);
        if *line != said {
            return Err(format!("{listener} heard {line:?} where {said:?} was said"));
        }
    }
    Ok(())
}
