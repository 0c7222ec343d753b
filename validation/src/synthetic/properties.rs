//! Point 3: what must hold of any walk, whatever its truth.

use gait::moments::Moments;
use gait::{Analysis, Options as EngineOptions, Recording, Side, analyze};
use serde_json::json;
use walker::plan::PlanError;

use super::cohort::{Case, clean, session};
use super::{Options, Point};
use crate::errors::Errors;
use crate::report::Goal;

/// Persons whose walks are tried: these hold for each or for none.
const PERSONS: u64 = 8;
/// Samples by which a walk is put off.
const SHIFT: usize = 37;
/// Signed session metrics: a mirror turns them round.
const SIGNED: &[&str] = &[
    "si_stance_pct",
    "si_swing_pct",
    "si_step_time_pct",
    "si_f1_pct",
];
/// Largest share by which a wire value may be rounded away from its own, of moments merged.
const MERGED: f64 = 1e-9;

/// Largest breach of each property.
#[derive(Default)]
struct Breaches {
    phases_points: Errors,
    mirror: Errors,
    scale: Errors,
    shift: Errors,
    merge: Errors,
    replay: Errors,
}

pub(super) fn point(options: &Options) -> Result<Point, PlanError> {
    let mut found = Breaches::default();
    let mut before: Option<Case> = None;
    for person in 0..PERSONS.min(options.persons) {
        let case = Case::of(&clean(options.seed, person))?;
        found.one(&case);
        if let Some(before) = &before {
            found.merge.add(merged(&before.analysis, &case.analysis));
        }
        before = Some(case);
    }
    let mut point = Point {
        name: "3 properties",
        protocol: "swing and stance make 100 %; exchanged feet turn signed metrics round and leave the others; twice the \
                   force changes nothing; a later start changes nothing; moments of two sessions merged are those of \
                   all their strides together; the same recording gives the same numbers. Each goal is of the largest \
                   relative difference over all metrics.",
        ..Point::default()
    };
    for (what, most, errors) in [
        ("swing + stance - 100, points", 1e-9, &found.phases_points),
        ("mirror", 1e-9, &found.mirror),
        ("twice the force", 1e-6, &found.scale),
        ("later start", 1e-6, &found.shift),
        ("merged moments", MERGED, &found.merge),
        ("replay", 0.0, &found.replay),
    ] {
        point.goal(what, Goal::AtMost(most), errors.worst(), errors.n());
    }
    point.json = json!({
        "swing_stance_points": found.phases_points.worst(), "mirror": found.mirror.worst(),
        "twice_the_force": found.scale.worst(), "later_start": found.shift.worst(),
        "merged_moments": found.merge.worst(), "replay": found.replay.worst(),
    });
    Ok(point)
}

impl Breaches {
    fn one(&mut self, case: &Case) {
        let (recording, own) = (&case.walk.recording, &case.analysis);
        for stride in &own.strides {
            self.phases_points
                .add(stride.swing_pct() + stride.stance_pct() - 100.0);
        }
        let engine = |recording: &Recording| analyze(recording, &EngineOptions::default());
        let mirror = engine(&recording.clone().mirrored());
        self.mirror.add(mirrored(own, &mirror));
        self.scale.add(farthest(own, &engine(&scaled(recording))));
        self.shift.add(farthest(own, &engine(&shifted(recording))));
        self.replay.add(farthest(own, &engine(recording)));
    }
}

fn relative(a: f64, b: f64) -> f64 {
    let size = a.abs().max(b.abs());
    if size == 0.0 {
        0.0
    } else {
        (a - b).abs() / size
    }
}

/// Largest relative difference of the per-foot means; infinite when one has a metric the other lacks.
fn farthest(a: &Analysis, b: &Analysis) -> f64 {
    feet(a, b, |side| side)
}

fn feet(a: &Analysis, b: &Analysis, partner: fn(Side) -> Side) -> f64 {
    let mut worst = if a.metrics.len() == b.metrics.len() {
        0.0
    } else {
        f64::MAX
    };
    for (id, own) in &a.metrics {
        for side in Side::BOTH {
            let other = b.metrics.get(id).and_then(|feet| feet.foot(partner(side)));
            worst = f64::max(
                worst,
                match (own.foot(side), other) {
                    (Some(x), Some(y)) => relative(x.mean, y.mean),
                    (None, None) => 0.0,
                    _ => f64::MAX,
                },
            );
        }
    }
    worst
}

fn mirrored(own: &Analysis, mirror: &Analysis) -> f64 {
    let signed = SIGNED.iter().map(|id| {
        let (a, b) = (session(own, id), session(mirror, id));
        if a.is_nan() && b.is_nan() {
            0.0
        } else {
            relative(a, -b)
        }
    });
    signed.fold(feet(own, mirror, Side::other), f64::max)
}

fn scaled(recording: &Recording) -> Recording {
    let mut twice = recording.clone();
    for foot in [&mut twice.left, &mut twice.right] {
        foot.force.iter_mut().for_each(|force| *force *= 2.0);
        let sensors = foot.sensors.iter_mut().flatten();
        sensors.for_each(|value| *value *= 2.0);
    }
    twice
}

/// The same walk with more of its first standing before it.
fn shifted(recording: &Recording) -> Recording {
    let mut later = recording.clone();
    let walk = later.split_off(SHIFT);
    let mut whole = later.clone();
    whole.append(later);
    whole.append(walk);
    whole
}

/// Moments of two sessions merged against those of all strides.
fn merged(a: &Analysis, b: &Analysis) -> f64 {
    let strides = || a.strides.iter().chain(&b.strides).filter(|s| s.is_used());
    let sides = Side::BOTH.into_iter().filter_map(|side| {
        let own = |analysis: &Analysis| analysis.metrics.get("stride_time_s")?.foot(side).copied();
        let sum = own(a)?.merge(&own(b)?);
        let all = Moments::of(
            strides()
                .filter(|s| s.foot == side)
                .map(gait::strides::Stride::stride_time_s),
        )?;
        let counts = relative(sum.n as f64, all.n as f64);
        Some(
            counts
                .max(relative(sum.mean, all.mean))
                .max(relative(sum.m2, all.m2)),
        )
    });
    sides.fold(f64::NAN, f64::max)
}
