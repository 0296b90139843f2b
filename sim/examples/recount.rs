//! Counts the states of a small world by an engine that others wrote, stateright: the explorer's
//! own search must find as many.
//!
//! `cargo run --release -p levelring-sim --features stateright --example recount -- 2x1`

#![expect(clippy::print_stdout, reason = "what it is for")]

use core::hash::{Hash, Hasher};

use levelring_sim::explore::{Action, Limits, Options, Reductions, World, close};
use stateright::{Checker, Model, Property};

/// A state that is told from others by its fingerprint.
#[derive(Clone, Debug)]
struct Seen {
    world: World,
    fingerprint: u64,
}

impl Hash for Seen {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.fingerprint);
    }
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

struct Small(Options);

impl Small {
    fn see(&self, mut world: World) -> Seen {
        world.check();
        Seen { fingerprint: world.fingerprint(&self.0, Reductions::default()), world }
    }
}

impl Model for Small {
    type State = Seen;
    type Action = (Action, usize);

    fn init_states(&self) -> Vec<Seen> {
        vec![self.see(World::new(&self.0))]
    }

    fn actions(&self, state: &Seen, actions: &mut Vec<(Action, usize)>) {
        state.world.actions(&self.0, |action| {
            let mut outcomes = 0;
            state.world.outcomes(&self.0, action, &mut state.world.clone(), |_| outcomes += 1);
            actions.extend((0..outcomes).map(|outcome| (action, outcome)));
        });
    }

    fn next_state(&self, state: &Seen, (action, wanted): (Action, usize)) -> Option<Seen> {
        let mut outcomes = Vec::new();
        let mut scratch = state.world.clone();
        state.world.outcomes(&self.0, action, &mut scratch, |world| outcomes.push(world.clone()));
        outcomes.into_iter().nth(wanted).map(|world| self.see(world))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        // What must hold panics where it does not; without a property nothing is searched.
        vec![Property::always("a property", |_, _| true)]
    }
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let options: Options = std::env::args().nth(1).as_deref().unwrap_or("2x1").parse()?;
    let own = close(&options, &Limits::default());
    println!("own:        {} states, {} transitions", own.states, own.transitions);
    let checker = Small(options).checker().spawn_bfs().join();
    // It counts the first state among those that were generated.
    println!(
        "stateright: {} states, {} transitions",
        checker.unique_state_count(),
        checker.state_count() - 1
    );
    if checker.unique_state_count() == own.states { Ok(()) } else { Err("they differ".into()) }
}
