//! The chat server: whatever line one sends, all others receive.

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use levelring::{EventLoop, Fired, Handle, Interest, Readiness};
use levelring_sim::world::{Listener, Sockets};

use crate::outbox::{Inbox, Outbox};

type Loop<S> = EventLoop<'static, <S as Sockets>::Kernel>;

/// Those who are in the room, in the order in which they came.
type Members<S> = Rc<RefCell<BTreeMap<u64, Member<<S as Sockets>::Stream>>>>;

struct Member<T> {
    handle: Handle<T>,
    outbox: Outbox,
}

/// Opens a room at a port; says at which. A `hasty` one has a bug.
pub(crate) fn serve<S: Sockets>(
    events: &mut Loop<S>,
    net: &S,
    port: u16,
    hasty: bool,
) -> io::Result<u16> {
    let listener = net.listen(port)?;
    let port = listener.port()?;
    let members: Members<S> = Members::<S>::default();
    let mut next = 0;
    let accept = move |events: &mut Loop<S>, fired: Fired<'_, S::Listener>| {
        // Whoever is gone again before being accepted is no loss.
        if let Ok(stream) = fired.source.accept_stream() {
            next += 1;
            welcome::<S>(events, &members, next, stream, hasty);
        }
    };
    events
        .add(listener, Interest::READ, accept)
        .map_err(|refused| io::Error::other(refused.reason))?;
    Ok(port)
}

fn welcome<S: Sockets>(
    events: &mut Loop<S>,
    members: &Members<S>,
    id: u64,
    stream: S::Stream,
    hasty: bool,
) {
    let (all, mut inbox) = (Rc::clone(members), Inbox::default());
    let added = events.add(stream, Interest::READ, move |events, fired| {
        let Fired { key, source, readiness, .. } = fired;
        if readiness.contains(Readiness::WRITE)
            && let Some(member) = all.borrow_mut().get_mut(&id)
        {
            // If it fails, that is the end, and there is something to read.
            let _ = member.outbox.flush(source);
            watch(events, member);
        }
        if readiness != Readiness::WRITE {
            match inbox.receive(source) {
                Ok(Some(lines)) => {
                    for line in lines {
                        broadcast::<S>(events, &all, id, &line);
                    }
                }
                Ok(None) | Err(_) => {
                    all.borrow_mut().remove(&id);
                    let _ = events.discard(key);
                }
            }
        }
    });
    if let Ok(handle) = added {
        members.borrow_mut().insert(id, Member { handle, outbox: Outbox::new(hasty) });
    }
}

fn broadcast<S: Sockets>(events: &mut Loop<S>, members: &Members<S>, from: u64, line: &str) {
    let line = format!("{line}\n");
    for (id, member) in members.borrow_mut().iter_mut() {
        if *id != from
            && let Some(stream) = member.handle.source()
        {
            // As above: its own handler will see that it is gone.
            let _ = member.outbox.send(&*stream, line.as_bytes());
            watch(events, member);
        }
    }
}

/// Waits for room only while something is kept, or the loop would never sleep.
fn watch<T, K: levelring::kernel::Kernel>(events: &mut EventLoop<'_, K>, member: &Member<T>) {
    let waiting = member.outbox.is_waiting();
    let interest = if waiting { Interest::READ | Interest::WRITE } else { Interest::READ };
    let _ = events.set_interest(&member.handle, interest);
}
