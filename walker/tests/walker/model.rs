//! The walk agrees with its own truth and with its specification.

use approx::assert_abs_diff_eq;
use gait::recording::Side;
use walker::Walk;
use walker::condition::{Antalgic, Conditions, LegLength};
use walker::device::Faults;
use walker::person::{AgeGroup, Person};
use walker::plan::{BoutPlan, TurnPlan, WalkPlan};
use walker::random::StreamKey;
use walker::scenario;
use walker::sensors::{ShareTable, share_model};
use walker::sides::PerSide;
use walker::transport::Clocks;

use crate::{reference_plan, walk};

/// SHA-256 over the counts of every stream of both feet: sensors, motion, gaps and arrivals (microseconds).
fn counts_hash(walk: &Walk, quantum: f64) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for side in Side::BOTH {
        let foot = walk.recording.foot(side);
        for value in foot.sensors.iter().flatten() {
            context.update(&((f64::from(*value) / quantum).round() as u16).to_le_bytes());
        }
        if let Some(motion) = &foot.motion {
            let columns = motion.acceleration_g.iter();
            for value in columns.chain(&motion.angular_velocity_dps).flatten() {
                context.update(&value.to_bits().to_le_bytes());
            }
        }
        for gap in &foot.missing {
            context.update(&(gap.start as u64).to_le_bytes());
            context.update(&(gap.end as u64).to_le_bytes());
        }
        for arrival in &foot.arrivals {
            context.update(&((arrival.host_s * 1e6).round() as i64).to_le_bytes());
        }
    }
    context
        .finish()
        .as_ref()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn faulty(layout_id: &str) -> WalkPlan {
    WalkPlan {
        faults: Faults {
            clocks: Some(Clocks::usual()),
            ..Faults::all()
        },
        layout_id: layout_id.to_owned(),
        ..reference_plan(42)
    }
}

#[test]
fn one_seed_decides_every_byte() {
    assert_eq!(walk(&faulty("moticon-16")), walk(&faulty("moticon-16")));
    assert_ne!(
        walk(&faulty("moticon-16")).recording,
        walk(&WalkPlan {
            key: StreamKey::from_seed(43),
            ..faulty("moticon-16")
        })
        .recording
    );
    // Golden: a change here changes every stored simulation. Update only with the model itself.
    assert_eq!(
        counts_hash(&walk(&faulty("moticon-16")), 0.25),
        "50c4b8bc3f216058"
    );
    assert_eq!(
        counts_hash(&walk(&faulty("gaitpdb-8")), 0.11),
        "d6c54dfca1c8bfd6"
    );
}

/// Golden truth of three scenarios that between them use every gait, posture and condition path.
#[test]
fn one_seed_decides_the_truth() {
    let hash = |name: &str| {
        let plan = scenario::by_name(name)
            .unwrap()
            .plan(StreamKey::from_seed(42));
        let json = serde_json::to_vec(&walk(&plan).truth).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &json);
        let bytes = digest.as_ref().iter().take(8);
        bytes.map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let found = ["pd_like", "stairs", "mixed_day"].map(hash);
    assert_eq!(
        found,
        ["be89ed7444cb22b2", "57e34609bb7aee98", "691209ef6bf0fedf"]
    );
}

#[test]
fn a_mirrored_plan_gives_the_mirrored_recording() {
    let person = Person::draw(StreamKey::from_seed(3), AgeGroup::Adult);
    assert!(person.traits.step_asymmetry != 0.0 && person.traits.stance_asymmetry_pp != 0.0);
    let plan = WalkPlan {
        person,
        conditions: Conditions {
            antalgic: Some(Antalgic {
                side: Side::Right,
                severity: 0.7,
            }),
            flat_foot: PerSide {
                left: 1.0,
                right: 0.0,
            },
            leg_length: Some(LegLength {
                short: Side::Left,
                difference_mm: 15.0,
            }),
            ..Conditions::default()
        },
        bouts: vec![BoutPlan {
            turns: vec![TurnPlan {
                at_s: 12.0,
                angle_deg: 90.0,
            }],
            ..BoutPlan::usual(3.0, 40.0)
        }],
        ..faulty("moticon-16")
    };
    let (plain, mirrored) = (walk(&plan), walk(&plan.clone().mirrored()));
    assert_eq!(plain.recording.clone().mirrored(), mirrored.recording);
    let si = |walk: &Walk| walk.truth.expected.unwrap().si_stance_signed_pct;
    assert_abs_diff_eq!(si(&plain), -si(&mirrored), epsilon = 1e-9);
    assert!(si(&plain) < -5.0);
}

/// Every sample's sensors add up to the force, and their centre of pressure is the one of the stance phase.
#[test]
fn sensors_carry_exactly_the_force_and_centre_of_pressure() {
    for layout_id in ["moticon-16", "gaitpdb-8"] {
        let conditions = Conditions {
            overpronation: PerSide {
                left: 0.8,
                right: 0.0,
            },
            ..Conditions::default()
        };
        let plan = WalkPlan {
            conditions,
            layout_id: layout_id.to_owned(),
            ..reference_plan(7)
        };
        let (walk, layout) = (walk(&plan), gait::layout::by_id(layout_id).unwrap());
        let effects = plan.conditions.effects(layout_id, layout.sensors.len());
        let speed = walk.truth.bouts[0].speed_mps;
        let size = layout
            .sensors
            .iter()
            .fold(0.0f64, |size, sensor| size.max(sensor.x.abs()));
        for stride in &walk.truth.strides {
            let foot = walk.recording.foot(stride.side);
            let table = ShareTable::new(
                share_model(layout_id).unwrap(),
                layout,
                effects.feet.get(stride.side),
                speed,
            );
            let times = stride.contact;
            for sample in
                (times.start_s * 100.0).ceil() as usize..=(times.toe_off_s * 100.0).floor() as usize
            {
                let values: Vec<f64> = foot
                    .sensors
                    .iter()
                    .map(|sensor| f64::from(sensor[sample]))
                    .collect();
                let phase = (sample as f64 / 100.0 - times.start_s) / times.stance_s();
                let (x, y) = layout.centre_of_pressure(&values).unwrap();
                let truth = table.centre_of_pressure(phase);
                assert!(
                    (x - truth.x).hypot(y - truth.y) < 1e-6 * size,
                    "{layout_id} {sample}: {x} {y} {truth:?}"
                );
                assert_abs_diff_eq!(
                    layout.total_force_n(&values),
                    foot.force[sample],
                    epsilon = 1e-3
                );
            }
        }
    }
}

#[test]
fn total_force_is_body_weight_on_average_and_at_each_moment_of_standing() {
    let walk = walk(&reference_plan(3));
    let (recording, truth) = (&walk.recording, &walk.truth);
    let weight = truth.body_weight_n;
    let total = |sample: usize| recording.left.force[sample] + recording.right.force[sample];
    let bout = &truth.bouts[0];
    for sample in (0..(bout.start_s * 100.0) as usize)
        .chain((bout.end_s * 100.0) as usize + 1..recording.samples())
    {
        assert_abs_diff_eq!(total(sample), weight, epsilon = 1e-9);
    }
    let steady: Vec<_> = truth
        .strides
        .iter()
        .filter(|s| s.steady && s.side == Side::Left)
        .collect();
    let from = (steady[0].contact.start_s * 100.0).ceil() as usize;
    let to = (steady[steady.len() - 1].contact.end_s * 100.0).ceil() as usize;
    let mean = (from..to).map(total).sum::<f64>() / (to - from) as f64;
    assert_abs_diff_eq!(mean / weight, 1.0, epsilon = 2e-3);
}

#[test]
fn bouts_follow_the_plan_and_are_parted_by_standing() {
    let bouts = vec![
        BoutPlan::usual(4.0, 20.0),
        BoutPlan::free_living(5.0, 9.0),
        BoutPlan::free_living(6.0, 70.0),
    ];
    let walk = walk(&WalkPlan {
        bouts: bouts.clone(),
        ..reference_plan(9)
    });
    let truth = &walk.truth;
    assert_eq!(truth.bouts.len(), 3);
    assert_abs_diff_eq!(truth.bouts[0].start_s, 4.0, epsilon = 1e-9);
    for (pair, plan) in truth.bouts.windows(2).zip(&bouts[1..]) {
        assert_abs_diff_eq!(
            pair[1].start_s - pair[0].end_s,
            plan.pause_before_s,
            epsilon = 1e-9
        );
    }
    for (bout, plan) in truth.bouts.iter().zip(&bouts) {
        assert!(
            (bout.end_s - bout.start_s - plan.duration_s).abs() < 0.1 * plan.duration_s + 1.0,
            "{bout:?}"
        );
    }
    assert_abs_diff_eq!(truth.bouts[1].speed_mps, 0.62, epsilon = 1e-9);
    let end_s = truth.bouts[2].end_s + 3.0;
    assert_abs_diff_eq!(walk.recording.duration_s(), end_s, epsilon = 0.011);
}

/// The truth table of the specification: neutral 12.8, overpronation 8.5/4.2, supination 16.4/19.9; MALR flat .25/.36.
#[test]
fn conditions_have_their_specified_signature() {
    let loading = |conditions: Conditions, seed| {
        let mut plan = WalkPlan {
            speed_mps: 1.2,
            conditions,
            ..reference_plan(seed)
        };
        plan.bouts[0].duration_s = 5.0;
        walk(&plan).truth.loading.left
    };
    let both = PerSide::both;
    for seed in 0..5 {
        let neutral = loading(Conditions::default(), seed);
        let flat = loading(
            Conditions {
                flat_foot: both(1.0),
                ..Conditions::default()
            },
            seed,
        );
        let cavus = loading(
            Conditions {
                cavus: both(1.0),
                ..Conditions::default()
            },
            seed,
        );
        let pronated = loading(
            Conditions {
                overpronation: both(1.0),
                ..Conditions::default()
            },
            seed,
        );
        let supinated = loading(
            Conditions {
                supination: both(1.0),
                ..Conditions::default()
            },
            seed,
        );
        assert_abs_diff_eq!(neutral.cpei_pct.unwrap(), 12.8, epsilon = 1.0);
        assert_abs_diff_eq!(pronated.cpei_pct.unwrap(), 4.2, epsilon = 1.0);
        assert_abs_diff_eq!(supinated.cpei_pct.unwrap(), 19.9, epsilon = 1.0);
        assert_abs_diff_eq!(neutral.medial_arch_load_ratio, 0.045, epsilon = 0.01);
        assert_abs_diff_eq!(flat.medial_arch_load_ratio, 0.36, epsilon = 0.02);
        assert_abs_diff_eq!(cavus.medial_arch_load_ratio, 0.008, epsilon = 0.005);
        assert_abs_diff_eq!(neutral.mid_load, 0.29, epsilon = 0.015);
        assert_abs_diff_eq!(flat.mid_load, 0.375, epsilon = 0.015);
        assert_abs_diff_eq!(cavus.mid_load, 0.12, epsilon = 0.015);
        assert_abs_diff_eq!(
            neutral.impulse_share.iter().sum::<f64>(),
            1.0,
            epsilon = 1e-12
        );
    }
}

#[test]
fn eight_sensors_share_the_impulse_as_in_controls() {
    let walk = walk(&WalkPlan {
        layout_id: "gaitpdb-8".to_owned(),
        ..reference_plan(1)
    });
    let controls = [0.170, 0.140, 0.116, 0.130, 0.060, 0.144, 0.157, 0.082];
    for (share, control) in walk.truth.loading.right.impulse_share.iter().zip(controls) {
        assert_abs_diff_eq!(*share, control, epsilon = 0.013);
    }
}
