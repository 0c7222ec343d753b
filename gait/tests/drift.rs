//! Drift within sessions and within days: what is told on sessions with long memory, with drift, with creep alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/noise.rs"]
mod noise;

use gait::Side;
use gait::bouts::Bout;
use gait::change::{Day, DayParts, history};
use gait::drift::{Drift, Session, SlopeLine, observe, within_session, without_cadence};
use gait::force::ForceCurve;
use gait::plantar::{Plantar, StancePhases};
use gait::strides::Stride;
use noise::Random;

const SESSION: Session<'static> = Session {
    creep_corrected: true,
    layout_id: "gaitpdb-8",
};

/// How a simulated walk behaves.
#[derive(Clone, Copy)]
struct Walk {
    minutes: f64,
    /// Stance at the start and its change over the whole walk, points.
    stance_drift: f64,
    /// Side-to-side wandering of whole blocks: the medial share's slow part.
    wander: f64,
    /// Rise of the sensors' reading over the walk, a share.
    creep: f64,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            minutes: 30.0,
            stance_drift: 0.0,
            wander: 0.0,
            creep: 0.0,
        }
    }
}

/// Strides with long memory in time, phase and load (block-wise, 64 strides a block, so that long walks stay cheap).
fn walk(random: &mut Random, w: Walk) -> (Vec<Stride>, Vec<Bout>) {
    let count = (w.minutes * 60.0 / 1.1) as usize;
    let slow = |random: &mut Random| random.long_memory(count / 64 + 2, 0.75);
    let series = |slow: &[f64], random: &mut Random, k: usize| {
        // A block mean of 64 strides of fractional noise has SD 64^-0.25 = 0.354.
        0.354 * slow[k / 64] + 0.935 * random.normal()
    };
    let (time, stance, load, medial) = (slow(random), slow(random), slow(random), slow(random));
    let (mut strides, mut start) = (Vec::new(), 0.0);
    for k in 0..count {
        let progress = k as f64 / count as f64;
        let stride_s = 1.1 * (1.0 + 0.022 * series(&time, random, k));
        for (foot, shift) in [(Side::Left, 0.0), (Side::Right, 0.5 * stride_s)] {
            let stance_pct = 62.5 + w.stance_drift * progress + 0.8 * series(&stance, random, k);
            let rate = 10.0 * (1.0 + w.creep * progress) * (1.0 + 0.1 * series(&load, random, k));
            let share = 0.444 + 0.02 * series(&medial, random, k) + w.wander * medial[k / 64];
            strides.push(stride(
                foot,
                start + shift,
                stride_s,
                stance_pct,
                rate,
                share,
            ));
        }
        start += stride_s;
    }
    let bout = Bout {
        start_s: 0.0,
        end_s: start + 1.0,
        strides: strides.len(),
    };
    (strides, vec![bout])
}

fn stride(
    foot: Side,
    start_s: f64,
    stride_s: f64,
    stance_pct: f64,
    rate: f64,
    share: f64,
) -> Stride {
    Stride {
        foot,
        start_s,
        toe_off_s: start_s + stride_s * stance_pct / 100.0,
        end_s: start_s + stride_s,
        bout: None,
        reason: None,
        contralateral_s: Some(start_s + 0.5 * stride_s),
        initial_double_support_s: None,
        double_support_s: Some(stride_s * (2.0 * stance_pct - 100.0) / 100.0),
        force: Some(ForceCurve {
            f1_bw: 1.1,
            fv_bw: 0.8,
            f2_bw: 1.0,
            t_f1: 0.24,
            t_fv: 0.47,
            t_f2: 0.67,
            loading_rate_bw_per_s: Some(rate),
            impulse_bw_s: 0.5,
        }),
        plantar: Some(Plantar {
            path: None,
            cpei_pct: Some(7.0 + 40.0 * (share - 0.444)),
            cop_length: None,
            cop_width: None,
            mid_load: Some(0.2),
            malr: Some(0.28),
            mlr: Some(share),
            fmlr: Some(share + 0.08),
            forefoot_share: Some(0.38),
            regions: Vec::new(),
            phases: StancePhases::Typical,
        }),
        motion: None,
    }
}

fn drifts(random: &mut Random, w: Walk, session: Session<'_>) -> Vec<Drift> {
    let (strides, bouts) = walk(random, w);
    within_session(&strides, &bouts, session)
}

fn told(found: &[Drift]) -> Vec<&str> {
    found
        .iter()
        .filter(|d| d.told)
        .map(|d| d.metric.as_str())
        .collect()
}

#[test]
fn sessions_without_drift_seldom_tell_one() {
    // Plain strides, and a hard case: the medial share wanders by the whole error of measurement from block to block.
    for (name, wander, most) in [
        ("strides alone", 0.0, 0.02),
        ("wandering share", 0.013, 0.05),
    ] {
        let mut random = Random(21);
        let sessions = 300;
        let mut with = 0;
        for k in 0..sessions {
            let minutes = [13.0, 20.0, 30.0, 60.0][k % 4];
            let found = drifts(
                &mut random,
                Walk {
                    minutes,
                    wander,
                    ..Walk::default()
                },
                SESSION,
            );
            assert!(found.len() >= 8, "{} courses", found.len());
            with += usize::from(!told(&found).is_empty());
        }
        let share = with as f64 / sessions as f64;
        println!(
            "{name}: {:.1} % of sessions without drift tell one",
            100.0 * share
        );
        assert!(share <= most, "{name}: {share}");
    }
}

#[test]
fn a_drift_beyond_measurement_error_is_told_with_its_size() {
    let mut random = Random(22);
    let mut found = 0;
    for _ in 0..40 {
        let all = drifts(
            &mut random,
            Walk {
                stance_drift: 2.5,
                ..Walk::default()
            },
            SESSION,
        );
        let stance = all.iter().find(|d| d.metric == "stance_pct").unwrap();
        found += usize::from(stance.told);
        // Fourteen two-minute blocks span 28 of the 30 minutes.
        assert!((stance.change() - 2.4).abs() < 1.0, "{}", stance.change());
        assert!(stance.ci_low < stance.slope_per_min && stance.slope_per_min < stance.ci_high);
    }
    println!("2.5 points of stance in 30 minutes: told in {found} of 40");
    assert!(found >= 36);
}

#[test]
fn creep_alone_is_no_drift() {
    let mut random = Random(23);
    let creeping = Walk {
        creep: 0.3,
        minutes: 60.0,
        ..Walk::default()
    };
    for _ in 0..20 {
        let uncorrected = Session {
            creep_corrected: false,
            ..SESSION
        };
        assert!(drifts(&mut random, creeping, uncorrected).is_empty());
    }
    // The same rise in a session said to be corrected would be told: it is the gate that keeps it out.
    let found = drifts(&mut random, creeping, SESSION);
    assert_eq!(told(&found), ["loading_rate_bw_per_s"]);
    // What correction leaves over, a tenth, is within measurement error.
    let rest = Walk {
        creep: 0.03,
        ..creeping
    };
    assert!(told(&drifts(&mut random, rest, SESSION)).is_empty());
}

#[test]
fn short_sessions_and_other_layouts_stay_silent() {
    let mut random = Random(24);
    let short = Walk {
        minutes: 10.0,
        stance_drift: 6.0,
        ..Walk::default()
    };
    assert!(
        drifts(&mut random, short, SESSION).is_empty(),
        "five blocks"
    );
    let other = Session {
        layout_id: "moticon-16",
        ..SESSION
    };
    let found = drifts(&mut random, Walk::default(), other);
    let medial = found.iter().find(|d| d.metric == "mlr").unwrap();
    assert_eq!(
        (medial.mdc95, medial.told),
        (None, false),
        "its error was never measured there"
    );
    assert!(within_session(&[], &[], SESSION).is_empty());
}

#[test]
fn long_sessions_get_longer_blocks() {
    let mut random = Random(25);
    let found = drifts(
        &mut random,
        Walk {
            minutes: 200.0,
            ..Walk::default()
        },
        SESSION,
    );
    assert!(
        found.iter().all(|d| (25..=40).contains(&d.blocks)),
        "{:?}",
        found[0]
    );
}

#[test]
fn the_word_is_drift() {
    let mut random = Random(26);
    let found = drifts(
        &mut random,
        Walk {
            stance_drift: 4.0,
            ..Walk::default()
        },
        SESSION,
    );
    let words = observe(&found);
    let first = words
        .iter()
        .find(|o| o.sentence.contains("stance"))
        .unwrap();
    assert_eq!(first.id, "drift_within_session");
    assert!(
        first.sentence.contains("drifted up by")
            && !format!("{first:?}").to_lowercase().contains("fatigue")
    );
    assert!(first.evidence[0].limit == Some(0.78) && first.evidence[0].n >= 6);
}

#[test]
fn random_strides_never_break_it() {
    let mut random = Random(27);
    for _ in 0..30 {
        let wild = |r: &mut Random| f64::from_bits(r.bits());
        let strides: Vec<Stride> = (0..400)
            .map(|k| {
                let foot = if k % 2 == 0 { Side::Left } else { Side::Right };
                let (start, length) = if k % 7 == 0 {
                    (wild(&mut random), wild(&mut random))
                } else {
                    (0.55 * f64::from(k), 1.1)
                };
                stride(
                    foot,
                    start,
                    length,
                    wild(&mut random),
                    wild(&mut random),
                    wild(&mut random),
                )
            })
            .collect();
        let bouts = [
            Bout {
                start_s: wild(&mut random),
                end_s: 1e9,
                strides: 400,
            },
            Bout {
                start_s: 0.0,
                end_s: wild(&mut random),
                strides: 1,
            },
        ];
        for d in within_session(&strides, &bouts, SESSION) {
            assert!(d.slope_per_min.is_finite() && d.ci_low.is_finite() && d.ci_high.is_finite());
        }
    }
}

// ---- the interval --------------------------------------------------------------------------------------------------

/// A course without drift: long memory, independent long-memory cadence taken out.
fn null_line(random: &mut Random, n: usize) -> SlopeLine {
    let (values, cadence) = (random.long_memory(n, 0.75), random.long_memory(n, 0.75));
    let pairs = values.into_iter().zip(cadence).enumerate();
    let blocks: Vec<(f64, f64, f64)> = pairs.map(|(t, (v, c))| (t as f64, v, c)).collect();
    SlopeLine::through(without_cadence(&blocks)).unwrap()
}

#[test]
fn the_long_memory_table_is_what_simulation_gives() {
    let mut random = Random(31);
    for (n, draws) in [(6, 6000), (8, 6000), (12, 4000), (20, 3000), (40, 1500)] {
        let outside = (0..draws).filter(|_| {
            let line = null_line(&mut random, n);
            line.slope.abs() > line.half_width
        });
        let share = outside.count() as f64 / f64::from(draws);
        println!(
            "{n} blocks: {:.2} % outside the 99 % interval",
            100.0 * share
        );
        assert!((0.005..=0.016).contains(&share), "{n}: {share}");
    }
}

#[test]
fn the_bootstrap_alone_is_too_liberal() {
    let mut random = Random(32);
    for n in [6, 10, 20] {
        let false_drifts = (0..150).filter(|_| {
            let [low, high] = null_line(&mut random, n).bootstrap();
            low > 0.0 || high < 0.0
        });
        let share = false_drifts.count() as f64 / 150.0;
        println!(
            "{n} blocks: bootstrap leaves out zero in {:.0} % of sessions without drift",
            100.0 * share
        );
        assert!(share > 0.15, "it would be usable: {share}");
    }
}

// ---- within the day ------------------------------------------------------------------------------------------------

fn day(date: i64, evening: &[(&str, f64)]) -> Day {
    let morning = [("stance_pct", 62.5), ("cadence_steps_per_min", 110.0)];
    let map = |v: &[(&str, f64)]| v.iter().map(|(id, x)| ((*id).to_owned(), *x)).collect();
    let mut parts = DayParts {
        morning: map(&morning),
        evening: map(&morning),
    };
    parts
        .evening
        .extend(evening.iter().map(|(id, x)| ((*id).to_owned(), *x)));
    Day {
        date,
        valid_strides: 500,
        parts: Some(parts),
        ..Day::default()
    }
}

fn day_drift(days: i64, stance: impl Fn(i64) -> f64, cadence: f64) -> bool {
    let days: Vec<Day> = (0..days)
        .map(|d| {
            day(
                d,
                &[
                    ("stance_pct", 62.5 + stance(d)),
                    ("cadence_steps_per_min", cadence),
                ],
            )
        })
        .collect();
    history(&days).iter().any(|o| o.id == "drift_within_day")
}

#[test]
fn evenings_are_compared_with_mornings() {
    assert!(day_drift(6, |d| 1.2 + 0.01 * d as f64, 110.0));
    assert!(
        !day_drift(5, |d| 1.2 + 0.01 * d as f64, 110.0),
        "five pairs cannot reach 5 %"
    );
    assert!(
        !day_drift(12, |d| 0.5 + 0.01 * d as f64, 110.0),
        "within measurement error"
    );
    assert!(
        !day_drift(12, |d| if d % 2 == 0 { 2.0 } else { -1.9 }, 110.0),
        "no direction"
    );
    assert!(
        !day_drift(12, |d| 1.2 + 0.01 * d as f64, 120.0),
        "another pace"
    );
}

#[test]
fn days_without_drift_seldom_tell_one() {
    let mut random = Random(41);
    let people = 400;
    let told = (0..people).filter(|_| {
        let noise: Vec<f64> = random.ar1(14, 0.3);
        day_drift(14, |d| 0.78 / 1.96 * noise[d as usize], 110.0)
    });
    let share = told.count() as f64 / f64::from(people);
    println!("within-day drift told without one: {:.1} %", 100.0 * share);
    assert!(share <= 0.05);
}
