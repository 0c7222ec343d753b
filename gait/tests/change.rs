//! Change over days: error rates on simulated people, the speed guard, the side-to-side pattern, uneven standing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/days.rs"]
mod days;
#[path = "common/noise.rs"]
mod noise;

use days::{LAYOUT, day, steady};
use gait::change::baseline::{BASELINE_DAYS, sem_of};
use gait::change::cusum::{Cusum, LIMIT};
use gait::change::day::CADENCE;
use gait::change::monitor::{Point, follow};
use gait::change::{Day, Direction, Level, REGISTERED, StandingShare, changes, history};
use gait::norms::norms;
use gait::observation::Confidence;
use noise::Random;

/// Correlation of neighbouring days.
const PHI: f64 = 0.3;

fn point(date: usize, value: f64) -> Point {
    Point {
        date: date as i64,
        value,
        se: 0.0,
        cadence: 110.0,
    }
}

/// Days after the baseline until `follow` raises an alarm. The person's day-to-day SD is `restless`, the device's error
/// is 1, known to 30 %.
fn days_to_alarm(random: &mut Random, restless: f64, shift_sd: f64, days: usize) -> Option<usize> {
    let sem = (1.0 + 0.3 * random.normal()).max(0.3);
    let series = random.ar1(days, PHI);
    let points: Vec<Point> = series
        .iter()
        .enumerate()
        .map(|(day, x)| {
            let shift = if day >= BASELINE_DAYS { shift_sd } else { 0.0 };
            point(day, restless * (x + shift))
        })
        .collect();
    (BASELINE_DAYS + 1..=days)
        .find(|seen| follow(&points[..*seen], Some(sem), false).is_some_and(|s| s.alarm))
        .map(|seen| seen - BASELINE_DAYS)
}

fn false_alarms(restless: f64) -> f64 {
    let mut random = Random(1);
    let people = 400;
    let alarmed = (0..people).filter(|_| days_to_alarm(&mut random, restless, 0.0, 90).is_some());
    alarmed.count() as f64 / f64::from(people)
}

fn median_days_to_find(restless: f64, shift_sd: f64) -> usize {
    let mut random = Random(2);
    let mut days: Vec<usize> = (0..400)
        .map(|_| days_to_alarm(&mut random, restless, shift_sd, 90).unwrap_or(usize::MAX))
        .collect();
    days.sort_unstable();
    days[days.len() / 2]
}

#[test]
fn a_person_who_does_not_change_seldom_raises_an_alarm() {
    let share = false_alarms(1.0);
    println!("false alarms in 90 days: {:.1} %", 100.0 * share);
    assert!(share <= 0.20, "{share}");
}

#[test]
fn false_alarms_stay_rare_for_restless_people() {
    for restless in [0.7, 1.5, 2.0] {
        let share = false_alarms(restless);
        println!(
            "day-to-day SD {restless} x device error: {:.1} %",
            100.0 * share
        );
        assert!(share <= 0.25, "{restless}: {share}");
    }
}

#[test]
fn a_shift_of_two_standard_deviations_is_found_within_eight_days() {
    for restless in [1.0, 2.0] {
        let (two, three) = (
            median_days_to_find(restless, 2.0),
            median_days_to_find(restless, 3.0),
        );
        println!("SD {restless}: 2 SD after {two} days, 3 SD after {three}");
        assert!(two <= 8 && three <= 5);
    }
}

/// The plain sums of gait.md 10.3 without any further condition, to compare the limits.
fn plain_false_alarms(slack: f64, limit: f64, baseline: usize, restless: f64) -> f64 {
    let mut random = Random(3);
    let people = 1500;
    let alarmed = (0..people).filter(|_| {
        let mut series = random.ar1(baseline + 90, PHI);
        series.iter_mut().for_each(|x| *x *= restless);
        let sem = (1.0 + 0.3 * random.normal()).max(0.3);
        let (base, after) = series.split_at(baseline);
        let n = baseline as f64;
        let mean = base.iter().sum::<f64>() / n;
        let ss: f64 = base.iter().map(|x| (x - mean).powi(2)).sum();
        let spread = ((10.0 * sem * sem + ss) / (9.0 + n)).sqrt()
            * (1.0 + (1.0 + PHI) / ((1.0 - PHI) * n)).sqrt();
        let mut cusum = Cusum::new(slack);
        after.iter().any(|x| {
            cusum.push((x - mean) / spread);
            cusum.leading().sum > limit
        })
    });
    alarmed.count() as f64 / f64::from(people)
}

#[test]
fn the_textbook_slack_is_too_small() {
    let textbook = plain_false_alarms(0.5, 5.0, 14, 1.0);
    let ours = plain_false_alarms(1.0, LIMIT, 14, 1.0);
    let longer = plain_false_alarms(1.0, LIMIT, 28, 1.0);
    println!(
        "false alarms in 90 days: k .5 {textbook:.2}, k 1 {ours:.2}, baseline of 28 days {longer:.2}"
    );
    assert!((0.60..0.80).contains(&textbook));
    assert!((0.13..0.27).contains(&ours));
    assert!((0.09..0.20).contains(&longer) && longer < ours);
}

#[test]
fn a_spread_shrunken_to_the_device_error_misjudges_restless_people() {
    let share = plain_false_alarms(1.0, LIMIT, 14, 2.0);
    println!("false alarms with the shrunken spread alone: {share:.2}");
    assert!(share > 0.40);
}

#[test]
fn the_error_of_two_single_walks_would_hide_real_shifts() {
    let mut random = Random(7);
    let people = 400;
    let never = (0..people).filter(|_| {
        let series = random.ar1(60, PHI);
        let shifted = series.iter().enumerate();
        let points: Vec<Point> = shifted
            .map(|(d, x)| point(d, x + if d >= BASELINE_DAYS { 2.0 } else { 0.0 }))
            .collect();
        let told = |n: usize| {
            follow(&points[..n], Some(1.0), false)
                .is_some_and(|s| s.alarm && s.delta.abs() >= 1.96 * 2.0_f64.sqrt())
        };
        !(BASELINE_DAYS + 1..=60).any(told)
    });
    let share = never.count() as f64 / f64::from(people);
    println!("shifts of 2 SD that the error of two walks hides: {share:.2}");
    assert!(share > 0.5);
}

/// Mean days to an alarm of the plain sum with known mean and spread, independent days.
#[test]
fn known_parameters_give_the_published_run_lengths() {
    let run_length = |limit: f64, shift: f64| {
        let mut random = Random(4);
        let runs = 600;
        let total: usize = (0..runs)
            .map(|_| {
                let mut cusum = Cusum::new(0.5);
                (1..)
                    .find(|_| {
                        cusum.push(shift + random.normal());
                        cusum.leading().sum > limit
                    })
                    .unwrap()
            })
            .sum();
        total as f64 / f64::from(runs)
    };
    let (none, one) = (run_length(5.0, 0.0), run_length(5.0, 1.0));
    println!("h = 5: {none:.0} days without, {one:.1} with a shift of 1 SD");
    assert!((420.0..530.0).contains(&none) && (9.5..11.0).contains(&one));
    let (none, one) = (run_length(4.0, 0.0), run_length(4.0, 1.0));
    assert!((150.0..195.0).contains(&none) && (7.5..9.0).contains(&one));
}

// ---- whole days ----------------------------------------------------------------------------------------------------

/// Level, day-to-day spread per registered metric.
fn usual(metric: &str) -> (f64, f64) {
    let sem = sem_of(norms().mdc95(metric, LAYOUT).unwrap());
    let (reference, _) = norms().of(metric).map_or((0.4, ()), |(r, _)| (r.mean, ()));
    (reference, sem)
}

/// A person's days; `shift` in day-to-day SD on one metric from a day on.
fn person(
    random: &mut Random,
    days: usize,
    restless: f64,
    shift: Option<(&str, usize, f64)>,
) -> Vec<Day> {
    let series: Vec<(&str, Vec<f64>)> = REGISTERED
        .iter()
        .map(|m| (*m, random.ar1(days, PHI)))
        .collect();
    (0..days)
        .map(|d| {
            let values: Vec<(&str, f64)> = series
                .iter()
                .map(|(metric, x)| {
                    let (level, sd) = usual(metric);
                    let moved = shift.filter(|(m, from, _)| m == metric && d >= *from);
                    (
                        *metric,
                        level + restless * sd * (x[d] + moved.map_or(0.0, |(.., by)| by)),
                    )
                })
                .collect();
            day(20_000 + d as i64, &values)
        })
        .collect()
}

#[test]
fn false_alarms_per_person() {
    for (restless, most) in [(1.0, 0.20), (2.0, 0.25)] {
        let mut random = Random(5);
        let people = 200;
        let (mut any, mut worth) = (0, 0);
        for _ in 0..people {
            let days = person(&mut random, 90, restless, None);
            let levels: Vec<Level> = (15..=90)
                .flat_map(|n| changes(&days[..n], &REGISTERED).changes)
                .map(|c| c.level)
                .collect();
            any += usize::from(!levels.is_empty());
            worth += usize::from(levels.iter().any(|l| *l >= Level::WorthALook));
        }
        let share = |n: usize| n as f64 / f64::from(people);
        println!(
            "day-to-day SD {restless}: of people without change and five watched values, {:.0} % get an information, {:.0} % a worth-a-look in 90 days",
            100.0 * share(any),
            100.0 * share(worth)
        );
        assert!(share(worth) <= most, "{restless}: {}", share(worth));
    }
}

#[test]
fn a_shift_is_told_with_its_direction_day_and_size() {
    let mut random = Random(6);
    let (mut found, mut waited) = (0, Vec::new());
    for _ in 0..60 {
        let days = person(&mut random, 60, 1.0, Some(("stride_time_cv_pct", 20, 3.5)));
        let first = (21..=60).find(|n| {
            changes(&days[..*n], &REGISTERED)
                .changes
                .iter()
                .any(|c| c.metric == "stride_time_cv_pct" && c.level >= Level::WorthALook)
        });
        if let Some(n) = first {
            waited.push(n - 20);
        }
        let last = changes(&days, &REGISTERED);
        let change = last
            .changes
            .iter()
            .find(|c| c.metric == "stride_time_cv_pct");
        if let Some(c) = change {
            found += 1;
            assert_eq!(c.direction, Direction::Higher);
            assert!(
                (20_014..=20_024).contains(&c.start_date),
                "{}",
                c.start_date
            );
            assert!(c.per_se() > 2.0 && c.per_mdc() > 1.0);
        }
    }
    waited.sort_unstable();
    println!(
        "3.5 SD on one of five: found in {found} of 60, worth a look after {} days",
        waited[waited.len() / 2]
    );
    assert!(found >= 57 && waited[waited.len() / 2] <= 8);
}

#[test]
fn the_words_carry_day_direction_and_error() {
    let days: Vec<Day> = (0..30)
        .map(|d| {
            let jump = if d >= 20 { 2.0 } else { 0.0 };
            day(
                20_513 + d,
                &[("stride_time_cv_pct", 2.4 + 0.2 * steady(d) + jump)],
            )
        })
        .collect();
    let found = history(&days);
    assert_eq!(found.len(), 1, "{found:?}");
    let first = &found[0];
    assert_eq!(
        (first.id.as_str(), first.confidence),
        ("changed_from_baseline", Confidence::High)
    );
    assert!(
        first.sentence.contains("since 2026-03-21, on 10 days")
            && first.sentence.contains("higher"),
        "{}",
        first.sentence
    );
    let evidence = &first.evidence[0];
    assert!((evidence.value - 2.0).abs() < 0.1 && evidence.se > 0.0 && evidence.n == 10);
    assert!(
        evidence.limit.unwrap() < 1.15,
        "means detect more than two single walks"
    );
}

#[test]
fn what_pace_explains_is_told_as_pace() {
    // Stride variation falls with cadence; from day 20 on the person walks 12 steps per minute slower.
    let day_at = |d: i64| {
        let slower = if d >= 20 { -12.0 } else { 0.0 };
        let cadence = 110.0 + slower + 3.0 * ((d * 5) % 7 - 3) as f64;
        let cv = 2.4 - 0.08 * (cadence - 110.0) + 0.05 * steady(d);
        day(d, &[("stride_time_cv_pct", cv), (CADENCE, cadence)])
    };
    let days: Vec<Day> = (0..34).map(day_at).collect();
    let found = changes(&days, &["stride_time_cv_pct"]);
    assert!(found.changes.is_empty(), "{found:?}");
    let speed = found.speed.unwrap();
    assert_eq!(speed.pace, Direction::Lower);
    assert!((speed.cadence_delta + 12.0).abs() < 3.0);
    let words = history(&days);
    let told = words.iter().find(|o| o.id == "changed_with_speed").unwrap();
    assert!(told.sentence.contains("slower"), "{}", told.sentence);
    // The same change of the value at an unchanged pace is a change of the value.
    let alone: Vec<Day> = (0..34)
        .map(|d| {
            day(
                d,
                &[
                    (
                        "stride_time_cv_pct",
                        day_at(d).values["stride_time_cv_pct"].value,
                    ),
                    (CADENCE, 110.0 + steady(d)),
                ],
            )
        })
        .collect();
    let found = changes(&alone, &["stride_time_cv_pct"]);
    assert!(
        found.speed.is_none() && found.changes.len() == 1,
        "{found:?}"
    );
}

#[test]
fn a_new_baseline_and_another_setting_begin_anew() {
    let mut days: Vec<Day> = (0..40)
        .map(|d| {
            day(
                d,
                &[(
                    "stride_time_cv_pct",
                    2.4 + 0.2 * steady(d) + if d >= 20 { 2.5 } else { 0.0 },
                )],
            )
        })
        .collect();
    assert_eq!(changes(&days, &REGISTERED).changes.len(), 1);
    let mut accepted = days.clone();
    accepted[20].notes.new_baseline = true;
    assert!(changes(&accepted, &REGISTERED).changes.is_empty());
    days[20..]
        .iter_mut()
        .for_each(|d| d.setting = "another engine".to_owned());
    assert!(changes(&days, &REGISTERED).changes.is_empty());
}

#[test]
fn disturbed_and_thin_days_do_not_count() {
    let shifted = |spoil: fn(&mut Day)| {
        let mut days: Vec<Day> = (0..30)
            .map(|d| {
                day(
                    d,
                    &[(
                        "stride_time_cv_pct",
                        2.4 + 0.2 * steady(d) + if d >= 20 { 2.5 } else { 0.0 },
                    )],
                )
            })
            .collect();
        days[20..].iter_mut().for_each(spoil);
        changes(&days, &REGISTERED).changes.len()
    };
    assert_eq!(shifted(|_| ()), 1);
    assert_eq!(
        shifted(|d| d.values.get_mut("stride_time_cv_pct").unwrap().flagged = true),
        0
    );
    assert_eq!(
        shifted(|d| (d.bouts_over_10s, d.valid_strides) = (2, 149)),
        0
    );
    assert_eq!(
        shifted(|d| (d.bouts_over_10s, d.valid_strides) = (0, 150)),
        1
    );
}

#[test]
fn nothing_hostile_breaks_the_history() {
    let wild = [f64::NAN, f64::INFINITY, -1e308, 1e308, 0.0];
    for v in wild {
        for w in wild {
            let days: Vec<Day> = (0..40)
                .map(|d| {
                    let mut day = day(
                        i64::MAX - 60 + d,
                        &[
                            ("si_stance_pct", v),
                            ("mlr", w),
                            (CADENCE, w),
                            ("si_f1_pct", v),
                        ],
                    );
                    day.notes.standing = Some(StandingShare {
                        left_pct: v,
                        seconds: w,
                    });
                    day
                })
                .collect();
            for o in history(&days) {
                assert!(
                    o.evidence
                        .iter()
                        .all(|e| e.value.is_finite() && e.se.is_finite()),
                    "{o:?}"
                );
            }
        }
    }
    assert!(history(&[]).is_empty());
}
