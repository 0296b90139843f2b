//! Files: what each is ready for, as a band.

use std::collections::BTreeMap;

use levelring::kernel::mask;

use super::Row;
use crate::timeline::items::{Item, STEP, Shape};
use crate::timeline::run::{Band, Opened, Subject};
use crate::timeline::words;

/// One row for each name, as long as no two files have it at once.
pub(super) fn rows(files: &BTreeMap<u32, Opened>, end: usize) -> Vec<Row> {
    let mut shared: BTreeMap<(usize, &str), Vec<Shared>> = BTreeMap::new();
    for (id, file) in files {
        let (Some(first), Some(last)) = (file.bands.first(), file.bands.last()) else { continue };
        let name = file.names.first().map_or("", String::as_str);
        let lines = shared.entry((name.len(), name)).or_default();
        let (from, to) = (first.from, last.to.unwrap_or(end));
        match lines.iter_mut().find(|line| line.to <= from) {
            Some(line) => {
                line.files.push((*id, file));
                line.to = to;
            }
            None => lines.push(Shared { to, files: vec![(*id, file)] }),
        }
    }
    // Those without a name come last.
    let (unnamed, named): (Vec<_>, Vec<_>) =
        shared.into_iter().partition(|((length, _), _)| *length == 0);
    let lines = named.into_iter().chain(unnamed).flat_map(|(_, lines)| lines);
    lines.map(|line| of_line(&line.files, end)).collect()
}

/// Files that follow each other.
struct Shared<'a> {
    to: usize,
    files: Vec<(u32, &'a Opened)>,
}

fn of_line(files: &[(u32, &Opened)], end: usize) -> Row {
    let mut items = Vec::new();
    for (id, file) in files {
        bands(&mut items, *id, file, end);
    }
    let mut names: Vec<&str> =
        files.iter().flat_map(|(_, file)| &file.names).map(String::as_str).collect();
    names.dedup();
    let name = names.first().copied().unwrap_or("(no name)").to_owned();
    let about = match files {
        [(_, file)] => about(file),
        many => format!("{} files", many.len()),
    };
    let subjects = files.iter().map(|(id, _)| Subject::File(*id)).collect();
    Row { name, about, class: "lane first", height: 22, subjects, items }
}

fn about(file: &Opened) -> String {
    let mut numbers: Vec<i32> =
        file.bands.iter().flat_map(|band| band.numbers.iter().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
    if numbers.is_empty() {
        return file.kind.to_owned();
    }
    format!("{} · fd {}", file.kind, numbers.join(", "))
}

fn bands(items: &mut Vec<Item>, id: u32, file: &Opened, end: usize) {
    let subjects = vec![Subject::File(id)];
    let mut told = false;
    for Band { from, to, level, numbers, others } in &file.bands {
        let (from, to) = (from * STEP, to.unwrap_or(end) * STEP);
        if to <= from {
            continue;
        }
        let pinned = numbers.is_empty() && *others > 0;
        let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
        let open = if pinned { "none any more".to_owned() } else { numbers.join(" ") };
        let title = format!(
            "{} ({}): ready for {}\ndescriptors: {open}, other references: {others}",
            file.names.join(" "),
            file.kind,
            words::bits(*level)
        );
        let label = match (pinned, core::mem::replace(&mut told, true)) {
            (true, _) => "pinned".to_owned(),
            (false, false) => format!("{} · fd {open}", file.kind),
            (false, true) => String::new(),
        };
        let mut push = |class, top, height, label: String| {
            let (title, subjects) = (title.clone(), subjects.clone());
            let shape = Shape::Box;
            items.push(Item { from, to, top, height, class, label, title, subjects, shape });
        };
        push("file open", 2, 18, String::new());
        if level & (mask::IN | mask::PRI) != 0 {
            push("level readable", 2, 9, String::new());
        }
        if level & mask::OUT != 0 {
            push("level writable", 11, 9, String::new());
        }
        if level & (mask::HUP | mask::ERR | mask::RDHUP) != 0 {
            push("level ended", 8, 6, String::new());
        }
        if pinned {
            push("file pinned", 2, 18, String::new());
        }
        if !label.is_empty() {
            push("caption", 2, 18, label);
        }
    }
}
