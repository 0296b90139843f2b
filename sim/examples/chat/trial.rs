//! The chat in a world: a server, a few clients, and what must hold.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeSet;
use std::rc::Rc;

use levelring_sim::world::{Host, Rest};
use levelring_sim::{Odds, World};

use crate::client::{Heard, Part, heard_rightly, join};
use crate::server::serve;

const NAMES: [&str; 4] = ["ann", "bob", "cyd", "dan"];
const PORT: u16 = 7000;

type Client = (Host, Part, Rc<RefCell<Heard>>);

/// A room, some clients of whom one may die, and what each of them must have heard in the end.
pub(crate) fn chat(world: &mut World, hasty: bool) {
    let server = world.host("server");
    let opened = world.start(&server, |events| serve(events, &server, PORT, hasty));
    opened.expect("the port is free");

    let count = 2 + world.choose(3);
    let (mut parts, mut clients) = (Vec::new(), Vec::<Client>::new());
    for name in &NAMES[..count] {
        let host = world.host(name);
        let pause = world.draw_time(Duration::from_millis(1), Duration::from_millis(30));
        let part = Part { name: (*name).to_owned(), lines: 1 + world.choose(12), pause };
        let at = ("server", PORT);
        let joined = world.start(&host, |events| join(events, &host, at, part.clone()));
        parts.push(part.clone());
        clients.push((host, part, joined.expect("there is such a host")));
    }
    // The first may die in the midst of it.
    let dies = world.choose(4) == 1;
    if dies {
        let victim = clients.remove(0).0;
        let time = world.draw_time(Duration::from_millis(5), Duration::from_millis(200));
        world.at(time, move |world| world.crash(&victim));
    }

    watch_lines(world, &parts, &clients);
    assert_eq!(world.run(), Rest::Quiet);

    if world.options().resets != Odds(0) {
        // Then everybody may be thrown out at any time.
        return;
    }
    for (_, own, log) in &clients {
        let log = log.borrow();
        assert!(!log.gone, "{} was thrown out", own.name);
        assert_eq!(log.said, own.lines, "{} was not heard out", own.name);
        for (_, other, _) in clients.iter().filter(|(_, other, _)| other.name != own.name) {
            heard_rightly(&own.name, &log, other).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }
}

/// What is torn is seen as soon as it arrives.
fn watch_lines(world: &mut World, parts: &[Part], clients: &[Client]) {
    let said: BTreeSet<String> =
        parts.iter().flat_map(|part| (0..part.lines).map(|number| part.line(number))).collect();
    let mut logs: Vec<_> =
        clients.iter().map(|(_, part, log)| (part.name.clone(), Rc::clone(log), 0)).collect();
    world.invariant(move |_| {
        for (listener, log, seen) in &mut logs {
            for line in &log.borrow().lines[*seen..] {
                assert!(said.contains(line), "{listener} heard {line:?}, which nobody said");
                *seen += 1;
            }
        }
    });
}
