//! What the engine finds against what happened: the truth tests of the specification, on threshold-defined events.

use approx::assert_abs_diff_eq;
use footing_simulator::condition::{Antalgic, Conditions, LegLength};
use footing_simulator::device::Faults;
use footing_simulator::person::{AgeGroup, Person};
use footing_simulator::plan::{BoutPlan, WalkPlan};
use footing_simulator::random::StreamKey;
use footing_simulator::scenario;
use footing_simulator::truth::{EventPhase, FootExpected, Truth};
use footing_simulator::walker::Walk;
use gait::pipeline::{Analysis, Options, analyze};
use gait::recording::{Side, StepMarkKind};

use crate::{reference_plan, walk};

/// Tolerance of event matching, s.
const TOLERANCE_S: f64 = 0.050;

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

/// Event times of valid strides: contacts or toe-offs of one foot.
fn found(analysis: &Analysis, side: Side, kind: StepMarkKind) -> Vec<f64> {
    let strides = analysis
        .strides
        .iter()
        .filter(|stride| stride.foot == side && stride.is_valid());
    let mut times: Vec<f64> = strides
        .flat_map(|stride| match kind {
            StepMarkKind::InitialContact => vec![stride.start_s, stride.end_s],
            StepMarkKind::ToeOff => vec![stride.toe_off_s],
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    times
}

/// Events of walking, which must be found; those of initiation and termination may be.
fn happened(truth: &Truth, side: Side, kind: StepMarkKind, walking_only: bool) -> Vec<f64> {
    let events = truth
        .events
        .iter()
        .filter(|event| event.side == side && event.kind == kind);
    events
        .filter(|event| !walking_only || event.phase == EventPhase::Walking)
        .map(|event| event.threshold_time_s)
        .collect()
}

/// One-to-one matching in time order: for each wanted time the nearest unused one within the tolerance.
fn matched(wanted: &[f64], given: &[f64]) -> Vec<f64> {
    let mut errors = Vec::new();
    let mut next = 0;
    for &time in wanted {
        while next < given.len() && given[next] < time - TOLERANCE_S {
            next += 1;
        }
        if next < given.len() && given[next] <= time + TOLERANCE_S {
            errors.push(given[next] - time);
            next += 1;
        }
    }
    errors
}

#[derive(Default)]
struct Matching {
    wanted: usize,
    hit: usize,
    given: usize,
    true_given: usize,
    errors: Vec<f64>,
}

impl Matching {
    fn add(&mut self, walk: &Walk, analysis: &Analysis, kind: StepMarkKind, strides: Strides) {
        for side in Side::BOTH {
            let given = found(analysis, side, kind);
            let wanted = wanted(&walk.truth, side, kind, strides);
            let errors = matched(&wanted, &given);
            self.wanted += wanted.len();
            self.hit += errors.len();
            self.given += given.len();
            self.true_given += matched(&given, &happened(&walk.truth, side, kind, false)).len();
            self.errors.extend(errors);
        }
    }

    fn recall(&self) -> f64 {
        self.hit as f64 / self.wanted as f64
    }

    fn precision(&self) -> f64 {
        self.true_given as f64 / self.given as f64
    }

    /// Mean and 95th percentile of the absolute error, ms.
    fn error_ms(&self) -> (f64, f64) {
        let mut sizes: Vec<f64> = self
            .errors
            .iter()
            .map(|error| 1000.0 * error.abs())
            .collect();
        sizes.sort_by(f64::total_cmp);
        let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
        (mean, sizes[sizes.len() * 95 / 100])
    }
}

/// Whose events are wanted.
#[derive(Clone, Copy, PartialEq)]
enum Strides {
    /// Every stride of walking.
    All,
    /// Strides whose closing contact is followed by a toe-off before the recording ends.
    Completed,
}

/// Walking events within strides: a toe-off before a foot's first contact of a bout belongs to none.
fn wanted(truth: &Truth, side: Side, kind: StepMarkKind, strides: Strides) -> Vec<f64> {
    let last_toe_off = happened(truth, side, StepMarkKind::ToeOff, false)
        .into_iter()
        .fold(0.0, f64::max);
    let kept = |end_s: f64| strides == Strides::All || end_s < last_toe_off;
    let own = || {
        truth
            .strides
            .iter()
            .filter(|stride| stride.side == side && kept(stride.threshold.end_s))
    };
    let inside = |time: f64| {
        own().any(|stride| stride.threshold.start_s <= time && time <= stride.threshold.end_s)
    };
    happened(truth, side, kind, true)
        .into_iter()
        .filter(|time| inside(*time))
        .collect()
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

/// Coefficient of variation of the true stride times behind the strides the engine used.
fn cv_of_used_pct(truth: &Truth, analysis: &Analysis, side: Side) -> f64 {
    let used: Vec<f64> = analysis
        .strides
        .iter()
        .filter(|stride| stride.foot == side && stride.is_used())
        .map(|stride| stride.start_s)
        .collect();
    let is_used = |start_s: f64| used.iter().any(|time| (time - start_s).abs() < TOLERANCE_S);
    let strides = truth
        .strides
        .iter()
        .filter(|stride| stride.side == side && is_used(stride.threshold.start_s));
    let times: Vec<f64> = strides.map(|stride| stride.threshold.stride_s()).collect();
    let n = times.len() as f64;
    let mean = times.iter().sum::<f64>() / n;
    100.0 * (times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt() / mean
}

fn session(analysis: &Analysis, id: &str) -> f64 {
    analysis.session_metrics()[id].unwrap().value
}

#[test]
fn metrics_of_clean_walks_meet_the_truth() {
    for walk in clean_walks() {
        let (analysis, expected) = (analysis(&walk), walk.truth.expected.unwrap());
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
            assert_abs_diff_eq!(
                stride.cv_pct().unwrap(),
                cv_of_used_pct(&walk.truth, &analysis, side),
                epsilon = 0.05
            );
            assert_abs_diff_eq!(moments("f1_bw").mean, truth.f1_bw.mean, epsilon = 0.02);
        }
        assert_abs_diff_eq!(
            session(&analysis, "cadence_steps_per_min"),
            expected.cadence_steps_per_min,
            epsilon = 0.3
        );
        let cv = |foot: &FootExpected| foot.stride_time_s.cv_pct().unwrap();
        let stride_cv = 0.5 * (cv(&expected.feet.left) + cv(&expected.feet.right));
        assert_abs_diff_eq!(
            session(&analysis, "stride_time_cv_pct"),
            stride_cv,
            epsilon = 0.15
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
