//! What is done in a session shows in its forces, and the truth tells it.

use approx::assert_abs_diff_eq;
use gait::recording::{Side, StepMarkKind};
use walker::Walk;
use walker::device::Faults;
use walker::plan::{BoutPlan, Gait, Posture, RestPlan, TurnPlan, WalkPlan};
use walker::random::StreamKey;
use walker::scenario;
use walker::truth::{Activity, ActivityTruth, EventPhase, ShiftTruth, StrideTruth};

use crate::{reference_plan, walk};

/// A scenario on a perfect device.
fn perfect(name: &str, seed: u64) -> Walk {
    let plan = scenario::by_name(name)
        .unwrap()
        .plan(StreamKey::from_seed(seed));
    walk(&WalkPlan {
        faults: Faults::none(),
        ..plan
    })
}

fn total_bw(walk: &Walk, sample: usize) -> f64 {
    let recording = &walk.recording;
    (recording.left.force[sample] + recording.right.force[sample]) / walk.truth.body_weight_n
}

/// Samples inside an activity, a little off its edges.
fn samples(walk: &Walk, stretch: &ActivityTruth) -> std::ops::Range<usize> {
    let hz = walk.recording.sampling_hz;
    (stretch.start_s * hz).ceil() as usize + 1..(stretch.end_s * hz).floor() as usize
}

fn stretches(walk: &Walk, activity: Activity) -> Vec<ActivityTruth> {
    let all = walk.truth.activities.iter().copied();
    all.filter(|stretch| stretch.activity == activity).collect()
}

#[test]
fn activities_follow_each_other_without_a_gap_in_every_scenario() {
    for scenario in scenario::all() {
        let mut plan = scenario.plan(StreamKey::from_seed(2));
        plan.bouts
            .iter_mut()
            .for_each(|bout| bout.duration_s = bout.duration_s.min(120.0));
        let walk = walk(&plan);
        let activities = &walk.truth.activities;
        assert_eq!(activities[0].start_s, 0.0, "{}", scenario.name);
        for pair in activities.windows(2) {
            assert_abs_diff_eq!(pair[0].end_s, pair[1].start_s, epsilon = 1e-9);
        }
        let end_s = activities[activities.len() - 1].end_s;
        assert_abs_diff_eq!(end_s, walk.recording.duration_s(), epsilon = 0.011);
    }
}

/// Impulse closure: over whole cycles the feet carry body weight, whatever the gait.
#[test]
fn every_gait_carries_exactly_the_body() {
    for (gait, speed_factor) in [
        (Gait::Walking, 1.0),
        (Gait::Running, 2.2),
        (Gait::StairsUp, 1.0),
        (Gait::StairsDown, 1.0),
        (Gait::Shuffling, 0.35),
    ] {
        let walk = walk(&WalkPlan {
            bouts: vec![BoutPlan::of(gait, 3.0, 40.0, speed_factor)],
            sampling_hz: 500.0,
            ..reference_plan(3)
        });
        let own: Vec<_> = walk
            .truth
            .strides
            .iter()
            .filter(|stride| stride.side == Side::Left && stride.steady)
            .collect();
        let from = (own[0].contact.start_s * 500.0).round() as usize;
        let to = (own[own.len() - 1].contact.end_s * 500.0).round() as usize;
        let mean = (from..to).map(|i| total_bw(&walk, i)).sum::<f64>() / (to - from) as f64;
        assert_abs_diff_eq!(mean, 1.0, epsilon = 1e-3);
        assert_eq!(walk.truth.bouts[0].gait, gait);
    }
}

#[test]
fn running_has_flight_and_the_peak_its_duty_asks_for() {
    let walk = perfect("running", 1);
    let strides = || {
        walk.truth
            .strides
            .iter()
            .filter(|s| s.gait == Gait::Running && s.steady)
    };
    assert!(strides().count() > 150);
    for stride in strides() {
        let duty = stride.contact.stance_s() / stride.contact.stride_s();
        assert!((0.2..0.46).contains(&duty), "{duty}");
        assert_eq!(stride.double_support_s, 0.0);
        // Half sine: mean 2 / pi of the peak; each step carries body weight for half a stride.
        let peak = std::f64::consts::FRAC_PI_4 / duty;
        assert_abs_diff_eq!(stride.first_peak_bw, peak, epsilon = 0.15 * peak);
        assert!(stride.motion.length_m > 1.4);
    }
    let stretch = stretches(&walk, Activity::Running)[0];
    let airborne = samples(&walk, &stretch).filter(|&i| total_bw(&walk, i) == 0.0);
    let share = airborne.count() as f64 / samples(&walk, &stretch).len() as f64;
    assert!((0.1..0.6).contains(&share), "{share}");
}

#[test]
fn stairs_are_met_forefoot_first_and_rise_or_fall_by_two_steps_a_stride() {
    let walk = perfect("stairs", 2);
    let layout = gait::layout::by_id("moticon-16").unwrap();
    for (gait, rise_m) in [
        (Gait::StairsUp, 0.34),
        (Gait::StairsDown, -0.34),
        (Gait::Walking, 0.0),
    ] {
        let strides = || {
            walk.truth
                .strides
                .iter()
                .filter(|s| s.gait == gait && s.steady)
        };
        assert!(strides().count() > 8, "{gait:?}");
        for stride in strides() {
            assert_abs_diff_eq!(stride.motion.rise_m, rise_m, epsilon = 1e-9);
            let foot = walk.recording.foot(stride.side);
            let sample = (stride.contact.start_s * 100.0).ceil() as usize + 1;
            let values: Vec<f64> = foot.sensors.iter().map(|s| f64::from(s[sample])).collect();
            let (x, _) = layout.centre_of_pressure(&values).unwrap();
            assert_eq!(x > 0.0, gait != Gait::Walking, "{gait:?} {x}");
        }
    }
}

/// Up: a flat curve between .95 and 1.1 body weights. Down: a first peak of 1.3.
#[test]
fn force_on_stairs_is_flat_upwards_and_high_at_first_downwards() {
    for (gait, peaks) in [
        (Gait::StairsUp, [1.0, 0.95, 1.1]),
        (Gait::StairsDown, [1.3, 0.85, 0.95]),
    ] {
        let walk = walk(&WalkPlan {
            bouts: vec![BoutPlan::of(gait, 3.0, 40.0, 1.0)],
            ..reference_plan(1)
        });
        let steady = || walk.truth.strides.iter().filter(|stride| stride.steady);
        let mean = |value: fn(&StrideTruth) -> f64| {
            steady().map(value).sum::<f64>() / steady().count() as f64
        };
        let found = [
            mean(|stride| stride.first_peak_bw),
            mean(|stride| stride.valley_bw),
            mean(|stride| stride.second_peak_bw),
        ];
        // The impulse decides the height of the whole curve; its shape stays.
        for (found, asked) in found.iter().zip(peaks) {
            assert_abs_diff_eq!(*found, asked, epsilon = 0.08);
        }
    }
}

#[test]
fn turns_are_walked_whole_with_short_strides_and_a_long_inner_stance() {
    let walk = perfect("turns", 4);
    let angles: Vec<f64> = walk.truth.turns.iter().map(|turn| turn.angle_deg).collect();
    for (found, asked) in angles.iter().zip([90.0, -90.0, 180.0, -180.0, 90.0]) {
        assert_abs_diff_eq!(*found, asked, epsilon = 1e-9);
    }
    assert_eq!(angles.len(), 5);
    for turn in &walk.truth.turns {
        for side in Side::BOTH {
            let inside = |time_s: f64| time_s > turn.start_s - 1.2 && time_s < turn.end_s;
            let own = walk.truth.strides.iter().filter(|s| s.side == side);
            let turning = own.filter(|s| inside(s.contact.start_s) && s.turning);
            let yaw: f64 = turning.map(|s| s.motion.yaw_deg).sum();
            assert_abs_diff_eq!(yaw, turn.angle_deg, epsilon = 1e-6);
        }
        assert!(
            (0.5..10.0).contains(&(turn.end_s - turn.start_s)),
            "{turn:?}"
        );
    }
    let mean = |keep: &dyn Fn(&StrideTruth) -> bool, value: &dyn Fn(&StrideTruth) -> f64| {
        let kept: Vec<f64> = walk
            .truth
            .strides
            .iter()
            .filter(|s| keep(s))
            .map(value)
            .collect();
        kept.iter().sum::<f64>() / kept.len() as f64
    };
    let stance_pct = |s: &StrideTruth| 100.0 * s.contact.stance_s() / s.contact.stride_s();
    let mid_turn = |s: &StrideTruth| s.motion.yaw_deg.abs() > 30.0;
    let inner = |s: &StrideTruth| mid_turn(s) && (s.motion.yaw_deg > 0.0) == (s.side == Side::Left);
    let straight = |s: &StrideTruth| s.steady;
    let yaw = mean(&mid_turn, &|s| s.motion.yaw_deg.abs());
    assert!((20.0..40.0).contains(&yaw));
    assert_abs_diff_eq!(
        mean(&inner, &stance_pct) / mean(&straight, &stance_pct),
        1.05,
        epsilon = 0.015
    );
    // Shorter by the turn itself (.85) and by the arc, inside more than outside.
    let shorter = mean(&mid_turn, &|s| s.motion.length_m) / mean(&straight, &|s| s.motion.length_m);
    assert!((0.78..0.88).contains(&shorter), "{shorter}");
}

#[test]
fn sitting_keeps_a_part_of_the_weight_on_the_feet_and_shoes_off_none() {
    let walk = perfect("mixed_day", 3);
    for stretch in stretches(&walk, Activity::Sitting) {
        for sample in samples(&walk, &stretch) {
            assert!((0.15..=0.25).contains(&total_bw(&walk, sample)));
        }
    }
    for stretch in stretches(&walk, Activity::Unworn) {
        assert!(samples(&walk, &stretch).all(|sample| total_bw(&walk, sample) == 0.0));
    }
    for stretch in stretches(&walk, Activity::Transition) {
        assert!((1.0..=2.0).contains(&(stretch.end_s - stretch.start_s)));
    }
    assert!(stretches(&walk, Activity::Sitting).len() >= 4);
    assert_eq!(stretches(&walk, Activity::Walking).len(), 3);
    let moved = |stretch: &ActivityTruth| {
        let motion = walk.recording.left.motion.as_ref().unwrap();
        let rates = &motion.angular_velocity_dps[1][samples(&walk, stretch)];
        rates.iter().any(|rate| rate.abs() > 20.0)
    };
    assert!(moved(&stretches(&walk, Activity::Unworn)[0]));
    assert!(!moved(&stretches(&walk, Activity::Sitting)[0]));
}

#[test]
fn standing_shares_and_shifts_are_those_of_the_recording() {
    let walk = walk(&WalkPlan {
        bouts: Vec::new(),
        closing_pause_s: 1800.0,
        ..reference_plan(9)
    });
    let standing = walk.truth.standing[0];
    let share = |sample: usize| walk.recording.left.force[sample] / walk.truth.body_weight_n;
    let mean = (0..180_000).map(share).sum::<f64>() / 180_000.0;
    assert_abs_diff_eq!(standing.left_share, mean, epsilon = 1e-9);
    assert!((0.35..0.65).contains(&mean));
    let (fidgets, shifts): (Vec<ShiftTruth>, Vec<ShiftTruth>) = walk
        .truth
        .shifts
        .iter()
        .copied()
        .partition(|shift| shift.back_s.is_some());
    // Every 90 s and every 60 s on average.
    assert!((10..=32).contains(&shifts.len()), "{}", shifts.len());
    assert!((17..=44).contains(&fidgets.len()), "{}", fidgets.len());
    for shift in shifts {
        let around = |from: f64| {
            let from = ((shift.time_s + from) * 100.0) as usize;
            (from..from + 60).map(share).sum::<f64>() / 60.0
        };
        let undisturbed = walk
            .truth
            .shifts
            .iter()
            .all(|other| *other == shift || (other.time_s - shift.time_s).abs() > 6.0);
        if undisturbed && shift.time_s > 2.0 && shift.time_s < 1797.0 {
            let change = around(0.9) - around(-0.7);
            assert_abs_diff_eq!(
                change,
                shift.to_left_share - shift.from_left_share,
                epsilon = 0.08
            );
        }
    }
}

#[test]
fn frozen_feet_tremble_and_never_leave_the_ground() {
    let walk = perfect("pd_like", 5);
    let frozen = stretches(&walk, Activity::Freezing);
    assert_eq!(frozen.len(), 2);
    for stretch in frozen {
        let samples = samples(&walk, &stretch);
        let share: Vec<f64> = samples
            .clone()
            .map(|i| walk.recording.left.force[i] / walk.truth.body_weight_n)
            .collect();
        assert!(
            samples
                .clone()
                .all(|i| (total_bw(&walk, i) - 1.0).abs() < 1e-9)
        );
        assert!(share.iter().all(|share| (0.05..0.95).contains(share)));
        let mean = share.iter().sum::<f64>() / share.len() as f64;
        let crossings = share
            .windows(2)
            .filter(|p| (p[0] > mean) != (p[1] > mean))
            .count();
        let rate_hz = crossings as f64 / 2.0 / (share.len() as f64 / 100.0);
        assert!((2.0..9.0).contains(&rate_hz), "{rate_hz}");
        let events = walk.truth.events.iter();
        assert!(
            !events
                .clone()
                .any(|e| (stretch.start_s + 0.1..stretch.end_s - 0.1).contains(&e.time_s))
        );
    }
}

#[test]
fn festination_shortens_and_quickens_step_by_step() {
    let runs: Vec<(Walk, _)> = (0..8)
        .map(|seed| perfect("pd_like", seed))
        .flat_map(|walk| {
            let runs = walk.truth.festinations.clone();
            runs.into_iter().map(move |run| (walk.clone(), run))
        })
        .filter(|(_, run)| run.steps >= 8)
        .collect();
    assert!(runs.len() >= 8, "{}", runs.len());
    let mut ratios = Vec::new();
    for (walk, run) in &runs {
        assert!(run.steps <= 15);
        let inside = |s: &&StrideTruth| {
            s.contact.start_s >= run.start_s - 1e-9 && s.contact.end_s <= run.end_s + 1e-9
        };
        let strides: Vec<_> = walk.truth.strides.iter().filter(inside).collect();
        assert!(strides.iter().all(|s| s.festinating && !s.steady));
        if strides.len() >= 6 {
            let (first, last) = (strides[0], strides[strides.len() - 1]);
            let steps = (strides.len() - 1) as f64;
            ratios.push((
                (last.motion.length_m / first.motion.length_m).powf(1.0 / steps),
                (last.contact.stride_s() / first.contact.stride_s()).powf(1.0 / steps),
            ));
        }
    }
    let n = ratios.len() as f64;
    let length = ratios.iter().map(|r| r.0).sum::<f64>() / n;
    let time = ratios.iter().map(|r| r.1).sum::<f64>() / n;
    assert_abs_diff_eq!(length, 0.98, epsilon = 0.006);
    assert_abs_diff_eq!(time, 1.0 / 1.03, epsilon = 0.012);
}

#[test]
fn shuffling_feet_slide_with_short_strides_and_long_contact() {
    let walk = perfect("shuffle", 6);
    let of = |gait: Gait| {
        walk.truth
            .strides
            .iter()
            .filter(move |s| s.gait == gait && s.steady)
    };
    let mean = |gait: Gait, value: fn(&StrideTruth) -> f64| {
        of(gait).map(value).sum::<f64>() / of(gait).count() as f64
    };
    let length = |s: &StrideTruth| s.motion.length_m;
    assert!(mean(Gait::Shuffling, length) < 0.5 * mean(Gait::Walking, length));
    assert!(
        mean(Gait::Shuffling, |s| s.motion.clearance_m)
            < 0.6 * mean(Gait::Walking, |s| s.motion.clearance_m)
    );
    let stance = |s: &StrideTruth| s.contact.stance_s() / s.contact.stride_s();
    assert!(mean(Gait::Shuffling, stance) > mean(Gait::Walking, stance) + 0.05);
    for stride in of(Gait::Shuffling) {
        let times = stride.contact;
        let swing = (times.toe_off_s * 100.0).ceil() as usize + 1..(times.end_s * 100.0) as usize;
        let force = &walk.recording.foot(stride.side).force[swing];
        assert!(
            force
                .iter()
                .all(|f| (f / walk.truth.body_weight_n - 0.03).abs() < 1e-9)
        );
    }
}

#[test]
fn who_sits_gets_up_before_walking() {
    let walk = walk(&WalkPlan {
        bouts: vec![BoutPlan {
            rests_before: vec![RestPlan::new(Posture::Sitting, 10.0)],
            turns: vec![TurnPlan {
                at_s: 9.5,
                angle_deg: 180.0,
            }],
            ..BoutPlan::usual(0.0, 10.0)
        }],
        ..reference_plan(2)
    });
    let order: Vec<Activity> = walk.truth.activities.iter().map(|a| a.activity).collect();
    assert_eq!(
        order,
        [
            Activity::Transition,
            Activity::Sitting,
            Activity::Transition,
            Activity::Standing,
            Activity::Walking,
            Activity::Standing
        ]
    );
    // A turn planned too near the end is walked whole all the same.
    assert_abs_diff_eq!(walk.truth.turns[0].angle_deg, 180.0, epsilon = 1e-9);
    assert!(walk.truth.turns[0].end_s <= walk.truth.bouts[0].end_s);
    let landings = walk
        .truth
        .events
        .iter()
        .filter(|e| e.kind == StepMarkKind::InitialContact && e.phase == EventPhase::Walking);
    assert!(landings.count() > 10);
}
