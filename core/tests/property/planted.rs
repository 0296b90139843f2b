//! The checks are checked once more: with a bug planted in the core itself, some run must fail,
//! within as many seeds as the list of bugs states.
//!
//! `RUSTFLAGS='--cfg levelring_planted' cargo test --profile planted -p levelring-core --test
//! property planted -- --nocapture`; `LEVELRING_PLANTED=Name,Name` asks for some only, and
//! `LEVELRING_SEEDS` for other numbers of seeds than stated.

use crate::entropy::Entropy;
use crate::options::Sabotage;
use levelring_core::planted::{Bug, Net, plant};
use std::panic::{catch_unwind, set_hook};

/// The first seed whose run fails, and what it says.
fn first_failure(seeds: u64) -> Option<(u64, String)> {
    (0..seeds).find_map(|seed| {
        let run = || crate::run(Entropy::of_seed(seed), false, Sabotage::Nothing);
        let panic = catch_unwind(run).err()?;
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        let line = message.and_then(|message| message.lines().next()).unwrap_or_default();
        Some((seed, line.to_owned()))
    })
}

/// One test, as a bug is planted in the whole process.
#[test]
fn every_bug_is_found() {
    let asked = std::env::var("LEVELRING_PLANTED").ok();
    let of_ours = |bug: &&Bug| bug.stated().0 == Net::Property;
    let chosen: Vec<Bug> = match &asked {
        Some(names) => names.split(',').map(|name| Bug::named(name).expect("a bug")).collect(),
        None => Bug::ALL.iter().filter(of_ours).copied().collect(),
    };
    set_hook(Box::new(|_| {}));
    let mut missed = Vec::new();
    for bug in chosen {
        let seeds = crate::asked("LEVELRING_SEEDS").unwrap_or(bug.stated().1);
        plant(Some(bug));
        let found = first_failure(seeds);
        plant(None);
        match found {
            Some((seed, message)) => println!("{}\t{}\t{message}", bug.name(), seed + 1),
            None => missed.push(bug),
        }
    }
    let _ = std::panic::take_hook();
    assert!(first_failure(300).is_none(), "without a bug no run fails");
    assert!(missed.is_empty(), "not found within the stated number of seeds: {missed:?}");
}
