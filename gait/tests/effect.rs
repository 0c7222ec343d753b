//! Before and after: verdicts on constructed trials, and how often they are right on simulated ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/noise.rs"]
mod noise;

use std::collections::BTreeMap;

use approx::assert_abs_diff_eq;
use gait::change::baseline::sem_of;
use gait::change::day::CADENCE;
use gait::change::effect::{
    Effect, IntervalKind, Trial, TrialError, TrialSession, Verdict, effects, observe,
};
use gait::norms::norms;
use noise::Random;
use proptest::prelude::*;

fn session(date: i64, values: &[(&str, f64)]) -> TrialSession {
    let mut map: BTreeMap<String, f64> = values
        .iter()
        .map(|(id, v)| ((*id).to_owned(), *v))
        .collect();
    map.entry(CADENCE.to_owned()).or_insert(110.0);
    TrialSession {
        date,
        setting: "same pair".to_owned(),
        layout_id: "gaitpdb-8".to_owned(),
        strides: 60,
        values: map,
    }
}

/// Sessions of one value on consecutive days.
fn sessions(from: i64, metric: &str, values: &[f64]) -> Vec<TrialSession> {
    (from..)
        .zip(values)
        .map(|(d, v)| session(d, &[(metric, *v)]))
        .collect()
}

fn judged(usual: &[TrialSession], new: &[TrialSession]) -> Result<Vec<Effect>, TrialError> {
    effects(&Trial {
        usual,
        new,
        new_since: 99,
    })
}

fn one(metric: &str, usual: &[f64], new: &[f64]) -> Effect {
    let found = judged(&sessions(0, metric, usual), &sessions(100, metric, new)).unwrap();
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

const USUAL: [f64; 6] = [0.200, 0.205, 0.198, 0.202, 0.201, 0.199];

fn plus(by: f64) -> [f64; 6] {
    USUAL.map(|v| v + by)
}

#[test]
fn more_than_measurement_error_within_it_and_in_between() {
    // Midfoot load: minimal detectable change 0.016.
    let yes = one("mid_load", &USUAL, &plus(0.03));
    assert_eq!(
        (yes.verdict, yes.interval_kind, yes.pairs),
        (Verdict::Yes, IntervalKind::Ranks, 6)
    );
    assert_abs_diff_eq!(yes.estimate, 0.03, epsilon = 1e-12);
    assert_abs_diff_eq!(yes.mdc95, 0.016);
    assert_eq!(one("mid_load", &USUAL, &plus(0.002)).verdict, Verdict::No);
    // Certain, but smaller than the error of measurement: not "yes".
    assert_eq!(one("mid_load", &USUAL, &plus(0.012)).verdict, Verdict::No);
    let wide = [0.18, 0.26, 0.19, 0.25, 0.20, 0.24];
    assert_eq!(one("mid_load", &USUAL, &wide).verdict, Verdict::Unclear);
}

#[test]
fn fewer_than_six_pairs_lean_on_the_known_error() {
    let few = one("mid_load", &USUAL[..3], &plus(0.03)[..3]);
    assert_eq!(
        (few.verdict, few.interval_kind, few.pairs),
        (Verdict::Yes, IntervalKind::DeviceError, 3)
    );
    // Equal differences: half width t(12) sqrt(10 * 2 sem^2 / 12) / sqrt(3), however equal they are.
    let sem = sem_of(0.016);
    let half = 2.1788 * (20.0 * sem * sem / 12.0).sqrt() / 3.0_f64.sqrt();
    assert_abs_diff_eq!(few.interval[1] - few.estimate, half, epsilon = 1e-5);
}

#[test]
fn a_design_that_cannot_answer_is_refused() {
    let usual = sessions(0, "mid_load", &USUAL);
    let new = sessions(100, "mid_load", &plus(0.03));
    assert_eq!(
        judged(&usual[..2], &new),
        Err(TrialError::TooFewDays { usual: 2, new: 6 })
    );
    // Three sessions of one day are one day.
    let one_day: Vec<TrialSession> = (0..3)
        .map(|_| session(100, &[("mid_load", 0.23)]))
        .collect();
    assert_eq!(
        judged(&usual, &one_day),
        Err(TrialError::TooFewDays { usual: 6, new: 1 })
    );
    let mut thin = new.clone();
    thin.iter_mut().for_each(|s| s.strides = 29);
    assert_eq!(
        judged(&usual, &thin),
        Err(TrialError::TooFewDays { usual: 6, new: 0 })
    );
    let mut other = new.clone();
    other[3].setting = "another pair".to_owned();
    assert_eq!(judged(&usual, &other), Err(TrialError::DifferentSettings));
}

#[test]
fn the_first_day_of_wear_is_acclimatisation() {
    let usual = sessions(0, "mid_load", &USUAL);
    let mut first_days = plus(0.03);
    first_days[0] = 0.9;
    let new = sessions(100, "mid_load", &first_days);
    let trial = Trial {
        usual: &usual,
        new: &new,
        new_since: 100,
    };
    let found = &effects(&trial).unwrap()[0];
    assert_eq!(found.pairs, 5, "the session of day 100 is left out");
    assert!((found.estimate - 0.03).abs() < 0.01);
}

#[test]
fn pace_is_taken_out_or_named() {
    // The value rises with cadence by 0.002 per step/min; the new shoes are walked 4 steps faster.
    let at = |d: i64, cadence: f64| {
        session(
            d,
            &[
                ("mid_load", 0.2 + 0.002 * (cadence - 110.0)),
                (CADENCE, cadence),
            ],
        )
    };
    let cadences = [108.0, 112.0, 109.0, 111.0, 107.0, 113.0];
    let usual: Vec<TrialSession> = (0..).zip(cadences).map(|(d, c)| at(d, c)).collect();
    let new: Vec<TrialSession> = (100..).zip(cadences).map(|(d, c)| at(d, c + 4.0)).collect();
    let found = &judged(&usual, &new).unwrap()[0];
    assert!(found.estimate.abs() < 1e-4, "{found:?}");
    assert_abs_diff_eq!(found.cadence_delta, 4.0, epsilon = 1e-9);
    // Ten steps faster: another walk, whatever the arithmetic says.
    let faster: Vec<TrialSession> = (100..)
        .zip(cadences)
        .map(|(d, c)| session(d, &[("mid_load", 0.4), (CADENCE, c + 10.0)]))
        .collect();
    assert_eq!(
        judged(&usual, &faster).unwrap()[0].verdict,
        Verdict::Unclear
    );
}

#[test]
fn without_a_known_error_the_trial_must_tell_it() {
    let kpa = |values: [f64; 6]| sessions(0, "peak_pressure_kpa", &values);
    let usual = kpa([200.0, 204.0, 198.0, 202.0, 199.0, 203.0]);
    let mut new = kpa([240.0, 238.0, 243.0, 241.0, 239.0, 242.0]);
    new.iter_mut().for_each(|s| s.date += 100);
    let found = &judged(&usual, &new).unwrap()[0];
    assert_eq!(found.verdict, Verdict::Yes);
    assert!((5.0..15.0).contains(&found.mdc95), "{}", found.mdc95);
    // Two sessions a side cannot tell an error.
    let three = &judged(&usual[..3], &new[..3]).unwrap();
    assert_eq!(three.len(), 1, "two degrees of freedom are the least");
}

#[test]
fn without_effect_yes_is_rare_and_a_large_effect_is_found() {
    let (metric, mdc) = ("cpei_pct", norms().mdc95("cpei_pct", "gaitpdb-8").unwrap());
    for (pairs, restless) in [(3, 1.0), (6, 1.0), (6, 1.5), (10, 1.5)] {
        let share = |by: f64| {
            let mut random = Random(11);
            let trials = 400;
            let yes = (0..trials).filter(|_| {
                let mut draw = |by: f64| -> Vec<f64> {
                    let days = random.ar1(pairs, 0.3);
                    days.iter()
                        .map(|x| 8.0 + by + restless * sem_of(mdc) * x)
                        .collect()
                };
                let (a, b) = (draw(0.0), draw(by));
                one(metric, &a, &b).verdict == Verdict::Yes
            });
            yes.count() as f64 / f64::from(trials)
        };
        let (none, large) = (share(0.0), share(2.0 * mdc));
        println!(
            "{pairs} pairs, day-to-day SD {restless}: yes without effect {:.1} %, at twice the MDC {:.0} %",
            100.0 * none,
            100.0 * large
        );
        assert!(none <= 0.05 && large >= 0.85);
    }
}

#[test]
fn words_say_yes_no_unclear_and_never_better() {
    let both = |from: i64, mid: f64, cpei: f64| -> Vec<TrialSession> {
        (0..6)
            .map(|d| {
                let wobble = if d % 2 == 0 { 0.001 } else { -0.001 };
                session(
                    from + d,
                    &[("mid_load", mid + wobble), ("cpei_pct", cpei + wobble)],
                )
            })
            .collect()
    };
    let found = judged(&both(0, 0.2, 8.0), &both(100, 0.24, 8.1)).unwrap();
    let told = observe(&found).unwrap();
    assert_eq!(told.id, "footwear_effect");
    assert!(
        told.sentence
            .contains("yes: the load on the midfoot; no: the excursion"),
        "{}",
        told.sentence
    );
    for word in [
        "better", "worse", "improve", "normal", "diagnos", "treat", "correct",
    ] {
        assert!(!told.sentence.contains(word));
    }
    assert_eq!(told.evidence.len(), 2);
    assert!(observe(&[]).is_none());
}

proptest! {
    #[test]
    fn exchanging_the_conditions_turns_the_sign(
        a in prop::collection::vec(0.1..0.4_f64, 3..9),
        b in prop::collection::vec(0.1..0.4_f64, 3..9),
    ) {
        let there = one("mid_load", &a, &b);
        let back = one("mid_load", &b, &a);
        prop_assert!((there.estimate + back.estimate).abs() < 1e-9);
        prop_assert!((there.interval[0] + back.interval[1]).abs() < 1e-9);
        prop_assert_eq!(there.verdict, back.verdict);
    }

    #[test]
    fn no_number_breaks_a_trial(a in prop::collection::vec(prop::num::f64::ANY, 3..9)) {
        let found = judged(&sessions(0, "mid_load", &a), &sessions(100, "mid_load", &USUAL)).unwrap();
        for e in found {
            prop_assert!(e.estimate.is_finite() && e.interval.iter().all(|v| v.is_finite()));
        }
    }
}
