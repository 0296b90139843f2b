//! What is drawn in a row: boxes, and marks. Across, it is measured in hundredths of a step.

use super::run::{Mark, Span, Subject};

/// A step, across.
pub(super) const STEP: usize = 100;

/// Something in a row.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) from: usize,
    pub(super) to: usize,
    /// From the top of its row.
    pub(super) top: usize,
    pub(super) height: usize,
    pub(super) class: &'static str,
    pub(super) label: String,
    pub(super) title: String,
    pub(super) subjects: Vec<Subject>,
    pub(super) shape: Shape,
}

/// How it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text that does not fit is cut off.
    Box,
    /// Text goes on beyond the box.
    Flag,
    /// A sign in the midst of it.
    Sign,
}

/// How high a line of text is.
pub(super) const LINE: usize = 18;

/// How wide a letter is, in hundredths of a pixel.
const LETTER: usize = 610;

/// A span over its whole steps; `end` if it is open.
pub(super) fn over(span: &Span, end: usize, (top, height): (usize, usize)) -> Item {
    let to = span.to.unwrap_or(end).max(span.from + 1);
    Item {
        from: span.from * STEP + 4,
        to: to * STEP - 4,
        top,
        height,
        class: span.class,
        label: span.label.clone(),
        title: span.title.clone(),
        subjects: span.subjects.clone(),
        shape: Shape::Box,
    }
}

/// Spans that follow each other, also within a step: none covers the one before.
pub(super) fn in_turn(spans: &[Span], end: usize, place: (usize, usize)) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for span in spans {
        let mut item = over(span, end, place);
        (item.from, item.to) = (item.from + 16, item.to - 16);
        if let Some(last) = items.last_mut()
            && last.to > item.from
        {
            // The step is shared.
            let middle = (last.from.max(span.from * STEP) + item.to) / 2;
            last.to = middle.max(last.from + 2) - 2;
            item.from = middle + 2;
        }
        items.push(item);
    }
    items
}

/// How many pixels a label takes, about.
pub(super) fn text_width(label: &str) -> usize {
    label.chars().count() * LETTER / 100 + 8
}

/// The beginning of a long label; all of it is in the title.
fn shortened(label: &str) -> String {
    const LONGEST: usize = 40;
    if label.chars().count() <= LONGEST {
        return label.to_owned();
    }
    let kept: String = label.chars().take(LONGEST - 1).collect();
    format!("{kept}\u{2026}")
}

/// Spans in as many lines as it takes that labels do not run into each other, `most` at most;
/// and how many lines that is. A step is `width` pixels.
pub(super) fn packed(
    spans: &[Span],
    end: usize,
    width: usize,
    (first, most): (usize, usize),
) -> (Vec<Item>, usize) {
    let mut free = vec![0; most];
    let mut lines = 1;
    let mut items = Vec::new();
    for span in spans {
        let mut item = over(span, end, (0, LINE - 3));
        item.label = shortened(&item.label);
        let text = (text_width(&item.label) + 4) * STEP / width;
        let needs = item.to.max(item.from + text);
        let line = (0..most).find(|line| free[*line] <= item.from);
        let line = line.unwrap_or_else(|| (0..most).min_by_key(|line| free[*line]).unwrap_or(0));
        if let Some(last) = items.iter_mut().rev().find(|one: &&mut Item| one.height == line)
            && free[line] > item.from
        {
            // No line is free: the one before is cut off.
            last.shape = Shape::Box;
        }
        free[line] = needs;
        lines = lines.max(line + 1);
        item.shape = Shape::Flag;
        // The line for now.
        item.height = line;
        items.push(item);
    }
    for item in &mut items {
        item.top = first + item.height * LINE + 1;
        item.height = LINE - 3;
    }
    (items, lines)
}

/// A mark in the midst of a row.
pub(super) fn sign(mark: &Mark, top: usize, height: usize) -> Item {
    let within = match mark.class {
        "hint" => 25,
        "end" => 75,
        _ => 50,
    };
    let at = mark.at * STEP + within;
    Item { shape: Shape::Sign, from: at, to: at, ..chip(mark, top, height) }
}

/// A mark as a box of one step.
pub(super) fn chip(mark: &Mark, top: usize, height: usize) -> Item {
    Item {
        from: mark.at * STEP + 3,
        to: mark.at * STEP + STEP - 3,
        top,
        height,
        class: mark.class,
        label: mark.label.clone(),
        title: mark.title.clone(),
        subjects: mark.subjects.clone(),
        shape: Shape::Box,
    }
}

/// Marks of one step on top of each other; and how high that is. More than `most` are summed up.
pub(super) fn stacked(marks: &[Mark], most: usize) -> (Vec<Item>, usize) {
    const CHIP: usize = 14;
    let mut items: Vec<Item> = Vec::new();
    let (mut at, mut count, mut highest) = (usize::MAX, 0, 0);
    for mark in marks {
        count = if mark.at == at { count + 1 } else { 1 };
        at = mark.at;
        highest = highest.max(count.min(most));
        if count <= most {
            items.push(chip(mark, 2 + (count - 1) * CHIP, CHIP - 2));
        } else if let Some(last) = items.last_mut() {
            last.label = format!("+{}", count - most + 1);
            last.title = format!("{}\n{}", last.title, mark.title);
            last.class = "more";
            last.subjects.extend(&mark.subjects);
        }
    }
    (items, highest * CHIP + 4)
}
