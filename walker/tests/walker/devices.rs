//! What insole, clock and link do to a recording is what the truth says they did.

use approx::assert_abs_diff_eq;
use gait::recording::{Recording, Side};
use walker::Walk;
use walker::faults::{BatteryEnd, Faults, SensorFault, WORST_CREEP};
use walker::link::PacketLoss;
use walker::plan::{BoutPlan, PlanError, WalkPlan};
use walker::random::StreamKey;
use walker::scenario;
use walker::simulate;
use walker::transport::Clocks;

use crate::{reference_plan, walk};

fn with(faults: Faults, seed: u64) -> Walk {
    walk(&WalkPlan {
        faults,
        ..reference_plan(seed)
    })
}

/// Least-squares line through (x, y): value at 0 and slope.
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len() as f64;
    let (mx, my) = points
        .iter()
        .fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (xy, xx) = points.iter().fold((0.0, 0.0), |(a, b), (x, y)| {
        (a + (x - mx) * (y - my), b + (x - mx) * (x - mx))
    });
    (my - xy / xx * mx, xy / xx)
}

/// Arrivals against samples give rate and offset between the insoles: the earliest arrivals are the least delayed.
#[test]
fn arrivals_tell_how_the_clocks_run_apart() {
    for seed in 0..4 {
        let walk = walk(&WalkPlan {
            bouts: vec![BoutPlan::usual(3.0, 3000.0)],
            faults: Faults {
                clocks: Some(Clocks::usual()),
                ..Faults::none()
            },
            sampling_hz: 20.0,
            ..reference_plan(seed)
        });
        let fit = |side: Side| {
            let arrivals = &walk.recording.foot(side).arrivals;
            let points: Vec<(f64, f64)> = arrivals
                .iter()
                .map(|arrival| (arrival.sample as f64 / 20.0, arrival.host_s))
                .collect();
            assert!(points.len() > 5000 && points.windows(2).all(|p| p[0].1 <= p[1].1));
            line(&points)
        };
        let (left, right) = (fit(Side::Left), fit(Side::Right));
        let clocks = walk.truth.clocks;
        for (found, clock) in [(left, clocks.left), (right, clocks.right)] {
            assert_abs_diff_eq!((found.1 - 1.0) * 1e6, clock.skew_ppm, epsilon = 0.5);
            assert!(clock.skew_ppm.abs() <= 50.0 && clock.offset_s.abs() <= 0.020);
        }
        let apart = clocks.right.offset_s - clocks.left.offset_s;
        assert_abs_diff_eq!(right.0 - left.0, apart, epsilon = 0.0005);
        let earliest = walk.recording.left.arrivals[0]
            .host_s
            .min(walk.recording.right.arrivals[0].host_s);
        assert_eq!(earliest, 0.0);
    }
}

/// The skewed recording is the same walk, read at the times the clocks say.
#[test]
fn skewed_samples_lie_on_the_unskewed_force() {
    let clocks = Some(Clocks {
        skew_ppm: 50.0,
        offset_s: 0.020,
    });
    let plain = walk(&WalkPlan {
        sampling_hz: 500.0,
        ..reference_plan(8)
    });
    let skewed = with(
        Faults {
            clocks,
            ..Faults::none()
        },
        8,
    );
    for side in Side::BOTH {
        let (dense, foot) = (plain.recording.foot(side), skewed.recording.foot(side));
        let clock = skewed.truth.clocks.get(side);
        let bout = &skewed.truth.bouts[0];
        let mut far = 0;
        let range = (bout.start_s * 100.0) as usize + 10..(bout.end_s * 100.0) as usize - 10;
        for sample in range.clone() {
            let at = clock.time_s(sample, 100.0) * 500.0;
            let (low, part) = (at.floor() as usize, at.fract());
            let between = dense.force[low] + part * (dense.force[low + 1] - dense.force[low]);
            far += usize::from((between - foot.force[sample]).abs() > 10.0);
        }
        // Only where force begins or ends within the two milliseconds.
        assert!(far as f64 / range.len() as f64 * 100.0 < 0.5, "{far}");
    }
}

#[test]
fn lost_packets_come_at_the_asked_rate_in_the_asked_bursts() {
    let loss = PacketLoss {
        rate: 0.02,
        mean_burst: 3.0,
        start_gap: 6,
        late_start: true,
    };
    let walk = walk(&WalkPlan {
        bouts: vec![BoutPlan::usual(3.0, 1800.0)],
        faults: Faults {
            loss: Some(loss),
            ..Faults::none()
        },
        ..reference_plan(3)
    });
    let starts: Vec<usize> = Side::BOTH
        .map(|side| walk.recording.foot(side).missing[0].len())
        .to_vec();
    assert!(starts.contains(&6) && starts.iter().any(|n| (60..=75).contains(n)));
    for side in Side::BOTH {
        let foot = walk.recording.foot(side);
        let later = &foot.missing[1..];
        let lost: usize = later.iter().map(ExactSizeIterator::len).sum();
        assert_abs_diff_eq!(lost as f64 / foot.force.len() as f64, 0.02, epsilon = 0.003);
        assert_abs_diff_eq!(lost as f64 / later.len() as f64, 3.0, epsilon = 0.3);
        let motion = foot.motion.as_ref().unwrap();
        for gap in &foot.missing {
            assert!(
                motion.acceleration_g[2][gap.clone()]
                    .iter()
                    .all(|g| *g == 0.0)
            );
        }
    }
}

#[test]
fn an_empty_battery_ends_one_foot() {
    for loss in [None, Some(PacketLoss::usual())] {
        let walk = with(
            Faults {
                battery_end: Some(BatteryEnd {
                    side: Side::Right,
                    at_s: 50.0,
                }),
                loss,
                ..Faults::none()
            },
            2,
        );
        let samples = walk.recording.samples();
        let (left, right) = (&walk.recording.left.missing, &walk.recording.right.missing);
        assert_eq!(right.last().map(|gap| gap.end), Some(samples));
        assert!(right.last().unwrap().start <= 5000 && right.last().unwrap().start > 4900);
        assert!(right.windows(2).all(|pair| pair[0].end < pair[1].start));
        assert!(left.last().is_none_or(|gap| gap.end < samples));
    }
}

fn sensor(recording: &Recording, side: Side, number: usize) -> &[f32] {
    &recording.foot(side).sensors[number - 1]
}

#[test]
fn sensors_fail_when_they_should_and_nothing_else_does() {
    let plain = with(Faults::usual(), 4);
    let fault = |side, sensor| SensorFault {
        side,
        sensor,
        from_s: 40.0,
    };
    let broken = with(
        Faults {
            dead: vec![fault(Side::Left, 7)],
            stuck: vec![fault(Side::Right, 11)],
            ..Faults::usual()
        },
        4,
    );
    let (a, b) = (&plain.recording, &broken.recording);
    let dead = sensor(b, Side::Left, 7);
    assert!(dead[4000..].iter().all(|value| *value == 0.0));
    assert_eq!(dead[..4000], sensor(a, Side::Left, 7)[..4000]);
    let stuck = sensor(b, Side::Right, 11);
    assert!(stuck[4000..].iter().all(|value| *value == stuck[4000]));
    assert_eq!(sensor(a, Side::Left, 9), sensor(b, Side::Left, 9));
    assert!(b.left.force[4000..].iter().sum::<f64>() < a.left.force[4000..].iter().sum::<f64>());
}

#[test]
fn a_lowered_full_scale_cuts_the_peaks() {
    let walk = with(
        Faults {
            full_scale: Some(10.0),
            ..Faults::usual()
        },
        4,
    );
    let all = walk.recording.left.sensors.iter().flatten();
    let saturated = all.clone().filter(|value| **value == 10.0).count();
    assert!(
        all.clone().all(|value| *value <= 10.0) && saturated > 500,
        "{saturated}"
    );
}

/// Mean force over a late stretch against an early one.
fn growth(walk: &Walk) -> f64 {
    let total = |from: usize| {
        let range = from..from + 20_000;
        let feet = [&walk.recording.left.force, &walk.recording.right.force];
        feet.iter()
            .map(|force| force[range.clone()].iter().sum::<f64>())
            .sum::<f64>()
    };
    total(600_000) / total(2_000)
}

#[test]
fn creep_raises_and_warming_lowers_the_readings_of_a_long_walk() {
    let long = |faults| {
        walk(&WalkPlan {
            bouts: vec![BoutPlan::usual(3.0, 6300.0)],
            faults,
            ..reference_plan(5)
        })
    };
    let creep = long(Faults {
        creep: Some(WORST_CREEP),
        ..Faults::none()
    });
    // c(t) = 1 + A ln(1 + t / 600 s) with c(3 h) = 1.17: about 1.142 at 6100 s, 1.011 at 120 s.
    assert_abs_diff_eq!(growth(&creep), 1.1397 / 1.0105, epsilon = 0.006);
    let warm = long(Faults {
        temperature: true,
        ..Faults::none()
    });
    assert_abs_diff_eq!(growth(&warm), 0.978 / 0.9985, epsilon = 0.003);
}

/// Sensors feel the foot displaced, so the centre of pressure of the walk is displaced as the truth says.
#[test]
fn a_displaced_insole_sees_the_centre_of_pressure_displaced() {
    let layout = gait::layout::by_id("moticon-16").unwrap();
    let mean_x = |walk: &Walk, side: Side| {
        let foot = walk.recording.foot(side);
        let points = (0..300).map(|i| {
            let values: Vec<f64> = foot.sensors.iter().map(|s| f64::from(s[i])).collect();
            layout.centre_of_pressure(&values).unwrap()
        });
        points.fold((0.0, 0.0), |(x, y), p| (x + p.0 / 300.0, y + p.1 / 300.0))
    };
    let (straight, moved) = (
        with(Faults::none(), 7),
        with(
            Faults {
                placement: true,
                ..Faults::none()
            },
            7,
        ),
    );
    for side in Side::BOTH {
        let placement = moved.truth.insoles.get(side).placement;
        assert!(placement.turn_deg != 0.0 && placement.shift != 0.0);
        let ((x, y), (seen_x, seen_y)) = (mean_x(&straight, side), mean_x(&moved, side));
        let (sin, cos) = placement.turn_deg.to_radians().sin_cos();
        let (along, across) = (x - placement.shift, y * 0.36);
        assert_abs_diff_eq!(seen_x, cos * along + sin * across, epsilon = 1e-6);
        assert_abs_diff_eq!(seen_y, (cos * across - sin * along) / 0.36, epsilon = 1e-6);
        assert_eq!(
            straight.truth.strides[9].plantar, moved.truth.strides[9].plantar,
            "the foot itself is loaded alike"
        );
    }
}

#[test]
fn deliveries_are_told_only_where_they_are_disordered() {
    let noisy = walk(
        &scenario::by_name("noisy_link")
            .unwrap()
            .plan(StreamKey::from_seed(1)),
    );
    for side in Side::BOTH {
        let order = noisy.deliveries.get(side);
        let foot = noisy.recording.foot(side);
        let received = foot.force.len() - foot.missing_samples();
        assert!(order.len() > received);
        let mut unique = order.clone();
        unique.sort_unstable();
        assert_ne!(&unique, order);
        unique.dedup();
        assert_eq!(unique.len(), received);
    }
    let tidy = with(Faults::usual(), 1);
    assert!(tidy.deliveries.left.is_empty());
}

#[test]
fn impossible_faults_name_the_field() {
    let field = |faults| match simulate(&WalkPlan {
        faults,
        ..reference_plan(1)
    }) {
        Err(PlanError::OutOfRange { field, .. }) => field,
        other => unreachable!("expected a refusal, got {}", other.is_ok()),
    };
    let dead = |sensor| Faults {
        dead: vec![SensorFault {
            side: Side::Left,
            sensor,
            from_s: 1.0,
        }],
        ..Faults::none()
    };
    assert_eq!(field(dead(0)), "faults.sensor");
    assert_eq!(field(dead(17)), "faults.sensor");
    let creep = Faults {
        creep: Some(f64::NAN),
        ..Faults::none()
    };
    assert_eq!(field(creep), "faults.creep");
    let reordered = Faults {
        reordered: 0.9,
        ..Faults::none()
    };
    assert_eq!(field(reordered), "faults.reordered");
}
