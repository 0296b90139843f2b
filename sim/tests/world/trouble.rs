//! Kernels that interrupt, refuse and forget; and programs that fail.

use std::rc::Rc;

use levelring::kernel::{Feature, FeatureMask};
use levelring_sim::world::{Options, Recording, Rest, Trials};
use levelring_sim::{Faults, Odds, World};

use crate::support::{Log, bytes, client, receive, send, server};

fn transfer(world: &mut World) {
    let log = Log::default();
    let own = Rc::clone(&log);
    let server = server(world, move |events, stream| receive(events, stream, &own));
    let end = Log::default();
    client(world, "client", |events, stream| send(events, stream, bytes(700, 3), &end));
    assert_eq!(world.run(), Rest::Quiet);
    assert_eq!(log.borrow().bytes, bytes(700, 3));
    assert_eq!((log.borrow().end, end.borrow().end), (Some(Ok(())), Some(Ok(()))));
    server.kernel().with_system(|system| system.check());
}

#[test]
fn a_program_does_not_notice_what_its_loop_puts_up_with() {
    let odds = Odds(5);
    let faults = Faults {
        interrupted: odds,
        short_submit: odds,
        busy: odds,
        again: odds,
        spurious_cancel: odds,
        ..Faults::default()
    };
    let defers = FeatureMask::NONE.with(Feature::DeferTaskrun);
    for faults in [faults, Faults { missing: defers, ..faults }] {
        let trials = Trials::new().options(Options { faults, ..Options::default() });
        trials.check(0..150, transfer);
    }
}

#[test]
fn a_failure_says_what_makes_it_again_and_what_happened() {
    let program = |world: &mut World| {
        transfer(world);
        assert!(world.choose(5) < 4, "unlucky");
    };
    let trials = Trials::new();
    let failure = trials.find(0..1000, program).expect_err("one is unlucky");
    assert!(failure.heading().contains(&format!("LEVELRING_WORLD={} ", failure.recording)));
    assert_eq!(failure.recording, Recording::Seed(failure.passed));
    let simplest = trials.shrink(&failure, program);
    assert_eq!(simplest.record.iter().filter(|byte| **byte != 0).count(), 1, "{simplest}");
    let text = simplest.to_string();
    for part in ["unlucky", "server   accepts", "client   connects", "LEVELRING_WORLD=x."] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let read: Recording = simplest.recording.to_string().parse().expect("a recording");
    let again = trials.replay(&read, program).expect_err("it fails again");
    assert_eq!(again.trace, simplest.trace);
}

#[test]
fn an_invariant_is_asked_after_every_turn() {
    let failure = Trials::new().find([7], |world: &mut World| {
        world.invariant(|world| assert!(world.turns() < 5, "enough"));
        transfer(world);
    });
    let failure = failure.expect_err("there are more turns");
    assert!(failure.reason.starts_with("enough"), "{}", failure.reason);
}
