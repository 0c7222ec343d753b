//! A recording that ends in a stance: the contact is real, its toe-off unknown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/synthetic.rs"]
mod synthetic;

use approx::assert_abs_diff_eq;
use gait::strides::{Exclusion, Stride};
use gait::{Analysis, ForceUnit, Options, Recording, Side, StepMark, StepMarkKind, analyze};
use synthetic::Walk;

/// Strides of the left foot before the recording ends in its next stance.
const STRIDES: usize = 40;

/// Ends `after_s` after the left contact; in newtons and, turned into converter steps of an unknown zero, without a unit.
fn endings(after_s: f64) -> [(Recording, f64); 2] {
    let walk = Walk::default();
    let mut calibrated = walk.recording();
    let contact = walk.contacts(0)[STRIDES];
    let end = ((contact + after_s) * walk.sampling_hz) as usize;
    calibrated.left.force.truncate(end);
    calibrated.right.force.truncate(end);
    let mut relative = calibrated.clone();
    relative.force_unit = ForceUnit::Uncalibrated;
    for force in [&mut relative.left.force, &mut relative.right.force] {
        force.iter_mut().for_each(|f| *f = 0.4 * *f - 170.0);
    }
    [(calibrated, contact), (relative, contact)]
}

fn of(analysis: &Analysis, side: Side) -> (Vec<&StepMark>, Vec<&Stride>) {
    let events = analysis.events.iter().filter(|e| e.side == side);
    let strides = analysis.strides.iter().filter(|s| s.foot == side);
    (events.collect(), strides.collect())
}

#[test]
fn the_contact_is_an_event_ends_a_stride_and_counts_as_a_step() {
    for (recording, contact) in endings(0.3) {
        let analysis = analyze(&recording, &Options::default());
        let (events, strides) = of(&analysis, Side::Left);
        let last = events.last().unwrap();
        assert_eq!(
            last.kind,
            StepMarkKind::InitialContact,
            "no toe-off is made up"
        );
        assert_abs_diff_eq!(last.time_s, contact, epsilon = 0.015);
        let stride = strides.last().unwrap();
        assert_abs_diff_eq!(stride.end_s, last.time_s);
        assert!(stride.is_valid());
        assert_eq!(stride.reason, Some(Exclusion::LastOfBout));
        assert_eq!(strides.len(), STRIDES);
        assert_eq!(analysis.steps.left as usize, STRIDES + 1);
    }
}

/// Both feet are on the ground at the end: the right stride has the left foot's open contact in it.
#[test]
fn an_open_contact_serves_the_other_foot() {
    for (recording, contact) in endings(0.68) {
        let analysis = analyze(&recording, &Options::default());
        let (events, strides) = of(&analysis, Side::Right);
        assert_eq!(events.last().unwrap().kind, StepMarkKind::InitialContact);
        let last = strides.last().unwrap();
        assert!(last.start_s < contact && contact < last.end_s);
        assert_eq!(last.reason, Some(Exclusion::LastOfBout));
        assert_abs_diff_eq!(last.contralateral_s.unwrap(), contact, epsilon = 0.015);
        let usual = strides[strides.len() - 2].double_support_s.unwrap();
        assert_abs_diff_eq!(last.double_support_s.unwrap(), usual, epsilon = 0.05);
    }
}

#[test]
fn a_touch_at_the_very_end_is_no_contact() {
    for (recording, _) in endings(0.05) {
        let analysis = analyze(&recording, &Options::default());
        assert_eq!(analysis.steps.left as usize, STRIDES);
        assert_eq!(of(&analysis, Side::Left).1.len(), STRIDES - 1);
    }
}
