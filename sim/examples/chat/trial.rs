//! The chat in a world: a server, a few clients, and what must hold.

use core::time::Duration;

use levelring_sim::{Rest, World};

use crate::client::{Part, heard_rightly, join};
use crate::server::serve;

const NAMES: [&str; 4] = ["ann", "bob", "cyd", "dan"];
const PORT: u16 = 7000;

/// A room, some clients of whom one may die, and what each of them must have heard in the end.
pub(crate) fn chat(world: &mut World, hasty: bool) {
    let server = world.host("server");
    let opened = world.start(&server, |events| serve(events, &server, PORT, hasty));
    opened.expect("the port is free");

    let count = 2 + world.choose(3);
    let mut clients = Vec::new();
    for name in &NAMES[..count] {
        let host = world.host(name);
        let pause = world.draw_time(Duration::from_millis(1), Duration::from_millis(30));
        let part = Part { name: (*name).to_owned(), lines: 1 + world.choose(12), pause };
        let at = ("server", PORT);
        let joined = world.start(&host, |events| join(events, &host, at, part.clone()));
        clients.push((host, part, joined.expect("there is such a host")));
    }
    // The first may die in the midst of it.
    let dies = world.choose(4) == 1;
    if dies {
        let victim = clients.remove(0).0;
        let time = world.draw_time(Duration::from_millis(5), Duration::from_millis(200));
        world.at(time, move |world| world.crash(&victim));
    }

    // What is torn is seen when it arrives.
    let names: Vec<String> = NAMES.map(String::from).to_vec();
    let logs: Vec<_> =
        clients.iter().map(|(_, part, log)| (part.name.clone(), log.clone())).collect();
    world.invariant(move |_| {
        for (listener, log) in &logs {
            let log = log.borrow();
            let Some(line) = log.lines.last() else { continue };
            let whole = names.iter().any(|name| line.split(' ').next() == Some(name));
            let once = line.chars().filter(|letter| letter.is_alphabetic()).count() == 3;
            assert!(whole && once, "{listener} heard {line:?}");
        }
    });
    assert_eq!(world.run(), Rest::Quiet);

    for (_, own, log) in &clients {
        let log = log.borrow();
        assert!(!log.gone, "{} was thrown out", own.name);
        assert_eq!(log.said, own.lines, "{} was not heard out", own.name);
        for (_, other, _) in clients.iter().filter(|(_, other, _)| other.name != own.name) {
            heard_rightly(&own.name, &log, other).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }
}
