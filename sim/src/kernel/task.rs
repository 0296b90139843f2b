//! What the thread does for the kernel before it returns from a system call (task work): the work
//! of rings that do not defer, and the release of files. And what is done some time after.
//!
//! The latest task is done first. That shows: whether a file is released before or after the work
//! that was queued beside it, is a matter of which of them was queued last.

use super::choices::Choices;
use super::ring::Polled;
use super::system::System;

/// One thing to do.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) enum Task {
    /// All work of that ring.
    Work(u16),
    /// That file, which nobody holds any more, is released.
    Release(u16),
    /// Whoever polls that ring is woken.
    Awaken(u16),
    /// Its eventfd is signalled, some time.
    Signal(u16),
}

impl Task {
    /// Whether it is about that ring.
    pub(super) fn concerns(self, ring: u16) -> bool {
        match self {
            Self::Work(other) | Self::Awaken(other) | Self::Signal(other) => other == ring,
            Self::Release(_) => false,
        }
    }
}

impl System {
    /// Does all tasks that there are and that come up, but for the work that lingers.
    pub(super) fn run_tasks(&mut self, choices: &mut impl Choices) {
        let mut lingering = Vec::new();
        while !self.tasks.is_empty() {
            self.tasks_at_hand = core::mem::take(&mut self.tasks);
            while let Some(task) = self.tasks_at_hand.pop() {
                match task {
                    Task::Release(file) => self.release(file),
                    Task::Awaken(ring) => self.awaken(ring),
                    Task::Signal(_) if choices.choose(2) == 0 => lingering.push(task),
                    Task::Signal(ring) => self.signal(ring),
                    Task::Work(ring) if self.rings[ring].lingers => lingering.push(task),
                    Task::Work(ring) => self.work_off(choices, ring),
                }
            }
        }
        lingering.reverse();
        self.tasks = lingering;
    }

    fn awaken(&mut self, ring: u16) {
        self.rings[ring].polled = Polled::Active;
        if let Some(file) = self.rings[ring].file {
            self.wake_all(file);
        }
    }

    fn work_off(&mut self, choices: &mut impl Choices, ring: u16) {
        let mut work = core::mem::take(&mut self.rings[ring].work);
        while let Some(id) = work.pop_front() {
            self.work_on(choices, ring, id);
            if !work.is_empty() && self.may_be_preempted(ring) && choices.choose(2) == 1 {
                self.flush(ring);
            }
        }
        self.flush(ring);
    }

    /// Whether it shows if Linux has to yield the processor between two pieces of work, before
    /// which it follows up what has completed.
    fn may_be_preempted(&self, ring: u16) -> bool {
        self.rings[ring].finished.iter().any(|finished| {
            let is_last = |file: u16| self.files[file].references == 1;
            finished.next.is_some() || finished.file.is_some_and(is_last)
        })
    }

    /// Signals that were put off are given; says whether there were any.
    pub(super) fn give_signals(&mut self) -> bool {
        let is_signal = |task: &mut Task| matches!(task, Task::Signal(_));
        let signals: Vec<Task> = self.tasks.extract_if(.., is_signal).collect();
        for task in &signals {
            if let Task::Signal(ring) = task {
                self.signal(*ring);
            }
        }
        !signals.is_empty()
    }

    /// The program returns from a system call: the tasks are done. Of the work that came up during
    /// the call, by choice, some is left to the end of the next.
    pub fn leave(&mut self, choices: &mut impl Choices) {
        for ring in 0..self.rings.end() {
            let punted = self.rings.get(ring).is_some_and(|ring| !ring.punted.is_empty());
            if punted && choices.choose(2) == 0 {
                self.run_punted(choices, ring);
            }
            let Some(there) = self.rings.get_mut(ring) else { continue };
            if !there.defers && !there.work.is_empty() {
                there.lingers = !there.lingers && choices.choose(2) == 1;
            }
        }
        self.run_tasks(choices);
        self.bury(choices);
    }

    /// Does the tasks in the midst of a call; says whether there was work of rings among them.
    pub(in crate::kernel) fn interrupt(&mut self, choices: &mut impl Choices) -> bool {
        let any = self.tasks.iter().any(|task| matches!(task, Task::Work(_)));
        for ring in 0..self.rings.end() {
            if let Some(there) = self.rings.get_mut(ring) {
                there.lingers = false;
            }
        }
        self.run_tasks(choices);
        any
    }
}

#[cfg(test)]
mod tests {
    use super::super::choices::Plain;
    use super::*;

    #[test]
    fn a_file_that_nobody_holds_is_released_by_a_task() {
        let mut system = System::new();
        let [reader, writer] = system.pipe().expect("a pipe");
        let [reader, writer] = [reader, writer].map(|fd| system.file(fd).expect("open"));
        system.put_later(writer);
        system.put_later(reader);
        system.table.clear();
        assert_eq!(system.tasks, [Task::Release(writer), Task::Release(reader)]);
        system.run_tasks(&mut Plain);
        assert!(system.tasks.is_empty());
        system.check();
    }
}
