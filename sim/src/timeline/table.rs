//! The same in words: a table of steps, to be read aloud, and searched.

use core::fmt::Write as _;

use super::chart::Frame;
use super::markup::{about, escape};
use super::run::{Run, Step};
use super::words;

/// The rows of the table.
pub(super) fn rows(run: &Run, frame: &Frame) -> String {
    let mut html = String::new();
    for (at, step) in run.steps.iter().enumerate() {
        if !frame.steps.contains(&at) {
            continue;
        }
        let Step { now, who, what, notes, subjects } = step;
        let notes: Vec<String> = notes.iter().map(|note| escape(note)).collect();
        let failed = frame.failed && at + 1 == run.steps.len();
        let class = if failed { " class=\"failed\"" } else { "" };
        let _ = writeln!(
            html,
            "<tr id=\"s{}\"{class}{}><td>{}</td><td>{}</td><td class=\"{}\">{}</td><td>{}</td>\
             <td>{}</td></tr>",
            at + 1,
            about(subjects),
            at + 1,
            words::time(*now),
            role(who),
            escape(who),
            escape(what),
            notes.join("<br/>")
        );
    }
    html
}

fn role(who: &str) -> &'static str {
    match who {
        "program" | "handler" => "by program",
        "others" => "by others",
        _ => "by loop",
    }
}
