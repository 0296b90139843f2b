//! The page around the picture.

use core::fmt::Write as _;
use core::ops::Range;

use super::chart::{self, Frame};
use super::markup::escape;
use super::rows::rows;
use super::run::Run;
use super::table;
use crate::storm::{Failure, Outcome};

const STYLE: &str = include_str!("style.css");
const BEHAVIOUR: &str = include_str!("script.js");
const LEGEND: &str = include_str!("legend.html");
const HELP: &str = include_str!("help.html");

/// Writes the page.
pub(super) fn write(
    origin: &str,
    outcome: &Outcome,
    run: &Run,
    steps: Option<Range<usize>>,
) -> String {
    let all = run.steps.len();
    let asked = steps.unwrap_or(0..all);
    let steps = asked.start.min(all)..asked.end.min(all).max(asked.start.min(all));
    let width = match steps.len() {
        ..=160 => 54,
        161..=700 => 34,
        _ => 24,
    };
    let failed = outcome.failure.is_some() && steps.end == all;
    let frame = Frame { steps, width, failed };
    let mut rows = rows(run, width);
    if frame.steps.len() < all {
        rows = frame.with_something(rows);
    }
    let title = escape(&format!("{origin} \u{b7} levelring timeline"));
    let (style, legend, help) = (STYLE, LEGEND, HELP);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
    );
    page.push_str(&header(origin, outcome, run, &frame));
    let _ = writeln!(
        page,
        "{legend}<div id=\"chart\" tabindex=\"0\" data-w=\"{width}\" data-first=\"{}\">\
         <div class=\"corner\">step<br/><i>time</i></div>{}\
         <div class=\"names\">{}</div>{}</div>",
        frame.steps.start + 1,
        chart::axis(run, &frame),
        chart::names(&rows),
        chart::body(run, &rows, &frame)
    );
    let _ = writeln!(
        page,
        "{help}<section id=\"words\">\n<h2>The same in words</h2>\n\
         <p><input id=\"find\" type=\"search\" placeholder=\"search the steps  ( / )\" \
         aria-label=\"search the steps\"/> <span id=\"found\"></span></p>\n<table>\n<thead><tr>\
         <th scope=\"col\">step</th><th scope=\"col\">time</th><th scope=\"col\">who</th>\
         <th scope=\"col\">does</th><th scope=\"col\">what follows</th></tr></thead>\n<tbody>\n\
         {}</tbody>\n</table>\n</section>\n\
         <div id=\"tip\" role=\"status\" hidden=\"hidden\"></div>\n\
         <script>\n{BEHAVIOUR}</script>\n</body>\n</html>",
        table::rows(run, &frame)
    );
    page
}

fn header(origin: &str, outcome: &Outcome, run: &Run, frame: &Frame) -> String {
    let handlers: usize = run.loops.values().map(|one| one.handlers.len()).sum();
    let calls: usize = run.loops.values().map(|one| one.calls.len()).sum();
    let turns: usize = run.loops.values().map(|one| one.turns.len()).sum();
    let (all, shown) = (run.steps.len(), frame.steps.len());
    let part = if shown == all {
        format!("{all} steps")
    } else {
        format!("steps {}\u{2013}{} of {all}", frame.steps.start + 1, frame.steps.end)
    };
    let (origin, options) = (escape(origin), escape(&outcome.script.options.to_string()));
    let failure = outcome.failure.as_ref().map_or_else(String::new, failure);
    format!(
        "<header>\n<h1>{origin}</h1>\n<p class=\"sum\"><b>{part}</b> <b>{turns} turns</b> \
         <b>{handlers} handlers called</b> <b>{calls} system calls of the loop</b></p>\n\
         <p class=\"options\"><code>{options}</code> <span>levelring-sim {} \u{b7} \
         {:016x}</span></p>\n{failure}</header>\n",
        env!("CARGO_PKG_VERSION"),
        outcome.hash
    )
}

fn failure(failure: &Failure) -> String {
    let name = failure.property.map_or("crash", |property| property.name());
    let (name, text) = (escape(name), escape(&failure.text));
    format!("<p class=\"failure\" role=\"alert\"><b>It fails: {name}</b> {text}</p>\n")
}
