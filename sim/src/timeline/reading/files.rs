//! What files are ready for, and who says so: surveys, sets, and poll(2).

use std::os::fd::RawFd;

use levelring::kernel::mask;

use super::Reader;
use crate::kernel::{FileSeen, RingSeen, Survey};
use crate::timeline::run::{Band, Mark, Opened, Registered, Span};
use crate::timeline::words;

impl Reader {
    /// How things are after the step at hand.
    pub(super) fn surveyed(&mut self, survey: &Survey) {
        let at = self.run.at();
        for file in &survey.files {
            self.seen(at, file);
        }
        let gone = |id: &u32| survey.files.iter().all(|file| file.id != *id);
        for (_, file) in self.run.files.iter_mut().filter(|(id, _)| gone(id)) {
            if let Some(last) = file.bands.last_mut() {
                last.to.get_or_insert(at);
            }
        }
        for ring in &survey.rings {
            if let Some(on) = self.rings.get(&ring.ring).copied() {
                self.depth(on, at, *ring);
            }
        }
        self.survey.clone_from(survey);
    }

    /// A ring is as full as this from now on.
    pub(super) fn depth(&mut self, on: u8, at: usize, seen: RingSeen) {
        let depth = &mut self.run.loops.entry(on).or_default().depth;
        if depth.last().is_none_or(|(_, last)| *last != seen) {
            depth.push((at, seen));
        }
    }

    fn seen(&mut self, at: usize, seen: &FileSeen) {
        let FileSeen { id, kind, level, numbers, others } = seen;
        let names = numbers.iter().filter_map(|fd| self.names.get(fd));
        let names: Vec<String> = names.map(|name| format!("d{name}")).collect();
        // What the loops have for themselves is drawn with them.
        let known = self.run.files.contains_key(id);
        let own = matches!(*kind, "eventfd" | "epoll set" | "ring") && names.is_empty();
        if own && !known {
            return;
        }
        let new = Opened { kind, names: Vec::new(), bands: Vec::new() };
        let file = self.run.files.entry(*id).or_insert(new);
        for name in names {
            if !file.names.contains(&name) {
                file.names.push(name);
            }
        }
        let (level, numbers, others) = (*level, numbers.clone(), *others);
        let band = Band { from: at, to: None, level, numbers, others };
        if let Some(last) = file.bands.last_mut() {
            let same = Band { from: last.from, to: last.to, ..band.clone() };
            if same == *last {
                return;
            }
            last.to = Some(at);
        }
        file.bands.push(band);
    }

    /// What is open at the end is open to the end.
    pub(super) fn files_end(&mut self) {
        let to = self.run.steps.len();
        for file in self.run.files.values_mut() {
            if let Some(last) = file.bands.last_mut() {
                last.to.get_or_insert(to);
            }
        }
    }

    /// A set was told of a number: what it watches for all who are there by that number.
    pub(super) fn set_changed(&mut self, set: u16, fd: RawFd, events: Option<u32>) {
        let (at, turning) = (self.run.at(), self.turning());
        let on = *self.sets.entry(set).or_insert(turning);
        for registration in &mut self.run.registrations {
            if registration.on != on || registration.fd != fd {
                continue;
            }
            if let Some(last) = registration.set.last_mut() {
                last.to.get_or_insert(at);
            }
            if registration.alive {
                let span = set_span(at, events).about(&registration.subjects);
                registration.set.push(span);
            }
        }
        let what = events.map_or_else(|| "no more".to_owned(), words::bits);
        self.remark(format!("the set watches {fd} for {what}"), &[]);
    }

    /// A set has told of a number.
    pub(super) fn hinted(&mut self, fd: RawFd, events: u32) {
        let at = self.run.at();
        let (on, subject) = (self.turning(), |one: &Registered| one.fd == fd && one.alive);
        for registration in self.run.registrations.iter_mut().filter(|one| subject(one)) {
            // The kernel has disarmed it.
            if let Some(last) = registration.set.last_mut()
                && registration.on == on
                && last.class == ONCE
            {
                last.to.get_or_insert(at + 1);
                let mut span = Span::open(at + 1, PARKED, "told once".to_owned());
                span.title = "told once: disarmed by the kernel".to_owned();
                let span = span.about(&registration.subjects);
                registration.set.push(span);
            }
        }
        let text = format!("the set says that {fd} is ready for {}", words::bits(events));
        self.mark_all(fd, "hint", &text);
    }

    /// poll(2) has judged a number.
    pub(super) fn judged(&mut self, fd: RawFd, seen: u32) {
        let text = format!("poll(2) says of {fd}: {}", words::bits(seen));
        self.mark_all(fd, if seen == 0 { "verdict no" } else { "verdict yes" }, &text);
    }

    fn mark_all(&mut self, fd: RawFd, class: &'static str, text: &str) {
        let (at, on) = (self.run.at(), self.turning());
        let mut subjects = Vec::new();
        for registration in &mut self.run.registrations {
            if registration.on == on && registration.fd == fd && registration.alive {
                let (title, about) = (text.to_owned(), registration.subjects.clone());
                subjects.extend(&about);
                let label = String::new();
                registration.marks.push(Mark { at, class, label, title, subjects: about });
            }
        }
        self.remark(text.to_owned(), &subjects);
    }
}

/// Watched by a set, until it has told.
const ONCE: &str = "arm set once";

/// Wanted, and watched by nobody.
const PARKED: &str = "arm parked";

/// What a set was told of a number.
fn set_span(at: usize, events: Option<u32>) -> Span {
    let Some(events) = events else {
        let mut span = Span::open(at, PARKED, "parked".to_owned());
        span.title = "parked: the set does not watch it".to_owned();
        return span;
    };
    let once = events & mask::EPOLL_ONESHOT != 0;
    // These are watched for whether asked or not.
    let asked = events & !(mask::ERR | mask::HUP);
    let label = words::bits(if asked & 0xffff == 0 { events } else { asked });
    let mut span = Span::open(at, if once { ONCE } else { "arm set" }, label);
    let how = if once { ", once" } else { "" };
    span.title = format!("in the epoll set, for {}{how}", span.label);
    span
}
