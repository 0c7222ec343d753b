//! Points 4 and 5: pressure under the foot, and what is told from it.

use gait::metrics::derive::Estimate;
use gait::metrics::flags::Flags;
use gait::moments::Moments;
use gait::observation::patterns::{Conditions, Fifths, Pattern, arch};
use gait::plantar::Plantar;
use gait::{Analysis, Side};
use serde_json::json;
use walker::plan::{PlanError, WalkPlan};
use walker::sides::PerSide;
use walker::truth::LoadingTruth;

use super::cohort::{Case, clean};
use super::{Options, Point};
use crate::errors::Errors;
use crate::report::{Goal, Mark, Plot, Series, Table};

/// Stream of the persons who make the reference group of point 5, apart from those who are judged.
const REFERENCE_PERSONS: u64 = 10_000;
/// How many times as many they are: fifths of few feet are uncertain themselves.
const REFERENCE_SIZE: u64 = 4;

/// A measure of pressure and its truth.
struct Measure {
    id: &'static str,
    engine: fn(&Plantar) -> Option<f64>,
    truth: fn(&LoadingTruth) -> Option<f64>,
    /// Largest error allowed.
    most: f64,
}

const MEASURES: [Measure; 3] = [
    Measure {
        id: "CPEI, points",
        engine: |p| p.cpei_pct,
        truth: |t| t.cpei_pct,
        most: 1.0,
    },
    Measure {
        id: "medial arch load ratio",
        engine: |p| p.malr,
        truth: |t| Some(t.medial_arch_load_ratio),
        most: 0.02,
    },
    Measure {
        id: "midfoot load share",
        engine: |p| p.mid_load,
        truth: |t| Some(t.mid_load),
        most: 0.02,
    },
];

/// Median over the strides used of a foot, with their number.
fn median(
    analysis: &Analysis,
    side: Side,
    measure: fn(&Plantar) -> Option<f64>,
) -> Option<(f64, usize)> {
    let strides = analysis.strides.iter();
    let used = strides.filter(|s| s.foot == side && s.is_used());
    let mut values: Vec<f64> = used.filter_map(|s| measure(s.plantar.as_ref()?)).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied()?;
    Some((middle, values.len()))
}

/// A person on sixteen perfect sensors.
fn sixteen(seed: u64, person: u64) -> WalkPlan {
    WalkPlan {
        layout_id: "moticon-16".to_owned(),
        ..clean(seed, person)
    }
}

/// What is done to a foot to make it load as its class does.
type Change = fn(&mut WalkPlan, f64);

const LED: [(&str, Change); 3] = [
    ("led medially", |plan, severity| {
        plan.conditions.overpronation = PerSide::both(severity);
    }),
    ("neutral", |_, _| {}),
    ("led laterally", |plan, severity| {
        plan.conditions.supination = PerSide::both(severity);
    }),
];

/// Point 4.
pub(super) fn pressure(options: &Options) -> Result<Point, PlanError> {
    let mut errors = vec![Errors::default(); MEASURES.len()];
    let (mut ordered, mut feet) = (0, 0);
    let mut drawn = LED.map(|(name, _)| (name, Vec::new()));
    for person in 0..options.persons {
        let mut cpei = [[f64::NAN; 3]; 2];
        for (class, (_, change)) in LED.iter().enumerate() {
            let mut plan = sixteen(options.seed, person);
            change(&mut plan, 1.0);
            let case = Case::of(&plan)?;
            for (foot, side) in Side::BOTH.into_iter().enumerate() {
                let truth = case.walk.truth.loading.get(side);
                for (errors, measure) in errors.iter_mut().zip(&MEASURES) {
                    let found = median(&case.analysis, side, measure.engine);
                    if let (Some((found, _)), Some(truth)) = (found, (measure.truth)(truth)) {
                        errors.add(found - truth);
                    }
                }
                let found = median(&case.analysis, side, |p| p.cpei_pct);
                let found = found.map_or(f64::NAN, |(value, _)| value);
                cpei[foot][class] = found;
                drawn[class]
                    .1
                    .push((truth.cpei_pct.unwrap_or(f64::NAN), found));
            }
        }
        feet += cpei.len();
        ordered += cpei.iter().filter(|[m, n, l]| m < n && n < l).count();
    }
    let mut point = Point {
        name: "4 pressure",
        protocol: "16 perfect sensors; each person three times: centre of pressure led medially, neutral, and led \
                   laterally. Median of the strides used against the exact centre of pressure and impulses of a mean \
                   stance; the order of the three must hold for each foot.",
        plots: vec![cpei_plot(drawn)],
        ..Point::default()
    };
    for (errors, measure) in errors.iter().zip(&MEASURES) {
        let what = format!("{}, worst", measure.id);
        point.goal(
            &what,
            Goal::AtMost(measure.most),
            errors.worst(),
            errors.n(),
        );
    }
    point.goal(
        "feet whose order is not medial < neutral < lateral",
        Goal::Exactly(0.0),
        (feet - ordered) as f64,
        feet,
    );
    point.tables.push(error_table(&errors));
    point.json = json!({
        "cpei_worst_points": errors[0].worst(), "cpei_bias_points": errors[0].mean(),
        "medial_arch_worst": errors[1].worst(), "mid_load_worst": errors[2].worst(), "feet": feet, "ordered": ordered,
    });
    Ok(point)
}

fn error_table(errors: &[Errors]) -> Table {
    let rows = errors.iter().zip(&MEASURES).map(|(errors, measure)| {
        vec![
            measure.id.to_owned(),
            errors.n().to_string(),
            format!("{:+.4}", errors.mean()),
            format!("{:.4}", errors.mean_size()),
            format!("{:.4}", errors.worst()),
        ]
    });
    Table {
        title: "Pressure of a foot against the truth".to_owned(),
        columns: ["measure", "feet", "bias", "mean size", "worst"]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
        note: None,
    }
}

fn cpei_plot(drawn: [(&str, Vec<(f64, f64)>); 3]) -> Plot {
    let classes = drawn.into_iter().map(|(name, points)| Series {
        name: name.to_owned(),
        mark: Mark::Dots,
        points,
    });
    Plot {
        title: "Centre of Pressure Excursion Index of each foot".to_owned(),
        x_label: "truth, %".to_owned(),
        y_label: "engine, %".to_owned(),
        series: classes.collect(),
    }
}

const ARCH: [(&str, Change); 3] = [
    ("low arch", |plan, severity| {
        plan.conditions.flat_foot = PerSide::both(severity);
    }),
    ("neutral", |_, _| {}),
    ("high arch", |plan, severity| {
        plan.conditions.cavus = PerSide::both(severity);
    }),
];

/// The two measures of the arch of one foot: means over the strides used, with their standard errors.
fn arch_measures(analysis: &Analysis, side: Side) -> Option<[Estimate; 2]> {
    let estimate = |measure: fn(&Plantar) -> Option<f64>| {
        let strides = analysis.strides.iter();
        let used = strides.filter(|s| s.foot == side && s.is_used());
        let moments = Moments::of(used.filter_map(|s| measure(s.plantar.as_ref()?)))?;
        Some(Estimate {
            value: moments.mean,
            se: moments.se_mean()?,
            n: moments.n,
            flags: Flags::default(),
        })
    };
    Some([estimate(|p| p.malr)?, estimate(|p| p.mid_load)?])
}

/// The speed the rule asks for, as motion sensors would tell it.
fn conditions(case: &Case) -> Conditions {
    Conditions {
        imputed: false,
        speed_m_per_s: case.walk.truth.bouts.first().map(|bout| bout.speed_mps),
    }
}

/// The outer fifths of each measure in a population made as the convention has it: of five persons one with low arches,
/// one with high arches, three without, the severities spread evenly from a fifth to the whole.
fn fifths(options: &Options) -> Result<[Option<Fifths>; 2], PlanError> {
    let persons = REFERENCE_SIZE * options.persons;
    let mut values = [Vec::new(), Vec::new()];
    for person in 0..persons {
        let mut plan = sixteen(options.seed, REFERENCE_PERSONS + person);
        let spread = (person / 5) as f64 / (persons / 5).max(1) as f64;
        let severity = 0.2 + 0.8 * spread;
        match person % 5 {
            0 => plan.conditions.flat_foot = PerSide::both(severity),
            1 => plan.conditions.cavus = PerSide::both(severity),
            _ => {}
        }
        let case = Case::of(&plan)?;
        for measures in Side::BOTH
            .into_iter()
            .filter_map(|side| arch_measures(&case.analysis, side))
        {
            for (values, measure) in values.iter_mut().zip(measures) {
                values.push(measure.value);
            }
        }
    }
    Ok(values.map(|mut values| {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get((share * values.len() as f64) as usize).copied();
        Some(Fifths {
            p20: at(0.2)?,
            p80: at(0.8)?,
        })
    }))
}

/// Point 5.
pub(super) fn arches(options: &Options) -> Result<Point, PlanError> {
    let reference = fifths(options)?;
    let mut point = Point {
        name: "5 arch",
        protocol: "16 perfect sensors. The fifths of a simulated population serve as norms: four times as many other persons, one \
                   in five with low arches, one in five with high ones (severities 0.2 to 1), as the convention of \
                   fifths supposes. The engine's own rule then names each foot at severity 1 and 0.5, and names none \
                   that walks outside 0.8 to 1.5 m/s. Balanced accuracy is the mean over the classes of the share of \
                   feet named rightly, of those told.",
        ..Point::default()
    };
    let mut rows = Vec::new();
    let mut json = serde_json::Map::new();
    for (severity, least) in [(1.0, 0.95), (0.5, 0.80)] {
        let tally = confusion(options, severity, reference)?;
        let told = |named: &[usize; 4]| named.iter().take(3).sum::<usize>();
        let shares = tally.map(|named| named.map(|n| n as f64 / told(&named) as f64));
        let feet = tally.iter().map(told).sum();
        let balanced = (shares[0][0] + shares[1][1] + shares[2][2]) / 3.0;
        point.goal(
            &format!("balanced accuracy at severity {severity}"),
            Goal::AtLeast(least),
            balanced,
            feet,
        );
        if severity >= 1.0 {
            point.goal(
                "neutral feet given a pattern, share",
                Goal::AtMost(0.05),
                1.0 - shares[1][1],
                told(&tally[1]),
            );
        }
        json.insert(format!("balanced_accuracy_{severity}"), json!(balanced));
        for ((name, _), named) in ARCH.iter().zip(tally) {
            let mut row = vec![(*name).to_owned(), severity.to_string()];
            row.extend(named.iter().map(usize::to_string));
            rows.push(row);
        }
    }
    point.json = json.into();
    point.tables.push(Table {
        title: "Arch loading of each foot".to_owned(),
        columns: [
            "simulated",
            "severity",
            "named low",
            "neutral",
            "high",
            "not told",
        ]
        .map(str::to_owned)
        .into(),
        rows,
        note: None,
    });
    Ok(point)
}

/// Feet of each class by what they are named: low, neutral, high, nothing.
fn confusion(
    options: &Options,
    severity: f64,
    [malr_fifths, mid_fifths]: [Option<Fifths>; 2],
) -> Result<[[usize; 4]; 3], PlanError> {
    let mut tally = [[0; 4]; 3];
    for person in 0..options.persons {
        for (named, (_, change)) in tally.iter_mut().zip(ARCH) {
            let mut plan = sixteen(options.seed, person);
            change(&mut plan, severity);
            let case = Case::of(&plan)?;
            for side in Side::BOTH {
                let pattern = arch_measures(&case.analysis, side).map(|[malr, mid_load]| {
                    arch(
                        (&malr, malr_fifths),
                        (&mid_load, mid_fifths),
                        &conditions(&case),
                    )
                });
                let class = match pattern {
                    Some(Pattern::LowOrMedial) => 0,
                    Some(Pattern::Neutral) => 1,
                    Some(Pattern::HighOrLateral) => 2,
                    Some(Pattern::Indeterminate(_)) | None => 3,
                };
                named[class] += 1;
            }
        }
    }
    Ok(tally)
}
