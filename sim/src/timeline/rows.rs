//! Which rows there are, from the top to the bottom.

use std::collections::BTreeMap;

use levelring::kernel::mask;

use super::items::{Item, LINE, STEP, Shape, in_turn, over, packed, sign, stacked};
use super::run::{Band, Looping, Opened, Registered, Requested, Run, Span, Subject};
use super::words;

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
    for registration in &run.registrations {
        rows.extend(of_registration(registration, end));
    }
    if !run.requests.is_empty() {
        rows.push(heading("Requests", "asked of the ring"));
    }
    rows.extend(run.requests.iter().map(|request| of_request(request, end)));
    if !run.files.is_empty() {
        rows.push(heading("Open files", "readable · writable"));
    }
    rows.extend(run.files.iter().map(|(id, file)| of_file(*id, file, end)));
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
    let Looping { driver, turns, handlers, calls, submissions, completions, depth } = looping;
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

fn of_registration(one: &Registered, end: usize) -> Vec<Row> {
    let wants = one.interests.iter().map(|span| over(span, end, (3, LINE - 2)));
    let mut items: Vec<Item> = wants.collect();
    items.extend(one.marks.iter().map(|mark| sign(mark, 3, LINE - 2)));
    let row = |name: &str, about: &str, class, height, items| Row {
        name: name.to_owned(),
        about: about.to_owned(),
        class,
        height,
        subjects: one.subjects.clone(),
        items,
    };
    let mut rows = vec![row(&one.name, &one.about, "lane first", LINE + 4, items)];
    let on_ring = one.lanes.iter().any(|lane| !lane.is_empty());
    for (letter, lane) in ["lane A", "lane B"].into_iter().zip(&one.lanes) {
        if on_ring {
            rows.push(row("", letter, "lane thin", 14, in_turn(lane, end, (1, 12))));
        }
    }
    if !one.set.is_empty() {
        rows.push(row("", "in the set", "lane thin", 14, in_turn(&one.set, end, (1, 12))));
    }
    rows
}

fn of_request(one: &Requested, end: usize) -> Row {
    let mut items = in_turn(&one.spans, end, (3, LINE - 2));
    items.extend(one.marks.iter().map(|mark| sign(mark, 3, LINE - 2)));
    let (name, about, subjects) = (one.name.clone(), one.about.clone(), one.subjects.clone());
    Row { name, about, class: "lane first", height: LINE + 4, subjects, items }
}

fn of_file(id: u32, file: &Opened, end: usize) -> Row {
    let subjects = vec![Subject::File(id)];
    let mut items = Vec::new();
    for band in &file.bands {
        let Band { from, to, level, numbers, others } = band;
        let (from, to) = (from * STEP, to.unwrap_or(end) * STEP);
        if to <= from {
            continue;
        }
        let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
        let pinned = numbers.is_empty() && *others > 0;
        let open = if pinned { "open to nobody".to_owned() } else { numbers.join(" ") };
        let title = format!(
            "{}: ready for {} · descriptors {open} · other references {others}",
            file.kind,
            words::bits(*level)
        );
        let label = if pinned { "pinned".to_owned() } else { String::new() };
        let mut push = |class, top, height, label: &str| {
            let (label, title, subjects) = (label.to_owned(), title.clone(), subjects.clone());
            let shape = Shape::Box;
            items.push(Item { from, to, top, height, class, label, title, subjects, shape });
        };
        push(if pinned { "file pinned" } else { "file open" }, 2, 18, &label);
        if level & (mask::IN | mask::PRI) != 0 {
            push("level readable", 2, 9, "");
        }
        if level & mask::OUT != 0 {
            push("level writable", 11, 9, "");
        }
        if level & (mask::HUP | mask::ERR | mask::RDHUP) != 0 {
            push("level ended", 8, 6, "");
        }
    }
    let name = if file.names.is_empty() { "(no name)".to_owned() } else { file.names.join(" ") };
    let about = format!("{}{}", file.kind, numbers_of(&file.bands));
    Row { name, about, class: "lane first", height: 22, subjects, items }
}

fn numbers_of(bands: &[Band]) -> String {
    let numbers: BTreeMap<i32, ()> =
        bands.iter().flat_map(|band| &band.numbers).map(|number| (*number, ())).collect();
    let numbers: Vec<String> = numbers.keys().map(i32::to_string).collect();
    if numbers.is_empty() { String::new() } else { format!(" · fd {}", numbers.join(", ")) }
}
