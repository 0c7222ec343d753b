//! Point 6: a side-to-side difference is recovered, and a clock that runs late is not taken for one.

use gait::metrics::flags::Flag;
use gait::{Analysis, Options as EngineOptions, Recording, analyze};
use serde_json::json;
use walker::plan::{PlanError, WalkPlan};
use walker::random::StreamKey;
use walker::{scenario, simulate};

use super::cohort::{Case, clean, session};
use super::{Options, Point};
use crate::errors::Errors;
use crate::report::{Goal, Mark, Plot, Series, Table};

/// What each foot's stance share is moved by, one up, one down, points: about 5 % of the index.
const INJECTED_POINTS: f64 = 1.6;
/// Metrics that a skew of the clocks must leave alone, and one it must be expected to move.
const IMMUNE: &[&str] = &["si_stance_pct", "si_swing_pct", "si_f1_pct"];

pub(super) fn point(options: &Options) -> Result<Point, PlanError> {
    let mut pairs = Vec::new();
    let mut skewed = vec![Errors::default(); IMMUNE.len()];
    let (mut pci, mut unflagged, mut clocks) = (Errors::default(), 0, Errors::default());
    for person in 0..options.persons {
        for sign in [-1.0, 1.0] {
            let case = Case::of(&uneven(options.seed, person, sign * INJECTED_POINTS))?;
            if let Some(truth) = case.walk.truth.expected {
                pairs.push((truth.si_stance_signed_pct, case.session("si_stance_pct")));
            }
        }
        let case = Case::of(&clean(options.seed, person))?;
        let late = analyze(
            &right_foot_late(&case.walk.recording),
            &EngineOptions::default(),
        );
        for (errors, id) in skewed.iter_mut().zip(IMMUNE) {
            errors.add(session(&late, id) - case.session(id));
        }
        pci.add(session(&late, "pci_pct") - case.session("pci_pct"));
        unflagged += usize::from(!flagged(&late, "pci_pct"));
        clocks.add(clock_error_ms(options.seed, person)?);
    }
    let recovered: Errors = pairs.iter().map(|(truth, found)| found - truth).collect();
    let mut point = Point {
        name: "6 asymmetry",
        protocol: "the stance shares of the feet are set about 5 % of the index apart, to either side, and the signed \
                   index compared with the truth's. Then the right foot of each clean walk is put off by one sample \
                   (10 ms), as by a late clock: what is measured on one foot alone must not move, and the index that needs both \
                   clocks must say that they are not known. Where packets carry times of arrival (scenario \
                   skewed_clocks: 50 ppm, 20 ms, delayed and lost packets), the engine tells the clocks, compared in \
                   the middle of the walk.",
        ..Point::default()
    };
    point.goal(
        "stance index recovered, worst, points",
        Goal::AtMost(0.3),
        recovered.worst(),
        recovered.n(),
    );
    for (errors, id) in skewed.iter().zip(IMMUNE) {
        let what = format!("{id} moved by a clock 10 ms late, points");
        point.goal(&what, Goal::AtMost(0.05), errors.worst(), errors.n());
    }
    point.goal(
        "walks of unknown clocks whose PCI is not flagged",
        Goal::Exactly(0.0),
        unflagged as f64,
        pci.n(),
    );
    point.goal(
        "clock of the right foot from arrivals, worst, ms",
        Goal::AtMost(2.0),
        clocks.worst(),
        clocks.n(),
    );
    point.tables.push(table(&recovered, &skewed, &pci));
    point.plots.push(plot(&pairs));
    point.json = json!({
        "stance_index_worst_points": recovered.worst(),
        "stance_index_bias_points": recovered.mean(),
        "pci_moved_by_skew_points": pci.mean(),
        "clock_error_worst_ms": clocks.worst(),
    });
    Ok(point)
}

/// Whether a session metric says that the clocks of the feet are not known.
fn flagged(analysis: &Analysis, id: &str) -> bool {
    let metrics = analysis.session_metrics();
    let found = metrics.get(id).and_then(|metric| metric.ok());
    found.is_none_or(|estimate| estimate.flags.contains(Flag::SyncUnknown))
}

/// How far the engine puts the right foot's clock off in the middle of a walk on skewed clocks, ms; infinite when it
/// tells no clock.
fn clock_error_ms(seed: u64, person: u64) -> Result<f64, PlanError> {
    let key = StreamKey {
        patient: person,
        ..StreamKey::from_seed(seed)
    };
    let plan = scenario::by_name("skewed_clocks").map(|s| s.plan(key));
    let walk = simulate(&plan.unwrap_or_else(|| clean(seed, person)))?;
    let (left, right) = (&walk.truth.clocks.left, &walk.truth.clocks.right);
    let left_s = 0.5 * walk.recording.duration_s();
    let at_s = left.offset_s + (1.0 + 1e-6 * left.skew_ppm) * left_s;
    let right_s = (at_s - right.offset_s) / (1.0 + 1e-6 * right.skew_ppm);
    let told = analyze(&walk.recording, &EngineOptions::default()).clock;
    Ok(told.map_or(f64::INFINITY, |clock| {
        1000.0 * (clock.left_s(right_s) - left_s)
    }))
}

/// A person whose left foot stands longer and right foot shorter by so many points of the stride.
fn uneven(seed: u64, person: u64, points: f64) -> WalkPlan {
    let mut plan = clean(seed, person);
    plan.person.traits.stance_asymmetry_pp = points;
    plan
}

/// The same walk with the right foot's samples one later.
fn right_foot_late(recording: &Recording) -> Recording {
    let mut late = recording.clone();
    let foot = &mut late.right;
    foot.force
        .insert(0, foot.force.first().copied().unwrap_or(0.0));
    foot.force.pop();
    let motion = foot.motion.iter_mut();
    let motion = motion.flat_map(|m| {
        m.acceleration_g
            .iter_mut()
            .chain(&mut m.angular_velocity_dps)
    });
    for column in foot.sensors.iter_mut().chain(motion) {
        column.insert(0, column.first().copied().unwrap_or(0.0));
        column.pop();
    }
    late
}

fn table(recovered: &Errors, skewed: &[Errors], pci: &Errors) -> Table {
    let row = |name: String, errors: &Errors| {
        vec![
            name,
            errors.n().to_string(),
            format!("{:+.3}", errors.mean()),
            format!("{:.3}", errors.mean_size()),
            format!("{:.3}", errors.worst()),
        ]
    };
    let mut rows = vec![row("si_stance_pct, 5 % put in".to_owned(), recovered)];
    for (errors, id) in skewed.iter().zip(IMMUNE) {
        rows.push(row(format!("{id}, 10 ms skew"), errors));
    }
    rows.push(row("pci_pct, 10 ms skew".to_owned(), pci));
    Table {
        title: "Side-to-side differences, points".to_owned(),
        columns: ["metric", "n", "bias", "mean size", "worst"].map(str::to_owned).into(),
        rows,
        note: Some("PCI needs both clocks and moves with their skew: it carries no goal, and no observation.".to_owned()),
    }
}

fn plot(pairs: &[(f64, f64)]) -> Plot {
    let most = pairs
        .iter()
        .map(|(truth, _)| truth.abs())
        .fold(0.0, f64::max);
    Plot {
        title: "Stance index, signed".to_owned(),
        x_label: "truth, %".to_owned(),
        y_label: "engine, %".to_owned(),
        series: vec![
            Series {
                name: "walks".to_owned(),
                mark: Mark::Dots,
                points: pairs.to_vec(),
            },
            Series {
                name: "equal".to_owned(),
                mark: Mark::Line,
                points: vec![(-most, -most), (most, most)],
            },
        ],
    }
}
