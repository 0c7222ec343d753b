//! Events of both feet: the path from a recording to footfalls, for calibrated and for uncalibrated force.

use std::ops::Range;

use crate::events::{self, Footfalls, Levels, Rule};
use crate::issue::{Issue, IssueCode};
use crate::pipeline::Options;
use crate::recording::{ForceUnit, Recording, Side};
use crate::signal::{self, BodyWeight, Clean, Relative};
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

/// What turns force into load: the zero level of each foot and the force of one body weight.
#[derive(Clone, Copy)]
struct Scale {
    zero: [f64; 2],
    body_weight: BodyWeight,
}

fn calibrated(feet: [Clean<'_>; 2], hz: f64, options: &Options) -> Detection {
    let force = feet.each_ref().map(|foot| &*foot.force);
    let absolute = options.contact_level_n.is_some();
    let zero = if absolute {
        [0.0; 2]
    } else {
        force.map(signal::first_zero)
    };
    let known = options.body_weight_force.map(BodyWeight);
    let mut scale = Scale {
        zero,
        body_weight: known.unwrap_or_else(|| signal::nominal_body_weight(force, &zero)),
    };
    let mut footfalls = find(force, &scale, hz, options);
    let mut weighed = known.is_some();
    for _ in 0..PASSES {
        let Some(found) = weigh(force, &scale.zero, &footfalls, hz) else {
            break;
        };
        scale.body_weight = found;
        if !absolute {
            for ((zero, force), footfalls) in scale.zero.iter_mut().zip(force).zip(&footfalls) {
                *zero = signal::swing_zero(force, footfalls, hz, found).unwrap_or(*zero);
            }
        }
        footfalls = find(force, &scale, hz, options);
        weighed = true;
    }
    let [left, right] = force;
    let [zero_left, zero_right] = scale.zero;
    let load = [
        signal::scaled(left, zero_left, scale.body_weight),
        signal::scaled(right, zero_right, scale.body_weight),
    ];
    let body_weight_force = weighed.then_some(scale.body_weight.0);
    Detection {
        load,
        footfalls,
        missing: feet.map(|foot| foot.missing),
        body_weight_force,
        thresholds: thresholds(options, scale.body_weight),
        issues: incredible(body_weight_force).into_iter().collect(),
    }
}

/// The contact thresholds in body weights.
fn thresholds(options: &Options, body_weight: BodyWeight) -> Thresholds {
    options
        .contact_level_n
        .map_or(options.calibrated, |level_n| {
            let level = level_n / body_weight.0;
            Thresholds {
                on_bw: level,
                off_bw: level,
                fc_bw: level,
            }
        })
}

fn find(force: [&[f64]; 2], scale: &Scale, hz: f64, options: &Options) -> [Footfalls; 2] {
    let thresholds = thresholds(options, scale.body_weight);
    let [left, right] = force;
    let [zero_left, zero_right] = scale.zero;
    let find = |force, zero| {
        let levels = Levels::new(&thresholds, zero, scale.body_weight.0);
        let rule = if options.contact_level_n.is_some() {
            Rule::ABSOLUTE
        } else {
            Rule::LEVEL
        };
        events::footfalls(force, hz, &levels, &rule)
    };
    [find(left, zero_left), find(right, zero_right)]
}

/// Mean total force over the cycles of both feet, N.
fn weigh(
    force: [&[f64]; 2],
    zero: &[f64; 2],
    footfalls: &[Footfalls; 2],
    hz: f64,
) -> Option<BodyWeight> {
    let cycles = footfalls
        .iter()
        .flat_map(Footfalls::cycles)
        .map(|(stance, next_contact)| (stance.contact, next_contact))
        .filter(|(from, to)| to - from <= LONGEST_CYCLE_S * hz);
    signal::body_weight(force, zero, cycles)
}

fn incredible(body_weight_force: Option<f64>) -> Option<Issue> {
    let force_n = body_weight_force.filter(|w| !CREDIBLE_BODY_WEIGHT.contains(w))?;
    let detail = format!("mean total force in walking is {force_n:.0} in the insole's unit");
    Some(Issue::new(IssueCode::ForceScaleImplausible, detail))
}

fn uncalibrated(feet: [Clean<'_>; 2], hz: f64, options: &Options) -> Detection {
    let mut issues = Vec::new();
    let found = feet
        .each_ref()
        .map(|foot| signal::relative(&foot.force, hz));
    let [l, r] = found
        .each_ref()
        .map(|f| f.as_ref().map_or(&[][..], |f| &f.load));
    let inverted = signal::inverted(l, r, hz);
    let samples = feet.each_ref().map(|foot| foot.force.len());
    let ([left, right], [samples_left, samples_right]) = (found, samples);
    let mut oriented = |found, side, samples| {
        let (load, mut said) = oriented(found, side, inverted.of(side));
        issues.append(&mut said);
        load.unwrap_or_else(|| vec![0.0; samples])
    };
    let load = [
        oriented(left, Side::Left, samples_left),
        oriented(right, Side::Right, samples_right),
    ];
    let levels = Levels::new(&options.relative, 0.0, 1.0);
    let footfalls = load
        .each_ref()
        .map(|l| events::footfalls(l, hz, &levels, &Rule::ONSET));
    Detection {
        load,
        footfalls,
        missing: feet.map(|foot| foot.missing),
        body_weight_force: None,
        thresholds: options.relative,
        issues,
    }
}

/// Relative load with its sign set right; `None` for a channel without variation.
fn oriented(found: Option<Relative>, side: Side, inverted: bool) -> (Option<Vec<f64>>, Vec<Issue>) {
    let say = |code, detail: String| Issue::new(code, detail).on(side);
    let Some(mut found) = found else {
        let detail = "the channel does not vary".to_owned();
        return (None, vec![say(IssueCode::NoSignal, detail)]);
    };
    let mut issues = Vec::new();
    if inverted {
        let detail = "load lowers the reading; the channel was turned over".to_owned();
        issues.push(say(IssueCode::InvertedSignal, detail));
        found = found.turned();
    }
    if found.drift > REPORTED_DRIFT {
        let detail = format!(
            "the zero level moves by {:.0} % of the swing-to-stance amplitude",
            100.0 * found.drift
        );
        issues.push(say(IssueCode::DriftingZero, detail));
    }
    (Some(found.load), issues)
}
