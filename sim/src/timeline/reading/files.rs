//! What files are ready for, and who says so: surveys, sets, and poll(2).

use std::os::fd::RawFd;

use super::Reader;
use crate::kernel::{FileSeen, Survey};
use crate::timeline::run::{Band, Mark, Opened, Span};
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
            if let Some(on) = self.rings.get(&ring.ring) {
                self.run.loops.entry(*on).or_default().depth.push((at, *ring));
            }
        }
        self.survey.clone_from(survey);
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
            let Some(events) = events.filter(|_| registration.alive) else { continue };
            let label = words::bits(events);
            let mut span = Span::open(at, "arm set", label).about(&registration.subjects);
            span.title = format!("in the epoll set, for {}", span.label);
            registration.set.push(span);
        }
        let what = events.map_or_else(|| "no more".to_owned(), words::bits);
        self.remark(format!("the set watches {fd} for {what}"), &[]);
    }

    /// A set has told of a number.
    pub(super) fn hinted(&mut self, fd: RawFd, events: u32) {
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
