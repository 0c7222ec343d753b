//! The inertial sensors tell the way of the feet: integrated back by code of their own, they give the truth's lengths.

use approx::assert_abs_diff_eq;
use gait::recording::{InsoleMotion, Side};
use walker::Walk;
use walker::device::Faults;
use walker::plan::{BoutPlan, Gait, TurnPlan, WalkPlan};
use walker::random::StreamKey;
use walker::scenario;
use walker::truth::StrideTruth;

use crate::{reference_plan, walk};

const GRAVITY: f64 = 9.80665;
/// Dense enough that the midpoint rule adds nothing to what the trajectory says.
const DENSE_HZ: f64 = 500.0;

type Matrix = [[f64; 3]; 3];

fn turned(rotation: &Matrix, v: [f64; 3]) -> [f64; 3] {
    rotation.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    a.map(|row| std::array::from_fn(|j| row.iter().zip(b).map(|(x, column)| x * column[j]).sum()))
}

/// Rotation by a small angle vector (Rodrigues).
fn rotation(angle: [f64; 3]) -> Matrix {
    let size = angle.iter().map(|x| x * x).sum::<f64>().sqrt();
    if size < 1e-12 {
        return [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    }
    let [x, y, z] = angle.map(|part| part / size);
    let (s, c) = size.sin_cos();
    let d = 1.0 - c;
    [
        [c + x * x * d, x * y * d - z * s, x * z * d + y * s],
        [y * x * d + z * s, c + y * y * d, y * z * d - x * s],
        [z * x * d - y * s, z * y * d + x * s, c + z * z * d],
    ]
}

/// Displacement and change of heading between two samples at which the foot is flat and at rest.
struct Way {
    length_m: f64,
    rise_m: f64,
    yaw_deg: f64,
    highest_m: f64,
    speed_left_mps: f64,
}

fn integrate(motion: &InsoleMotion, from: usize, to: usize, hz: f64) -> Way {
    let column = |columns: &[Vec<f32>; 3], i: usize| columns.each_ref().map(|c| f64::from(c[i]));
    let mut frame = rotation([0.0; 3]);
    let (mut velocity, mut place) = ([0.0; 3], [0.0f64; 3]);
    let mut highest_m = 0.0f64;
    let force = |frame: &Matrix, i: usize| {
        let mut a = turned(frame, column(&motion.acceleration_g, i)).map(|g| g * GRAVITY);
        a[2] -= GRAVITY;
        a
    };
    for i in from..to {
        let (before, after) = (
            column(&motion.angular_velocity_dps, i),
            column(&motion.angular_velocity_dps, i + 1),
        );
        let angle: [f64; 3] =
            std::array::from_fn(|k| (0.5 * (before[k] + after[k]) / hz).to_radians());
        let next = product(&frame, &rotation(angle));
        let (a, b) = (force(&frame, i), force(&next, i + 1));
        for k in 0..3 {
            place[k] += velocity[k] / hz + (2.0 * a[k] + b[k]) / (6.0 * hz * hz);
            velocity[k] += 0.5 * (a[k] + b[k]) / hz;
        }
        highest_m = highest_m.max(place[2]);
        frame = next;
    }
    Way {
        length_m: place[0].hypot(place[1]),
        rise_m: place[2],
        yaw_deg: frame[1][0].atan2(frame[0][0]).to_degrees(),
        highest_m,
        speed_left_mps: velocity.iter().map(|v| v * v).sum::<f64>().sqrt(),
    }
}

/// The way of a stride, from flat foot to flat foot.
fn way(walk: &Walk, stride: &StrideTruth, next: &StrideTruth) -> Way {
    let hz = walk.recording.sampling_hz;
    let flat = |stride: &StrideTruth| {
        let times = stride.contact;
        ((times.start_s + 0.3 * times.stance_s()) * hz).round() as usize
    };
    let motion = walk.recording.foot(stride.side).motion.as_ref().unwrap();
    integrate(motion, flat(stride), flat(next), hz)
}

fn strides(walk: &Walk, side: Side) -> Vec<&StrideTruth> {
    let strides = walk.truth.strides.iter();
    strides.filter(|stride| stride.side == side).collect()
}

fn bout_plan(gait: Gait, speed_factor: f64, sampling_hz: f64) -> WalkPlan {
    let turns = if gait == Gait::Walking {
        vec![
            TurnPlan {
                at_s: 10.0,
                angle_deg: 90.0,
            },
            TurnPlan {
                at_s: 20.0,
                angle_deg: -180.0,
            },
        ]
    } else {
        Vec::new()
    };
    WalkPlan {
        bouts: vec![BoutPlan {
            turns,
            ..BoutPlan::of(gait, 3.0, 35.0, speed_factor)
        }],
        sampling_hz,
        ..reference_plan(5)
    }
}

#[test]
fn integrated_back_the_sensors_give_the_true_strides_of_every_gait() {
    for (gait, speed_factor) in [
        (Gait::Walking, 1.0),
        (Gait::Walking, 0.5),
        (Gait::Walking, 1.5),
        (Gait::Running, 2.2),
        (Gait::StairsUp, 1.0),
        (Gait::StairsDown, 1.0),
        (Gait::Shuffling, 0.35),
    ] {
        let walk = walk(&bout_plan(gait, speed_factor, DENSE_HZ));
        let mut compared = 0;
        for side in Side::BOTH {
            for pair in strides(&walk, side).windows(2) {
                let (way, truth) = (way(&walk, pair[0], pair[1]), pair[0].motion);
                assert_abs_diff_eq!(way.length_m, truth.length_m, epsilon = 0.004);
                assert_abs_diff_eq!(way.rise_m, truth.rise_m, epsilon = 0.004);
                assert_abs_diff_eq!(way.yaw_deg, truth.yaw_deg, epsilon = 0.05);
                assert!(way.speed_left_mps < 0.02, "{gait:?} {}", way.speed_left_mps);
                let ground_m = truth.rise_m.max(0.0);
                assert_abs_diff_eq!(way.highest_m - ground_m, truth.clearance_m, epsilon = 0.004);
                compared += 1;
            }
        }
        assert!(compared > 30, "{gait:?}: {compared}");
    }
}

/// At the device's own rate the same arithmetic errs by little: what a good integration can reach.
#[test]
fn at_a_hundred_hertz_lengths_are_within_two_percent() {
    let walk = walk(&bout_plan(Gait::Walking, 1.0, 100.0));
    for side in Side::BOTH {
        for pair in strides(&walk, side).windows(2) {
            let (way, truth) = (way(&walk, pair[0], pair[1]), pair[0].motion);
            assert!((way.length_m / truth.length_m - 1.0).abs() < 0.02);
        }
    }
}

#[test]
fn stride_lengths_follow_speed_and_cadence() {
    let walk = walk(&WalkPlan {
        bouts: vec![BoutPlan::usual(3.0, 90.0)],
        ..reference_plan(4)
    });
    let expected = walk.truth.expected.unwrap();
    let length_m = 2.0 * 60.0 * 1.24 / walk.truth.bouts[0].cadence_spm;
    for side in Side::BOTH {
        let foot = expected.feet.get(side);
        assert_abs_diff_eq!(foot.stride_length_m.mean, length_m, epsilon = 0.015);
        assert_abs_diff_eq!(foot.stride_speed_m_per_s.mean, 1.24, epsilon = 0.03);
    }
}

fn extremes(values: impl Iterator<Item = f32>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(f64::from(value)), high.max(f64::from(value)))
    })
}

/// Measured on one person: swing -(130 + 147 v), push-off 70 + 246 v degrees per second; 1.4 to 4.3 g up at contact.
#[test]
fn rotation_and_impact_grow_with_speed_as_measured() {
    for (speed_mps, upward_g) in [(0.51, 1.4), (1.12, 2.4), (1.94, 4.3)] {
        let walk = walk(&WalkPlan {
            speed_mps,
            ..reference_plan(6)
        });
        let motion = walk.recording.left.motion.unwrap();
        let (low, high) = extremes(motion.angular_velocity_dps[1].iter().copied());
        assert_abs_diff_eq!(low, -(130.0 + 147.0 * speed_mps), epsilon = 0.12 * -low);
        assert_abs_diff_eq!(high, 70.0 + 246.0 * speed_mps, epsilon = 0.12 * high);
        let contacts = walk
            .truth
            .strides
            .iter()
            .filter(|s| s.side == Side::Left && s.steady);
        let mut peaks: Vec<f64> = contacts
            .map(|stride| {
                let from = (stride.contact.start_s * 100.0).floor() as usize;
                extremes(motion.acceleration_g[2][from..from + 8].iter().copied()).1
            })
            .collect();
        peaks.sort_by(f64::total_cmp);
        let up = peaks[peaks.len() / 2];
        assert_abs_diff_eq!(up, upward_g, epsilon = 0.25 * upward_g);
    }
}

#[test]
fn a_standing_foot_is_at_rest_but_for_bias_noise_and_lean() {
    let plan = scenario::by_name("no_gait")
        .unwrap()
        .plan(StreamKey::from_seed(3));
    let perfect = walk(&WalkPlan {
        faults: Faults::none(),
        ..plan.clone()
    });
    let motion = perfect.recording.left.motion.unwrap();
    assert!(motion.acceleration_g[2].iter().all(|g| *g == 1.0));
    assert!(
        motion
            .angular_velocity_dps
            .iter()
            .flatten()
            .all(|w| *w == 0.0)
    );

    let real = walk(&plan);
    let (motion, insole) = (real.recording.left.motion.unwrap(), real.truth.insoles.left);
    let mean =
        |column: &[f32]| column.iter().copied().map(f64::from).sum::<f64>() / column.len() as f64;
    for (column, bias) in motion
        .angular_velocity_dps
        .iter()
        .zip(insole.gyro_bias_dps.unwrap())
    {
        assert_abs_diff_eq!(mean(column), bias, epsilon = 0.02);
        let steps = f64::from(column[0]) / 0.07;
        assert_abs_diff_eq!(steps, steps.round(), epsilon = 1e-3);
    }
    let [pitch_deg, roll_deg] = insole.mount_deg.unwrap();
    assert_abs_diff_eq!(
        mean(&motion.acceleration_g[0]),
        -pitch_deg.to_radians().sin(),
        epsilon = 0.002
    );
    assert_abs_diff_eq!(
        mean(&motion.acceleration_g[1]),
        roll_deg.to_radians().sin() * pitch_deg.to_radians().cos(),
        epsilon = 0.002
    );
    let level = mean(&motion.acceleration_g[2]);
    let square = |g: &f32| (f64::from(*g) - level).powi(2);
    let spread = motion.acceleration_g[2].iter().map(square).sum::<f64>() / 6000.0;
    assert_abs_diff_eq!(spread.sqrt(), 0.003, epsilon = 0.0003);
}

#[test]
fn insoles_without_inertial_sensors_have_no_motion() {
    let walk = walk(&WalkPlan {
        layout_id: "gaitpdb-8".to_owned(),
        ..reference_plan(1)
    });
    assert!(
        walk.recording.left.motion.is_none() && walk.truth.insoles.left.gyro_bias_dps.is_none()
    );
    assert!(
        walk.truth
            .strides
            .iter()
            .all(|stride| stride.motion.length_m > 0.3)
    );
}
