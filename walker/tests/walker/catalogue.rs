//! The catalogue is complete, and each scenario is what its name says.

use approx::assert_abs_diff_eq;
use gait::recording::Side;
use walker::condition::Conditions;
use walker::random::StreamKey;
use walker::scenario;
use walker::truth::{Expected, Truth};

use crate::walk;

const NAMES: [&str; 32] = [
    "neutral",
    "young",
    "older75",
    "flat_bilat",
    "flat_left",
    "cavus",
    "overpron",
    "supin",
    "lld5",
    "lld10",
    "lld20",
    "lld30",
    "antalgic_R",
    "unsteady",
    "pd_like",
    "fatigue_day",
    "shoe_change",
    "orthotic_before_after",
    "improving_12wk",
    "worsening_12wk",
    "noisy_link",
    "dead_sensor",
    "skewed_clocks",
    "battery_end",
    "no_gait",
    "sit_only",
    "running",
    "stairs",
    "shuffle",
    "mixed_day",
    "turns",
    "cohort_1000",
];

fn key(day: u32) -> StreamKey {
    StreamKey {
        day,
        ..StreamKey::from_seed(7)
    }
}

fn truth(name: &str, day: u32) -> Truth {
    walk(&scenario::by_name(name).unwrap().plan(key(day))).truth
}

fn expected(name: &str, day: u32) -> Expected {
    truth(name, day).expected.unwrap()
}

#[test]
fn the_catalogue_is_complete() {
    assert!(scenario::names().eq(NAMES));
    assert_eq!(scenario::by_name("cohort_1000").unwrap().people, 1000);
    assert_eq!(scenario::by_name("improving_12wk").unwrap().days, 84);
    assert!(
        scenario::all()
            .iter()
            .all(|s| s.about.len() > 10 && s.days > 0)
    );
}

#[test]
fn every_scenario_also_wears_eight_sensors() {
    for scenario in scenario::all() {
        let mut plan = scenario.plan(key(0));
        plan.bouts.truncate(2);
        plan.bouts.iter_mut().for_each(|bout| {
            bout.duration_s = bout.duration_s.min(30.0);
            bout.turns.retain(|turn| turn.at_s < bout.duration_s);
        });
        plan.layout_id = "gaitpdb-8".to_owned();
        assert_eq!(
            walk(&plan).recording.left.sensors.len(),
            8,
            "{}",
            scenario.name
        );
    }
}

/// Long-leg stance +.117 % per mm, nothing below 5 mm.
#[test]
fn leg_length_differences_grow_in_the_stance_of_the_long_leg() {
    let si = |name: &str| expected(name, 0).si_stance_signed_pct;
    let neutral = si("neutral");
    for (name, mm) in [
        ("lld5", 5.0),
        ("lld10", 10.0),
        ("lld20", 20.0),
        ("lld30", 30.0),
    ] {
        assert_abs_diff_eq!(si(name) - neutral, 0.117 * mm, epsilon = 0.15 + 0.01 * mm);
    }
}

#[test]
fn one_flat_foot_shows_on_one_side() {
    let feet = expected("flat_left", 0).feet;
    assert!(feet.left.malr.mean > 0.3 && feet.right.malr.mean < 0.08);
}

#[test]
fn new_shoes_slow_the_loading_from_the_fifteenth_day() {
    let rate = |day| {
        expected("shoe_change", day)
            .feet
            .left
            .loading_rate_bw_per_s
            .mean
    };
    let (before, after) = (0.5 * (rate(12) + rate(13)), 0.5 * (rate(14) + rate(15)));
    assert_abs_diff_eq!(after / before, 0.8, epsilon = 0.03);
}

#[test]
fn arch_support_is_worn_every_other_day_and_shifts_load_to_the_arch() {
    let feet = |day| expected("orthotic_before_after", day).feet;
    for side in Side::BOTH {
        let (without, with) = (*feet(2).get(side), *feet(3).get(side));
        assert!(with.malr.mean > without.malr.mean + 0.1);
        assert!(with.cpei_pct.unwrap().mean > without.cpei_pct.unwrap().mean);
        assert!(with.loading_rate_bw_per_s.mean < 0.95 * without.loading_rate_bw_per_s.mean);
    }
}

#[test]
fn twelve_weeks_make_better_or_worse() {
    let size = |name: &str, day| expected(name, day).si_stance_signed_pct.abs();
    assert!(size("improving_12wk", 0) > 8.0 && size("improving_12wk", 84) < 4.0);
    assert!(size("worsening_12wk", 84) > 8.0 && size("worsening_12wk", 0) < 4.0);
    let halfway = size("improving_12wk", 42);
    assert!(halfway < size("improving_12wk", 0) && halfway > size("improving_12wk", 84));
}

/// `f(t) = 1 - exp(-t / 30 min)`: .74 after forty minutes; each quantity drifts by its size, all the same way.
#[test]
fn a_day_of_walking_drifts_in_the_persons_own_direction() {
    let truth = truth("fatigue_day", 0);
    let way = truth.fatigue_direction.unwrap();
    let mean = |from: f64, to: f64, value: fn(&walker::truth::StrideTruth) -> f64| {
        let within = truth
            .strides
            .iter()
            .filter(|s| s.steady && (from..to).contains(&s.contact.start_s));
        let values: Vec<f64> = within.map(value).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let end_s = truth.bouts[3].end_s;
    let change = |value| mean(end_s - 240.0, end_s, value) / mean(0.0, 240.0, value) - 1.0;
    let rate = change(|s| s.loading_rate_bw_per_s);
    assert_abs_diff_eq!(rate, way * 0.1 * (0.72 - 0.06), epsilon = 0.02);
    assert!(way * change(|s| s.plantar.mlr) > 0.01);
    // Forefoot and toes of a mean stance; a faster rise of force gives the heel a part of it back.
    let forefoot = |block: usize| {
        let load = &truth.loadings[block].feet.left;
        load.impulse_share[8..].iter().sum::<f64>()
    };
    let shifted = forefoot(truth.loadings.len() - 1) / forefoot(0) - 1.0;
    assert_abs_diff_eq!(shifted, way * 0.05 * (0.72 - 0.03), epsilon = 0.012);
    assert!(truth.loadings.len() >= 20);
    assert!(
        truth
            .loadings
            .windows(2)
            .all(|pair| pair[0].until_s < pair[1].until_s)
    );
    let cv = |from: f64, to: f64| {
        let within = truth
            .strides
            .iter()
            .filter(|s| s.steady && (from..to).contains(&s.contact.start_s));
        let times: Vec<f64> = within.map(|s| s.contact.stride_s()).collect();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        (times.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / times.len() as f64).sqrt() / mean
    };
    assert!(cv(end_s - 600.0, end_s) > 1.1 * cv(0.0, 600.0));
}

#[test]
fn a_parkinsonian_walker_varies_and_swings_unevenly() {
    let (pd, neutral) = (truth("pd_like", 0), truth("neutral", 0));
    let expected = |truth: &Truth| truth.expected.unwrap();
    let cv = |truth: &Truth| expected(truth).feet.left.stride_time_s.cv_pct().unwrap();
    assert!(cv(&pd) > 1.7 * cv(&neutral));
    let swing = |truth: &Truth, side| expected(truth).feet.get(side).swing_pct.mean;
    let uneven = |truth: &Truth| swing(truth, Side::Right) - swing(truth, Side::Left);
    assert!(uneven(&pd) > uneven(&neutral) + 1.0);
    assert!(expected(&pd).feet.left.f1_bw.mean < expected(&neutral).feet.left.f1_bw.mean);
}

#[test]
fn the_cohort_differs_from_patient_to_patient_and_not_from_day_to_day() {
    let cohort = scenario::by_name("cohort_1000").unwrap();
    let plan = |patient, day| {
        cohort.plan(StreamKey {
            patient,
            ..key(day)
        })
    };
    let with: Vec<bool> = (0..60)
        .map(|patient| plan(patient, 0).conditions != Conditions::default())
        .collect();
    let share = with.iter().filter(|with| **with).count();
    assert!((18..=42).contains(&share), "{share}");
    assert_eq!(plan(5, 0).person, plan(5, 60).person);
    assert_eq!(plan(5, 0).conditions, plan(5, 60).conditions);
    let ages: Vec<f64> = (0..60)
        .map(|patient| plan(patient, 0).person.age_y)
        .collect();
    assert!(ages.iter().any(|age| *age < 40.0) && ages.iter().any(|age| *age > 74.0));
}
