//! Rows as SVG. Whatever has `data-a` is put at so many hundredths of a step, and what has `data-b`
//! ends there, so that the page can be zoomed without distorting its text.

use core::fmt::Write as _;
use core::ops::Range;

use super::items::{Item, STEP, Shape, text_width};
use super::markup::{about, escape};
use super::rows::Row;
use super::run::Run;
use super::words;

/// The picture's frame.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) steps: Range<usize>,
    /// Pixels of a step.
    pub(super) width: usize,
    /// The run failed in its last step.
    pub(super) failed: bool,
}

/// How high the axis is.
const AXIS: usize = 38;

impl Frame {
    fn across(&self) -> usize {
        self.steps.len() * self.width
    }

    /// Pixels of so many hundredths.
    fn pixels(&self, hundredths: usize) -> String {
        let scaled = hundredths * self.width;
        format!("{}.{:02}", scaled / STEP, scaled % STEP)
    }

    /// Rows in which anything can be seen, with the headings and names of those.
    pub(super) fn with_something(&self, rows: Vec<Row>) -> Vec<Row> {
        let mut kept: Vec<Row> = Vec::new();
        // From the end, so that a heading knows what is beneath it.
        for row in rows.into_iter().rev() {
            let any = row.items.iter().any(|item| self.clip(item.from, item.to).is_some());
            let below = kept.last();
            let names = below.is_some_and(|below| match row.class {
                "heading" => below.class != "heading",
                "lane first" => below.class == "lane thin" && below.subjects == row.subjects,
                _ => false,
            });
            if any || names {
                kept.push(row);
            }
        }
        kept.reverse();
        kept
    }

    /// What can be seen of a thing, from the left edge.
    fn clip(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.steps.start * STEP, self.steps.end * STEP);
        let seen = to >= start && from < end;
        seen.then(|| (from.max(start) - start, to.min(end) - start))
    }
}

/// The axis: steps, and the kernel's clock.
pub(super) fn axis(run: &Run, frame: &Frame) -> String {
    let mut svg = format!(
        "<svg class=\"axis\" data-wide=\"1\" width=\"{}\" height=\"{AXIS}\" role=\"presentation\">",
        frame.across()
    );
    let every = (110 / frame.width).next_multiple_of(5).max(5);
    let mut free = 0;
    for at in frame.steps.clone() {
        let here = (at - frame.steps.start) * STEP;
        let x = frame.pixels(here);
        let major = (at + 1).is_multiple_of(every) || at == frame.steps.start;
        let (class, top) = if major { ("tick major", 24) } else { ("tick", 31) };
        let _ = write!(
            svg,
            "<svg class=\"{class}\" data-a=\"{here}\" x=\"{x}\"><path d=\"M.5 {top}V{AXIS}\"/>"
        );
        if major {
            let _ = write!(svg, "<text x=\"4\" y=\"32\">{}</text>", at + 1);
        }
        if let Some(time) = time_at(run, frame, at) {
            let left = (at - frame.steps.start) * frame.width;
            let class = if left < free { "clock crowded" } else { "clock" };
            free = free.max(left + if left < free { 0 } else { text_width(&time) + 8 });
            let _ = write!(svg, "<text class=\"{class}\" x=\"4\" y=\"15\">{time}</text>");
        }
        svg.push_str("</svg>");
    }
    svg.push_str("</svg>");
    svg
}

/// The time of a step, if it is not that of the step before.
fn time_at(run: &Run, frame: &Frame, at: usize) -> Option<String> {
    let now = run.steps.get(at)?.now;
    let before = run.steps.get(at.checked_sub(1)?).map(|step| step.now);
    let tells = at == frame.steps.start || before != Some(now);
    tells.then(|| words::time(now))
}

/// The names of the rows, for the left side.
pub(super) fn names(rows: &[Row]) -> String {
    let mut html = String::new();
    for Row { name, about: more, class, height, subjects, .. } in rows {
        let _ = write!(
            html,
            "<div class=\"name {class}\" style=\"height:{height}px\"{}>\
             <b>{}</b> <span>{}</span></div>",
            about(subjects),
            escape(name),
            escape(more)
        );
    }
    html
}

/// The rows themselves.
pub(super) fn body(run: &Run, rows: &[Row], frame: &Frame) -> String {
    let height: usize = rows.iter().map(|row| row.height).sum();
    let mut svg = format!(
        "<svg class=\"body\" data-wide=\"1\" width=\"{}\" height=\"{height}\" role=\"img\" \
         aria-label=\"The run, step by step; the table beneath says the same in words.\">",
        frame.across()
    );
    let mut top = 0;
    for row in rows {
        let Row { class, height, .. } = row;
        let _ = write!(
            svg,
            "<rect class=\"row {class}\" y=\"{top}\" width=\"100%\" height=\"{height}\"/>"
        );
        top += height;
    }
    clock_lines(&mut svg, run, frame, height);
    let (width, here) = (frame.width, 0);
    let _ = write!(
        svg,
        "<rect id=\"cursor\" data-a=\"{here}\" data-b=\"{STEP}\" x=\"0\" width=\"{width}\" \
         height=\"{height}\"/>"
    );
    let mut top = 0;
    for row in rows {
        for item in &row.items {
            write_item(&mut svg, item, top, frame);
        }
        top += row.height;
    }
    if frame.failed {
        let here = frame.steps.len() * STEP;
        let x = frame.pixels(here);
        let _ = write!(
            svg,
            "<svg class=\"failed\" data-a=\"{here}\" x=\"{x}\"><path d=\"M-1.5 0V{height}\"/>\
             <text x=\"-8\" y=\"20\">it fails here</text></svg>"
        );
    }
    svg.push_str("</svg>");
    svg
}

fn clock_lines(svg: &mut String, run: &Run, frame: &Frame, height: usize) {
    for at in frame.steps.clone().skip(1) {
        if time_at(run, frame, at).is_some() {
            let here = (at - frame.steps.start) * STEP;
            let x = frame.pixels(here);
            let _ = write!(
                svg,
                "<svg class=\"clock\" data-a=\"{here}\" x=\"{x}\">\
                 <path d=\"M.5 0V{height}\"/></svg>"
            );
        }
    }
}

fn write_item(svg: &mut String, item: &Item, row: usize, frame: &Frame) {
    let Some((from, to)) = frame.clip(item.from, item.to) else { return };
    let Item { class, label, title, subjects, height, .. } = item;
    let (x, y, subjects) = (frame.pixels(from), row + item.top, about(subjects));
    let title = escape(title);
    if item.shape == Shape::Sign {
        let (middle, sign) = (y + height / 2, sign(class));
        let _ = write!(
            svg,
            "<svg class=\"m {class}\" data-a=\"{from}\" x=\"{x}\" y=\"{middle}\"{subjects}>\
             <title>{title}</title>{sign}</svg>"
        );
        return;
    }
    let width = frame.pixels(to.saturating_sub(from).max(1));
    let (flag, plate) = if item.shape == Shape::Flag {
        let text = text_width(label);
        (" flag", format!("<rect class=\"plate\" width=\"{text}\" height=\"100%\"/>"))
    } else {
        ("", String::new())
    };
    let _ = write!(
        svg,
        "<svg class=\"i {class}{flag}\" data-a=\"{from}\" data-b=\"{to}\" x=\"{x}\" y=\"{y}\" \
         width=\"{width}\" height=\"{height}\"{subjects}><title>{title}</title>\
         {plate}<rect width=\"100%\" height=\"100%\"/>"
    );
    if !label.is_empty() {
        let line = if *height < 14 { height - 3 } else { height.div_ceil(2) + 4 };
        let _ = write!(svg, "<text x=\"4\" y=\"{line}\">{}</text>", escape(label));
    }
    svg.push_str("</svg>");
}

/// Each sign has a form of its own, so that nobody needs to tell them by colour.
fn sign(class: &str) -> &'static str {
    match class {
        "hint" => "<path d=\"M0-5 5 0 0 5-5 0Z\"/>",
        "verdict yes" => "<circle r=\"5\"/><path d=\"M-2.5 0-.5 2 2.8-2.2\"/>",
        "verdict no" => "<circle r=\"4.5\"/><path d=\"M-2.2 0H2.2\"/>",
        "run" => "<path d=\"M-4.5-6 6.5 0-4.5 6Z\"/>",
        _ => "<path d=\"M-3.5-3.5 3.5 3.5M3.5-3.5-3.5 3.5\"/>",
    }
}
