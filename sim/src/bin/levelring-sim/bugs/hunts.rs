//! All hunts: each in a process of its own, a few at a time.

use core::cmp::Reverse;
use std::process::Command;
use std::sync::Mutex;

use levelring_core::planted::{Bug, Net};
use levelring_sim::planted::hunt;

use super::{Bugs, suites, table};

/// Seeds on which nothing may be found where nothing is planted.
const CLEAN: u64 = 1000;

/// What came of a hunt.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) bug: Bug,
    pub(super) net: Net,
    pub(super) within: u64,
    pub(super) found: Option<Found>,
}

#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) seeds: u64,
    pub(super) by: String,
    pub(super) text: String,
}

pub(super) fn all(bugs: &[Bug], options: &Bugs) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for &bug in bugs {
        let (net, within) = options.hunt_of(bug);
        rows.push(Row { bug, net, within, found: None });
    }
    suites::property(&mut rows, options);
    suites::ALL.iter().for_each(suites::build);
    let mut hunts: Vec<&mut Row> = rows.iter_mut().filter(|row| row.net != Net::Property).collect();
    // Most seeds first; tests, which are held to a clock, when these are done.
    hunts.sort_by_key(|row| Reverse(row.within));
    let left = Mutex::new(hunts.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let row = left.lock().expect("no hunt panics").next();
                    let Some(row) = row else { break };
                    row.found = match row.net {
                        Net::Loops => suites::suite(Some(row.bug), &suites::LOOPS),
                        Net::Operations => suites::suite(Some(row.bug), &suites::OPERATIONS),
                        Net::Behaviour => suites::suite(Some(row.bug), &suites::BEHAVIOUR),
                        Net::Property | Net::Storm | Net::Forge | Net::Explorer => in_a_child(row),
                    };
                    eprintln!("{}", table::line(row));
                }
            });
        }
    });
    rows
}

fn in_a_child(row: &Row) -> Option<Found> {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["bugs", "--child", "--only", row.bug.name(), "--net", row.net.name()])
        .args(["--seeds", &row.within.to_string()])
        .output()
        .expect("this program runs");
    // A signal is more than a panic can tell of, and is noticed too.
    let killed = output.status.code().is_none();
    assert!(killed || output.status.success(), "a hunt ends in order: {}", output.status);
    if killed {
        let text = format!("the process ended with {}", output.status);
        return Some(Found { seeds: 1, by: "process".to_owned(), text });
    }
    String::from_utf8_lossy(&output.stdout).lines().find_map(|line| {
        let mut words = line.splitn(4, '\t').skip(1);
        let seeds = words.next()?.parse().ok()?;
        let (by, text) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some(Found { seeds, by, text })
    })
}

/// A net that finds something in everything finds nothing.
pub(super) fn nothing_is_found_where_nothing_is() -> bool {
    let nets = [Net::Storm, Net::Forge, Net::Explorer];
    let nets = nets.into_iter().filter_map(|net| hunt(None, net, CLEAN, |_| ()));
    let tests = suites::ALL.iter().filter_map(|tests| suites::suite(None, tests));
    let found = nets.map(|it| (it.by.to_owned(), it.text)).chain(tests.map(|it| (it.by, it.text)));
    found.inspect(|(by, text)| eprintln!("no bug is planted, and {by} says: {text}")).count() == 0
}
