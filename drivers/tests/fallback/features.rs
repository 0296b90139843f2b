//! Features forced off, one by one: the report says so, and the loop behaves.

use levelring::kernel::{Feature, FeatureMask, FeatureState};
use levelring::{Builder, DriverKind, Error, Way};

use crate::skipping::skipped;
use crate::support::{apart, behave};

#[test]
fn what_is_forced_off_is_reported_and_not_missed() {
    // Apart, because the others' children hold everybody's descriptors for a moment.
    apart("features::what_is_forced_off_is_reported_and_not_missed", &[], || {
        for feature in Feature::ALL {
            for way in Way::ALL {
                without(*feature, way);
            }
        }
    });
}

fn without(feature: Feature, way: Way) {
    let builder = Builder::default().driver(DriverKind::Uring).way(way).forbid(feature.into());
    let events = match builder.build() {
        Err(error @ Error::Unavailable { .. }) => return skipped(error),
        events => events.expect("it can be done without"),
    };
    let report = events.report().clone();
    let features = report.features.expect("there is a ring");
    assert_eq!(features.state(feature), FeatureState::ForcedOff, "{feature:?}");
    assert!(!features.has(feature));
    let text = report.to_string();
    let line = format!("{:<20}{:<12}{}", feature.name(), "forced off", feature.purpose());
    assert!(text.contains(&line), "{line}\nis missing in\n{text}");
    assert_eq!(text.matches("forced off").count(), 1, "{text}");
    assert_eq!(report.way, Some(way));
    behave(events);
}

/// DEFER_TASKRUN needs SINGLE_ISSUER, and COOP_TASKRUN stands in for it.
#[test]
fn what_depends_on_it_goes_with_it() {
    let without = |features: FeatureMask| {
        let events = Builder::default().driver(DriverKind::Uring).forbid(features).build();
        events.ok().and_then(|events| events.report().features)
    };
    let Some(all) = without(FeatureMask::NONE) else { return };
    if !all.has(Feature::DeferTaskrun) {
        return;
    }
    assert!(!all.has(Feature::CoopTaskrun), "of no use beside the other");
    let shared = without(Feature::SingleIssuer.into()).expect("a ring");
    assert!(!shared.has(Feature::DeferTaskrun) && shared.has(Feature::CoopTaskrun));
    let both = FeatureMask::from(Feature::DeferTaskrun) | FeatureMask::from(Feature::CoopTaskrun);
    let neither = without(both).expect("a ring");
    assert!(!neither.has(Feature::TaskrunFlag), "there is nothing to announce");
}
