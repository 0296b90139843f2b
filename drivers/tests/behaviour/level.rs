//! A handler runs as long as its file is ready, one per turn.

use core::time::Duration;
use std::os::fd::AsRawFd;

use levelring::{Interest, Readiness, Tenure};

use crate::files::{counter, drain, full_pipe, pipe, put, sockets, take};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: an_unread_byte_fires_in_every_turn,
    Every: a_waiting_turn_fires_too,
    Every: one_handler_per_turn,
    Every: what_was_read_fires_no_more,
    Every: each_byte_left_fires,
    Every: writing_is_a_level_too,
    Every: ready_before_and_after_watching,
    Every: a_stale_hint_fires_nobody,
    Every: a_borrowed_source_is_watched,
    Plain: a_loop_runs_until_nothing_is_left,
}

fn an_unread_byte_fires_in_every_turn(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        trial.watch(tenure, 'A', &pipe.read, Interest::READ);
        check("fires in 10 turns", trial.turns(10), "AAAAAAAAAA");
        check("and in 90 more", trial.turns(90), "A".repeat(90));
    }
}

fn a_waiting_turn_fires_too(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        trial.watch(tenure, 'A', &pipe.read, Interest::READ);
        check("fires in 30 turns that may wait", trial.nexts(30), "A".repeat(30));
    }
}

fn one_handler_per_turn(stand: &Stand) {
    for tenure in BOTH {
        let mut trial = Trial::on(stand);
        let pipes: Vec<_> = (0..5).map(|_| full_pipe()).collect();
        for pipe in &pipes {
            trial.watch(tenure, 'x', &pipe.read, Interest::READ);
        }
        // `turns` sees to it that one turn notes one letter.
        check("turns", trial.turns(50), "x".repeat(50));
    }
}

fn what_was_read_fires_no_more(stand: &Stand) {
    for tenure in BOTH {
        for fires in [0, 1, 7, 30] {
            let (mut trial, pipe) = (Trial::on(stand), full_pipe());
            trial.watch(tenure, 'A', &pipe.read, Interest::READ);
            check("while it is there", trial.turns(fires), "A".repeat(fires));
            take(&pipe.read);
            check("once it is read", trial.turns(5), ".....");
            put(&pipe.write);
            check("when there is another", trial.nexts(3), "AAA");
        }
    }
}

fn each_byte_left_fires(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), pipe());
        for _ in 0..5 {
            put(&pipe.write);
        }
        let reader = pipe.read.clone();
        trial.watch_and(tenure, 'A', &pipe.read, Interest::READ, move |_, _| take(&reader));
        check("a byte per turn", trial.turns(7), "AAAAA..");
    }
}

fn writing_is_a_level_too(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, peer]) = (Trial::on(stand), sockets());
        trial.watch(tenure, 'W', &ours, Interest::WRITE);
        check("while there is room", trial.turns(20), "W".repeat(20));
        crate::files::fill(&ours);
        check("when there is none", trial.turns(5), ".....");
        drain(&peer);
        check("and again", trial.nexts(5), "WWWWW");
    }
}

fn ready_before_and_after_watching(stand: &Stand) {
    for tenure in BOTH {
        let mut trial = Trial::on(stand);
        let counters = [counter(1), counter(0)];
        trial.watch(tenure, 'A', &counters[0], Interest::READ);
        trial.watch(tenure, 'B', &counters[1], Interest::READ);
        check("who is ready at once", trial.turns(3), "AAA");
        crate::files::count_off(&counters[0]);
        check("nobody", trial.turns(3), "...");
        crate::files::count_up(&counters[1]);
        check("who becomes so", trial.nexts(3), "BBB");
    }
}

/// Written and read back between two turns, before the loop has looked: its poll may have
/// completed, but nothing is ready.
fn a_stale_hint_fires_nobody(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, pipe) = (Trial::on(stand), pipe());
        trial.watch(tenure, 'A', &pipe.read, Interest::READ);
        for _ in 0..5 {
            check("nothing yet", trial.turns(2), "..");
            put(&pipe.write);
            take(&pipe.read);
            check("it has come and gone", trial.turns(3), "...");
        }
        put(&pipe.write);
        check("it is there", trial.nexts(3), "AAA");
    }
}

fn a_borrowed_source_is_watched(stand: &Stand) {
    let (pipe, fires) = (full_pipe(), core::cell::Cell::new(0));
    let mut events = stand.builder().build().expect("a loop");
    let handle = events
        .add(&*pipe.read, Interest::READ, |_, fired| {
            check("what it is ready for", fired.readiness, Readiness::READ);
            check("whose it is", fired.source.as_raw_fd(), pipe.read.as_raw_fd());
            fires.set(fires.get() + 1);
        })
        .expect("room");
    for _ in 0..5 {
        check("fires", events.turn(Some(Duration::ZERO)), Ok(true));
    }
    events.remove(&handle).expect("to be there");
    check("no more", events.turn(Some(Duration::ZERO)), Ok(false));
    check("times", fires.get(), 5);
    drop(events);
    take(&pipe.read);
}

fn a_loop_runs_until_nothing_is_left(stand: &Stand) {
    let mut trial = Trial::on(stand);
    let pipes = [full_pipe(), full_pipe()];
    for (name, pipe) in ['A', 'B'].into_iter().zip(&pipes) {
        let mut left = 3;
        let reader = pipe.read.clone();
        let key = std::rc::Rc::new(core::cell::Cell::new(None));
        let own = key.clone();
        let handler = move |events: &mut crate::trial::Loop, _| {
            left -= 1;
            if left == 0 {
                take(&reader);
                events.discard(own.get().expect("it is set")).expect("to be there");
            }
        };
        key.set(Some(trial.watch_and(Tenure::Held, name, &pipe.read, Interest::READ, handler)));
    }
    check("how many", trial.events.len(), 2);
    check("runs to its end", trial.events.run(), Ok(()));
    check("in turn", trial.log.take(), "ABABAB");
    check("nobody is left", trial.events.is_empty(), true);

    trial.watch_and(Tenure::Held, 'S', &pipes[0].write, Interest::WRITE, |events, _| events.stop());
    check("runs until it is stopped", trial.events.run(), Ok(()));
    check("once", trial.log.take(), "S");
}
