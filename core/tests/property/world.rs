//! One run: a core, a driver, a kernel, an application, and the checks between them.

use crate::entropy::Entropy;
use crate::files::Files;
use crate::kernel::{Around, Kernel};
use crate::options::{Action, Options, Sabotage};
use crate::probes::Probes;
use crate::user::User;
use levelring_core::{Core, Interest, Key, Slot, Tag, Watch};

pub(crate) struct World<'a> {
    pub(crate) core: Core<&'a mut [Slot]>,
    pub(crate) options: Options,
    pub(crate) entropy: Entropy,
    pub(crate) files: Files,
    pub(crate) kernel: Kernel,
    pub(crate) user: User,
    pub(crate) probes: Probes,
    /// The driver's own table: the file of each registration, by the index of its key.
    pub(crate) descriptors: Vec<usize>,
    /// Answers given already, to be given again.
    pub(crate) answered: Vec<Tag>,
    /// Operations whose next result found no room, until the next event.
    pub(crate) stuck: Vec<Tag>,
    /// Whether the world stands still: handlers do nothing, and nothing fails.
    pub(crate) frozen: bool,
    /// Whether to print every step.
    pub(crate) aloud: bool,
    hash: u64,
}

impl<'a> World<'a> {
    pub(crate) fn new(slots: &'a mut [Slot], options: Options, entropy: Entropy) -> Self {
        let Options { files, freshness, already, faults, sabotage, .. } = options;
        Self {
            descriptors: vec![0; slots.len()],
            core: Core::new(slots, freshness),
            options,
            entropy,
            files: Files::new(files),
            kernel: Kernel::new(already, faults, sabotage),
            user: User::new(freshness),
            probes: Probes::default(),
            answered: Vec::new(),
            stuck: Vec::new(),
            frozen: false,
            aloud: false,
            hash: 0xcbf2_9ce4_8422_2325,
        }
    }

    /// Takes its steps, or as many as the entropy has choices for; then everything ends.
    pub(crate) fn run(&mut self) {
        if self.sabotaged(Sabotage::Leak) {
            let nobodys = self.core.register(Watch::Level, Interest::EMPTY);
            nobodys.expect("an empty core has room");
        }
        for _ in 0..self.options.steps {
            if self.entropy.is_spent() {
                break;
            }
            self.step();
        }
        self.end();
    }

    fn step(&mut self) {
        self.probes.steps += 1;
        let action = Action::ALL[self.entropy.weighted(&self.options.weights)];
        self.say(|| format!("{action:?}"));
        match action {
            Action::Turn => {
                self.turn();
            }
            Action::Level => self.change_level(),
            Action::TaskWork => {
                self.task_work();
            }
            Action::Work => {
                self.work();
            }
            Action::Pump => {
                let room = self.entropy.below(5);
                self.pump(room);
            }
            Action::Deliver => {
                let most = 1 + self.entropy.below(3);
                self.deliver_some(most);
            }
            Action::Register => self.register(),
            Action::SetInterest => self.set_interest(),
            Action::Remove => self.remove(),
            Action::Submit => self.submit(),
            Action::Cancel => self.cancel(),
            Action::Vanish => self.vanish(),
            Action::Forge => self.forge(),
            Action::Break => {
                let file = self.entropy.below(self.files.count());
                let broken = self.entropy.chance(40);
                self.files.set_broken(file, broken);
                self.user.levels_changed(&self.files);
            }
            Action::Freeze => self.freeze(),
        }
        self.check();
    }

    /// What must hold after every step.
    pub(crate) fn check(&mut self) {
        self.core.check_invariants();
        for (&key, one) in &self.user.registered {
            assert_eq!(self.core.interest(key), Some(one.interest), "the interest of {key:?}");
            assert_eq!(self.core.is_quiet(key), Some(one.quiet), "whether {key:?} is quiet");
            let pinned = self.kernel.owes_polls(key);
            assert_eq!(self.core.is_pinned(key), pinned, "G3 accounting: {key:?} is pinned");
        }
        let alive = self.user.registered.len() + self.user.running.len();
        assert!(self.core.in_use() >= alive, "G3 accounting: a slot in use is called free");
    }

    /// G4: with the world standing still, whoever is ready has a turn within three rotations: what
    /// is left of the present one, one that a partial look began, and the next.
    fn freeze(&mut self) {
        self.freeze_or_thaw(true);
        self.probes.frozen += 1;
        let mut waiting: Vec<Key> = self.user.registered.keys().copied().collect();
        waiting.retain(|&key| !self.user.wanted(key, &self.files).is_empty());
        waiting.retain(|key| !self.files.is_broken(self.user.registered[key].file));
        for _ in 0..3 * self.core.in_use() + 2 {
            let Some(key) = self.turn() else { break };
            waiting.retain(|&other| other != key);
            self.check();
        }
        waiting.retain(|&key| !self.user.wanted(key, &self.files).is_empty());
        assert!(waiting.is_empty(), "G4 no lost wake-up: {waiting:?} have had no turn");
        self.freeze_or_thaw(false);
    }

    fn freeze_or_thaw(&mut self, frozen: bool) {
        self.frozen = frozen;
        self.kernel.be_kind(frozen, self.options.faults);
    }

    /// Everything ends: all that was taken is given back within a stated number of turns.
    fn end(&mut self) {
        self.freeze_or_thaw(true);
        for key in self.user.registered.keys().copied().collect::<Vec<_>>() {
            self.user.remove(key);
            assert_eq!(self.core.remove(key), Ok(()));
        }
        for key in self.user.running.keys().copied().collect::<Vec<_>>() {
            self.cancel_one(key);
        }
        // A result may have waited in every slot, and each is a turn.
        for _ in 0..4 * self.options.slots + 8 {
            self.turn();
            while self.work() {}
            self.check();
        }
        assert_eq!(self.core.in_use(), 0, "reclaim: slots are still in use");
        assert!(self.user.running.is_empty(), "reclaim: results were never told");
        self.probes.reclaimed += 1;
    }

    pub(crate) fn task_work(&mut self) -> bool {
        let Self { kernel, files, entropy, probes, .. } = self;
        kernel.task_work(&mut Around { files, entropy, probes })
    }

    pub(crate) fn work(&mut self) -> bool {
        let Self { kernel, files, entropy, probes, .. } = self;
        kernel.work(&mut Around { files, entropy, probes })
    }

    pub(crate) fn sabotaged(&self, how: Sabotage) -> bool {
        self.options.sabotage == how
    }

    /// Takes note of something that must be the same in every run of the same seed.
    pub(crate) fn note(&mut self, what: &impl core::fmt::Debug) {
        for byte in format!("{what:?}").bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.say(|| format!("    {what:?}"));
    }

    pub(crate) fn say(&self, what: impl FnOnce() -> String) {
        if self.aloud {
            println!("{}", what());
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }
}
