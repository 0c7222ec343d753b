//! Side to side over days: the pattern that asks for an examination, and uneven standing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/days.rs"]
mod days;

use days::{day, steady, value};
use gait::change::{Day, StandingShare, history};
use gait::observation::Confidence;

/// Longer stance right, more load left, standing to the left.
fn leaning(date: i64) -> Day {
    let mut d = day(date, &[("si_stance_pct", 4.6), ("si_f1_pct", -6.5)]);
    d.notes.standing = Some(StandingShare {
        left_pct: 54.0,
        seconds: 300.0,
    });
    d
}

/// Spoils the day with this index.
type Spoil = fn(usize, &mut Day);

fn pattern_told(change: impl Fn(usize, &mut Day)) -> bool {
    let days: Vec<Day> = (0..8)
        .map(|d| {
            let mut day = leaning(d);
            change(d as usize, &mut day);
            day
        })
        .collect();
    history(&days)
        .iter()
        .any(|o| o.id == "side_to_side_pattern_consistent_with_leg_length")
}

fn set(day: &mut Day, metric: &str, v: f64) {
    day.values.insert(metric.to_owned(), value(v, metric));
}

#[test]
fn the_leg_pattern_needs_every_condition() {
    assert!(pattern_told(|_, _| ()));
    let spoiled: [(&str, Spoil); 9] = [
        ("stance within the reference", |_, d| {
            set(d, "si_stance_pct", 3.4)
        }),
        ("load on the same side", |_, d| set(d, "si_f1_pct", 6.5)),
        ("load below P80", |_, d| set(d, "si_f1_pct", -5.3)),
        ("standing even", |_, d| {
            d.notes.standing = Some(StandingShare {
                left_pct: 52.0,
                seconds: 300.0,
            });
        }),
        ("too little standing", |_, d| {
            d.notes.standing = Some(StandingShare {
                left_pct: 54.0,
                seconds: 70.0,
            });
        }),
        ("fewer than 70 % of days", |k, d| {
            if k % 3 == 0 {
                set(d, "si_stance_pct", 1.0);
            }
        }),
        ("clocks not in step", |k, d| d.sync_ok = k >= 4),
        ("shoes unknown", |k, d| {
            d.notes.same_shoes = (k < 4).then_some(true)
        }),
        ("pain on one leg", |k, d| {
            d.notes.one_leg_pain = (k == 2).then_some(4)
        }),
    ];
    for (why, spoil) in spoiled {
        assert!(!pattern_told(spoil), "{why}");
    }
    assert!(pattern_told(|_, d| d.notes.one_leg_pain = Some(3)));
    assert!(pattern_told(|_, d| {
        set(d, "si_f1_pct", 0.0);
        set(d, "si_impulse_pct", -7.5);
    }));
}

#[test]
fn the_leg_pattern_has_its_words_and_never_millimetres() {
    let days: Vec<Day> = (0..8).map(leaning).collect();
    let found = history(&days);
    let told = found.iter().find(|o| o.id.contains("leg_length")).unwrap();
    assert!(told.sentence.contains("A side-to-side pattern that can also be caused by pain, strength, footwear or insole placement. Leg length can only be established by examination or imaging."));
    assert!(
        told.sentence
            .contains("longer on the right foot while the left foot carried more")
    );
    assert!(!told.sentence.contains("mm") && told.confidence < Confidence::High);
    // Mirrored days name the other side.
    let mirrored: Vec<Day> = days
        .into_iter()
        .map(|mut d| {
            set(&mut d, "si_stance_pct", -4.6);
            set(&mut d, "si_f1_pct", 6.5);
            d.notes.standing = Some(StandingShare {
                left_pct: 46.0,
                seconds: 300.0,
            });
            d
        })
        .collect();
    let found = history(&mirrored);
    assert!(found.iter().any(|o| {
        o.sentence
            .contains("longer on the left foot while the right foot carried more")
    }));
}

#[test]
fn standing_is_told_over_a_week_of_ten_minutes() {
    let told = |share: f64, seconds: f64, days: i64| {
        let days: Vec<Day> = (0..days)
            .map(|d| {
                let mut day = day(d, &[]);
                day.notes.standing = Some(StandingShare {
                    left_pct: share + 0.5 * steady(d),
                    seconds,
                });
                day
            })
            .collect();
        history(&days)
            .iter()
            .any(|o| o.id == "standing_load_uneven")
    };
    assert!(told(57.0, 200.0, 5) && told(43.0, 200.0, 5));
    assert!(!told(54.5, 200.0, 5), "within five points");
    assert!(!told(57.0, 100.0, 5), "under ten minutes");
    assert!(!told(57.0, 600.0, 2), "a week needs three days");
}
