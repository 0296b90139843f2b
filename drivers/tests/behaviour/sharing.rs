//! Several registrations of one file: each has its own handler, interest and place.

use levelring::{Interest, Readiness, Tenure};

use crate::files::{Fd, counter, drain, duplicate, fill, full_pipe, put, sockets, take};
use crate::runner::scenarios;
use crate::stand::Stand;
use crate::trial::{BOTH, Trial, check};

scenarios! {
    Every: reader_and_writer_of_one_socket_take_turns,
    Every: each_is_told_only_what_it_asked_for,
    Every: three_readers_of_one_file_take_turns,
    Every: one_leaves_and_the_other_stays,
    Every: one_falls_silent_and_the_other_does_not,
    Every: one_of_two_changes_its_interest,
    Every: one_drains_what_both_wait_for,
    Every: duplicates_are_watched_apart,
    Every: two_loops_see_one_file,
    Every: sharers_and_others_take_turns,
}

/// Every pair of tenures.
const PAIRS: [[Tenure; 2]; 4] = [
    [Tenure::Held, Tenure::Held],
    [Tenure::Foreign, Tenure::Held],
    [Tenure::Held, Tenure::Foreign],
    [Tenure::Foreign, Tenure::Foreign],
];

/// A socket that can be read and written.
fn both_ways() -> [Fd; 2] {
    let pair = sockets();
    put(&pair[1]);
    pair
}

fn reader_and_writer_of_one_socket_take_turns(stand: &Stand) {
    for tenures in PAIRS {
        let (mut trial, [ours, _peer]) = (Trial::on(stand), both_ways());
        trial.watch(tenures[0], 'R', &ours, Interest::READ);
        trial.watch(tenures[1], 'W', &ours, Interest::WRITE);
        let six = trial.turns(6);
        check("3 of 6", six.matches('R').count(), 3);
        check("the other 3", six.matches('W').count(), 3);
        check("and 50 of 100", trial.turns(100).matches('R').count(), 50);
        check("alternating", trial.turns(40), six[..2].repeat(20));
    }
}

fn each_is_told_only_what_it_asked_for(stand: &Stand) {
    for tenures in PAIRS {
        let (mut trial, [ours, _peer]) = (Trial::on(stand), both_ways());
        let asked = [(Interest::READ, Readiness::READ), (Interest::WRITE, Readiness::WRITE)];
        for (tenure, (interest, told)) in tenures.into_iter().zip(asked) {
            trial.watch_and(tenure, 'x', &ours, interest, move |_, readiness| {
                check("what a sharer is told", readiness, told);
            });
        }
        let both = Interest::READ | Interest::WRITE;
        trial.watch_and(tenures[0], 'x', &ours, both, |_, readiness| {
            check("what who wants both is told", readiness, Readiness::READ | Readiness::WRITE);
        });
        check("turns", trial.turns(60), "x".repeat(60));
    }
}

fn three_readers_of_one_file_take_turns(stand: &Stand) {
    for tenures in PAIRS {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        trial.watch(tenures[0], 'A', &pipe.read, Interest::READ);
        trial.watch(tenures[1], 'B', &pipe.read, Interest::READ);
        trial.watch(tenures[0], 'C', &pipe.read, Interest::READ);
        let order = trial.turns(3);
        check("ever after", trial.turns(60), order.repeat(20));
        for name in ['A', 'B', 'C'] {
            assert!(order.contains(name), "{order}");
        }
    }
}

fn one_leaves_and_the_other_stays(stand: &Stand) {
    for tenures in PAIRS {
        for turns in [0, 1, 2, 50] {
            for leaver in [0, 1] {
                let (mut trial, pipe) = (Trial::on(stand), full_pipe());
                let keys = [
                    trial.watch(tenures[0], 'A', &pipe.read, Interest::READ),
                    trial.watch(tenures[1], 'B', &pipe.read, Interest::READ),
                ];
                trial.turns(turns);
                trial.remove(keys[leaver]);
                let stays = ["B", "A"][leaver];
                check("who stays", trial.turns(20), stays.repeat(20));
                take(&pipe.read);
                check("drained", trial.turns(3), "...");
                put(&pipe.write);
                check("again", trial.nexts(3), stays.repeat(3));
            }
        }
    }
}

fn one_falls_silent_and_the_other_does_not(stand: &Stand) {
    for tenures in PAIRS {
        let (mut trial, [ours, peer]) = (Trial::on(stand), sockets());
        let reader = trial.watch(tenures[0], 'R', &ours, Interest::READ);
        trial.watch(tenures[1], 'W', &ours, Interest::WRITE);
        check("writable", trial.turns(4), "WWWW");
        fill(&ours);
        trial.sleeps("full");
        put(&peer);
        check("readable", trial.nexts(3), "RRR");
        trial.set(reader, Interest::EMPTY);
        trial.sleeps("full, and nobody to read");
        drain(&peer);
        check("writable again", trial.nexts(3), "WWW");
        trial.set(reader, Interest::READ);
        let both = trial.turns(10);
        check("both again", both.matches('R').count(), 5);
    }
}

fn one_of_two_changes_its_interest(stand: &Stand) {
    for tenures in PAIRS {
        let (mut trial, [ours, _peer]) = (Trial::on(stand), both_ways());
        let first = trial.watch(tenures[0], 'A', &ours, Interest::READ);
        let second = trial.watch(tenures[1], 'B', &ours, Interest::PRIORITY);
        check("only one", trial.turns(12), "A".repeat(12));
        trial.set(first, Interest::PRIORITY);
        trial.sleeps("neither");
        trial.set(second, Interest::READ);
        check("the other", trial.nexts(12), "B".repeat(12));
        trial.set(first, Interest::WRITE);
        check("both", trial.turns(30).matches('A').count(), 15);
    }
}

fn one_drains_what_both_wait_for(stand: &Stand) {
    for tenures in PAIRS {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        let reader = pipe.read.clone();
        trial.watch_and(tenures[0], 'A', &pipe.read, Interest::READ, move |_, _| {
            drain(&reader);
        });
        let reader = pipe.read.clone();
        trial.watch_and(tenures[1], 'B', &pipe.read, Interest::READ, move |_, _| {
            drain(&reader);
        });
        for _ in 0..10 {
            let ran = trial.turns(4).replace('.', "");
            if stand.is_strict() {
                check("runs", ran.len(), 1);
            } else {
                assert!((1..=2).contains(&ran.len()), "runs: {ran}");
            }
            put(&pipe.write);
        }
    }
}

fn duplicates_are_watched_apart(stand: &Stand) {
    for tenures in PAIRS {
        let (mut trial, pipe) = (Trial::on(stand), full_pipe());
        let other = duplicate(&pipe.read);
        let one = trial.watch(tenures[0], 'A', &pipe.read, Interest::READ);
        trial.watch(tenures[1], 'B', &other, Interest::READ);
        check("both", trial.turns(20).matches('A').count(), 10);
        trial.remove(one);
        check("one", trial.turns(5), "BBBBB");
        take(&other);
        trial.sleeps("drained by another number");
    }
}

fn two_loops_see_one_file(stand: &Stand) {
    for tenures in PAIRS {
        let (mut one, mut other) = (Trial::on(stand), Trial::on(stand));
        let file = counter(0);
        one.watch(tenures[0], 'A', &file, Interest::READ);
        other.watch(tenures[1], 'B', &file, Interest::READ);
        for _ in 0..3 {
            check("nothing for one", one.turns(2), "..");
            check("nothing for the other", other.turns(2), "..");
            crate::files::count_up(&file);
            check("one sees it", one.nexts(3), "AAA");
            check("so does the other", other.nexts(3), "BBB");
            check("and one still", one.nexts(20), "A".repeat(20));
            crate::files::count_off(&file);
        }
        drop(one);
        crate::files::count_up(&file);
        check("whoever is left", other.nexts(3), "BBB");
    }
}

fn sharers_and_others_take_turns(stand: &Stand) {
    for tenure in BOTH {
        let (mut trial, [ours, _peer], pipe) = (Trial::on(stand), both_ways(), full_pipe());
        trial.watch(tenure, 'R', &ours, Interest::READ);
        trial.watch(Tenure::Held, 'P', &pipe.read, Interest::READ);
        trial.watch(tenure, 'W', &ours, Interest::WRITE);
        let order = trial.turns(90);
        for name in ['R', 'W', 'P'] {
            check("a third each", order.matches(name).count(), 30);
        }
        check("in rotation", order[3..].to_owned(), order[..3].repeat(29));
    }
}
