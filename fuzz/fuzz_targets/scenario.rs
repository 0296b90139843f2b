//! Whatever stands in a scenario's file is refused, or read and written back as it was meant.
#![no_main]

use levelring_sim::conformance::Scenario;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(scenarios) = Scenario::read_all(text) {
        let written: String = scenarios.iter().map(ToString::to_string).collect();
        assert_eq!(Scenario::read_all(&written).as_ref(), Ok(&scenarios), "{written}");
    }
});
