//! What the kernel was told: loops, registrations, requests, names.

use levelring::{Interest, Key, Tenure};

use super::Reader;
use crate::kernel::{Fact, Registration};
use crate::timeline::run::{Mark, Registered, Requested, Span, Subject};

impl Reader {
    pub(super) fn told(&mut self, fact: &Fact) {
        match fact {
            Fact::Loop { on, driver } => {
                self.on = *on;
                self.run.loops.entry(*on).or_default().driver.clone_from(driver);
            }
            Fact::Uses { on } => self.on = *on,
            Fact::Names(names) => {
                self.names = names.iter().map(|(name, fd)| (*fd, *name)).collect();
            }
            Fact::Registered(registration) => self.registered(registration),
            Fact::Interest { on, key, interest } => self.interested(*on, *key, *interest),
            Fact::Removed { on, key } => {
                if let Some(at) = self.run.registration(*on, *key) {
                    self.removed(at);
                }
            }
            Fact::Dropped { on } => {
                for at in 0..self.run.registrations.len() {
                    if self.run.registrations[at].on == *on && self.run.registrations[at].alive {
                        self.removed(at);
                    }
                }
            }
            Fact::Asked { on, key, name, text } => self.asked(*on, *key, name, text),
        }
    }

    fn registered(&mut self, made: &Registration) {
        let Registration { on, key, name, fd, tenure, interest } = *made;
        let mut subjects = vec![Subject::Registration(self.run.registrations.len())];
        let seen = self.survey.files.iter().find(|file| file.numbers.contains(&fd));
        subjects.extend(seen.map(|file| Subject::File(file.id)));
        let held = match tenure {
            Tenure::Held => "held",
            Tenure::Foreign => "foreign",
        };
        let descriptor = self.names.get(&fd).map_or_else(String::new, |name| format!("d{name}, "));
        self.remark_subjects(&subjects);
        self.run.registrations.push(Registered {
            on,
            key,
            name: format!("r{name}"),
            about: format!("l{on} · {descriptor}fd {fd}, {held} · key {key:?}"),
            fd,
            alive: true,
            subjects,
            interests: Vec::new(),
            lanes: [Vec::new(), Vec::new()],
            set: Vec::new(),
            marks: Vec::new(),
        });
        self.interested(on, key, interest);
    }

    fn interested(&mut self, on: u8, key: Key, interest: Interest) {
        let at = self.run.at();
        let Some(registration) = self.run.registration(on, key) else { return };
        let registration = &mut self.run.registrations[registration];
        if let Some(last) = registration.interests.last_mut() {
            last.to = Some(at);
        }
        let class = if interest.is_empty() { "interest none" } else { "interest" };
        let label = format!("{interest:?}");
        let mut span = Span::open(at, class, label).about(&registration.subjects);
        span.title = format!("{} wants {interest:?}", registration.name);
        registration.interests.push(span);
    }

    fn removed(&mut self, registration: usize) {
        let to = self.run.steps.len();
        let registration = &mut self.run.registrations[registration];
        registration.alive = false;
        let last = registration.interests.last_mut().into_iter();
        for span in last.chain(registration.set.last_mut()) {
            span.to.get_or_insert(to);
        }
        let subjects = registration.subjects.clone();
        self.remark_subjects(&subjects);
    }

    fn asked(&mut self, on: u8, key: Key, name: &str, text: &str) {
        let subjects = vec![Subject::Request(self.run.requests.len())];
        let mut span = Span::open(self.run.at(), "asked", "asked".to_owned()).about(&subjects);
        span.title = format!("{text}: not submitted yet");
        self.remark_subjects(&subjects);
        self.run.requests.push(Requested {
            on,
            key,
            name: name.to_owned(),
            about: format!("l{on} · {text}"),
            subjects,
            spans: vec![span],
            marks: Vec::new(),
        });
    }

    /// What a handler's call is about.
    pub(super) fn subjects_of(&self, on: u8, key: Key, name: &str) -> Vec<Subject> {
        if name.starts_with('o') {
            let request = self.run.request(on, key);
            return request.map_or_else(Vec::new, |at| self.run.requests[at].subjects.clone());
        }
        let registration = self.run.registration(on, key);
        registration.map_or_else(Vec::new, |at| self.run.registrations[at].subjects.clone())
    }

    pub(super) fn remark_subjects(&mut self, subjects: &[Subject]) {
        if let Some(step) = self.run.steps.last_mut() {
            step.subjects.extend(subjects);
        }
    }

    /// A handler runs: seen in the row of what it is about.
    pub(super) fn mark_run(&mut self, subjects: &[Subject], at: usize, told: &str) {
        let title = format!("its handler runs: {told}");
        let subjects = subjects.to_vec();
        let mark = Mark { at, class: "run", label: String::new(), title, subjects };
        match mark.subjects.first() {
            Some(Subject::Registration(one)) => self.run.registrations[*one].marks.push(mark),
            Some(Subject::Request(one)) => {
                let request = &mut self.run.requests[*one];
                for span in &mut request.spans {
                    span.to.get_or_insert(at + 1);
                }
                request.marks.push(mark);
            }
            Some(Subject::File(_)) | None => {}
        }
    }
}
