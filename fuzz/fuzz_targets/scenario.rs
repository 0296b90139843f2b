//! Whatever stands in a scenario's file is refused, or read and written back as it was meant.
#![no_main]

use levelring_sim::conformance::Scenario;
use levelring_sim::storm::Script;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(scenarios) = Scenario::read_all(text) {
        let each: Vec<String> = scenarios.iter().map(ToString::to_string).collect();
        let written = each.join("\n");
        assert_eq!(Scenario::read_all(&written).as_ref(), Ok(&scenarios), "{written}");
    }
    if let Ok(script) = text.parse::<Script>() {
        let written = script.to_string();
        assert_eq!(written.parse::<Script>().map(|again| again.to_string()), Ok(written));
    }
});
