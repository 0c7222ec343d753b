//! Events of both feet: the path from a recording to footfalls, for calibrated and for uncalibrated force.

use std::ops::Range;

use crate::events::{self, Footfalls, Placement};
use crate::issue::{Issue, IssueCode};
use crate::pipeline::Options;
use crate::recording::{ForceUnit, Recording, Side};
use crate::signal::{self, BodyWeight, Clean, FootSigns};
use crate::summary::Thresholds;

/// Passes of threshold, zero level and body weight over each other; a fourth changes nothing measurable.
const PASSES: usize = 3;
/// Credible mean total force of a walking person in an insole's own newtons.
const CREDIBLE_BODY_WEIGHT: Range<f64> = 100.0..3000.0;
/// Drift of the zero level that is reported, as a share of the swing-to-stance amplitude.
const REPORTED_DRIFT: f64 = 0.10;
/// Strides longer than this are no gait cycles and do not weigh the body, s.
const LONGEST_CYCLE_S: f64 = 3.0;

/// What was found under both feet. Arrays are left, right.
pub(crate) struct Detection {
    /// Load per sample: body weights, or amplitudes where uncalibrated.
    pub(crate) load: [Vec<f64>; 2],
    pub(crate) footfalls: [Footfalls; 2],
    pub(crate) missing: [Vec<Range<usize>>; 2],
    /// Mean total force over whole cycles, N.
    pub(crate) body_weight_force: Option<f64>,
    pub(crate) thresholds: Thresholds,
    pub(crate) issues: Vec<Issue>,
}

pub(crate) fn detect(recording: &Recording, options: &Options) -> Detection {
    let samples = recording.samples();
    let feet = Side::BOTH.map(|side| signal::clean(recording.foot(side), samples));
    match recording.force_unit {
        ForceUnit::Newton => calibrated(feet, recording.sampling_hz, options),
        ForceUnit::Uncalibrated => uncalibrated(feet, recording.sampling_hz, options),
    }
}

fn calibrated(feet: [Clean; 2], hz: f64, options: &Options) -> Detection {
    let [left, right] = feet;
    let force = [left.force, right.force];
    let find = |load: &[Vec<f64>; 2]| {
        load.each_ref()
            .map(|l| events::footfalls(l, hz, &options.calibrated, Placement::Level))
    };
    let scale = |zero: &[f64; 2], weight: BodyWeight| {
        let [l, r] = &force;
        let [zl, zr] = *zero;
        [signal::scaled(l, zl, weight), signal::scaled(r, zr, weight)]
    };
    let mut zero = force.each_ref().map(|f| signal::first_zero(f));
    let known = options.body_weight_force.map(BodyWeight);
    let nominal = known.unwrap_or_else(|| signal::nominal_body_weight(&force, &zero));
    let mut load = scale(&zero, nominal);
    let mut footfalls = find(&load);
    let mut weight = None;
    for _ in 0..PASSES {
        let Some(found) = weigh(&load, &footfalls, weight.unwrap_or(nominal), hz) else {
            break;
        };
        for ((zero, force), footfalls) in zero.iter_mut().zip(&force).zip(&footfalls) {
            *zero = signal::swing_zero(force, footfalls, hz, found).unwrap_or(*zero);
        }
        load = scale(&zero, found);
        footfalls = find(&load);
        weight = Some(found);
    }
    let body_weight_force = weight.or(known).map(|w| w.0);
    let mut issues = Vec::new();
    if let Some(force_n) = body_weight_force.filter(|w| !CREDIBLE_BODY_WEIGHT.contains(w)) {
        let detail = format!("mean total force in walking is {force_n:.0} in the insole's unit");
        issues.push(Issue::new(IssueCode::ForceScaleImplausible, detail));
    }
    Detection {
        load,
        footfalls,
        missing: [left.missing, right.missing],
        body_weight_force,
        thresholds: options.calibrated,
        issues,
    }
}

/// Mean total force over the cycles of both feet, in the unit of the unscaled force.
fn weigh(
    load: &[Vec<f64>; 2],
    footfalls: &[Footfalls; 2],
    unit: BodyWeight,
    hz: f64,
) -> Option<BodyWeight> {
    let [left, right] = load;
    let cycles: Vec<(f64, f64)> = footfalls
        .iter()
        .flat_map(Footfalls::cycles)
        .map(|(stance, next_contact)| (stance.contact, next_contact))
        .filter(|(from, to)| to - from <= LONGEST_CYCLE_S * hz)
        .collect();
    signal::body_weight(left, right, &cycles).map(|BodyWeight(share)| BodyWeight(share * unit.0))
}

fn uncalibrated(feet: [Clean; 2], hz: f64, options: &Options) -> Detection {
    let mut issues = Vec::new();
    let upright = feet.each_ref().map(|foot| {
        signal::relative(&foot.force, hz)
            .map(|r| r.load)
            .unwrap_or_default()
    });
    let [l, r] = &upright;
    let signs = signal::signs(l, r, hz);
    let [left, right] = feet;
    let load = [
        oriented(&left.force, Side::Left, signs, hz, &mut issues),
        oriented(&right.force, Side::Right, signs, hz, &mut issues),
    ];
    let footfalls = load
        .each_ref()
        .map(|l| events::footfalls(l, hz, &options.relative, Placement::Onset));
    Detection {
        load,
        footfalls,
        missing: [left.missing, right.missing],
        body_weight_force: None,
        thresholds: options.relative,
        issues,
    }
}

/// Relative load with its sign set right; a channel without variation is unloaded throughout.
fn oriented(
    force: &[f64],
    side: Side,
    signs: FootSigns,
    hz: f64,
    issues: &mut Vec<Issue>,
) -> Vec<f64> {
    let sign = signs.of(side);
    if sign < 0.0 {
        issues.push(
            Issue::new(
                IssueCode::InvertedSignal,
                "load lowers the reading; the channel was turned over",
            )
            .on(side),
        );
    }
    let signed: Vec<f64> = force.iter().map(|f| sign * f).collect();
    match signal::relative(&signed, hz) {
        Some(found) => {
            if found.drift > REPORTED_DRIFT {
                let detail = format!(
                    "the zero level moves by {:.0} % of the swing-to-stance amplitude",
                    100.0 * found.drift
                );
                issues.push(Issue::new(IssueCode::DriftingZero, detail).on(side));
            }
            found.load
        }
        None => {
            issues.push(Issue::new(IssueCode::NoSignal, "the channel does not vary").on(side));
            vec![0.0; force.len()]
        }
    }
}
