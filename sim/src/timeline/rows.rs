//! Which rows there are, from the top to the bottom.

use std::collections::BTreeMap;

use super::items::{Item, LINE, STEP, Shape, in_turn, over, packed, sign, stacked};
use super::run::{Looping, Registered, Requested, Run, Span, Subject};

mod files;

/// A row of the picture.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) class: &'static str,
    pub(super) height: usize,
    pub(super) subjects: Vec<Subject>,
    pub(super) items: Vec<Item>,
}

/// All of them; a step is `width` pixels wide.
pub(super) fn rows(run: &Run, width: usize) -> Vec<Row> {
    let end = run.steps.len();
    let mut rows = vec![heading("The program", "and who is around it")];
    rows.push(lines("program", "operations", &run.program, end, width, 6));
    rows.push(lines("others", "while it sleeps", &run.others, end, width, 4));
    for (on, looping) in &run.loops {
        rows.extend(of_loop(*on, looping, end, width));
    }
    if !run.registrations.is_empty() {
        rows.push(heading("Registrations", "and their polls"));
    }
    for named in by_name(&run.registrations, |one| (&one.name, one.on)) {
        rows.extend(of_registrations(&named, end));
    }
    if !run.requests.is_empty() {
        rows.push(heading("Requests", "asked of the ring"));
    }
    let named = by_name(&run.requests, |one| (&one.name, one.on));
    rows.extend(named.iter().map(|named| of_requests(named, end)));
    if !run.files.is_empty() {
        rows.push(heading("Open files", "readable · writable"));
    }
    rows.extend(files::rows(&run.files, end));
    rows.retain(|row| row.class == "heading" || row.height > 0);
    rows
}

fn heading(name: &str, about: &str) -> Row {
    let (name, about) = (name.to_owned(), about.to_owned());
    Row { name, about, class: "heading", height: 30, ..Row::default() }
}

/// A row of labelled spans; none if there are none.
fn lines(name: &str, about: &str, spans: &[Span], end: usize, width: usize, most: usize) -> Row {
    let (items, lines) = packed(spans, end, width, (2, most));
    let height = if items.is_empty() { 0 } else { lines * LINE + 4 };
    let (name, about) = (name.to_owned(), about.to_owned());
    Row { name, about, class: "lane", height, items, ..Row::default() }
}

fn of_loop(on: u8, looping: &Looping, end: usize, width: usize) -> Vec<Row> {
    let Looping { driver, turns, handlers, calls, submissions, completions, waits, depth } =
        looping;
    let mut rows = vec![heading(&format!("Loop l{on}"), driver)];
    let items = turns.iter().map(|span| over(span, end, (3, LINE - 3))).collect();
    let (name, about) = ("turns".to_owned(), String::new());
    rows.push(Row { name, about, class: "lane", height: LINE + 3, items, ..Row::default() });
    rows.push(lines("handlers", "which run, for what", handlers, end, width, 3));
    rows.push(lines("system calls", "of the loop", calls, end, width, 3));
    for (name, about, marks) in [
        ("\u{25b2} submissions", "taken by the ring", submissions),
        ("\u{25bc} completions", "posted by the ring", completions),
    ] {
        let (items, height) = stacked(marks, 6);
        let height = if items.is_empty() { 0 } else { height };
        let (name, about) = (name.to_owned(), about.to_owned());
        rows.push(Row { name, about, class: "lane", height, items, ..Row::default() });
    }
    let items = in_turn(waits, end, (1, 12));
    let height = if items.is_empty() { 0 } else { 16 };
    let (name, about) = ("its own waits".to_owned(), "in the ring".to_owned());
    rows.push(Row { name, about, class: "lane", height, items, ..Row::default() });
    rows.push(of_depth(depth, end));
    rows
}

/// How full the ring is: under way as a pale bar, completions before it, overflow on top.
fn of_depth(depth: &[(usize, crate::kernel::RingSeen)], end: usize) -> Row {
    const HIGH: usize = 28;
    let most = depth.iter().map(|(_, seen)| seen.in_flight.max(seen.completions + seen.overflow));
    let most = most.max().unwrap_or(0).max(1);
    let mut items = Vec::new();
    for (at, (from, seen)) in depth.iter().enumerate() {
        let to = depth.get(at + 1).map_or(end, |(next, _)| *next);
        let title = format!(
            "under way {} · to be submitted {} · completions {} of {} · overflow {}",
            seen.in_flight, seen.queued, seen.completions, seen.room, seen.overflow
        );
        let full = seen.completions + seen.overflow;
        let bars = [
            ("bar flying", seen.in_flight, 0),
            ("bar done", seen.completions, 0),
            ("bar spilled", seen.overflow, full - seen.overflow),
        ];
        for (class, count, above) in bars.into_iter().filter(|(_, count, _)| *count > 0) {
            let height = (count * HIGH).div_ceil(most);
            let top = 2 + HIGH - height - above * HIGH / most;
            let (label, title, subjects) = (String::new(), title.clone(), Vec::new());
            let (from, to, shape) = (from * STEP, to * STEP, Shape::Box);
            if to > from {
                items.push(Item { from, to, top, height, class, label, title, subjects, shape });
            }
        }
    }
    let height = if items.is_empty() { 0 } else { HIGH + 4 };
    let (name, about) = ("queue depth".to_owned(), format!("{most} at most"));
    Row { name, about, class: "lane", height, items, ..Row::default() }
}

/// Those of one name: they follow each other, and share their rows.
fn by_name<T>(all: &[T], key: impl Fn(&T) -> (&String, u8)) -> Vec<Vec<&T>> {
    let mut named: BTreeMap<(u8, usize, &String), Vec<&T>> = BTreeMap::new();
    for one in all {
        let (name, on) = key(one);
        named.entry((on, name.len(), name)).or_default().push(one);
    }
    named.into_values().collect()
}

fn of_registrations(named: &[&Registered], end: usize) -> Vec<Row> {
    let Some(first) = named.first() else { return Vec::new() };
    let mut items = Vec::new();
    for one in named {
        let first = items.len();
        items.extend(one.interests.iter().map(|span| over(span, end, (3, LINE - 2))));
        if named.len() > 1 {
            // The row's own name says it of one only.
            items[first..].iter_mut().take(1).for_each(|item| {
                item.label = format!("{} \u{b7} {}", item.label, one.about);
            });
        }
        items.extend(one.marks.iter().map(|mark| sign(mark, 3, LINE - 2)));
    }
    let row = |name: &str, about: String, class, height, items| Row {
        name: name.to_owned(),
        about,
        class,
        height,
        subjects: named.iter().map(|one| one.subjects[0]).collect(),
        items,
    };
    let about = match named.len() {
        1 => first.about.clone(),
        many => format!("l{} · {many} of them", first.on),
    };
    let mut rows = vec![row(&first.name, about, "lane first", LINE + 4, items)];
    let mut thin = |letter: &str, lane: fn(&Registered) -> &[Span], always: bool| {
        let items: Vec<Item> =
            named.iter().flat_map(|one| in_turn(lane(one), end, (1, 12))).collect();
        if always || !items.is_empty() {
            rows.push(row("", letter.to_owned(), "lane thin", 14, items));
        }
    };
    let on_ring = named.iter().any(|one| one.lanes.iter().any(|lane| !lane.is_empty()));
    thin("lane A", |one| &one.lanes[0], on_ring);
    thin("lane B", |one| &one.lanes[1], on_ring);
    thin("in the set", |one| &one.set, false);
    rows
}

fn of_requests(named: &[&Requested], end: usize) -> Row {
    let mut items = Vec::new();
    for one in named {
        items.extend(in_turn(&one.spans, end, (3, LINE - 2)));
        items.extend(one.marks.iter().map(|mark| sign(mark, 3, LINE - 2)));
    }
    let (name, about) = match named {
        [one] => (one.name.clone(), one.about.clone()),
        many => (many[0].name.clone(), format!("l{} · {} of them", many[0].on, many.len())),
    };
    let subjects = named.iter().map(|one| one.subjects[0]).collect();
    Row { name, about, class: "lane first", height: LINE + 4, subjects, items }
}
