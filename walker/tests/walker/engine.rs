//! What the engine finds against what happened: the truth tests of the specification, on threshold-defined events.

use approx::assert_abs_diff_eq;
use gait::recording::{Side, StepMarkKind};
use gait::strides::{Exclusion, Stride};
use gait::{Analysis, Options, analyze};
use walker::Walk;
use walker::condition::{Antalgic, Conditions, LegLength};
use walker::device::Faults;
use walker::person::{AgeGroup, Person};
use walker::plan::{BoutPlan, WalkPlan};
use walker::random::StreamKey;
use walker::scenario;
use walker::sides::PerSide;

use crate::matching::{Matching, Strides, TOLERANCE_S};
use crate::{reference_plan, walk};

fn analysis(walk: &Walk) -> Analysis {
    analyze(&walk.recording, &Options::default())
}

/// Walkers of every age on perfect insoles, half of them with 8 sensors.
fn clean_walks() -> Vec<Walk> {
    let groups = [AgeGroup::Young, AgeGroup::Adult, AgeGroup::Older];
    let one = |patient: u64| {
        let key = StreamKey {
            patient,
            ..StreamKey::from_seed(100)
        };
        let person = Person::draw(key, groups[patient as usize % 3]);
        let layout_id = if patient.is_multiple_of(2) {
            "moticon-16"
        } else {
            "gaitpdb-8"
        }
        .to_owned();
        walk(&WalkPlan {
            layout_id,
            ..WalkPlan::usual(key, person)
        })
    };
    (0..12).map(one).collect()
}

fn matching(walks: &[Walk], kind: StepMarkKind, strides: Strides) -> Matching {
    let mut matching = Matching::default();
    for walk in walks {
        matching.add(walk, &analysis(walk), kind, strides);
    }
    matching
}

#[test]
fn clean_walks_lose_no_event_and_gain_none() {
    let walks = clean_walks();
    let contacts = matching(&walks, StepMarkKind::InitialContact, Strides::Completed);
    let toe_offs = matching(&walks, StepMarkKind::ToeOff, Strides::Completed);
    let (ic, fc) = (contacts.error_ms(), toe_offs.error_ms());
    eprintln!(
        "IC n {} mean {:.2} ms P95 {:.2} ms; FC mean {:.2} ms P95 {:.2} ms",
        contacts.hit, ic.0, ic.1, fc.0, fc.1
    );
    assert!(contacts.wanted > 2000);
    assert_eq!((contacts.recall(), contacts.precision()), (1.0, 1.0));
    assert_eq!((toe_offs.recall(), toe_offs.precision()), (1.0, 1.0));
    assert!(ic.0 <= 3.0 && ic.1 <= 10.0, "IC error {ic:?} ms");
    assert!(fc.0 <= 8.0, "FC error {fc:?} ms");
}

/// A recording that ends in standing holds the contacts that end its last strides, though no toe-off follows them.
#[test]
fn the_last_strides_before_the_recording_ends_are_found() {
    let walks = clean_walks();
    for kind in [StepMarkKind::InitialContact, StepMarkKind::ToeOff] {
        let all = matching(&walks, kind, Strides::All);
        assert_eq!(all.recall(), 1.0, "{kind:?}: {} of {}", all.hit, all.wanted);
    }
}

#[test]
fn a_noisy_link_still_gives_nearly_every_event() {
    let one = |seed| {
        walk(
            &scenario::by_name("noisy_link")
                .unwrap()
                .plan(StreamKey::from_seed(seed)),
        )
    };
    let walks: Vec<Walk> = (0..6).map(one).collect();
    for kind in [StepMarkKind::InitialContact, StepMarkKind::ToeOff] {
        let matching = matching(&walks, kind, Strides::All);
        let (recall, precision) = (matching.recall(), matching.precision());
        let f1 = 2.0 * recall * precision / (recall + precision);
        eprintln!(
            "{kind:?} recall {recall:.4} precision {precision:.4} F1 {f1:.4} error {:?} ms",
            matching.error_ms()
        );
        assert!(f1 >= 0.99, "{kind:?} F1 {f1}");
    }
}

/// True stride CV per foot over the strides the engine used, with or without those it left out as outliers.
fn true_cv_pct(walk: &Walk, analysis: &Analysis, outliers: bool) -> PerSide<f64> {
    let counts = |stride: &&Stride| {
        stride.is_used() || outliers && stride.reason == Some(Exclusion::Outlier)
    };
    PerSide::from_fn(|side| {
        let starts: Vec<f64> = analysis
            .strides
            .iter()
            .filter(|s| s.foot == side)
            .filter(counts)
            .map(|s| s.start_s)
            .collect();
        let is_in = |start_s: f64| {
            starts
                .iter()
                .any(|time| (time - start_s).abs() < TOLERANCE_S)
        };
        let strides = walk
            .truth
            .strides
            .iter()
            .filter(|s| s.side == side && is_in(s.threshold.start_s));
        let times: Vec<f64> = strides.map(|stride| stride.threshold.stride_s()).collect();
        let n = times.len() as f64;
        let mean = times.iter().sum::<f64>() / n;
        100.0 * (times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
            / mean
    })
}

/// Nobody stumbles or turns here, so leaving strides out as outliers only takes true variability away.
#[test]
fn the_outlier_rule_keeps_the_variability_of_steady_walking() {
    for walk in clean_walks() {
        let analysis = analysis(&walk);
        let truth = true_cv_pct(&walk, &analysis, true);
        let truth = 0.5 * (truth.left + truth.right);
        let found = session(&analysis, "stride_time_cv_pct");
        assert!(
            (found - truth).abs() <= 0.15,
            "{}: stride CV {found:.3} of {truth:.3} %",
            walk.recording.name
        );
    }
}

fn session(analysis: &Analysis, id: &str) -> f64 {
    analysis.session_metrics()[id].unwrap().value
}

#[test]
fn metrics_of_clean_walks_meet_the_truth() {
    for walk in clean_walks() {
        let (analysis, expected) = (analysis(&walk), walk.truth.expected.unwrap());
        let true_cv = true_cv_pct(&walk, &analysis, false);
        for side in Side::BOTH {
            let truth = expected.feet.get(side);
            let moments = |id: &str| {
                let both = &analysis.metrics[id];
                if side == Side::Left {
                    both.left.unwrap()
                } else {
                    both.right.unwrap()
                }
            };
            let stride = moments("stride_time_s");
            assert!(
                (stride.mean / truth.stride_time_s.mean - 1.0).abs() <= 0.002,
                "{} {side}",
                walk.recording.name
            );
            assert_abs_diff_eq!(
                moments("stance_pct").mean,
                truth.stance_pct.mean,
                epsilon = 0.5
            );
            assert_abs_diff_eq!(
                moments("double_support_pct").mean,
                truth.double_support_pct.mean,
                epsilon = 1.0
            );
            // On the very strides the engine used, so that its outlier rule plays no part.
            assert_abs_diff_eq!(stride.cv_pct().unwrap(), *true_cv.get(side), epsilon = 0.05);
            assert_abs_diff_eq!(moments("f1_bw").mean, truth.f1_bw.mean, epsilon = 0.02);
        }
        assert_abs_diff_eq!(
            session(&analysis, "cadence_steps_per_min"),
            expected.cadence_steps_per_min,
            epsilon = 0.3
        );
        assert_abs_diff_eq!(
            session(&analysis, "pci_pct"),
            expected.pci_pct.unwrap(),
            epsilon = 0.4
        );
        assert_abs_diff_eq!(session(&analysis, "ga"), expected.ga, epsilon = 0.6);
        let weight = analysis.body_weight_force.unwrap() / walk.truth.body_weight_n;
        assert_abs_diff_eq!(weight, 1.0, epsilon = 0.01);
    }
}

#[test]
fn injected_asymmetry_is_recovered_with_its_side() {
    let right = Conditions {
        antalgic: Some(Antalgic {
            side: Side::Right,
            severity: 0.8,
        }),
        ..Conditions::default()
    };
    let left = Conditions {
        antalgic: Some(Antalgic {
            side: Side::Left,
            severity: 0.8,
        }),
        ..Conditions::default()
    };
    let leg = Conditions {
        leg_length: Some(LegLength {
            short: Side::Left,
            difference_mm: 30.0,
        }),
        ..Conditions::default()
    };
    for (conditions, sign) in [(right, -1.0), (left, 1.0), (leg, 1.0)] {
        for faults in [Faults::none(), Faults::usual()] {
            let walk = walk(&WalkPlan {
                conditions: conditions.clone(),
                faults,
                ..reference_plan(6)
            });
            let (analysis, expected) = (analysis(&walk), walk.truth.expected.unwrap());
            let si = session(&analysis, "si_stance_pct");
            assert!(si * sign > 2.5, "stance SI {si}");
            // Half a point of stance share on each foot is 1.6 points of the index.
            assert_abs_diff_eq!(si, expected.si_stance_signed_pct, epsilon = 0.8);
            assert_abs_diff_eq!(
                session(&analysis, "si_swing_pct"),
                expected.si_swing_signed_pct,
                epsilon = 1.6
            );
        }
    }
}

#[test]
fn bouts_are_found_where_they_were_walked() {
    let bouts = vec![
        BoutPlan::usual(4.0, 30.0),
        BoutPlan::usual(8.0, 20.0),
        BoutPlan::usual(5.0, 40.0),
    ];
    let walk = walk(&WalkPlan {
        bouts,
        faults: Faults::usual(),
        ..reference_plan(8)
    });
    let analysis = analysis(&walk);
    assert_eq!(analysis.bouts.len(), 3);
    for (bout, truth) in analysis.bouts.iter().zip(&walk.truth.bouts) {
        assert!(
            bout.start_s >= truth.start_s - 0.1 && bout.start_s <= truth.start_s + 2.5,
            "{bout:?} {truth:?}"
        );
        assert!(
            bout.end_s <= truth.end_s + 0.1 && bout.end_s >= truth.end_s - 2.5,
            "{bout:?} {truth:?}"
        );
    }
}

#[test]
fn standing_only_is_no_walk() {
    for seed in 0..5 {
        let plan = scenario::by_name("no_gait")
            .unwrap()
            .plan(StreamKey::from_seed(seed));
        let analysis = analysis(&walk(&WalkPlan {
            closing_pause_s: 300.0,
            ..plan
        }));
        assert!(
            analysis.bouts.is_empty() && analysis.strides.iter().all(|stride| !stride.is_used())
        );
        assert!(analysis.session_metrics().values().all(Result::is_err));
    }
}
