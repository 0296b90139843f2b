//! What goes to a ring and comes back.

use std::os::fd::RawFd;

use levelring::kernel::Errno;
use levelring_core::{Lane, Tag};

use super::{Flying, Open, Reader};
use crate::kernel::RingSeen;
use crate::timeline::run::{Mark, Span, Subject};
use crate::timeline::words;

/// A request of a ring: which ring, and its user_data.
type Named = (u16, u64);

impl Reader {
    pub(super) fn submitted(&mut self, named: Named, opcode: u8, fd: RawFd, asked: u32) {
        let turning = self.turning();
        let on = *self.rings.entry(named.0).or_insert(turning);
        let tag = Tag::decode(named.1);
        let (name, subjects) = self.name(on, tag);
        let operation = words::opcode(opcode);
        let bits = if words::is_poll(opcode) { words::bits(asked) } else { String::new() };
        let text = format!("submission {name}: {operation} fd {fd} {bits}");
        self.remark(text.clone(), &subjects);
        if let Some(Open::Call { submitted, .. }) = self.open.last_mut() {
            *submitted += 1;
        }
        let at = self.run.at();
        let mark = Mark { at, class: class(tag), label: name, title: text, subjects };
        self.take_off(named, on, tag, &mark, bits);
        self.run.loops.entry(on).or_default().submissions.push(mark);
    }

    /// A request is under way.
    fn take_off(&mut self, named: Named, on: u8, tag: Option<Tag>, mark: &Mark, bits: String) {
        match tag {
            Some(Tag::Arm(key, lane)) => {
                let Some(at) = self.run.registration(on, key) else { return };
                let lane = usize::from(lane == Lane::B);
                let mut span = Span::open(mark.at, "arm", bits).about(&mark.subjects);
                span.title.clone_from(&mark.title);
                self.run.registrations[at].lanes[lane].push(span);
                self.flying.insert(named, Flying::Arm { registration: at, lane });
            }
            Some(Tag::Operation(key)) => {
                let Some(at) = self.run.request(on, key) else { return };
                let request = &mut self.run.requests[at];
                if let Some(waits) = request.spans.last_mut() {
                    waits.to.get_or_insert(mark.at);
                }
                let mut span = Span::open(mark.at, "arm operation", request.about.clone());
                span.title = format!("{}: under way", request.about);
                request.spans.push(span.about(&mark.subjects));
                self.flying.insert(named, Flying::Operation { request: at });
            }
            Some(Tag::Disarm(..) | Tag::Cancel(_)) => {}
            None => {
                let waits = &mut self.run.loops.entry(on).or_default().waits;
                let mut span = Span::open(mark.at, "arm set", bits);
                span.title.clone_from(&mark.title);
                waits.push(span);
                self.flying.insert(named, Flying::Own { on, at: waits.len() - 1 });
            }
        }
    }

    pub(super) fn completed(&mut self, named: Named, result: i32, last: bool, spills: bool) {
        let turning = self.turning();
        let on = self.rings.get(&named.0).copied().unwrap_or(turning);
        let tag = Tag::decode(named.1);
        let (name, subjects) = self.name(on, tag);
        let word = words::result(tag, result);
        let more = if last { "" } else { ", and more may come" };
        let full = if spills { " (the queue is full: it overflows)" } else { "" };
        let text = format!("completion {name}: {word}{more}{full}");
        self.remark(text.clone(), &subjects);
        if let Some(Open::Call { completed, .. }) = self.open.last_mut() {
            *completed += 1;
        }
        let at = self.run.at();
        // A timeout that runs out does what it is for.
        let bad = result < 0 && Errno(result.saturating_neg()) != Errno::TIME;
        let class = match (spills, bad) {
            (true, _) => "cqe spilled",
            (false, true) => "cqe bad",
            (false, false) => "cqe good",
        };
        let label = format!("{name} {word}");
        let mark = Mark { at, class, label, title: text.clone(), subjects };
        if let Some(Flying::Arm { registration, .. }) = self.flying.get(&named) {
            let (class, label) = (if result < 0 { "end" } else { "hint" }, String::new());
            let hint = Mark { class, label, ..mark.clone() };
            self.run.registrations[*registration].marks.push(hint);
        }
        self.run.loops.entry(on).or_default().completions.push(mark);
        if last {
            self.landed(named, &text);
        }
    }

    /// A request has ended.
    pub(super) fn landed(&mut self, named: Named, how: &str) {
        let to = self.run.steps.len();
        let spans = match self.flying.remove(&named) {
            Some(Flying::Arm { registration, lane }) => {
                &mut self.run.registrations[registration].lanes[lane]
            }
            Some(Flying::Operation { request }) => &mut self.run.requests[request].spans,
            Some(Flying::Own { on, at }) => {
                let waits = &mut self.run.loops.entry(on).or_default().waits;
                &mut waits[..=at]
            }
            None => return,
        };
        if let Some(span) = spans.last_mut() {
            span.to = Some(to);
            span.title = format!("{}\n{how}", span.title);
        }
    }

    /// All that it had under way ends with it.
    pub(super) fn ring_gone(&mut self, ring: u16) {
        let under_way: Vec<Named> =
            self.flying.keys().filter(|(of, _)| *of == ring).copied().collect();
        for named in under_way {
            self.landed(named, "ended with its ring");
        }
        if let Some(on) = self.rings.remove(&ring) {
            self.depth(on, self.run.at(), RingSeen { ring, ..RingSeen::default() });
        }
        self.remark(format!("ring {ring} is gone"), &[]);
    }

    /// What a request is called, and what it is about.
    fn name(&self, on: u8, tag: Option<Tag>) -> (String, Vec<Subject>) {
        let Some(tag) = tag else { return ("set".to_owned(), Vec::new()) };
        let registration = self.run.registration(on, tag.key());
        let request = self.run.request(on, tag.key());
        let of = |at: Option<usize>| {
            at.map_or_else(
                || (format!("{:?}", tag.key()), Vec::new()),
                |at| {
                    let one = &self.run.registrations[at];
                    (one.name.clone(), one.subjects.clone())
                },
            )
        };
        match tag {
            Tag::Arm(_, lane) => {
                let (name, subjects) = of(registration);
                (format!("{name}\u{b7}{}", words::lane(lane)), subjects)
            }
            Tag::Disarm(_, lane) => {
                let (name, subjects) = of(registration);
                (format!("\u{2212}{name}\u{b7}{}", words::lane(lane)), subjects)
            }
            Tag::Operation(_) | Tag::Cancel(_) => {
                let minus = if matches!(tag, Tag::Cancel(_)) { "\u{2212}" } else { "" };
                let found = request.map(|at| &self.run.requests[at]);
                found.map_or_else(
                    || (format!("{minus}{:?}", tag.key()), Vec::new()),
                    |one| (format!("{minus}{}", one.name), one.subjects.clone()),
                )
            }
        }
    }
}

const fn class(tag: Option<Tag>) -> &'static str {
    match tag {
        Some(Tag::Arm(..)) => "sqe arms",
        Some(Tag::Disarm(..)) => "sqe disarms",
        Some(Tag::Operation(_)) => "sqe operates",
        Some(Tag::Cancel(_)) => "sqe disarms",
        None => "sqe own",
    }
}
